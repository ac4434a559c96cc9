/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/blinding.h"

#include <stdio.h>
#include <stdlib.h>

#include "rules/lookalike/suffix.h"
#include "rules/ruleset/finalize.h"
#include "rules/ruleset/vetting.h"

/*! \brief The number of octets of the longest finding, which contains two indicators or an id. */
#define WHY_SIZE (2 * INDICATOR_TEXT_SIZE + 256)
/*! \brief The largest number of pins of the same owner and kind with which a pin is compared. */
#define PINS_COMPARED_MAX 16

struct search {
	const struct ruleset *set;
	blinding_warn_t warn;
	void *ctx;
	size_t reported; /*!< The number of reported findings of the current kind. */
	const struct line *last;
};

static void report(struct search *search, const struct line *line, const char *why)
{
	search->last = line;
	if (search->reported++ < BLINDING_REPORTED_MAX) {
		search->warn(search->ctx, line, why);
	}
}

/*! \brief Reports the number of further findings, at the line of the last one. */
static void finish_kind(struct search *search, const char *noun)
{
	char why[WHY_SIZE];
	if (search->reported > BLINDING_REPORTED_MAX) {
		snprintf(why, sizeof(why), "there are %zu more %s; the last one is on this line",
		         search->reported - BLINDING_REPORTED_MAX, noun);
		search->warn(search->ctx, search->last, why);
	}
	search->reported = 0;
}

/*! \brief Returns true if an indicator matches a great part of the Internet. */
static bool is_wide(const struct ruleset *set, const struct rule *rule)
{
	size_t size;
	if (rule->form == FORM_NETWORK) {
		return vetting_is_wide(intern_get(&set->networks.keys, rule->key, NULL));
	}
	if (rule->form != FORM_NAME || (rule->reach & REACH_BELOW) == 0) {
		return false;
	}
	const uint8_t *wire = intern_get(&set->names.keys, rule->key, &size);
	return suffix_is_public(set->psl, wire, size);
}

struct wide_text {
	const char *before, *after;
};

/*!
 * \brief Returns a text that explains the effect of a wide indicator in its place in a rule; NULL
 *        if the effect is harmless.
 */
static const struct wide_text *text_of_wide(const struct attrs *attrs, const struct rule *rule)
{
	static const struct wide_text ALLOWED = {
		"`allow` of ", "silences all rules for a great part of the Internet: allow only "
		               "names and addresses that you know"
	};
	static const struct wide_text OWNER = { "`pin` of ",
		                                "is wrong for nearly every name below it: pin "
		                                "only names whose values you know" };
	static const struct wide_text EXPECTED = {
		"", "covers a great part of the Internet, so this pin reports almost nothing: "
		    "expect only values that you know"
	};
	if (attrs->verb == RULE_PIN) {
		return rule->kinds == 0 ? &EXPECTED : &OWNER;
	}
	return attrs->verb == RULE_ALLOW && attrs->servers == INTERN_NONE ? &ALLOWED : NULL;
}

static void find_wide(struct search *search)
{
	const struct ruleset *set = search->set;
	for (uint32_t i = 0; i < set->rules_count; i++) {
		const struct rule *rule = &set->rules[i];
		const struct line *line = &set->lines[rule->line];
		const struct attrs *attrs = intern_get(&set->attrs, line->attrs, NULL);
		const struct wide_text *wide = text_of_wide(attrs, rule);
		if (wide != NULL && !rule_is_left_out(rule) && is_wide(set, rule)) {
			char text[INDICATOR_TEXT_SIZE];
			char why[WHY_SIZE];
			store_indicator_text(set, rule, text);
			snprintf(why, sizeof(why), "%s`%s` %s", wide->before, text, wide->after);
			report(search, line, why);
		}
	}
	finish_kind(search, "indicators that cover a great part of the Internet");
}

static bool has_indicators(const struct ruleset *set, const struct line *line)
{
	uint32_t end = store_line_end(set, line);
	for (uint32_t i = line->first; i < end; i++) {
		if (!rule_is_left_out(&set->rules[i])) {
			return true;
		}
	}
	return false;
}

static int find_ids(struct search *search)
{
	const struct ruleset *set = search->set;
	uint8_t *seen = calloc(set->texts.count, sizeof(*seen));
	if (seen == NULL) {
		return -1;
	}
	for (uint32_t i = 0; i < set->lines_count; i++) {
		const struct line *line = &set->lines[i];
		if (line->id == TEXT_NONE || !has_indicators(set, line)) {
			continue;
		}
		if (seen[line->id] != 0) {
			char why[WHY_SIZE];
			snprintf(why, sizeof(why),
			         "another rule also has `id=%.512s`, so events do not show which "
			         "rule matched; give each rule its own id",
			         store_text(set, line->id));
			report(search, line, why);
		}
		seen[line->id] = 1;
	}
	free(seen);
	finish_kind(search, "rules with the id of another rule");
	return 0;
}

static bool is_in(const struct ruleset *set, const struct rule *value, const struct line *line)
{
	uint32_t end = store_line_end(set, line);
	for (uint32_t i = line->first + 1; i < end; i++) {
		const struct rule *other = &set->rules[i];
		if (other->form == value->form && other->key == value->key &&
		    other->reach == value->reach) {
			return true;
		}
	}
	return false;
}

/*! \brief Returns a value that one pin expects and another pin does not; NULL if there is none. */
static const struct rule *find_unexpected(const struct ruleset *set, const struct line *line,
                                          const struct line *other)
{
	uint32_t end = store_line_end(set, line);
	for (uint32_t i = line->first + 1; i < end; i++) {
		if (!is_in(set, &set->rules[i], other)) {
			return &set->rules[i];
		}
	}
	return NULL;
}

/*! \brief Returns true if two pins apply to the same records at some time. */
static bool are_of_one_fact(const struct attrs *a, const struct attrs *b)
{
	/* Texts of several pins can all be there. */
	return a->kind == b->kind && a->kind != KIND_TXT && a->since_ns < b->until_ns &&
	       b->since_ns < a->until_ns;
}

static void compare_pins(struct search *search, const struct rule *first, const struct rule *second)
{
	char owner[INDICATOR_TEXT_SIZE];
	char value[INDICATOR_TEXT_SIZE];
	char why[WHY_SIZE];
	const struct ruleset *set = search->set;
	const struct line *line = &set->lines[second->line];
	const struct line *other = &set->lines[first->line];
	const struct attrs *attrs = intern_get(&set->attrs, line->attrs, NULL);
	if (!are_of_one_fact(attrs, intern_get(&set->attrs, other->attrs, NULL))) {
		return;
	}
	const struct rule *unexpected = find_unexpected(set, line, other);
	unexpected = unexpected != NULL ? unexpected : find_unexpected(set, other, line);
	if (unexpected == NULL) {
		return;
	}
	store_indicator_text(set, second, owner);
	store_indicator_text(set, unexpected, value);
	snprintf(why, sizeof(why),
	         "another pin of `%s` for `%s` contradicts this one: only one of them expects "
	         "`%s`; put all expected values into one rule",
	         owner, observation_kind_text((enum observation_kind)attrs->kind), value);
	report(search, line, why);
}

static void find_pins(struct search *search)
{
	const struct ruleset *set = search->set;
	for (uint32_t i = 0; i < set->names.keys.count; i++) {
		uint32_t first = set->heads[FORM_NAME][i];
		int compared = 0;
		while (first != RULE_NONE && (set->rules[first].kinds & ROLE_OWNER) == 0) {
			first = set->rules[first].next;
		}
		for (uint32_t at = first; at != RULE_NONE && compared < PINS_COMPARED_MAX;
		     at = set->rules[at].next) {
			if (at != first && (set->rules[at].kinds & ROLE_OWNER) != 0) {
				compare_pins(search, &set->rules[first], &set->rules[at]);
				compared++;
			}
		}
	}
	finish_kind(search, "pins that contradict other pins");
}

int blinding_find(const struct ruleset *set, blinding_warn_t warn, void *ctx)
{
	struct search search = { .set = set, .warn = warn, .ctx = ctx };
	find_wide(&search);
	if (set->pinned != 0) {
		find_pins(&search);
	}
	return find_ids(&search);
}
