/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/correlate/watch.h"

#define S 1000000000LL

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
		{ "top bit set: counts as zero", 0x80000000U, 3601, false },
		{ "longest", 0x7fffffff, 2000000000, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct watch *watch = watch_new(3600 * S);
		struct in6_addr addr = address(1), other = address(2);
		struct watch_cause cause = cause_of("first"), found;
		assert_non_null(watch);
		watch_address(watch, &addr, 1000 * S, tests[i].ttl, &cause);
		if (watch_has_address(watch, &addr, (1000 + tests[i].at_s) * S, &found) !=
		    tests[i].watched) {
			fail_msg("%s", tests[i].label);
		}
		assert_false(watch_has_address(watch, &other, 1000 * S, &found));
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
	} added[] = { { "a", 0, 10 }, { "b", 8, 12 }, { "c", 18, 12 }, { "d", 40, 10 } };
	static const struct {
		int at_s;
		const char *id; /* NULL: not watched */
	} tests[] = { { -1, NULL }, { 0, "a" },  { 15, "a" }, { 30, "a" }, { 31, NULL },
		      { 39, NULL }, { 40, "d" }, { 50, "d" }, { 51, NULL } };
	for (unsigned order = 0; order < 4 * 4 * 4 * 4; order++) {
		struct watch *watch = watch_new(0);
		struct in6_addr addr = address(1);
		struct watch_cause cause;
		for (unsigned i = 0; i < 5 * 4; i++) {
			/* Any four of them in a row, then all: adding twice changes nothing. */
			unsigned which = i < 4 ? order >> 2 * i & 3 : i & 3;
			cause = cause_of(added[which].id);
			watch_address(watch, &addr, added[which].from_s * S, added[which].ttl,
			              &cause);
		}
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
			bool watched = watch_has_address(watch, &addr, tests[i].at_s * S, &cause);
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
	struct watch_cause first = cause_of("first"), second = cause_of("second"), found;
	assert_non_null(watch);
	watch_address(watch, &addr, 0, 100, &first);
	watch_address(watch, &addr, 50 * S, 100, &second);
	assert_true(watch_has_address(watch, &addr, 150 * S, &found));
	assert_string_equal(found.event_id, "first");
	watch_address(watch, &addr, 60 * S, 1, &second); /* ends earlier: changes nothing */
	assert_true(watch_has_address(watch, &addr, 150 * S, &found));
	/* After its end it is a new one. */
	watch_address(watch, &addr, 151 * S, 1, &second);
	assert_true(watch_has_address(watch, &addr, 152 * S, &found));
	assert_string_equal(found.event_id, "second");
	watch_free(watch);
}

static void exchanges_are_another_table(void **state)
{
	(void)state;
	static const uint8_t name[] = "\4mail\11coincheck\3com";
	struct watch *watch = watch_new(10 * S);
	struct watch_cause cause = cause_of("mx"), found;
	struct rule_view rule;
	assert_non_null(watch);
	assert_false(watch_any_exchange(watch));
	assert_false(watch_has_exchange(watch, name, sizeof(name), 0, &found));
	watch_exchange(watch, name, sizeof(name), 0, 60, &cause);
	assert_true(watch_any_exchange(watch));
	assert_true(watch_has_exchange(watch, name, sizeof(name), 60 * S, &found));
	assert_false(watch_has_exchange(watch, name, sizeof(name), 61 * S, &found));
	assert_false(watch_has_exchange(watch, name + 5, sizeof(name) - 5, 0, &found));
	watch_cause_rule(&found, &rule);
	assert_string_equal(rule.id, "rule");
	assert_int_equal(rule.severity, SEVERITY_CRITICAL);
	assert_int_equal(found.owner.size, 15);
	watch_free(watch);
}

/* One worker sees the DNS, another one the mail. */
static void forked_workers_share_it(void **state)
{
	(void)state;
	struct watch *watch = watch_new(10 * S);
	struct in6_addr addr = address(1);
	struct watch_cause cause = cause_of("elsewhere"), found;
	int status = 1;
	assert_non_null(watch);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		watch_address(watch, &addr, 0, 60, &cause);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_true(watch_has_address(watch, &addr, S, &found));
	assert_string_equal(found.event_id, "elsewhere");
	watch_free(watch);
}

/* In a flood of hits the newest replaces the one that ends first. */
static void a_flood_is_bounded(void **state)
{
	(void)state;
	struct watch *watch = watch_new(10 * S);
	struct watch_cause cause = cause_of("flood"), found;
	assert_non_null(watch);
	for (uint32_t i = 0; i < 10 * WATCH_ADDRESSES; i++) {
		struct in6_addr addr = address(i);
		watch_address(watch, &addr, i * S, 60, &cause);
		assert_true(watch_has_address(watch, &addr, i * S, &found));
	}
	watch_free(watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_watched_for_its_time),
		cmocka_unit_test(a_subsequent_answer_prolongs),
		cmocka_unit_test(the_order_of_additions_does_not_matter),
		cmocka_unit_test(exchanges_are_another_table),
		cmocka_unit_test(forked_workers_share_it),
		cmocka_unit_test(a_flood_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
