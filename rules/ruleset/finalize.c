/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/finalize.h"

#include <stdlib.h>

static uint32_t keys_count(const struct ruleset *set, enum rule_form form)
{
	switch (form) {
	case FORM_NAME:
		return set->names.keys.count;
	case FORM_NETWORK:
		return set->networks.keys.count;
	case FORM_TEXT:
		/* Only expected values of pins are texts, and no rule is found by these. */
		return 0;
	default:
		return set->mailboxes.keys.count;
	}
}

static int make_heads(struct ruleset *set)
{
	for (int form = 0; form < FORM_COUNT; form++) {
		uint32_t count = keys_count(set, (enum rule_form)form);
		uint32_t *heads = malloc((count > 0 ? count : 1) * sizeof(*heads));
		if (heads == NULL) {
			return -1;
		}
		for (uint32_t i = 0; i < count; i++) {
			heads[i] = RULE_NONE;
		}
		free(set->heads[form]);
		set->heads[form] = heads;
	}
	return 0;
}

int finalize_chains(struct ruleset *set)
{
	if (make_heads(set) != 0) {
		return -1;
	}
	set->kinds = 0;
	/* The loop goes from the last to the first, so that chains are in order of definition. */
	for (uint32_t i = set->rules_count; i-- > 0;) {
		struct rule *rule = &set->rules[i];
		if (rule->kinds != 0) {
			uint32_t *head = &set->heads[rule->form][rule->key];
			rule->next = *head;
			*head = i;
		}
		set->kinds |= rule->kinds;
	}
	return 0;
}

void finalize_compact(struct ruleset *set)
{
	uint32_t lines = 0;
	uint32_t rules = 0;
	for (uint32_t i = 0; i < set->lines_count; i++) {
		struct line line = set->lines[i];
		uint32_t end = store_line_end(set, &set->lines[i]);
		uint32_t at = line.first;
		line.first = rules;
		for (; at < end; at++) {
			if (!rule_is_left_out(&set->rules[at])) {
				set->rules[rules] = set->rules[at];
				set->rules[rules].next = RULE_NONE;
				set->rules[rules++].line = lines;
			}
		}
		if (rules > line.first) {
			set->lines[lines++] = line;
		}
	}
	set->lines_count = lines;
	set->rules_count = rules;
}
