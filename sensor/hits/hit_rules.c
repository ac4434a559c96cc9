/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/hit_rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret_hash.h"

#define ACTION_SHIFT 56

struct hit_rule {
	const struct rule *rule; /* NULL: none */
	enum ruleset_action action;
	uint64_t hash;         /* of the rule's text and id */
	struct rule_view view; /* texts are in `scratch` and in the rules */
	struct rule_scratch scratch;
};

bool hit_rules_init(struct hit_rules *rules, const struct ruleset *set)
{
	rules->set = set;
	rules->rules = calloc(HIT_RULES_MAX, sizeof(*rules->rules));
	return rules->rules != NULL;
}

void hit_rules_end(struct hit_rules *rules)
{
	free(rules->rules);
}

void hit_rules_replace(struct hit_rules *rules, const struct ruleset *set)
{
	rules->set = set;
	rules->replacements++;
	rules->described = NULL;
	for (size_t i = 0; i < HIT_RULES_MAX; i++) {
		rules->rules[i].rule = NULL;
	}
}

static uint64_t hash_text(const char *text)
{
	return secret_hash(text, strlen(text));
}

static uint64_t hash_both(uint64_t one, uint64_t other)
{
	const uint64_t both[] = { one, other };
	return secret_hash(both, sizeof(both));
}

/* The rule's text is hashed, because after a reload its number may be that of another rule. */
static uint64_t hash_rule(const struct rule_view *rule)
{
	return hash_both(hash_text(rule->text), hash_text(rule->id));
}

/* Makes a number of a rule and an action another one after each reload. An attacker chooses none of
 * these numbers, so they need no hash. Consecutive rules have consecutive places in a table. */
static uint64_t in_set(const struct hit_rules *rules, uint64_t rule, enum ruleset_action action)
{
	return rule + ((uint64_t)action << ACTION_SHIFT) +
	       rules->replacements * UINT64_C(0x9e3779b97f4a7c15);
}

uint64_t hit_rules_number(const struct hit_rules *rules, const struct ruleset_hit *met)
{
	return in_set(rules, ruleset_indicator_number(met->rule), met->action);
}

const struct rule_view *hit_rules_describe(struct hit_rules *rules, const struct ruleset_hit *met)
{
	uint32_t number = ruleset_rule_number(met->rule);
	struct hit_rule *rule = &rules->rules[number % HIT_RULES_MAX];
	if (rule->rule != met->rule || rule->action != met->action) {
		ruleset_describe(rules->set, met, &rule->scratch, &rule->view);
		rule->view.number = hit_rules_number(rules, met);
		rule->rule = met->rule;
		rule->action = met->action;
		rule->hash = hash_rule(&rule->view);
	}
	rules->described = rule;
	return &rule->view;
}

uint64_t hit_rules_hash(const struct hit_rules *rules)
{
	return rules->described->hash;
}

uint64_t hit_rules_group(const struct hit_rules *rules, const struct ruleset_hit *met)
{
	return in_set(rules, ruleset_rule_number(met->rule), met->action);
}

uint64_t hit_rules_group_of_text(const struct rule_view *rule)
{
	return hash_both(hash_rule(rule), rule->action);
}
