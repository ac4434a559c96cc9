/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

static const char RULES[] = "learn * ns,mx id=all after=0 min=1\n"
                            "learn * ns,ttl id=more sev=low\n"
                            "learn .a.example ns id=below min=9 forget=1h\n"
                            "learn a.example ns id=own until=2020-05-31\n"
                            "learn b.a.example ip id=ip\n"
                            "allow ns ns.c.example\n"
                            "pin a.example mx mx.a.example id=pin\n";

/* Which rule learns something about an owner. */
static void finds(void **state)
{
	(void)state;
	static const struct {
		const char *owner;
		enum learn_kind kind;
		bool all;
		int64_t day;
		const char *id;
	} tests[] = {
		{ "c.example", LEARN_NS, true, 0, "all" },
		{ "c.example", LEARN_NS, false, 0, "" },
		{ "c.example", LEARN_TTL, true, 0, "more" },
		{ "c.example", LEARN_DS, true, 0, "" },
		{ "a.example", LEARN_NS, false, 0, "below" },
		{ "x.a.example", LEARN_NS, true, 0, "below" },
		{ "a.example", LEARN_MX, true, 0, "all" },
		{ "b.a.example", LEARN_IP, false, 0, "ip" },
		{ "c.b.a.example", LEARN_IP, true, 0, "" },
	};
	struct ruleset *set = load_text(RULES);
	assert_int_equal(ruleset_learned(set), RULE_BIT(LEARN_NS) | RULE_BIT(LEARN_MX) |
	                                               RULE_BIT(LEARN_TTL) | RULE_BIT(LEARN_IP));
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct indicator owner;
		struct ruleset_learn learn;
		struct rule_scratch scratch;
		struct rule_view view = { .id = "" };
		observe_parse(tests[i].owner, &owner);
		const struct observation seen = { .owner = owner.name,
			                          .owner_size = owner.name_size };
		if (ruleset_find_learn(set, &seen, tests[i].kind, tests[i].all, &learn)) {
			ruleset_describe(set, &learn.hit, &scratch, &view);
			assert_int_equal(view.action, ACTION_BASELINE_CHANGE);
		}
		assert_string_equal(view.id, tests[i].id);
	}
	ruleset_free(set);
}

static void has_values(void **state)
{
	(void)state;
	struct indicator owner;
	struct ruleset_learn learn;
	struct ruleset *set = load_text(RULES);
	observe_parse("x.a.example", &owner);
	const struct observation seen = { .owner = owner.name, .owner_size = owner.name_size };
	assert_true(ruleset_find_learn(set, &seen, LEARN_NS, true, &learn));
	assert_int_equal(learn.after_s, 7 * 86400);
	assert_int_equal(learn.min, 9);
	assert_int_equal(learn.forget_s, 3600);
	assert_false(learn.rated);
	assert_true(ruleset_find_learn(set, &seen, LEARN_TTL, true, &learn));
	assert_true(learn.rated);
	ruleset_free(set);
}

/* A `learn` rule matches no observation, and an `allow` rule silences it. */
static void matches_nothing(void **state)
{
	(void)state;
	struct sample sample;
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct ruleset *set = load_text(RULES);
	observe(&sample, "ns", "ns.c.example");
	assert_int_equal(ruleset_match(set, &sample.seen, hits), 0);
	assert_true(ruleset_is_allowed(set, &sample.seen));
	observe(&sample, "mx", "ns.c.example");
	assert_false(ruleset_is_allowed(set, &sample.seen));
	observe(&sample, "name", "a.example");
	assert_int_equal(ruleset_match(set, &sample.seen, hits), 0);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(has_values),
		cmocka_unit_test(matches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
