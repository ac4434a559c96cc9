/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/imported_rules.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/date.h"
#include "rules/feeds/import/clean.h"
#include "rules/keywords.h"

/*!
 * \brief A stored rule. Texts are numbers in `texts`; INTERN_NONE: the rule does not have this
 *        text.
 */
struct stored_rule {
	int64_t since_ns;
	int64_t until_ns;
	uint32_t feed;
	uint32_t ref;
	uint32_t tags;
	uint32_t note;
	uint32_t servers;
	uint32_t aside;
	int8_t confidence;
	uint8_t severity;
};

/*!
 * \brief The number of octets of the verb and the kind, which precede the text of the indicator.
 */
#define KEY_FRONT 2

static int make_room(struct imported_rules *rules)
{
	if (rules->keys.count < rules->room) {
		return 0;
	}
	size_t room = rules->room > 0 ? rules->room * 2 : 64;
	struct stored_rule *more = realloc(rules->stored, room * sizeof(*more));
	if (more == NULL) {
		return -1;
	}
	rules->stored = more;
	rules->room = room;
	return 0;
}

/*!
 * \brief Stores a text and sets `*number`, unless `*number` is already set. Returns -1 when out of
 *        memory.
 */
static int keep(struct imported_rules *rules, uint32_t *number, const char *text)
{
	char clean[CLEAN_SIZE];
	if (*number != INTERN_NONE || text == NULL) {
		return 0;
	}
	size_t size = clean_text(text, strlen(text), clean);
	if (size == 0) {
		return 0;
	}
	*number = intern_add(&rules->texts, clean, size + 1);
	return *number != INTERN_NONE ? 0 : -1;
}

/*! \brief Removes empty tags. Cleaning can produce them, but rules do not allow them. */
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
	       text[scheme + 3] <= '~' && strlen(text) < CLEAN_SIZE - 4;
}

static int keep_texts(struct imported_rules *rules, struct stored_rule *stored,
                      const struct imported_rule *rule)
{
	const char *ref = is_url(rule->ref) ? rule->ref : NULL;
	char tags[CLEAN_SIZE] = "";
	if (rule->tags != NULL) {
		clean_text(rule->tags, strlen(rule->tags), tags);
		drop_empty_tags(tags);
	}
	int ret = keep(rules, &stored->feed, rule->feed);
	ret |= keep(rules, &stored->ref, ref);
	ret |= keep(rules, &stored->tags, tags);
	ret |= keep(rules, &stored->note, rule->note);
	return ret | keep(rules, &stored->aside, rule->aside);
}

static void widen(struct stored_rule *stored, const struct imported_rule *rule)
{
	if (rule->since_ns < stored->since_ns) {
		stored->since_ns = rule->since_ns;
	}
	if (rule->until_ns > stored->until_ns) {
		stored->until_ns = rule->until_ns;
	}
	if (rule->confidence > stored->confidence) {
		stored->confidence = (int8_t)rule->confidence;
	}
	if (rule->severity > stored->severity) {
		stored->severity = (uint8_t)rule->severity;
	}
}

/*!
 * \brief Keeps the servers of a new rule. A merged rule has servers only if both rules have the
 * same.
 */
static int keep_servers(struct imported_rules *rules, struct stored_rule *stored, bool is_new,
                        const struct imported_rule *rule)
{
	uint32_t servers = INTERN_NONE;
	if (keep(rules, &servers, rule->servers) != 0) {
		return -1;
	}
	if (is_new) {
		stored->servers = servers;
	} else if (stored->servers != servers) {
		stored->servers = INTERN_NONE;
	}
	return 0;
}

/*! \brief Returns a new rule, without its texts. */
static struct stored_rule stored_rule_of(const struct imported_rule *rule)
{
	return (struct stored_rule){
		.since_ns = rule->since_ns,
		.until_ns = rule->until_ns,
		.feed = INTERN_NONE,
		.ref = INTERN_NONE,
		.tags = INTERN_NONE,
		.note = INTERN_NONE,
		.servers = INTERN_NONE,
		.aside = INTERN_NONE,
		.confidence = (int8_t)rule->confidence,
		.severity = (uint8_t)rule->severity,
	};
}

int imported_rules_add(struct imported_rules *rules, const struct imported_rule *rule,
                       const struct indicator *indicator)
{
	char key[KEY_FRONT + INDICATOR_TEXT_SIZE];
	key[0] = (char)rule->verb;
	key[1] = (char)rule->kind;
	size_t size = KEY_FRONT + indicator_text(indicator, key + KEY_FRONT);
	key[size++] = '\0';
	uint32_t before = rules->keys.count;
	if (make_room(rules) != 0) {
		return -1;
	}
	uint32_t number = intern_add(&rules->keys, key, size);
	if (number == INTERN_NONE) {
		return -1;
	}
	struct stored_rule *stored = &rules->stored[number];
	bool is_new = number == before;
	if (is_new) {
		*stored = stored_rule_of(rule);
	}
	bool was_aside = stored->aside != INTERN_NONE;
	widen(stored, rule);
	if (keep_texts(rules, stored, rule) != 0 ||
	    keep_servers(rules, stored, is_new, rule) != 0) {
		return -1;
	}
	if (!is_new && (!was_aside || rule->aside == NULL)) {
		stored->aside = INTERN_NONE;
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

static void write_text(const struct imported_rules *rules, const char *key, uint32_t number,
                       FILE *out)
{
	if (number != INTERN_NONE) {
		(void)fprintf(out, " %s=", key);
		imported_rules_write_word(intern_get(&rules->texts, number, NULL), out);
	}
}

static void write_date(const char *key, int64_t time_ns, bool end, FILE *out)
{
	char text[DATE_TEXT_SIZE];
	date_text(time_ns, end, text);
	(void)fprintf(out, " %s=%s", key, text);
}

/*! \brief Writes verb, kind and indicator, and an id made of their hash. */
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

static void write_rule(const struct imported_rules *rules, uint32_t number, const char *feed,
                       FILE *out)
{
	const struct stored_rule *stored = &rules->stored[number];
	if (stored->aside != INTERN_NONE) {
		const char *why = intern_get(&rules->texts, stored->aside, NULL);
		(void)fprintf(out, "# %s\n# ", why);
	}
	write_front(intern_get(&rules->keys, number, NULL), feed, out);
	if (stored->severity != SEVERITY_MEDIUM) {
		(void)fprintf(out, " sev=%s", KEYWORD_SEVERITIES[stored->severity]);
	}
	if (stored->confidence >= 0) {
		(void)fprintf(out, " conf=%d", stored->confidence);
	}
	write_text(rules, "feed", stored->feed, out);
	write_text(rules, "ref", stored->ref, out);
	write_text(rules, "tags", stored->tags, out);
	if (stored->note != INTERN_NONE) {
		(void)fputs(" note=", out);
		write_quoted(intern_get(&rules->texts, stored->note, NULL), out);
	}
	if (stored->since_ns != INT64_MIN) {
		write_date("since", stored->since_ns, false, out);
	}
	if (stored->until_ns != INT64_MAX) {
		write_date("until", stored->until_ns, true, out);
	}
	write_text(rules, "server", stored->servers, out);
	(void)fputc('\n', out);
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct imported_rules *rules = ctx;
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;
	bool left_aside = rules->stored[left].aside != INTERN_NONE;
	bool right_aside = rules->stored[right].aside != INTERN_NONE;
	if (left_aside != right_aside) {
		return left_aside - right_aside;
	}
	/* Verb and kind are octets that may be 0. The rest ends with NUL. */
	const char *left_key = intern_get(&rules->keys, left, NULL);
	const char *right_key = intern_get(&rules->keys, right, NULL);
	int ret = memcmp(left_key, right_key, KEY_FRONT);
	return ret != 0 ? ret : strcmp(left_key + KEY_FRONT, right_key + KEY_FRONT);
}

int imported_rules_write(const struct imported_rules *rules, const char *feed, FILE *out)
{
	uint32_t count = rules->keys.count;
	uint32_t *order = calloc(count > 0 ? count : 1, sizeof(*order));
	if (order == NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < count; i++) {
		order[i] = i;
	}
	qsort_r(order, count, sizeof(*order), compare, (void *)rules);
	for (uint32_t i = 0; i < count; i++) {
		write_rule(rules, order[i], feed, out);
	}
	free(order);
	return 0;
}

void imported_rules_free(struct imported_rules *rules)
{
	intern_free(&rules->keys);
	intern_free(&rules->texts);
	free(rules->stored);
	*rules = (struct imported_rules){ .room = 0 };
}
