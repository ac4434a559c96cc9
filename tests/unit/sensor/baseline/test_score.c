/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scores of changes, and that ordinary ones stay below high. */
#include "sensor/baseline/score.h"

#include "tests/unit/unit.h"

#define R(reason) RULE_BIT(SCORE_##reason)
#define NEW_NS    (R(NEW_NAME_SERVER) | R(SET_REPLACED))
#define NEW_MX    (R(NEW_EXCHANGER) | R(SET_REPLACED))

struct row {
	const char *about;
	struct score_facts facts;
	unsigned score;
};

static const struct row ROWS[] = {
	{ "nothing", { 0 }, 0 },
	/* ordinary changes */
	{ "a move to a known provider", { .reasons = NEW_NS }, 40 },
	{ "the parent has not followed", { .reasons = NEW_NS | R(PARENT_CHILD_DIFFER) }, 50 },
	{ "mail moved to a known provider", { .reasons = NEW_MX }, 40 },
	{ "and its network", { .reasons = NEW_MX | R(NETWORK_CHANGED) }, 75 },
	{ "which others have",
	  { .reasons = NEW_MX | R(NETWORK_CHANGED), .network_is_shared = true },
	  50 },
	{ "a network that others have",
	  { .reasons = R(NETWORK_CHANGED), .network_is_shared = true },
	  25 },
	{ "a new hoster with its own TTL",
	  { .reasons = R(NETWORK_CHANGED) | R(TTL_RAISED), .network_is_shared = true },
	  45 },
	{ "one more network of many",
	  { .reasons = R(NETWORK_CHANGED), .network_rotates = true },
	  50 },
	{ "a longer TTL", { .reasons = R(TTL_RAISED) }, 25 },
	{ "no DS record", { .reasons = R(DS_REMOVED) }, 50 },
	{ "own names for the same servers",
	  { .reasons = NEW_NS | R(UNKNOWN_PROVIDER),
	    .target_is_own = true,
	    .network_is_same = true },
	  40 },
	{ "a provider that was renamed",
	  { .reasons = NEW_NS | R(UNKNOWN_PROVIDER), .network_is_same = true },
	  55 },
	{ "an unknown network of an owner that was seen seldom",
	  { .reasons = R(NETWORK_CHANGED) },
	  50 },
	{ "a service that was deleted",
	  { .reasons = R(TARGET_UNREGISTERED), .target_is_alias = true },
	  50 },
	{ "mail moved to a hoster that others have",
	  { .reasons = R(MAIL_SERVER_CHANGED) | R(BANNER_CHANGED), .network_is_shared = true },
	  50 },
	{ "another greeting", { .reasons = R(BANNER_CHANGED) }, 25 },
	{ "another key", { .reasons = R(CERTIFICATE_CHANGED) }, 25 },
	{ "a client without TLS", { .reasons = R(TLS_LOST) }, 50 },
	/* hijacks */
	{ "an offer that is overwritten", { .reasons = R(STARTTLS_STRIPPED) }, 75 },
	{ "an offer that is gone with TLS", { .reasons = R(STARTTLS_STRIPPED) | R(TLS_LOST) }, 85 },
	{ "another server, and its greeting",
	  { .reasons = R(MAIL_SERVER_CHANGED) | R(BANNER_CHANGED) },
	  75 },
	{ "another server of the same exchanger, and its greeting",
	  { .reasons = R(MAIL_SERVER_CHANGED) | R(BANNER_CHANGED), .exchanger_is_unchanged = true },
	  85 },
	{ "which others have, too",
	  { .reasons = R(MAIL_SERVER_CHANGED) | R(BANNER_CHANGED),
	    .exchanger_is_unchanged = true,
	    .network_is_shared = true },
	  60 },
	{ "an unknown provider", { .reasons = NEW_NS | R(UNKNOWN_PROVIDER) }, 75 },
	{ "a look-alike", { .reasons = NEW_NS | R(UNKNOWN_PROVIDER) | R(IMITATES_KNOWN) }, 100 },
	{ "a server more",
	  { .reasons = R(NEW_NAME_SERVER) | R(NAME_SERVER_ADDED) | R(UNKNOWN_PROVIDER) },
	  75 },
	{ "a known provider, and DNSSEC gone", { .reasons = NEW_NS | R(DS_REMOVED) }, 75 },
	{ "an unknown network", { .reasons = R(NETWORK_CHANGED), .is_settled = true }, 75 },
	{ "the owner's servers answer with a longer TTL",
	  { .reasons = R(NETWORK_CHANGED) | R(TTL_RAISED),
	    .network_is_shared = true,
	    .servers_are_known = true },
	  75 },
	{ "an own exchanger without an address",
	  { .reasons = NEW_MX, .target_is_own = true, .target_is_unseen = true },
	  75 },
	{ "an own exchanger in a network that others have",
	  { .reasons = NEW_MX | R(NETWORK_CHANGED),
	    .target_is_own = true,
	    .network_is_shared = true },
	  75 },
	{ "an own exchanger more, in an unknown network",
	  { .reasons = R(NEW_EXCHANGER) | R(NETWORK_CHANGED), .target_is_own = true },
	  75 },
	{ "a server whose domain does not exist", { .reasons = R(TARGET_UNREGISTERED) }, 75 },
	{ "a zone that no server had", { .reasons = R(LAME_THEN_ANSWERS) }, 75 },
	{ "an offer that is overwritten", { .reasons = R(STARTTLS_STRIPPED) }, 75 },
};

static void scores(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		if (score_of(&ROWS[i].facts) != ROWS[i].score) {
			fail_msg("%s: %u, not %u", ROWS[i].about, score_of(&ROWS[i].facts),
			         ROWS[i].score);
		}
	}
}

static void bounds(void **state)
{
	(void)state;
	assert_int_equal(score_of(&(struct score_facts){ .reasons = UINT32_MAX }), SCORE_MAX);
	assert_int_equal(score_severity(49), SEVERITY_LOW);
	assert_int_equal(score_severity(50), SEVERITY_MEDIUM);
	assert_int_equal(score_severity(74), SEVERITY_MEDIUM);
	assert_int_equal(score_severity(75), SEVERITY_HIGH);
	assert_int_equal(score_severity(89), SEVERITY_HIGH);
	assert_int_equal(score_severity(90), SEVERITY_CRITICAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
