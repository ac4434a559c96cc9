/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "rules/ruleset/canonical.h"
#include "rules/ruleset/store.h"

static size_t describe_expected(const struct ruleset *set, const struct line *line,
                                struct rule_scratch *scratch)
{
	uint32_t end = store_line_end(set, line);
	size_t used = 0;
	size_t count = 0;
	for (uint32_t i = line->first + 1; i < end && count < RULESET_EXPECTED_MAX; i++) {
		char text[INDICATOR_TEXT_SIZE];
		store_indicator_text(set, &set->rules[i], text);
		size_t size = strlen(text) + 1;
		if (size > sizeof(scratch->expected_text) - used) {
			break;
		}
		scratch->expected[count++] = memcpy(scratch->expected_text + used, text, size);
		used += size;
	}
	return count;
}

/*! \brief Returns true for the owner of a `learn` rule for all domains. */
static bool is_root(const struct ruleset *set, const struct rule *rule)
{
	size_t size;
	(void)intern_get(&set->names.keys, rule->key, &size);
	return size == 1;
}

enum rule_severity ruleset_severity(const struct ruleset *set, const struct ruleset_hit *hit)
{
	return store_attrs(set, &set->lines[hit->rule->line]).severity;
}

void ruleset_describe(const struct ruleset *set, const struct ruleset_hit *hit,
                      struct rule_scratch *scratch, struct rule_view *view)
{
	const struct rule *rule = hit->rule;
	const struct line *line = &set->lines[rule->line];
	const struct attrs attrs = store_attrs(set, line);
	*view = (struct rule_view){
		.verb = attrs.verb,
		.action = hit->action,
		.severity = attrs.severity,
		.form = rule->form,
		.confidence = attrs.confidence,
		.id = store_text(set, line->id),
		.text = store_text(set, line->text),
		.indicator = scratch->indicator,
		.feed = store_text(set, attrs.feed),
		.ref = store_text(set, attrs.ref),
		.tags = store_text(set, attrs.tags),
		.note = store_text(set, attrs.note),
	};
	if (attrs.verb == RULE_LEARN && is_root(set, rule)) {
		memcpy(scratch->indicator, "*", sizeof("*"));
	} else {
		store_indicator_text(set, rule, scratch->indicator);
	}
	if (attrs.verb == RULE_PIN) {
		view->expected = scratch->expected;
		view->expected_count = describe_expected(set, line, scratch);
	}
	view->imitates = attrs.verb == RULE_PROTECT ? view->indicator : NULL;
	if (view->id == NULL) {
		store_default_id(set, line, scratch->id, sizeof(scratch->id));
		view->id = scratch->id;
	}
	if (view->text == NULL) {
		canonical_own(set, line, scratch->text, sizeof(scratch->text));
		view->text = scratch->text;
	}
}
