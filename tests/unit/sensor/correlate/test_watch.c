/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/correlate/watch.h"

#define S 1000000000LL

#define FIRST  "00112233445566778899aabbccddeeff"
#define SECOND "ffeeddccbbaa99887766554433221100"
#define OTHER  "0123456789abcdef0123456789abcdef"

/* More than there is room for. */
#define FLOOD (WATCH_ADDRESSES + WATCH_ADDRESSES / 4)

static struct in6_addr address(uint32_t number)
{
	struct in6_addr addr;
	memset(&addr, 0, sizeof(addr));
	memcpy(addr.s6_addr, &number, sizeof(number));
	return addr;
}

static struct watch_cause cause_of(const char *id)
{
	static const uint8_t owner[] = "\11coincheck\3com";
	const struct rule_view rule = { .id = "rule", .text = "alert", .indicator = "192.0.2.1" };
	struct watch_cause cause;
	watch_cause_set(&cause, &rule, id, owner, sizeof(owner));
	return cause;
}

/* Makes a hit, and watches an address for it. */
static void watch_for(struct watch *watch, const struct in6_addr *addr, int64_t time_ns,
                      uint32_t ttl, const struct watch_cause *cause)
{
	const struct watch_answer answer = { .time_ns = time_ns, .ttl = ttl, .reserved = true };
	const struct watch_reason reason = watch_keep_cause(watch, cause, &answer);
	watch_address(watch, NULL, addr, &answer, &reason);
}

static void an_address_is_watched_for_its_time(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		uint32_t ttl;
		int64_t at_s;
		bool watched;
	} tests[] = {
		{ "at once", 60, 0, true },
		{ "short TTL, watch time just not over", 60, 3600, true },
		{ "short TTL, watch time over", 60, 3601, false },
		{ "long TTL, just not over", 7200, 7200, true },
		{ "long TTL, over", 7200, 7201, false },
		{ "longest", 0x7fffffff, 2000000000, true },
		{ "longest, over", 0x7fffffff, 2147483648, false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct watch *watch = watch_new(3600 * S);
		struct in6_addr addr = address(1), other = address(2);
		struct watch_cause cause = cause_of(FIRST), found;
		assert_non_null(watch);
		watch_for(watch, &addr, 1000 * S, tests[i].ttl, &cause);
		if (watch_has_address(watch, NULL, &addr, (1000 + tests[i].at_s) * S, &found) !=
		    tests[i].watched) {
			fail_msg("%s", tests[i].label);
		}
		assert_false(watch_has_address(watch, NULL, &other, 1000 * S, &found));
		watch_free(watch);
	}
}

/* Workers at different packet times add the same address in any order. */
static void the_order_of_additions_does_not_matter(void **state)
{
	(void)state;
	/* 0 to 20 by two that overlap, 18 to 30 by a third: one; 40 to 50: another. */
	static const struct {
		const char *id;
		int from_s;
		uint32_t ttl;
	} added[] = { { FIRST, 0, 10 }, { OTHER, 8, 12 }, { OTHER, 18, 12 }, { SECOND, 40, 10 } };
	static const struct {
		int at_s;
		const char *id; /* NULL: not watched */
	} tests[] = { { -1, NULL }, { 0, FIRST },   { 15, FIRST },  { 30, FIRST }, { 31, NULL },
		      { 39, NULL }, { 40, SECOND }, { 50, SECOND }, { 51, NULL } };
	for (unsigned order = 0; order < 4 * 4 * 4 * 4; order++) {
		struct watch *watch = watch_new(0);
		struct in6_addr addr = address(1);
		struct watch_cause cause;
		for (unsigned i = 0; i < 5 * 4; i++) {
			/* Any four of them in a row, then all: adding twice changes nothing. */
			unsigned which = i < 4 ? order >> 2 * i & 3 : i & 3;
			cause = cause_of(added[which].id);
			watch_for(watch, &addr, added[which].from_s * S, added[which].ttl, &cause);
		}
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
			bool watched =
			        watch_has_address(watch, NULL, &addr, tests[i].at_s * S, &cause);
			assert_int_equal(watched, tests[i].id != NULL);
			if (watched) {
				assert_string_equal(cause.event_id, tests[i].id);
			}
		}
		watch_free(watch);
	}
}

/* The first cause is kept; a subsequent answer only prolongs the time. */
static void a_subsequent_answer_prolongs(void **state)
{
	(void)state;
	struct watch *watch = watch_new(10 * S);
	struct in6_addr addr = address(1);
	struct watch_cause first = cause_of(FIRST), second = cause_of(SECOND), found;
	assert_non_null(watch);
	watch_for(watch, &addr, 0, 100, &first);
	watch_for(watch, &addr, 50 * S, 100, &second);
	assert_true(watch_has_address(watch, NULL, &addr, 150 * S, &found));
	assert_string_equal(found.event_id, FIRST);
	watch_for(watch, &addr, 60 * S, 1, &second); /* ends earlier: changes nothing */
	assert_true(watch_has_address(watch, NULL, &addr, 150 * S, &found));
	/* After its end it is a new one. */
	watch_for(watch, &addr, 151 * S, 1, &second);
	assert_true(watch_has_address(watch, NULL, &addr, 152 * S, &found));
	assert_string_equal(found.event_id, SECOND);
	watch_free(watch);
}

static void exchanges_are_another_table(void **state)
{
	(void)state;
	static const uint8_t name[] = "\4mail\11coincheck\3com";
	struct watch *watch = watch_new(10 * S);
	struct watch_cause cause = cause_of(FIRST);
	const struct watch_answer answer = { .ttl = 60, .reserved = true };
	struct watch_reason reason, found;
	assert_non_null(watch);
	assert_false(watch_any_exchange(watch));
	assert_false(watch_has_exchange(watch, NULL, name, sizeof(name), 0, &found));
	reason = watch_keep_cause(watch, &cause, &answer);
	assert_true(watch_exchange(watch, NULL, name, sizeof(name), &answer, &reason));
	assert_false(watch_exchange(watch, NULL, name, sizeof(name), &answer, &reason));
	assert_true(watch_any_exchange(watch));
	assert_true(watch_has_exchange(watch, NULL, name, sizeof(name), 60 * S, &found));
	assert_memory_equal(&found, &reason, sizeof(reason));
	assert_false(watch_has_exchange(watch, NULL, name, sizeof(name), 61 * S, &found));
	assert_false(watch_has_exchange(watch, NULL, name + 5, sizeof(name) - 5, 0, &found));
	watch_free(watch);
}

/* The same address and name in three networks, one of which has no label. */
static void networks_are_separate(void **state)
{
	(void)state;
	static const uint8_t name[] = "\4mail\11coincheck\3com";
	static const struct network_id one = { .vlans = 1 }, two = { .tunnels = { 1 } };
	static const struct network_id *const all[] = { NULL, &one, &two };
	const struct in6_addr addr = address(1);
	for (size_t i = 0; i < 3; i++) {
		struct watch *watch = watch_new(10 * S);
		struct watch_cause cause = cause_of(FIRST);
		const struct watch_answer answer = { .ttl = 60, .reserved = true };
		struct watch_reason found, reason = watch_keep_cause(watch, &cause, &answer);
		watch_address(watch, all[i], &addr, &answer, &reason);
		assert_true(watch_exchange(watch, all[i], name, sizeof(name), &answer, &reason));
		for (size_t j = 0; j < 3; j++) {
			assert_int_equal(watch_has_address(watch, all[j], &addr, 0, &cause),
			                 i == j);
			assert_int_equal(
			        watch_has_exchange(watch, all[j], name, sizeof(name), 0, &found),
			        i == j);
		}
		watch_free(watch);
	}
}

/* All texts of the rule and the owner come back; those that are too long are cut. */
static void the_cause_is_kept(void **state)
{
	(void)state;
	static const uint8_t owner[] = "\11coincheck\3com";
	static char note[2 * WATCH_TEXT_MAX];
	memset(note, 'n', sizeof(note) - 1);
	const struct rule_view rule = { .id = "id",
		                        .text = "alert mx x",
		                        .indicator = "x",
		                        .feed = "feed",
		                        .ref = "ref",
		                        .tags = "a,b",
		                        .note = note,
		                        .form = FORM_NETWORK,
		                        .confidence = 70 };
	struct watch *watch = watch_new(10 * S);
	struct in6_addr addr = address(1);
	struct watch_cause cause;
	struct rule_view found;
	assert_non_null(watch);
	watch_cause_set(&cause, &rule, FIRST, owner, sizeof(owner));
	watch_for(watch, &addr, 0, 60, &cause);
	memset(&cause, 0xa5, sizeof(cause));
	assert_true(watch_has_address(watch, NULL, &addr, 0, &cause));
	watch_cause_rule(&cause, &found);
	assert_string_equal(found.id, "id");
	assert_string_equal(found.text, "alert mx x");
	assert_string_equal(found.indicator, "x");
	assert_string_equal(found.feed, "feed");
	assert_string_equal(found.ref, "ref");
	assert_string_equal(found.tags, "a,b");
	assert_int_equal(strlen(found.note), WATCH_TEXT_MAX - 1);
	assert_int_equal(found.severity, SEVERITY_CRITICAL);
	assert_int_equal(found.form, FORM_NETWORK);
	assert_int_equal(found.confidence, 70);
	assert_string_equal(cause.event_id, FIRST);
	assert_int_equal(cause.owner.size, sizeof(owner));
	assert_memory_equal(cause.owner.wire, owner, sizeof(owner));
	watch_free(watch);
}

/* A hit that is held back has no event. */
static void no_event_id(void **state)
{
	(void)state;
	struct watch *watch = watch_new(10 * S);
	struct in6_addr addr = address(1);
	struct watch_cause cause = cause_of("");
	assert_non_null(watch);
	watch_for(watch, &addr, 0, 60, &cause);
	assert_true(watch_has_address(watch, NULL, &addr, 0, &cause));
	assert_string_equal(cause.event_id, "");
	watch_free(watch);
}

/* One worker sees the DNS, another one the mail. */
static void forked_workers_share_it(void **state)
{
	(void)state;
	struct watch *watch = watch_new(10 * S);
	struct in6_addr addr = address(1);
	struct watch_cause cause = cause_of(FIRST), found;
	int status = 1;
	assert_non_null(watch);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		watch_for(watch, &addr, 0, 60, &cause);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(watch_has_address(watch, NULL, &addr, S, &found));
	assert_string_equal(found.event_id, FIRST);
	watch_free(watch);
}

/* Floods differ in the clients that got the records, and in the origin that they claim. */
static const struct flood {
	const char *label;
	uint32_t count;
	uint32_t clients;
	uint32_t ttl;
	bool reserved;
} FLOODS[] = {
	{ "less than the table holds, the same client", WATCH_ADDRESSES / 2, 1, 60, true },
	{ "more than the table holds, another client", FLOOD, 1, 60, true },
	{ "huge TTLs", FLOOD, 1, 0x7fffffff, true },
	{ "many other clients", FLOOD, 100, 60, true },
	{ "addresses that only come along", FLOOD, 1000000, 0x7fffffff, false },
};

/* Few clients are in the same group, and few networks have the same group for a client. */
static void clients_are_in_groups(void **state)
{
	(void)state;
	static const struct network_id other = { .vlans = 1 };
	struct watch *watch = watch_new(3600 * S);
	size_t shared = 0;
	assert_non_null(watch);
	const struct in6_addr first = address(0);
	const uint16_t group = watch_client(watch, NULL, &first);
	assert_int_equal(watch_client(watch, NULL, &first), group);
	for (uint32_t i = 1; i <= 100; i++) {
		const struct in6_addr client = address(i);
		shared += watch_client(watch, NULL, &client) == group;
		shared +=
		        watch_client(watch, NULL, &client) == watch_client(watch, &other, &client);
	}
	assert_in_range(shared, 0, 10);
	watch_free(watch);
}

/* Floods name groups of clients themselves: watch_client() may return the same one for two clients,
 * whose entries then count as those of one client. */
static void flood(struct watch *watch, const struct flood *flood, const struct watch_reason *reason)
{
	for (uint32_t i = 0; i < flood->count; i++) {
		struct in6_addr addr = address(i + 2);
		const struct watch_answer answer = { .time_ns = S + i,
			                             .ttl = flood->ttl,
			                             .client = (uint16_t)(i % flood->clients),
			                             .reserved = flood->reserved };
		watch_address(watch, NULL, &addr, &answer, reason);
	}
}

/* Floods of the table, before or after, do not push out what another client got. */
static void a_flood_does_not_push_out_a_hit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(FLOODS) / sizeof(FLOODS[0]); i++) {
		struct watch *watch = watch_new(3600 * S);
		struct in6_addr before = address(0), after = address(1);
		struct watch_cause cause = cause_of(FIRST), found;
		assert_non_null(watch);
		struct watch_answer answer = { .ttl = 60, .reserved = true };
		answer.client = FLOODS[i].count == WATCH_ADDRESSES / 2 ? 0 : UINT16_MAX;
		const struct watch_reason reason = watch_keep_cause(watch, &cause, &answer);
		watch_address(watch, NULL, &before, &answer, &reason);
		flood(watch, &FLOODS[i], &reason);
		answer.time_ns = 10 * S;
		watch_address(watch, NULL, &after, &answer, &reason);
		if (!watch_has_address(watch, NULL, &before, 20 * S, &found) ||
		    !watch_has_address(watch, NULL, &after, 20 * S, &found)) {
			fail_msg("%s", FLOODS[i].label);
		}
		assert_string_equal(found.event_id, FIRST);
		assert_int_equal(watch_lost(watch) > 0, FLOODS[i].count > WATCH_ADDRESSES);
		watch_free(watch);
	}
}

/* A client beyond its budget gives way to itself: the newest stay. */
static void the_newest_of_a_flood_are_watched(void **state)
{
	(void)state;
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	assert_non_null(watch);
	struct watch_answer answer = { .ttl = 60, .reserved = true };
	const struct watch_reason reason = watch_keep_cause(watch, &cause, &answer);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct in6_addr addr = address(i);
		answer.time_ns = i;
		watch_address(watch, NULL, &addr, &answer, &reason);
		assert_true(watch_has_address(watch, NULL, &addr, i, &found));
	}
	watch_free(watch);
}

/* An address that a flood has named first counts for the client that got it later. */
static void a_flood_cannot_claim_an_address(void **state)
{
	(void)state;
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	struct in6_addr addr = address(2);
	assert_non_null(watch);
	struct watch_answer answer = { .ttl = 60, .reserved = false };
	answer.client = 0;
	const struct watch_reason reason = watch_keep_cause(watch, &cause, &answer);
	watch_address(watch, NULL, &addr, &answer, &reason);
	answer.client = 1;
	answer.reserved = true;
	watch_address(watch, NULL, &addr, &answer, &reason);
	for (uint32_t i = 0; i < FLOOD; i++) {
		struct in6_addr decoy = address(i + 3);
		answer.client = 0;
		watch_address(watch, NULL, &decoy, &answer, &reason);
	}
	assert_true(watch_has_address(watch, NULL, &addr, 0, &found));
	watch_free(watch);
}

/* More rules than there is room for, all with hits for another client. */
static void a_flood_of_rules(void **state)
{
	(void)state;
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	struct in6_addr addr = address(1);
	assert_non_null(watch);
	watch_for(watch, &addr, 0, 60, &cause);
	const struct watch_answer answer = { .client = 1, .reserved = true };
	for (uint32_t i = 0; i < 2 * WATCH_RULES; i++) {
		(void)snprintf(cause.rule_id, sizeof(cause.rule_id), "decoy-%u", i);
		(void)watch_keep_cause(watch, &cause, &answer);
	}
	assert_true(watch_has_address(watch, NULL, &addr, S, &found));
	assert_string_equal(found.rule_id, "rule");
	watch_free(watch);
}

/* Of a further hit of a rule only the owner is stored, unless the rule was replaced meanwhile. */
static void a_further_hit_of_a_rule(void **state)
{
	(void)state;
	static const struct dns_name owner = { .size = 9, .wire = "\7another" };
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	const struct in6_addr addrs[] = { address(1), address(2) };
	assert_non_null(watch);
	struct watch_answer answer = { .ttl = 60, .reserved = true };
	struct watch_reason reason = watch_keep_cause(watch, &cause, &answer);
	assert_true(watch_keep_again(watch, &reason, NULL, &answer));
	watch_address(watch, NULL, &addrs[0], &answer, &reason);
	assert_true(watch_keep_again(watch, &reason, &owner, &answer));
	watch_reason_set_event(&reason, SECOND);
	watch_address(watch, NULL, &addrs[1], &answer, &reason);
	assert_true(watch_has_address(watch, NULL, &addrs[0], 0, &found));
	assert_string_equal(found.event_id, FIRST);
	assert_int_equal(found.owner.size, cause.owner.size);
	assert_true(watch_has_address(watch, NULL, &addrs[1], 0, &found));
	assert_string_equal(found.rule_id, "rule");
	assert_string_equal(found.event_id, SECOND);
	assert_memory_equal(found.owner.wire, owner.wire, owner.size);
	answer.time_ns = 10000 * S;
	for (uint32_t i = 0; i < 2 * WATCH_RULES; i++) {
		(void)snprintf(cause.rule_id, sizeof(cause.rule_id), "later-%u", i);
		(void)watch_keep_cause(watch, &cause, &answer);
	}
	assert_false(watch_keep_again(watch, &reason, NULL, &answer));
	watch_free(watch);
}

static struct dns_name owner_of_number(unsigned number)
{
	struct dns_name name = { .size = 10 };
	(void)snprintf((char *)name.wire, sizeof(name.wire), "\10%08u", number);
	return name;
}

/* No owner replaces another while the table has room. An owner that is kept again needs no more. */
static void each_owner_is_kept(void **state)
{
	(void)state;
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	const struct watch_answer answer = { .ttl = 60, .reserved = true };
	assert_non_null(watch);
	for (unsigned i = 0; i < WATCH_OWNERS; i++) {
		const struct in6_addr addr = address(i);
		cause.owner = owner_of_number(i);
		watch_for(watch, &addr, 0, 60, &cause);
	}
	for (unsigned i = 0; i < 2 * WATCH_OWNERS; i++) {
		(void)watch_keep_cause(watch, &cause, &answer);
	}
	for (unsigned i = 0; i < WATCH_OWNERS; i++) {
		const struct in6_addr addr = address(i);
		const struct dns_name owner = owner_of_number(i);
		assert_true(watch_has_address(watch, NULL, &addr, 0, &found));
		assert_int_equal(found.owner.size, owner.size);
		assert_memory_equal(found.owner.wire, owner.wire, owner.size);
	}
	watch_free(watch);
}

/* Further owners replace the oldest ones. */
static void a_flood_of_owners(void **state)
{
	(void)state;
	struct watch *watch = watch_new(3600 * S);
	struct watch_cause cause = cause_of(FIRST), found;
	struct in6_addr addr = address(0);
	assert_non_null(watch);
	watch_for(watch, &addr, 0, 60, &cause);
	for (unsigned i = 1; i <= 2 * WATCH_OWNERS; i++) {
		addr = address(i);
		cause.owner = owner_of_number(i);
		watch_for(watch, &addr, 0, 60, &cause);
	}
	for (unsigned i = WATCH_OWNERS + 1; i <= 2 * WATCH_OWNERS; i++) {
		const struct dns_name owner = owner_of_number(i);
		addr = address(i);
		assert_true(watch_has_address(watch, NULL, &addr, 0, &found));
		assert_memory_equal(found.owner.wire, owner.wire, owner.size);
	}
	addr = address(0);
	assert_true(watch_has_address(watch, NULL, &addr, 0, &found));
	assert_int_equal(found.owner.size, 0);
	watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_watched_for_its_time),
		cmocka_unit_test(a_subsequent_answer_prolongs),
		cmocka_unit_test(the_order_of_additions_does_not_matter),
		cmocka_unit_test(exchanges_are_another_table),
		cmocka_unit_test(networks_are_separate),
		cmocka_unit_test(forked_workers_share_it),
		cmocka_unit_test(the_cause_is_kept),
		cmocka_unit_test(no_event_id),
		cmocka_unit_test(clients_are_in_groups),
		cmocka_unit_test(a_flood_does_not_push_out_a_hit),
		cmocka_unit_test(the_newest_of_a_flood_are_watched),
		cmocka_unit_test(a_flood_cannot_claim_an_address),
		cmocka_unit_test(a_flood_of_rules),
		cmocka_unit_test(a_further_hit_of_a_rule),
		cmocka_unit_test(each_owner_is_kept),
		cmocka_unit_test(a_flood_of_owners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
