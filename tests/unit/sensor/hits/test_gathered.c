/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/gathered.h"

#include <string.h>

#include "tests/unit/unit.h"

#define S 1000000000LL

/* What was reported: one line for each group. */
static char reported[1 << 20];
static struct event_repeater *repeater;

static void note(void *ctx, const struct event_copy *copy, const struct event_repeat *repeat)
{
	const struct event *event = event_write_repeat(repeater, copy, repeat);
	(void)ctx;
	assert_non_null(event);
	(void)strcat(reported, event->record.json);
	(void)strcat(reported, "\n");
}

static struct gathered *begin(void)
{
	reported[0] = '\0';
	struct gathered *gathered = gathered_new(note, NULL);
	assert_non_null(gathered);
	return gathered;
}

static struct in6_addr client(unsigned n)
{
	struct in6_addr addr = { .s6_addr = { [10] = 0xff, [11] = 0xff, [12] = 10 } };
	addr.s6_addr[14] = (uint8_t)(n / 256);
	addr.s6_addr[15] = (uint8_t)n;
	return addr;
}

static struct event event_of(unsigned severity, const char *reason)
{
	return (struct event){
		.record = { .kind = RECORD_HIT,
		            .severity = severity,
		            .id = "id",
		            .id_size = 2,
		            .rule = "r",
		            .rule_size = 1,
		            .json = "{i id e n}",
		            .json_size = 10,
		            .time = "",
		            .reason = reason,
		            .reason_size = strlen(reason) },
		.id_at = 3,
		.event_end = 7,
		.nsmx_end = 9,
	};
}

static bool open_group(struct gathered *gathered, uint64_t rule, unsigned severity, int64_t time_ns)
{
	const struct in6_addr addr = client(1);
	const struct event event = event_of(severity, "");
	return gathered_open(gathered, rule, &event, &addr, time_ns);
}

static bool count(struct gathered *gathered, uint64_t rule, unsigned from, int64_t time_ns)
{
	const struct in6_addr addr = client(from);
	return gathered_count(gathered, rule, &addr, time_ns);
}

static void tick(struct gathered *gathered, int64_t now_ns, bool unsure)
{
	const struct packet_clock clock = { .now_ns = now_ns, .unsure = unsure };
	gathered_tick(gathered, &clock);
}

static void counts_hits_and_clients(void **state)
{
	struct gathered *gathered = begin();
	(void)state;
	tick(gathered, S, false);
	assert_false(count(gathered, 7, 1, S));
	assert_true(open_group(gathered, 7, 50, S));
	assert_true(count(gathered, 7, 2, 2 * S));
	assert_true(count(gathered, 7, 1, 3 * S));
	assert_false(count(gathered, 8, 1, 3 * S));
	tick(gathered, S + GATHERED_NS - 1, false);
	assert_string_equal(reported, "");
	tick(gathered, S + GATHERED_NS, true);
	assert_string_equal(reported, "");
	tick(gathered, S + GATHERED_NS, false);
	assert_non_null(strstr(reported, ",\"count\":3,\"clients\":[\"10.0.0.1\",\"10.0.0.2\"]"));
	assert_non_null(strstr(reported, "\"start\":\"1970-01-01T00:00:01.000000Z\""));
	assert_non_null(strstr(reported, "\"end\":\"1970-01-01T00:00:03.000000Z\""));
	assert_false(count(gathered, 7, 1, 4 * S));
	gathered_free(gathered);
}

static void clients_have_a_bound(void **state)
{
	static char all[sizeof(reported)];
	struct gathered *gathered = begin();
	(void)state;
	assert_true(open_group(gathered, 7, 50, S));
	for (unsigned i = 0; i < 1000; i++) {
		assert_true(count(gathered, 7, i, S));
	}
	gathered_free(gathered);
	memcpy(all, reported, sizeof(all));
	size_t clients = 0;
	for (char *at = all; (at = strstr(at, "\"10.")) != NULL; at++) {
		clients++;
	}
	assert_int_equal(clients, EVENT_REPEAT_CLIENTS_MAX);
	assert_non_null(strstr(all, "\"count\":1001"));
}

static void severe_takes_the_place_of_the_least(void **state)
{
	struct gathered *gathered = begin();
	(void)state;
	for (unsigned i = 0; i < GATHERED_MAX; i++) {
		assert_true(open_group(gathered, i, i == 5 ? 25 : 50, S));
	}
	assert_false(gathered_has_room(gathered, 25));
	assert_false(open_group(gathered, GATHERED_MAX, 25, S));
	assert_string_equal(reported, "");
	assert_true(gathered_has_room(gathered, 99));
	assert_true(open_group(gathered, GATHERED_MAX + 1, 99, S));
	assert_non_null(strstr(reported, "\"count\":1"));
	assert_false(count(gathered, 5, 1, S));
	assert_true(count(gathered, GATHERED_MAX + 1, 1, S));
	for (unsigned i = 6; i < GATHERED_MAX; i++) {
		assert_true(count(gathered, i, 1, S));
	}
	gathered_free(gathered);
}

/* Events of 1 MiB fill the groups before there are many; a more severe one takes the place of as
 * many as it needs. */
static void octets_have_a_bound(void **state)
{
	static char large[1 << 20];
	const struct in6_addr addr = client(1);
	struct gathered *gathered = begin();
	unsigned opened = 0;
	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	const struct event event = event_of(50, large);
	while (gathered_open(gathered, opened, &event, &addr, S)) {
		opened++;
	}
	assert_in_range(opened, GATHERED_OCTETS_MAX / sizeof(large) - 1,
	                GATHERED_OCTETS_MAX / sizeof(large));
	assert_true(open_group(gathered, opened, 50, S));
	assert_string_equal(reported, "");
	const struct event severe = event_of(99, large);
	assert_true(gathered_open(gathered, opened + 1, &severe, &addr, S));
	assert_false(count(gathered, 0, 1, S));
	assert_true(count(gathered, 1, 1, S));
	gathered_free(gathered);
}

/* A group that was opened by a packet from the future begins when the clock is back. */
static void group_from_the_future(void **state)
{
	struct gathered *gathered = begin();
	(void)state;
	tick(gathered, 100 * GATHERED_NS, true);
	assert_true(open_group(gathered, 7, 50, S));
	tick(gathered, S, false);
	assert_true(count(gathered, 7, 1, S));
	tick(gathered, S + GATHERED_NS, false);
	assert_false(count(gathered, 7, 1, S));
	gathered_free(gathered);
}

static int set_up(void **state)
{
	(void)state;
	repeater = event_repeater_new();
	return repeater != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	event_repeater_free(repeater);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_hits_and_clients),
		cmocka_unit_test(clients_have_a_bound),
		cmocka_unit_test(severe_takes_the_place_of_the_least),
		cmocka_unit_test(octets_have_a_bound),
		cmocka_unit_test(group_from_the_future),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
