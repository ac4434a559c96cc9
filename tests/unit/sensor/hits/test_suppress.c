/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "sensor/hits/suppress.h"

#define S      1000000000LL
#define WINDOW (60 * S)

/* Each key has a window of its own, and one for its rule and value. */
#define KEYS_MAX (SUPPRESS_WINDOWS_MAX / 2)

/* The repeats emitted: key (which is in the first event's id), count, times and clients. */
struct emitted {
	unsigned key;
	uint64_t count;
	int64_t first_ns;
	int64_t last_ns;
	size_t clients;
	unsigned client; /* the first */
};

static struct emitted emitted[SUPPRESS_WINDOWS_MAX];
static size_t emitted_count;
static struct event_repeater *repeater;

static void note(void *ctx, const struct event_copy *copy, const struct event_repeat *repeat)
{
	assert_ptr_equal(ctx, &emitted_count);
	const struct event *event = event_write_repeat(repeater, copy, repeat);
	assert_non_null(event);
	struct emitted *next = &emitted[emitted_count++];
	*next = (struct emitted){ .count = repeat->count,
		                  .first_ns = repeat->first_ns,
		                  .last_ns = repeat->last_ns };
	if (repeat->clients != NULL) {
		next->clients = repeat->clients->count;
		next->client = repeat->clients->addrs[0].s6_addr32[3];
	}
	assert_int_equal(sscanf(event->record.reason, "key %u", &next->key), 1);
}

static struct suppress *begin(void)
{
	emitted_count = 0;
	struct suppress *suppress = suppress_new(WINDOW, NULL, note, &emitted_count);
	assert_non_null(suppress);
	return suppress;
}

/* The key of a hit of one of the clients. */
static struct suppress_key key_of(unsigned key, unsigned client)
{
	struct suppress_key of = { .value = ((uint64_t)1 << 40) + key,
		                   .whole = ((uint64_t)client << 41) + key };
	of.client.s6_addr32[3] = client;
	return of;
}

static bool keep_of(struct suppress *suppress, unsigned key, unsigned client)
{
	const struct suppress_key of = key_of(key, client);
	static const char json[] = "{\"event\":{\"id\":\"0123\"},\"nsmx\":{\"what\":\"ns\"}}";
	char reason[32];
	(void)snprintf(reason, sizeof(reason), "key %u", key);
	const struct event event = {
		.record = { .kind = RECORD_HIT,
		            .id = "0123",
		            .id_size = 4,
		            .rule = "r",
		            .rule_size = 1,
		            .json = json,
		            .json_size = sizeof(json) - 1,
		            .time = "",
		            .reason = reason,
		            .reason_size = strlen(reason) },
		.id_at = 16,
		.event_end = 21,
		.nsmx_end = sizeof(json) - 3,
	};
	return suppress_keep(suppress, &of, &event);
}

static bool keep(struct suppress *suppress, unsigned key)
{
	return keep_of(suppress, key, 0);
}

static void tick(struct suppress *suppress, int64_t now_ns)
{
	const struct packet_clock clock = { .now_ns = now_ns };
	suppress_tick(suppress, &clock);
}

static enum suppress_verdict check(struct suppress *suppress, unsigned key, int64_t time_ns)
{
	const struct suppress_key of = key_of(key, 0);
	return suppress_check(suppress, &of, time_ns);
}

/* Takes a hit of a client at the time of the last tick. */
static enum suppress_verdict see_of(struct suppress *suppress, unsigned key, unsigned client,
                                    int64_t time_ns)
{
	const struct suppress_key of = key_of(key, client);
	enum suppress_verdict verdict = suppress_check(suppress, &of, time_ns);
	if (verdict == SUPPRESS_KEEP) {
		assert_true(keep_of(suppress, key, client));
	}
	return verdict;
}

static enum suppress_verdict see(struct suppress *suppress, unsigned key, int64_t time_ns)
{
	tick(suppress, time_ns);
	return see_of(suppress, key, 0, time_ns);
}

static void assert_emitted(size_t index, unsigned key, uint64_t count, int64_t first, int64_t last)
{
	assert_true(index < emitted_count);
	assert_int_equal(emitted[index].key, key);
	assert_int_equal(emitted[index].count, count);
	assert_int_equal(emitted[index].first_ns, first);
	assert_int_equal(emitted[index].last_ns, last);
}

static void first_passes_and_repeats_are_one_event(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 7, 0), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 7, 1 * S), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 7, 2 * S), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 7, 3 * S), SUPPRESS_COUNTED);
	assert_int_equal(emitted_count, 0);
	tick(suppress, WINDOW);
	assert_int_equal(emitted_count, 1);
	assert_emitted(0, 7, 3, 1 * S, 3 * S);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 1);
}

static void window_ends_to_the_nanosecond(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 1, 5), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 1, 5 + WINDOW - 1), SUPPRESS_KEEP);
	assert_int_equal(emitted_count, 0);
	/* The next one emits the repeats and opens a window of its own. */
	assert_int_equal(see(suppress, 1, 5 + WINDOW), SUPPRESS_PASS);
	assert_emitted(0, 1, 1, 5 + WINDOW - 1, 5 + WINDOW - 1);
	assert_int_equal(see(suppress, 1, 5 + WINDOW), SUPPRESS_KEEP);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 2);
}

static void without_a_repeat_nothing_is_emitted(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 1, 0), SUPPRESS_PASS);
	tick(suppress, WINDOW);
	assert_int_equal(see(suppress, 1, 2 * WINDOW), SUPPRESS_PASS);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 0);
}

/* Keys of one bucket are not mixed up, and removing one does not lose another. */
static void keys_of_one_bucket(void **state)
{
	(void)state;
	static const unsigned step = SUPPRESS_WINDOWS_MAX;
	struct suppress *suppress = begin();
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(see(suppress, 3 + i * step, i), SUPPRESS_PASS);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(see(suppress, 3 + i * step, 10), SUPPRESS_KEEP);
	}
	tick(suppress, WINDOW + 1);
	assert_int_equal(emitted_count, 2);
	assert_emitted(0, 3, 1, 10, 10);
	assert_emitted(1, 3 + step, 1, 10, 10);
	assert_int_equal(see(suppress, 3 + 3 * step, WINDOW + 1), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 3, WINDOW + 1), SUPPRESS_PASS);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 4);
	assert_emitted(3, 3 + 3 * step, 2, 10, WINDOW + 1);
}

static void past_the_limit_hits_pass(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned round = 0; round < 2; round++) {
		int64_t now = (int64_t)round * 2 * WINDOW;
		for (unsigned key = 0; key < KEYS_MAX; key++) {
			assert_int_equal(see(suppress, key, now), SUPPRESS_PASS);
		}
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(see(suppress, KEYS_MAX, now), SUPPRESS_PASS);
		}
		assert_false(keep(suppress, KEYS_MAX));
		assert_int_equal(see(suppress, 0, now), SUPPRESS_KEEP);
		assert_int_equal(see(suppress, KEYS_MAX - 1, now), SUPPRESS_KEEP);
		tick(suppress, now + WINDOW);
		assert_int_equal(emitted_count, 2 * (round + 1));
	}
	suppress_free(suppress);
	assert_int_equal(emitted_count, 4);
}

static void repeats_are_emitted_at_the_end(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned key = 1; key <= 3; key++) {
		assert_int_equal(see(suppress, key, key), SUPPRESS_PASS);
		assert_int_equal(see(suppress, key, key), SUPPRESS_KEEP);
	}
	suppress_free(suppress);
	assert_int_equal(emitted_count, 3);
	for (unsigned key = 1; key <= 3; key++) {
		assert_emitted(key - 1, key, 1, key, key);
	}
	suppress_free(NULL);
}

/* The caller emits an event that could not be kept; the next repeat is kept instead. */
static void a_repeat_not_kept_is_requested_again(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(check(suppress, 1, 0), SUPPRESS_PASS);
	assert_int_equal(check(suppress, 1, 1), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, 2), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, 3), SUPPRESS_COUNTED);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 1);
	assert_emitted(0, 1, 2, 2, 3);
}

/* What is kept is in the budget until its window ends; without room nothing is kept. */
static void copies_are_in_the_budget(void **state)
{
	struct memory_budget budget;
	(void)state;
	emitted_count = 0;
	memory_budget_init(&budget, (size_t)64 << 20);
	struct suppress *suppress = suppress_new(WINDOW, &budget, note, &emitted_count);
	for (unsigned key = 0; key < 3; key++) {
		assert_int_equal(see(suppress, key, key), SUPPRESS_PASS);
		assert_int_equal(budget.used, 0);
	}
	assert_int_equal(see(suppress, 0, 10), SUPPRESS_KEEP);
	const size_t one = budget.used;
	assert_in_range(one, 100, 10000);
	assert_int_equal(see(suppress, 1, 10), SUPPRESS_KEEP);
	assert_int_equal(budget.used, 2 * one);
	assert_int_equal(see(suppress, 1, 11), SUPPRESS_COUNTED);
	assert_int_equal(budget.used, 2 * one);
	tick(suppress, WINDOW);
	assert_int_equal(budget.used, one);
	/* Others need the memory. */
	budget.limit = 0;
	memory_budget_settle(&budget);
	assert_int_equal(budget.used, one); /* within its share */
	budget.shares[0]->own = 0;
	assert_int_equal(check(suppress, 2, 12), SUPPRESS_KEEP);
	assert_false(keep(suppress, 2));
	assert_int_equal(budget.used, one);
	memory_budget_settle(&budget);
	assert_int_equal(budget.used, 0);
	assert_int_equal(emitted_count, 2);
	suppress_free(suppress);
	assert_int_equal(budget.count, 0);
}

static void keep_without_a_window_fails(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_false(keep(suppress, 1));
	suppress_free(suppress);
	assert_int_equal(emitted_count, 0);
}

/* Hits of packets that were held back have earlier stamps than the clock. */
static void stamps_do_not_count(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	tick(suppress, 10 * WINDOW);
	assert_int_equal(check(suppress, 1, 10 * WINDOW), SUPPRESS_PASS);
	assert_int_equal(check(suppress, 1, 0), SUPPRESS_KEEP);
	assert_true(keep(suppress, 1));
	assert_int_equal(check(suppress, 1, 20 * WINDOW), SUPPRESS_COUNTED);
	tick(suppress, 11 * WINDOW);
	assert_int_equal(emitted_count, 1);
	assert_emitted(0, 1, 2, 0, 20 * WINDOW);
	suppress_free(suppress);
}

static void tick_unsure(struct suppress *suppress, int64_t now_ns)
{
	const struct packet_clock clock = { .now_ns = now_ns, .unsure = true };
	suppress_tick(suppress, &clock);
}

/* A packet from the future ends its own window, and those of no others. */
static void one_from_the_future(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned key = 1; key <= 3; key++) {
		assert_int_equal(see(suppress, key, 0), SUPPRESS_PASS);
		assert_int_equal(see(suppress, key, 1), SUPPRESS_KEEP);
	}
	tick_unsure(suppress, 100 * WINDOW);
	assert_int_equal(emitted_count, 0);
	assert_int_equal(check(suppress, 2, 100 * WINDOW), SUPPRESS_PASS);
	assert_int_equal(emitted_count, 1);
	assert_emitted(0, 2, 1, 1, 1);
	assert_int_equal(check(suppress, 4, 100 * WINDOW), SUPPRESS_PASS);
	/* Back: the windows that it has opened have their length from now on. */
	assert_int_equal(see(suppress, 2, 2), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, 2), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 4, 2), SUPPRESS_KEEP);
	tick(suppress, WINDOW);
	assert_int_equal(emitted_count, 2);
	tick(suppress, 2 + WINDOW);
	assert_int_equal(emitted_count, 5);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 5);
}

/* The first hits of ten clients pass. */
static void ten_clients(struct suppress *suppress, unsigned key, int64_t time_ns)
{
	for (unsigned client = 0; client < SUPPRESS_CLIENTS; client++) {
		assert_int_equal(see_of(suppress, key, client, time_ns), SUPPRESS_PASS);
	}
}

static void further_clients_are_one_event(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	tick(suppress, 5);
	ten_clients(suppress, 1, 5);
	assert_int_equal(see_of(suppress, 1, 10, 6), SUPPRESS_KEEP);
	for (unsigned client = 11; client < 1000; client++) {
		assert_int_equal(see_of(suppress, 1, client, 7), SUPPRESS_COUNTED);
	}
	/* The list has the first clients, too, and none of another value. */
	assert_int_equal(see_of(suppress, 1, 3, 8), SUPPRESS_COUNTED);
	assert_int_equal(see_of(suppress, 2, 10, 8), SUPPRESS_PASS);
	assert_int_equal(emitted_count, 0);
	tick(suppress, 5 + WINDOW);
	assert_int_equal(emitted_count, 1);
	assert_emitted(0, 1, 991, 6, 8);
	assert_int_equal(emitted[0].clients, EVENT_REPEAT_CLIENTS_MAX);
	assert_int_equal(emitted[0].client, 10);
	/* The next window has ten again. */
	for (unsigned client = 500; client < 510; client++) {
		assert_int_equal(see_of(suppress, 1, client, 9), SUPPRESS_PASS);
	}
	assert_int_equal(see_of(suppress, 1, 510, 9), SUPPRESS_KEEP);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 2);
	assert_int_equal(emitted[1].clients, 1);
	assert_int_equal(emitted[1].client, 510);
}

/* Ten clients with many repeats are no crowd: each has an event of its own. */
static void ten_clients_keep_their_own(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	tick(suppress, 0);
	ten_clients(suppress, 1, 0);
	for (unsigned client = 0; client < SUPPRESS_CLIENTS; client++) {
		assert_int_equal(see_of(suppress, 1, client, 1), SUPPRESS_KEEP);
		assert_int_equal(see_of(suppress, 1, client, 2), SUPPRESS_COUNTED);
	}
	suppress_free(suppress);
	assert_int_equal(emitted_count, SUPPRESS_CLIENTS);
	for (unsigned client = 0; client < SUPPRESS_CLIENTS; client++) {
		assert_emitted(client, 1, 2, 1, 2);
		assert_int_equal(emitted[client].clients, 0);
	}
}

/* A window of a value that ends by its length starts with the next hit. */
static void a_slow_crowd_passes(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned client = 0; client < 50; client++) {
		int64_t now = (int64_t)client * WINDOW / SUPPRESS_CLIENTS;
		tick(suppress, now);
		assert_int_equal(see_of(suppress, 1, client, now), SUPPRESS_PASS);
	}
	suppress_free(suppress);
	assert_int_equal(emitted_count, 0);
}

/* Stamps from the future, again and again, let no further clients pass. */
static void a_crowd_and_the_future(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	tick(suppress, 0);
	ten_clients(suppress, 1, 0);
	for (unsigned client = 10; client < 60; client += 2) {
		tick_unsure(suppress, 100 * WINDOW);
		assert_int_not_equal(see_of(suppress, 1, client, 100 * WINDOW), SUPPRESS_PASS);
		tick(suppress, 1);
		assert_int_equal(see_of(suppress, 1, client + 1, 1), SUPPRESS_COUNTED);
	}
	assert_int_equal(emitted_count, 0);
	/* The clock was really set: the windows end. */
	tick_unsure(suppress, 100 * WINDOW);
	tick(suppress, 100 * WINDOW + 1);
	assert_int_equal(emitted_count, 1);
	assert_int_equal(emitted[0].count, 50);
	suppress_free(suppress);
}

/* A list of clients needs memory once there is a second client. Without it hits are emitted. */
static void clients_are_in_the_budget(void **state)
{
	struct memory_budget budget;
	(void)state;
	emitted_count = 0;
	memory_budget_init(&budget, (size_t)64 << 20);
	struct suppress *suppress = suppress_new(WINDOW, &budget, note, &emitted_count);
	assert_int_equal(see_of(suppress, 1, 0, 0), SUPPRESS_PASS);
	assert_int_equal(budget.used, 0);
	assert_int_equal(see_of(suppress, 1, 1, 0), SUPPRESS_PASS);
	assert_int_equal(budget.used, sizeof(struct event_clients));
	assert_int_equal(see_of(suppress, 2, 0, 0), SUPPRESS_PASS);
	budget.limit = 0;
	budget.shares[0]->own = 0;
	for (unsigned client = 1; client < 20; client++) {
		assert_int_equal(see_of(suppress, 2, client, 0), SUPPRESS_PASS);
	}
	tick(suppress, WINDOW);
	assert_int_equal(budget.used, 0);
	suppress_free(suppress);
	assert_int_equal(emitted_count, 0);
}

static int set_up(void **state)
{
	(void)state;
	repeater = event_repeater_new();
	return repeater == NULL;
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
		cmocka_unit_test(first_passes_and_repeats_are_one_event),
		cmocka_unit_test(window_ends_to_the_nanosecond),
		cmocka_unit_test(without_a_repeat_nothing_is_emitted),
		cmocka_unit_test(keys_of_one_bucket),
		cmocka_unit_test(past_the_limit_hits_pass),
		cmocka_unit_test(repeats_are_emitted_at_the_end),
		cmocka_unit_test(a_repeat_not_kept_is_requested_again),
		cmocka_unit_test(copies_are_in_the_budget),
		cmocka_unit_test(keep_without_a_window_fails),
		cmocka_unit_test(stamps_do_not_count),
		cmocka_unit_test(one_from_the_future),
		cmocka_unit_test(further_clients_are_one_event),
		cmocka_unit_test(ten_clients_keep_their_own),
		cmocka_unit_test(a_slow_crowd_passes),
		cmocka_unit_test(a_crowd_and_the_future),
		cmocka_unit_test(clients_are_in_the_budget),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
