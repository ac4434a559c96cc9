/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/ruleset/finalize.h"

static bool same_fact(const struct rule *a, const struct rule *b, const struct attrs *x,
                      const struct attrs *y)
{
	return a->kinds == b->kinds && a->reach == b->reach && x->verb == y->verb &&
	       x->servers == y->servers && x->since_ns == y->since_ns && x->until_ns == y->until_ns;
}

/*! \brief Returns true if two rules differ only in file or line. */
static bool same_words(const struct line *a, const struct line *b, struct attrs x, struct attrs y)
{
	x.file = y.file;
	x.given = y.given;
	x.kind = y.kind;
	return a->id == b->id && memcmp(&x, &y, sizeof(x)) == 0;
}

/*! \brief Returns true if an indicator is the only remaining one of its rule. */
static bool stands_alone(const struct ruleset *set, const struct rule *rule)
{
	const struct line *line = &set->lines[rule->line];
	uint32_t end = store_line_end(set, line);
	uint32_t left = 0;
	for (uint32_t i = line->first; i < end && left <= 1; i++) {
		left += !rule_is_left_out(&set->rules[i]);
	}
	return left == 1;
}

/*! \brief Returns true if a list of feeds contains a feed. */
static bool has_feed(const char *list, const char *feed, size_t size)
{
	for (;;) {
		size_t listed = strcspn(list, ",");
		if (listed == size && memcmp(list, feed, size) == 0) {
			return true;
		}
		if (list[listed] == '\0') {
			return false;
		}
		list += listed + 1;
	}
}

/*!
 * \brief Returns true if two lists have a feed in common. If a feed has an indicator twice, the two
 *        entries have different meanings.
 */
static bool share_a_feed(const char *list, const char *other)
{
	for (;;) {
		size_t size = strcspn(list, ",");
		if (has_feed(other, list, size)) {
			return true;
		}
		if (list[size] == '\0') {
			return false;
		}
		list += size + 1;
	}
}

static bool may_be_listed_together(const struct ruleset *set, const struct attrs *x,
                                   const struct attrs *y)
{
	return x->verb == RULE_ALERT && x->feed != TEXT_NONE && y->feed != TEXT_NONE &&
	       !share_a_feed(store_text(set, x->feed), store_text(set, y->feed));
}

/*! \brief Returns the number of octets of the first MERGE_FEEDS_MAX feeds of a list. */
static size_t listed_size(const char *list)
{
	size_t size = 0;
	for (int feeds = 0; feeds < MERGE_FEEDS_MAX; feeds++) {
		size += feeds > 0;
		size += strcspn(list + size, ",");
		if (list[size] == '\0') {
			break;
		}
	}
	return size;
}

/*! \brief Sets the feed of a rule to the list of `first` and `second`. */
static int list_feeds(struct ruleset *set, struct line *line, const char *first, const char *second)
{
	struct attrs attrs = store_attrs(set, line);
	char *list;
	if (asprintf(&list, "%s,%s", first, second) < 0) {
		return -1;
	}
	list[listed_size(list)] = '\0';
	attrs.feed = intern_add(&set->texts, list, strlen(list) + 1);
	free(list);
	uint32_t number = intern_add(&set->attrs, &attrs, sizeof(attrs));
	if (attrs.feed == INTERN_NONE || number == INTERN_NONE) {
		return -1;
	}
	line->attrs = number;
	return 0;
}

/*!
 * \brief Merges two indicators of one key, given in order of definition. Returns 1 if they were
 *        merged, 0 if they stay separate, -1 when out of memory.
 */
static int merge(struct ruleset *set, struct rule *first, struct rule *second)
{
	struct line *line = &set->lines[first->line];
	struct line *other = &set->lines[second->line];
	const struct attrs x = store_attrs(set, line);
	const struct attrs y = store_attrs(set, other);
	if (first->line == second->line || !same_fact(first, second, &x, &y)) {
		return 0;
	}
	if (same_words(line, other, x, y)) {
		rule_leave_out(second);
		return 1;
	}
	if (!may_be_listed_together(set, &x, &y) || !stands_alone(set, first) ||
	    !stands_alone(set, second)) {
		return 0;
	}
	bool graver = y.severity > x.severity;
	if (list_feeds(set, graver ? other : line, store_text(set, x.feed),
	               store_text(set, y.feed)) != 0) {
		return -1;
	}
	rule_leave_out(graver ? first : second);
	return 1;
}

static bool is_mergeable(const struct rule *rule)
{
	return (rule->kinds & (ROLE_OWNER | ROLE_PROTECTED)) == 0 && !rule_is_left_out(rule);
}

/*! \brief Merges an indicator with those after it in its chain. */
static int merge_chain(struct ruleset *set, struct rule *rule, size_t *merged)
{
	unsigned apart = 0;
	for (uint32_t at = rule->next; at != RULE_NONE; at = set->rules[at].next) {
		struct rule *other = &set->rules[at];
		if (!is_mergeable(rule) || apart == MERGE_APART_MAX) {
			return 0;
		}
		if (!is_mergeable(other)) {
			continue;
		}
		int ret = merge(set, rule, other);
		if (ret < 0) {
			return -1;
		}
		*merged += (size_t)ret;
		apart += ret == 0;
	}
	return 0;
}

static int merge_once(struct ruleset *set, size_t *merged)
{
	for (uint32_t i = 0; i < set->rules_count; i++) {
		struct rule *rule = &set->rules[i];
		if (rule->next != RULE_NONE && merge_chain(set, rule, merged) != 0) {
			return -1;
		}
	}
	return 0;
}

/* The merge is repeated, because it can leave only one indicator in a rule, or make two rules
 * equal. */
int merge_duplicates(struct ruleset *set, size_t *merged)
{
	size_t before;
	*merged = 0;
	do {
		before = *merged;
		if (merge_once(set, merged) != 0) {
			return -1;
		}
	} while (*merged > before);
	return 0;
}
