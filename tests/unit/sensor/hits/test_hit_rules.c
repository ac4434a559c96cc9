/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/hits/hit_rules.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

#define RULES                                                                                      \
	"alert ns a.test b.test id=two note=\"both names\"\n"                                      \
	"alert ns c.test id=one\n"

static struct ruleset *set;
static struct hit_rules rules;

static int begin(void **state)
{
	(void)state;
	set = load_text(RULES);
	rules = (struct hit_rules){ .set = NULL };
	return hit_rules_init(&rules, set) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	hit_rules_end(&rules);
	ruleset_free(set);
	return 0;
}

static struct ruleset_hit match(const char *name)
{
	struct ruleset_hit met[RULESET_HITS_MAX];
	struct sample sample;
	observe(&sample, "ns", name);
	assert_int_equal(ruleset_match(rules.set, &sample.seen, met), 1);
	return met[0];
}

/* Indicators of a rule have numbers of their own, and follow each other; their group is one. */
static void numbers_of_indicators(void **state)
{
	(void)state;
	const struct ruleset_hit a = match("a.test"), b = match("b.test"), c = match("c.test");
	assert_int_equal(hit_rules_number(&rules, &b), hit_rules_number(&rules, &a) + 1);
	assert_int_equal(hit_rules_number(&rules, &c), hit_rules_number(&rules, &b) + 1);
	assert_int_equal(hit_rules_group(&rules, &a), hit_rules_group(&rules, &b));
	assert_int_not_equal(hit_rules_group(&rules, &a), hit_rules_group(&rules, &c));
}

/* The same indicator has another action if it is met in another way. */
static void numbers_of_actions(void **state)
{
	(void)state;
	const struct ruleset_hit met = match("a.test");
	struct ruleset_hit other = met;
	other.action = ACTION_TTL_EXCEEDED;
	assert_int_not_equal(hit_rules_number(&rules, &met), hit_rules_number(&rules, &other));
	assert_int_not_equal(hit_rules_group(&rules, &met), hit_rules_group(&rules, &other));
}

static void texts_are_those_of_the_hit(void **state)
{
	(void)state;
	const struct ruleset_hit a = match("a.test"), c = match("c.test");
	const struct rule_view *view = hit_rules_describe(&rules, &a);
	uint64_t hash = hit_rules_hash(&rules);
	assert_string_equal(view->id, "two");
	assert_string_equal(view->note, "both names");
	assert_int_equal(view->number, hit_rules_number(&rules, &a));
	view = hit_rules_describe(&rules, &c);
	assert_string_equal(view->id, "one");
	assert_int_not_equal(hit_rules_hash(&rules), hash);
	view = hit_rules_describe(&rules, &a);
	assert_string_equal(view->id, "two");
	assert_int_equal(hit_rules_hash(&rules), hash);
}

/* After a reload, numbers and groups are new even if the set is the same; the hash of the texts is
 * not. */
static void a_reload(void **state)
{
	(void)state;
	const struct ruleset_hit met = match("a.test");
	uint64_t number = hit_rules_number(&rules, &met), group = hit_rules_group(&rules, &met);
	(void)hit_rules_describe(&rules, &met);
	uint64_t hash = hit_rules_hash(&rules);
	uint64_t of_text = hit_rules_group_of_text(hit_rules_describe(&rules, &met));
	hit_rules_replace(&rules, set);
	assert_int_equal(rules.replacements, 1);
	assert_int_not_equal(hit_rules_number(&rules, &met), number);
	assert_int_not_equal(hit_rules_group(&rules, &met), group);
	assert_int_equal(hit_rules_group_of_text(hit_rules_describe(&rules, &met)), of_text);
	assert_int_equal(hit_rules_hash(&rules), hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_of_indicators, begin, end),
		cmocka_unit_test_setup_teardown(numbers_of_actions, begin, end),
		cmocka_unit_test_setup_teardown(texts_are_those_of_the_hit, begin, end),
		cmocka_unit_test_setup_teardown(a_reload, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
