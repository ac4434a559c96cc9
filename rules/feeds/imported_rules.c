/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/imported_rules.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/date.h"
#include "rules/feeds/clean.h"
#include "rules/language/keywords.h"

/*! \brief A draft as it is kept; texts are numbers, INTERN_NONE without. */
struct drafts_item {
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

static int make_room(struct drafts *drafts)
{
	if (drafts->keys.count < drafts->room) {
		return 0;
	}
	size_t room = drafts->room > 0 ? drafts->room * 2 : 64;
	struct drafts_item *more = realloc(drafts->items, room * sizeof(*more));
	if (more == NULL) {
		return -1;
	}
	drafts->items = more;
	drafts->room = room;
	return 0;
}

/*! \brief Keeps a text unless there is one; -1 when out of memory. */
static int keep(struct drafts *drafts, uint32_t *number, const char *text)
{
	char clean[CLEAN_SIZE];
	if (*number != INTERN_NONE || text == NULL) {
		return 0;
	}
	size_t size = clean_text(text, strlen(text), clean);
	if (size == 0) {
		return 0;
	}
	*number = intern_add(&drafts->texts, clean, size + 1);
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

static int keep_texts(struct drafts *drafts, struct drafts_item *item, const struct draft *draft)
{
	const char *ref = is_url(draft->ref) ? draft->ref : NULL;
	char tags[CLEAN_SIZE] = "";
	if (draft->tags != NULL) {
		clean_text(draft->tags, strlen(draft->tags), tags);
		drop_empty_tags(tags);
	}
	int ret = keep(drafts, &item->feed, draft->feed);
	ret |= keep(drafts, &item->ref, ref);
	ret |= keep(drafts, &item->tags, tags);
	ret |= keep(drafts, &item->note, draft->note);
	return ret | keep(drafts, &item->aside, draft->aside);
}

static void widen(struct drafts_item *item, const struct draft *draft)
{
	if (draft->since_ns < item->since_ns) {
		item->since_ns = draft->since_ns;
	}
	if (draft->until_ns > item->until_ns) {
		item->until_ns = draft->until_ns;
	}
	if (draft->confidence > item->confidence) {
		item->confidence = (int8_t)draft->confidence;
	}
	if (draft->severity > item->severity) {
		item->severity = (uint8_t)draft->severity;
	}
}

int drafts_add(struct drafts *drafts, const struct draft *draft, const struct indicator *indicator)
{
	char key[KEY_FRONT + INDICATOR_TEXT_SIZE];
	key[0] = (char)draft->verb;
	key[1] = (char)draft->what;
	size_t size = KEY_FRONT + indicator_text(indicator, key + KEY_FRONT);
	key[size++] = '\0';
	uint32_t before = drafts->keys.count;
	if (make_room(drafts) != 0) {
		return -1;
	}
	uint32_t number = intern_add(&drafts->keys, key, size);
	if (number == INTERN_NONE) {
		return -1;
	}
	struct drafts_item *item = &drafts->items[number];
	bool is_new = number == before;
	if (is_new) {
		*item = (struct drafts_item){
			.since_ns = draft->since_ns,
			.until_ns = draft->until_ns,
			.feed = INTERN_NONE,
			.ref = INTERN_NONE,
			.tags = INTERN_NONE,
			.note = INTERN_NONE,
			.aside = INTERN_NONE,
			.confidence = (int8_t)draft->confidence,
			.severity = (uint8_t)draft->severity,
		};
	}
	bool was_aside = item->aside != INTERN_NONE;
	widen(item, draft);
	if (keep_texts(drafts, item, draft) != 0) {
		return -1;
	}
	if (!is_new && (!was_aside || draft->aside == NULL)) {
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

void drafts_write_word(const char *text, FILE *out)
{
	if (text[0] == '#' || strpbrk(text, " \t\"=") != NULL) {
		write_quoted(text, out);
	} else {
		(void)fputs(text, out);
	}
}

static void write_text(const struct drafts *drafts, const char *key, uint32_t number, FILE *out)
{
	if (number != INTERN_NONE) {
		(void)fprintf(out, " %s=", key);
		drafts_write_word(intern_get(&drafts->texts, number, NULL), out);
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
	const char *what = observation_what_text((enum observation_what)key[1]);
	const char *indicator = key + KEY_FRONT;
	int size = snprintf(front, sizeof(front), "%s %s %s", verb, what, indicator);
	(void)fprintf(out, "%s %s ", verb, what);
	drafts_write_word(indicator, out);
	(void)fprintf(out, " id=%s-%016llx", feed,
	              (unsigned long long)XXH3_64bits(front, (size_t)size));
}

static void write_rule(const struct drafts *drafts, uint32_t number, const char *feed, FILE *out)
{
	const struct drafts_item *item = &drafts->items[number];
	if (item->aside != INTERN_NONE) {
		const char *why = intern_get(&drafts->texts, item->aside, NULL);
		(void)fprintf(out, "# %s\n# ", why);
	}
	write_front(intern_get(&drafts->keys, number, NULL), feed, out);
	if (item->severity != SEVERITY_MEDIUM) {
		(void)fprintf(out, " sev=%s", KEYWORD_SEVERITIES[item->severity]);
	}
	if (item->confidence >= 0) {
		(void)fprintf(out, " conf=%d", item->confidence);
	}
	write_text(drafts, "feed", item->feed, out);
	write_text(drafts, "ref", item->ref, out);
	write_text(drafts, "tags", item->tags, out);
	if (item->note != INTERN_NONE) {
		(void)fputs(" note=", out);
		write_quoted(intern_get(&drafts->texts, item->note, NULL), out);
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
	const struct drafts *drafts = ctx;
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;
	bool left_aside = drafts->items[left].aside != INTERN_NONE;
	bool right_aside = drafts->items[right].aside != INTERN_NONE;
	if (left_aside != right_aside) {
		return left_aside - right_aside;
	}
	/* Verb and kind are octets that may be 0, the rest ends in one. */
	const char *left_key = intern_get(&drafts->keys, left, NULL);
	const char *right_key = intern_get(&drafts->keys, right, NULL);
	int ret = memcmp(left_key, right_key, KEY_FRONT);
	return ret != 0 ? ret : strcmp(left_key + KEY_FRONT, right_key + KEY_FRONT);
}

int drafts_write(const struct drafts *drafts, const char *feed, FILE *out)
{
	uint32_t count = drafts->keys.count;
	uint32_t *order = calloc(count > 0 ? count : 1, sizeof(*order));
	if (order == NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < count; i++) {
		order[i] = i;
	}
	qsort_r(order, count, sizeof(*order), compare, (void *)drafts);
	for (uint32_t i = 0; i < count; i++) {
		write_rule(drafts, order[i], feed, out);
	}
	free(order);
	return 0;
}

void drafts_free(struct drafts *drafts)
{
	intern_free(&drafts->keys);
	intern_free(&drafts->texts);
	free(drafts->items);
	*drafts = (struct drafts){ .room = 0 };
}
