/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/correlate/learned_hits.h"

/* Hits, and an address in a record of the owner `mail.test`: which of them explains it. */

#define NONE (-1)

static const uint8_t MAIL[] = "\4mail\4test";
static const uint8_t OTHER_NAME[] = "\5other\4test";
static const struct in6_addr FAKE = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 24, 250 } };
static const struct in6_addr OTHER = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 9 } };
/* NAT64 of FAKE, RFC 6052. */
static const struct in6_addr EMBEDDING = { .s6_addr = { 0, 0x64, 0xff, 0x9b, [12] = 45, 77, 24,
	                                                250 } };

struct sighting {
	enum observation_kind kind;
	enum rule_severity severity;
	const struct in6_addr *addr; /* NULL: `name` */
	const uint8_t *name;
};

static struct learned_hits hits;

static bool add(const struct sighting *sighting, uint32_t number)
{
	const struct observation seen = { .kind = sighting->kind,
		                          .addr = sighting->addr,
		                          .name = sighting->name,
		                          .name_size =
		                                  sizeof(MAIL) + (sighting->name == OTHER_NAME) };
	const struct watch_reason reason = { .rule = number };
	return learned_hits_add(&hits, &seen, sighting->severity, &reason);
}

static int find(const struct in6_addr *addr, enum learned_closeness *closeness)
{
	struct dns_entry entry = { .owner.size = sizeof(MAIL) };
	memcpy(entry.owner.wire, MAIL, sizeof(MAIL));
	const struct learned_hit *hit = learned_hits_find(&hits, &entry, addr, closeness);
	return hit != NULL ? (int)hit->reason.rule : NONE;
}

static void the_closest_and_most_severe_explains(void **state)
{
	static const struct {
		const char *name;
		struct sighting hits[4];
		size_t count;
		const struct in6_addr *addr;
		int found;
		enum learned_closeness closeness;
	} tests[] = {
		{ "no hit", { { 0 } }, 0, &FAKE, NONE, LEARNED_NONE },
		{ "another name: the most severe, of these the first",
		  { { KIND_NS, SEVERITY_LOW, NULL, OTHER_NAME },
		    { KIND_NS, SEVERITY_HIGH, NULL, OTHER_NAME },
		    { KIND_CNAME, SEVERITY_HIGH, NULL, OTHER_NAME } },
		  3,
		  &FAKE,
		  1,
		  LEARNED_OF_MESSAGE },
		{ "the owner, but as a name server",
		  { { KIND_NS, SEVERITY_LOW, NULL, MAIL } },
		  1,
		  &FAKE,
		  0,
		  LEARNED_OF_MESSAGE },
		{ "the exchange",
		  { { KIND_NS, SEVERITY_CRITICAL, NULL, MAIL },
		    { KIND_MX, SEVERITY_CRITICAL, NULL, OTHER_NAME },
		    { KIND_MX, SEVERITY_LOW, NULL, MAIL },
		    { KIND_MX, SEVERITY_MEDIUM, NULL, MAIL } },
		  4,
		  &FAKE,
		  3,
		  LEARNED_EXCHANGE },
		{ "the address",
		  { { KIND_MX, SEVERITY_CRITICAL, NULL, MAIL },
		    { KIND_IP, SEVERITY_CRITICAL, &OTHER, NULL },
		    { KIND_IP, SEVERITY_LOW, &FAKE, NULL },
		    { KIND_IP, SEVERITY_LOW, &FAKE, NULL } },
		  4,
		  &FAKE,
		  2,
		  LEARNED_SAME_ADDRESS },
		{ "the address in another one",
		  { { KIND_IP, SEVERITY_LOW, &EMBEDDING, NULL },
		    { KIND_IP, SEVERITY_LOW, &FAKE, NULL },
		    { KIND_IP, SEVERITY_MEDIUM, &FAKE, NULL } },
		  3,
		  &EMBEDDING,
		  2,
		  LEARNED_SAME_ADDRESS },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		enum learned_closeness closeness;
		hits.count = 0;
		for (size_t n = 0; n < tests[i].count; n++) {
			assert_true(add(&tests[i].hits[n], (uint32_t)n));
		}
		int found = find(tests[i].addr, &closeness);
		if (found != tests[i].found || closeness != tests[i].closeness) {
			fail_msg("%s: hit %d, closeness %d", tests[i].name, found, (int)closeness);
		}
	}
}

/* Each of many addresses is found again, and those beyond the limit are only counted. */
static void many_hits(void **state)
{
	struct in6_addr addrs[LEARNED_HITS_MAX + 1];
	enum learned_closeness closeness;
	(void)state;
	hits.count = 0;
	for (uint32_t i = 0; i <= LEARNED_HITS_MAX; i++) {
		addrs[i] = FAKE;
		addrs[i].s6_addr[15] = (uint8_t)i;
		const struct sighting sighting = { KIND_IP, SEVERITY_LOW, &addrs[i], NULL };
		assert_int_equal(add(&sighting, i), i < LEARNED_HITS_MAX);
	}
	assert_int_equal(hits.count, LEARNED_HITS_MAX + 1);
	for (int i = 0; i < LEARNED_HITS_MAX; i++) {
		assert_int_equal(find(&addrs[i], &closeness), i);
		assert_int_equal(closeness, LEARNED_SAME_ADDRESS);
	}
	assert_int_equal(find(&addrs[LEARNED_HITS_MAX], &closeness), 0);
	assert_int_equal(closeness, LEARNED_OF_MESSAGE);
}

/* The hits of the message before are not found. */
static void another_message(void **state)
{
	static const struct sighting address = { KIND_IP, SEVERITY_LOW, &FAKE, NULL };
	static const struct sighting name = { KIND_NS, SEVERITY_LOW, NULL, OTHER_NAME };
	enum learned_closeness closeness;
	(void)state;
	hits.count = 0;
	assert_true(add(&address, 7));
	hits.count = 0;
	assert_true(add(&name, 8));
	assert_int_equal(find(&FAKE, &closeness), 8);
	assert_int_equal(closeness, LEARNED_OF_MESSAGE);
}

/* Only addresses and exchanges are close to an address; of other hits, the first most severe one is
 * enough. */
static void hits_that_explain_nothing(void **state)
{
	static const struct sighting name = { KIND_NS, SEVERITY_MEDIUM, NULL, OTHER_NAME };
	(void)state;
	hits.count = 0;
	assert_true(learned_hits_need(&hits, KIND_NS, SEVERITY_LOW));
	assert_true(add(&name, 1));
	assert_false(learned_hits_need(&hits, KIND_NS, SEVERITY_LOW));
	assert_false(learned_hits_need(&hits, KIND_NAME, SEVERITY_MEDIUM));
	assert_true(learned_hits_need(&hits, KIND_NAME, SEVERITY_HIGH));
	assert_true(learned_hits_need(&hits, KIND_IP, SEVERITY_LOW));
	assert_true(learned_hits_need(&hits, KIND_MX, SEVERITY_LOW));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_closest_and_most_severe_explains),
		cmocka_unit_test(many_hits),
		cmocka_unit_test(another_message),
		cmocka_unit_test(hits_that_explain_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
