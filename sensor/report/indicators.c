/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/indicators.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/keywords.h"

typedef const struct report_hit *const *hits_t;

/* Hits with the same indicator: a range of the sorted hits. */
struct group {
	hits_t hits;
	size_t count;
};

struct walk {
	const struct report_hit **hits;    /* Sorted by indicator. */
	const struct report_hit **matched; /* The hits of `alert` rules, sorted by value. */
	size_t hit_count, matched_count;
	struct group *groups;
	size_t group_count;
	const struct group *group; /* The group that is read. */
	report_indicator_t each;
	void *ctx;
};

static bool begins_with(const struct report_text *text, const char *start)
{
	size_t size = strlen(start);
	return text->text != NULL && text->size >= size && memcmp(text->text, start, size) == 0;
}

static bool is_intercepted(const struct report_hit *hit)
{
	return begins_with(&hit->action, "mail-intercepted");
}

/* The rule of intercepted mail is that of the DNS answer that gave the server's address. */
static bool is_of_alert(const struct report_hit *hit)
{
	return begins_with(&hit->rule_text, "alert ") && !is_intercepted(hit);
}

/* Hits are elements of one array, which is sorted by time. */
static int compare_places(const struct report_hit *a, const struct report_hit *b)
{
	return (a > b) - (a < b);
}

static int compare_indicators(const struct report_hit *a, const struct report_hit *b)
{
	bool alert = is_of_alert(a);
	if (alert != is_of_alert(b)) {
		return alert ? -1 : 1;
	}
	if (alert) {
		return report_text_compare(&a->rule_text, &b->rule_text);
	}
	int ret = report_text_compare(&a->kind, &b->kind);
	return ret != 0 ? ret : report_text_compare(&a->value, &b->value);
}

static int by_indicator(const void *left, const void *right)
{
	const struct report_hit *a = *(const struct report_hit *const *)left;
	const struct report_hit *b = *(const struct report_hit *const *)right;
	int ret = compare_indicators(a, b);
	return ret != 0 ? ret : compare_places(a, b);
}

static int by_value(const void *left, const void *right)
{
	const struct report_hit *a = *(const struct report_hit *const *)left;
	const struct report_hit *b = *(const struct report_hit *const *)right;
	return report_text_compare(&a->value, &b->value);
}

static int by_first_hit(const void *left, const void *right)
{
	const struct group *a = left;
	const struct group *b = right;
	return compare_places(a->hits[0], b->hits[0]);
}

/* Makes the sorted lists of hits and their groups. */
static bool sort_hits(struct walk *walk, const struct report_incident *incident)
{
	size_t count = incident->hits_listed;
	walk->hits = calloc(count + 1, sizeof(*walk->hits));
	walk->matched = calloc(count + 1, sizeof(*walk->matched));
	walk->groups = calloc(count + 1, sizeof(*walk->groups));
	if (walk->hits == NULL || walk->matched == NULL || walk->groups == NULL) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const struct report_hit *hit = &incident->hits[i];
		walk->hits[walk->hit_count++] = hit;
		if (is_of_alert(hit)) {
			walk->matched[walk->matched_count++] = hit;
		}
	}
	qsort(walk->hits, walk->hit_count, sizeof(*walk->hits), by_indicator);
	qsort(walk->matched, walk->matched_count, sizeof(*walk->matched), by_value);
	return true;
}

static void make_groups(struct walk *walk)
{
	for (size_t i = 0; i < walk->hit_count; i++) {
		if (i == 0 || compare_indicators(walk->hits[i - 1], walk->hits[i]) != 0) {
			walk->groups[walk->group_count++].hits = walk->hits + i;
		}
		walk->groups[walk->group_count - 1].count++;
	}
	qsort(walk->groups, walk->group_count, sizeof(*walk->groups), by_first_hit);
}

static enum rule_severity severity_of(unsigned number)
{
	enum rule_severity severity = SEVERITY_LOW;
	for (int i = SEVERITY_LOW; i < SEVERITY_COUNT; i++) {
		if (number >= rule_severity_number((enum rule_severity)i)) {
			severity = (enum rule_severity)i;
		}
	}
	return severity;
}

/* Completes an indicator with what its hits have, and emits it. */
static void emit(struct walk *walk, struct report_indicator *indicator)
{
	const struct group *group = walk->group;
	unsigned severity = 0;
	indicator->hits = group->hits;
	indicator->hit_count = group->count;
	indicator->first_ns = group->hits[0]->time_ns;
	for (size_t i = 0; i < group->count; i++) {
		const struct report_hit *hit = group->hits[i];
		indicator->last_ns = hit->time_ns;
		indicator->sightings += hit->count;
		severity = hit->severity > severity ? hit->severity : severity;
	}
	indicator->severity = severity_of(severity);
	walk->each(walk->ctx, indicator);
}

static int take_rule(void *ctx, const struct language_rule *rule)
{
	if (rule->verb == RULE_ALERT) {
		struct report_indicator indicator = { .kind = rule->kind,
			                              .items = rule->indicators,
			                              .count = rule->count,
			                              .keys = rule->keys };
		emit(ctx, &indicator);
	}
	return 0;
}

/* The text of a rule in a file of events may have been changed. It then gives no indicator. */
static void pass_error(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)column;
	(void)message;
}

static bool read_rule(struct walk *walk, const struct report_text *text)
{
	const struct language_sink sink = { .rule = take_rule,
		                            .complain = pass_error,
		                            .ctx = walk };
	size_t bad;
	if (memchr(text->text, '\n', text->size) != NULL) {
		return true;
	}
	FILE *in = fmemopen((void *)text->text, text->size, "r");
	if (in == NULL) {
		return false;
	}
	int ret = language_read(in, "", &sink, &bad);
	(void)fclose(in);
	return ret == 0;
}

/* A rule of the kind that was observed may not take an indicator of this form: the value of a pin
 * of recipients is the address of a server. */
static bool find_kind(const struct report_hit *hit, enum rule_form form,
                      enum observation_kind *kind)
{
	int found = keyword_find(KEYWORD_KINDS, hit->kind.text != NULL ? hit->kind.text : "");
	*kind = found >= 0 ? (enum observation_kind)found : KIND_SERVER;
	if (found >= 0 && (observation_kind_forms(*kind) & RULE_BIT(form)) != 0) {
		return true;
	}
	*kind = KIND_SERVER;
	return form == FORM_NETWORK;
}

static bool is_covered(const struct walk *walk, const struct report_hit *hit)
{
	return bsearch(&hit, walk->matched, walk->matched_count, sizeof(hit), by_value) != NULL;
}

/* Reads a value as an indicator. A name of one label is not one. */
static bool parse_value(const struct report_text *value, struct indicator *item)
{
	char why[INDICATOR_WHY_SIZE];
	if (value->text == NULL || strlen(value->text) != value->size ||
	    indicator_parse(value->text, item, why) != 0) {
		return false;
	}
	return item->form != FORM_NAME || item->name[0] + 2U < item->name_size;
}

static void take_value(struct walk *walk)
{
	struct indicator item;
	struct report_indicator indicator = { .items = &item, .count = 1 };
	const struct report_hit *hit = walk->group->hits[0];
	if (!is_covered(walk, hit) && parse_value(&hit->value, &item) &&
	    find_kind(hit, item.form, &indicator.kind)) {
		emit(walk, &indicator);
	}
}

/* Emits what an incident has seen, when its hits were not read. */
static void take_seen(const struct walk *walk, const struct report_incident *incident)
{
	for (size_t i = 0; i < incident->seen.count; i++) {
		struct indicator item;
		const struct report_indicator indicator = {
			.kind = KIND_ANY,
			.severity = severity_of(incident->severity),
			.items = &item,
			.count = 1,
			.first_ns = incident->first_ns,
			.last_ns = incident->last_ns,
		};
		if (parse_value(&incident->seen.items[i], &item)) {
			walk->each(walk->ctx, &indicator);
		}
	}
}

bool report_indicators(const struct report_incident *incident, report_indicator_t each, void *ctx)
{
	struct walk walk = { .each = each, .ctx = ctx };
	bool good = sort_hits(&walk, incident);
	if (good && walk.hit_count == 0) {
		take_seen(&walk, incident);
	} else if (good) {
		make_groups(&walk);
	}
	for (size_t i = 0; good && i < walk.group_count; i++) {
		walk.group = &walk.groups[i];
		if (is_of_alert(walk.group->hits[0])) {
			good = read_rule(&walk, &walk.group->hits[0]->rule_text);
		} else {
			take_value(&walk);
		}
	}
	free(walk.groups);
	free(walk.matched);
	free(walk.hits);
	return good;
}
