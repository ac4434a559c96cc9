/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/imported_rules.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/date.h"
#include "rules/feeds/clean.h"
#include "rules/keywords.h"

/*! \brief A draft as it is kept; texts are numbers, INTERN_NONE without. */
struct imported_rules_item {
	int64_t since_ns;
	int64_t until_ns;
	uint32_t feed;
	uint32_t ref;
	uint32_t tags;
	uint32_t note;
	uint32_t aside;
	int8_t confidence;
	uint8_t severity;
};

/*! \brief Verb and kind in front of the indicator's text. */
#define KEY_FRONT 2

static int make_room(struct imported_rules *imported_rules)
{
	if (imported_rules->keys.count < imported_rules->room) {
		return 0;
	}
	size_t room = imported_rules->room > 0 ? imported_rules->room * 2 : 64;
	struct imported_rules_item *more = realloc(imported_rules->items, room * sizeof(*more));
	if (more == NULL) {
		return -1;
	}
	imported_rules->items = more;
	imported_rules->room = room;
	return 0;
}

/*! \brief Keeps a text unless there is one; -1 when out of memory. */
static int keep(struct imported_rules *imported_rules, uint32_t *number, const char *text)
{
	char clean[CLEAN_SIZE];
	if (*number != INTERN_NONE || text == NULL) {
		return 0;
	}
	size_t size = clean_text(text, strlen(text), clean);
	if (size == 0) {
		return 0;
	}
	*number = intern_add(&imported_rules->texts, clean, size + 1);
	return *number != INTERN_NONE ? 0 : -1;
}

/*! \brief Takes out empty tags, which rules do not take and cleaning can leave. */
static void drop_empty_tags(char *tags)
{
	char *to = tags;
	for (const char *from = tags; *from != '\0'; from++) {
		while (*from == ',' && to > tags && to[-1] == ' ') {
			to--;
		}
		bool begins = to == tags || to[-1] == ',';
		if (!begins || (*from != ',' && *from != ' ')) {
			*to++ = *from;
		}
	}
	to -= to > tags && to[-1] == ',';
	*to = '\0';
}

static bool is_url(const char *text)
{
	size_t scheme = text != NULL ? strspn(text, "abcdefghijklmnopqrstuvwxyz") : 0;
	return scheme > 0 && strncmp(text + scheme, "://", 3) == 0 && text[scheme + 3] > ' ' &&
	       strlen(text) < CLEAN_SIZE - 4;
}

static int keep_texts(struct imported_rules *imported_rules, struct imported_rules_item *item,
                      const struct imported_rule *imported_rule)
{
	const char *ref = is_url(imported_rule->ref) ? imported_rule->ref : NULL;
	char tags[CLEAN_SIZE] = "";
	if (imported_rule->tags != NULL) {
		clean_text(imported_rule->tags, strlen(imported_rule->tags), tags);
		drop_empty_tags(tags);
	}
	int ret = keep(imported_rules, &item->feed, imported_rule->feed);
	ret |= keep(imported_rules, &item->ref, ref);
	ret |= keep(imported_rules, &item->tags, tags);
	ret |= keep(imported_rules, &item->note, imported_rule->note);
	return ret | keep(imported_rules, &item->aside, imported_rule->aside);
}

static void widen(struct imported_rules_item *item, const struct imported_rule *imported_rule)
{
	if (imported_rule->since_ns < item->since_ns) {
		item->since_ns = imported_rule->since_ns;
	}
	if (imported_rule->until_ns > item->until_ns) {
		item->until_ns = imported_rule->until_ns;
	}
	if (imported_rule->confidence > item->confidence) {
		item->confidence = (int8_t)imported_rule->confidence;
	}
	if (imported_rule->severity > item->severity) {
		item->severity = (uint8_t)imported_rule->severity;
	}
}

int imported_rules_add(struct imported_rules *imported_rules,
                       const struct imported_rule *imported_rule, const struct indicator *indicator)
{
	char key[KEY_FRONT + INDICATOR_TEXT_SIZE];
	key[0] = (char)imported_rule->verb;
	key[1] = (char)imported_rule->kind;
	size_t size = KEY_FRONT + indicator_text(indicator, key + KEY_FRONT);
	key[size++] = '\0';
	uint32_t before = imported_rules->keys.count;
	if (make_room(imported_rules) != 0) {
		return -1;
	}
	uint32_t number = intern_add(&imported_rules->keys, key, size);
	if (number == INTERN_NONE) {
		return -1;
	}
	struct imported_rules_item *item = &imported_rules->items[number];
	bool is_new = number == before;
	if (is_new) {
		*item = (struct imported_rules_item){
			.since_ns = imported_rule->since_ns,
			.until_ns = imported_rule->until_ns,
			.feed = INTERN_NONE,
			.ref = INTERN_NONE,
			.tags = INTERN_NONE,
			.note = INTERN_NONE,
			.aside = INTERN_NONE,
			.confidence = (int8_t)imported_rule->confidence,
			.severity = (uint8_t)imported_rule->severity,
		};
	}
	bool was_aside = item->aside != INTERN_NONE;
	widen(item, imported_rule);
	if (keep_texts(imported_rules, item, imported_rule) != 0) {
		return -1;
	}
	if (!is_new && (!was_aside || imported_rule->aside == NULL)) {
		item->aside = INTERN_NONE;
	}
	return is_new;
}

static void write_quoted(const char *text, FILE *out)
{
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			(void)fputc('\\', out);
		}
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

void imported_rules_write_word(const char *text, FILE *out)
{
	if (text[0] == '#' || strpbrk(text, " \t\"=") != NULL) {
		write_quoted(text, out);
	} else {
		(void)fputs(text, out);
	}
}

static void write_text(const struct imported_rules *imported_rules, const char *key,
                       uint32_t number, FILE *out)
{
	if (number != INTERN_NONE) {
		(void)fprintf(out, " %s=", key);
		imported_rules_write_word(intern_get(&imported_rules->texts, number, NULL), out);
	}
}

static void write_date(const char *key, int64_t time_ns, bool end, FILE *out)
{
	char text[DATE_TEXT_SIZE];
	date_text(time_ns, end, text);
	(void)fprintf(out, " %s=%s", key, text);
}

/*! \brief Writes verb, kind and indicator, and an id made of them. */
static void write_front(const char *key, const char *feed, FILE *out)
{
	char front[INDICATOR_TEXT_SIZE + 32];
	const char *verb = KEYWORD_VERBS[(int)key[0]];
	const char *kind = observation_kind_text((enum observation_kind)key[1]);
	const char *indicator = key + KEY_FRONT;
	int size = snprintf(front, sizeof(front), "%s %s %s", verb, kind, indicator);
	(void)fprintf(out, "%s %s ", verb, kind);
	imported_rules_write_word(indicator, out);
	(void)fprintf(out, " id=%s-%016llx", feed,
	              (unsigned long long)XXH3_64bits(front, (size_t)size));
}

static void write_rule(const struct imported_rules *imported_rules, uint32_t number,
                       const char *feed, FILE *out)
{
	const struct imported_rules_item *item = &imported_rules->items[number];
	if (item->aside != INTERN_NONE) {
		const char *why = intern_get(&imported_rules->texts, item->aside, NULL);
		(void)fprintf(out, "# %s\n# ", why);
	}
	write_front(intern_get(&imported_rules->keys, number, NULL), feed, out);
	if (item->severity != SEVERITY_MEDIUM) {
		(void)fprintf(out, " sev=%s", KEYWORD_SEVERITIES[item->severity]);
	}
	if (item->confidence >= 0) {
		(void)fprintf(out, " conf=%d", item->confidence);
	}
	write_text(imported_rules, "feed", item->feed, out);
	write_text(imported_rules, "ref", item->ref, out);
	write_text(imported_rules, "tags", item->tags, out);
	if (item->note != INTERN_NONE) {
		(void)fputs(" note=", out);
		write_quoted(intern_get(&imported_rules->texts, item->note, NULL), out);
	}
	if (item->since_ns != INT64_MIN) {
		write_date("since", item->since_ns, false, out);
	}
	if (item->until_ns != INT64_MAX) {
		write_date("until", item->until_ns, true, out);
	}
	(void)fputc('\n', out);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct imported_rules *imported_rules = ctx;
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;
	bool left_aside = imported_rules->items[left].aside != INTERN_NONE;
	bool right_aside = imported_rules->items[right].aside != INTERN_NONE;
	if (left_aside != right_aside) {
		return left_aside - right_aside;
	}
	/* Verb and kind are octets that may be 0, the rest ends in one. */
	const char *left_key = intern_get(&imported_rules->keys, left, NULL);
	const char *right_key = intern_get(&imported_rules->keys, right, NULL);
	int ret = memcmp(left_key, right_key, KEY_FRONT);
	return ret != 0 ? ret : strcmp(left_key + KEY_FRONT, right_key + KEY_FRONT);
}

int imported_rules_write(const struct imported_rules *imported_rules, const char *feed, FILE *out)
{
	uint32_t count = imported_rules->keys.count;
	uint32_t *order = calloc(count > 0 ? count : 1, sizeof(*order));
	if (order == NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < count; i++) {
		order[i] = i;
	}
	qsort_r(order, count, sizeof(*order), compare, (void *)imported_rules);
	for (uint32_t i = 0; i < count; i++) {
		write_rule(imported_rules, order[i], feed, out);
	}
	free(order);
	return 0;
}

void imported_rules_free(struct imported_rules *imported_rules)
{
	intern_free(&imported_rules->keys);
	intern_free(&imported_rules->texts);
	free(imported_rules->items);
	*imported_rules = (struct imported_rules){ .room = 0 };
}
