/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "sensor/options/options_table.h"

struct options_text {
	struct options_text *next;
	char text[];
};

/* Texts are copied, because passwords in arguments are overwritten, and the memory of a line of the
 * file is reused. */
char *options_keep(struct options *options, const char *text)
{
	size_t size = strlen(text) + 1;
	struct options_text *kept = malloc(sizeof(*kept) + size);
	if (kept == NULL) {
		return NULL;
	}
	memcpy(kept->text, text, size);
	kept->next = options->texts;
	options->texts = kept;
	return kept->text;
}

void options_free(struct options *options)
{
	while (options->texts != NULL) {
		struct options_text *kept = options->texts;
		options->texts = kept->next;
		free(kept);
	}
}

static void *member_of(struct options *options, const struct options_row *row)
{
	return (char *)options + row->member;
}

/* Text */

bool options_set_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	bool empty = value[0] == '\0' && !row->may_be_empty;
	const char *text = empty ? NULL : options_keep(options, value);
	if (text == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", row->name,
		               empty ? "the value is empty" : "out of memory");
		return false;
	}
	*(const char **)member_of(options, row) = text;
	return true;
}

bool options_set_file(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	if (strcmp(value, "-") == 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s -: standard output is for events; name a file, or /dev/stderr",
		               row->name);
		return false;
	}
	return options_set_text(options, row, value, error);
}

static bool add_item(struct options_list *list, const struct options_row *row, const char *text,
                     char error[OPTIONS_ERROR_MAX])
{
	if (text == NULL || text[0] == '\0' || list->count == OPTIONS_LIST_MAX) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", row->name,
		               text == NULL      ? "out of memory"
		               : text[0] == '\0' ? "the value is empty"
		                                 : "the option is given too many times");
		return false;
	}
	list->items[list->count++] = text;
	return true;
}

bool options_add_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	return add_item(member_of(options, row), row, options_keep(options, value), error);
}

bool options_add_texts(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	struct options_list *list = member_of(options, row);
	char *rest = options_keep(options, value);
	if (rest == NULL) {
		return add_item(list, row, NULL, error);
	}
	for (char *part; (part = strsep(&rest, ",")) != NULL;) {
		if (!add_item(list, row, part, error)) {
			return false;
		}
	}
	return true;
}

/* Words */

static uint32_t chosen_of(const struct options_row *row)
{
	return row->chosen != 0 ? row->chosen : KEYWORD_ALL;
}

void options_list_words(const struct options_row *row, char text[KEYWORD_LIST_SIZE])
{
	keyword_list(row->words, chosen_of(row), "or", text, KEYWORD_LIST_SIZE);
}

const char *options_word_at(const struct options_row *row, size_t i)
{
	const char *word = row->words[i];
	return word != NULL && (chosen_of(row) >> i & 1) != 0 ? word : NULL;
}

static bool refuse_word(const struct options_row *row, const char *value,
                        char error[OPTIONS_ERROR_MAX])
{
	char words[KEYWORD_LIST_SIZE];
	options_list_words(row, words);
	(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected %s", row->name, value,
	               words);
	return false;
}

/* The index of a word; -1: not a word of the row. */
static int find_word(const struct options_row *row, const char *text, size_t size)
{
	char word[32];
	if (size >= sizeof(word)) {
		return -1;
	}
	memcpy(word, text, size);
	word[size] = '\0';
	int index = keyword_find(row->words, word);
	return index >= 0 && options_word_at(row, (size_t)index) != NULL ? index : -1;
}

bool options_set_word(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	int index = find_word(row, value, strlen(value));
	if (index < 0) {
		return refuse_word(row, value, error);
	}
	*(unsigned *)member_of(options, row) = (unsigned)index; /* the type of these enums */
	return true;
}

bool options_set_choice(struct options *options, const struct options_row *row, const char *value,
                        char error[OPTIONS_ERROR_MAX])
{
	if (!options_set_word(options, row, value, error)) {
		return false;
	}
	++*(unsigned *)member_of(options, row);
	return true;
}

bool options_add_words(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	uint32_t *bits = member_of(options, row);
	for (const char *rest = value; rest != NULL;) {
		size_t size = strcspn(rest, ",");
		int index = find_word(row, rest, size);
		if (index < 0) {
			return refuse_word(row, value, error);
		}
		*bits |= UINT32_C(1) << index;
		rest = rest[size] == ',' ? rest + size + 1 : NULL;
	}
	return true;
}

bool options_set_bool(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	bool yes = value == NULL || strcmp(value, "yes") == 0;
	if (!yes && strcmp(value, "no") != 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected yes or no",
		               row->name, value);
		return false;
	}
	*(bool *)member_of(options, row) = yes;
	return true;
}

/* Numbers */

bool options_set_number(struct options *options, const struct options_row *row, const char *value,
                        char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	errno = 0;
	unsigned long number = ascii_is_digit(value[0]) ? strtoul(value, &end, 10) : 0;
	if (end == NULL || *end != '\0' || errno != 0 || number < row->low || number > row->high) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from %u to %u", row->name, value,
		               row->low, row->high);
		return false;
	}
	*(uint32_t *)member_of(options, row) = (uint32_t)number;
	return true;
}

bool options_set_size(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	static const char units[] = "KMGT";
	char *end = NULL;
	errno = 0;
	uint64_t size = ascii_is_digit(value[0]) ? strtoull(value, &end, 10) : 0;
	const char *unit = end != NULL && *end != '\0' ? strchr(units, toupper(*end)) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	bool whole = end != NULL && end[unit != NULL] == '\0';
	if (!whole || errno != 0 || size > UINT64_MAX >> shift || size << shift < row->low) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a size such as 64M or 1G, at least %uK",
		               row->name, value, row->low / 1024);
		return false;
	}
	*(uint64_t *)member_of(options, row) = size << shift;
	return true;
}

bool options_set_ratio(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	double ratio = ascii_is_digit(value[0]) ? strtod(value, &end) : -1;
	if (end == NULL || *end != '\0' || !(ratio >= 0 && ratio <= 1)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from 0 to 1, such as 0.5",
		               row->name, value);
		return false;
	}
	*(double *)member_of(options, row) = ratio;
	return true;
}
