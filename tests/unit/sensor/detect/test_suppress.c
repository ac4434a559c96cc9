/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "sensor/detect/suppress.h"

#define S      1000000000LL
#define WINDOW (60 * S)

/* What was told: key (it stands in the first event's id), count and times. */
struct told {
	unsigned key;
	uint64_t count;
	int64_t first_ns;
	int64_t last_ns;
};

static struct told told[SUPPRESS_WINDOWS_MAX];
static size_t told_count;
static struct event_repeater *repeater;

static void tell(void *ctx, const struct event_copy *copy, const struct event_repeat *repeat)
{
	assert_ptr_equal(ctx, &told_count);
	const struct event *event = event_write_repeat(repeater, copy, repeat);
	assert_non_null(event);
	struct told *next = &told[told_count++];
	*next = (struct told){ 0, repeat->count, repeat->first_ns, repeat->last_ns };
	assert_int_equal(sscanf(event->record.reason, "key %u", &next->key), 1);
}

static struct suppress *begin(void)
{
	told_count = 0;
	struct suppress *suppress = suppress_new(WINDOW, tell, &told_count);
	assert_non_null(suppress);
	return suppress;
}

static bool keep(struct suppress *suppress, unsigned key)
{
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
		            .reason = reason },
		.id_at = 16,
		.event_end = 21,
		.nsmx_end = sizeof(json) - 3,
	};
	return suppress_keep(suppress, key, &event);
}

static enum suppress_verdict see(struct suppress *suppress, unsigned key, int64_t time_ns)
{
	enum suppress_verdict verdict = suppress_check(suppress, key, time_ns);
	if (verdict == SUPPRESS_KEEP) {
		assert_true(keep(suppress, key));
	}
	return verdict;
}

static void assert_told(size_t index, unsigned key, uint64_t count, int64_t first, int64_t last)
{
	assert_true(index < told_count);
	assert_int_equal(told[index].key, key);
	assert_int_equal(told[index].count, count);
	assert_int_equal(told[index].first_ns, first);
	assert_int_equal(told[index].last_ns, last);
}

static void first_passes_rest_is_told_once(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 7, 0), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 7, 1 * S), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 7, 2 * S), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 7, 3 * S), SUPPRESS_COUNTED);
	assert_int_equal(told_count, 0);
	suppress_tick(suppress, WINDOW);
	assert_int_equal(told_count, 1);
	assert_told(0, 7, 3, 1 * S, 3 * S);
	suppress_free(suppress);
	assert_int_equal(told_count, 1);
}

static void window_ends_to_the_nanosecond(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 1, 5), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 1, 5 + WINDOW - 1), SUPPRESS_KEEP);
	assert_int_equal(told_count, 0);
	/* The next one tells the repeats, and opens a window of its own. */
	assert_int_equal(see(suppress, 1, 5 + WINDOW), SUPPRESS_PASS);
	assert_told(0, 1, 1, 5 + WINDOW - 1, 5 + WINDOW - 1);
	assert_int_equal(see(suppress, 1, 5 + WINDOW), SUPPRESS_KEEP);
	suppress_free(suppress);
	assert_int_equal(told_count, 2);
}

static void without_a_repeat_nothing_is_told(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 1, 0), SUPPRESS_PASS);
	suppress_tick(suppress, WINDOW);
	assert_int_equal(see(suppress, 1, 2 * WINDOW), SUPPRESS_PASS);
	suppress_free(suppress);
	assert_int_equal(told_count, 0);
}

/* Equal remainders lie in one bucket; they must not be taken for each other, nor be lost
 * when one of them goes. */
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
	suppress_tick(suppress, WINDOW + 1);
	assert_int_equal(told_count, 2);
	assert_told(0, 3, 1, 10, 10);
	assert_told(1, 3 + step, 1, 10, 10);
	assert_int_equal(see(suppress, 3 + 3 * step, WINDOW + 1), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 3, WINDOW + 1), SUPPRESS_PASS);
	suppress_free(suppress);
	assert_int_equal(told_count, 4);
	assert_told(3, 3 + 3 * step, 2, 10, WINDOW + 1);
}

static void past_the_limit_hits_pass(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned round = 0; round < 2; round++) {
		int64_t now = (int64_t)round * 2 * WINDOW;
		for (unsigned key = 0; key < SUPPRESS_WINDOWS_MAX; key++) {
			assert_int_equal(see(suppress, key, now), SUPPRESS_PASS);
		}
		for (unsigned i = 0; i < 3; i++) {
			assert_int_equal(see(suppress, SUPPRESS_WINDOWS_MAX, now), SUPPRESS_PASS);
		}
		assert_false(keep(suppress, SUPPRESS_WINDOWS_MAX));
		assert_int_equal(see(suppress, 0, now), SUPPRESS_KEEP);
		assert_int_equal(see(suppress, SUPPRESS_WINDOWS_MAX - 1, now), SUPPRESS_KEEP);
		suppress_tick(suppress, now + WINDOW);
		assert_int_equal(told_count, 2 * (round + 1));
	}
	suppress_free(suppress);
	assert_int_equal(told_count, 4);
}

static void what_is_held_back_is_told_at_the_end(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	for (unsigned key = 1; key <= 3; key++) {
		assert_int_equal(see(suppress, key, key), SUPPRESS_PASS);
		assert_int_equal(see(suppress, key, key), SUPPRESS_KEEP);
	}
	suppress_free(suppress);
	assert_int_equal(told_count, 3);
	for (unsigned key = 1; key <= 3; key++) {
		assert_told(key - 1, key, 1, key, key);
	}
	suppress_free(NULL);
}

/* The caller tells an event that it could not give to be kept; then the next one stands in. */
static void not_kept_is_asked_for_again(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(suppress_check(suppress, 1, 0), SUPPRESS_PASS);
	assert_int_equal(suppress_check(suppress, 1, 1), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, 2), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, 3), SUPPRESS_COUNTED);
	suppress_free(suppress);
	assert_int_equal(told_count, 1);
	assert_told(0, 1, 2, 2, 3);
}

static void keep_without_a_window_fails(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_false(keep(suppress, 1));
	suppress_free(suppress);
	assert_int_equal(told_count, 0);
}

/* Packets out of order, captures one after the other: nothing passes early, nothing is lost. */
static void time_that_goes_back(void **state)
{
	(void)state;
	struct suppress *suppress = begin();
	assert_int_equal(see(suppress, 1, 10 * WINDOW), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 1, 0), SUPPRESS_KEEP);
	assert_int_equal(see(suppress, 1, -10 * WINDOW), SUPPRESS_COUNTED);
	assert_int_equal(see(suppress, 2, 0), SUPPRESS_PASS);
	assert_int_equal(see(suppress, 2, 5), SUPPRESS_KEEP);
	suppress_tick(suppress, 11 * WINDOW);
	assert_int_equal(told_count, 2);
	suppress_free(suppress);
	assert_int_equal(told_count, 2);
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
		cmocka_unit_test(first_passes_rest_is_told_once),
		cmocka_unit_test(window_ends_to_the_nanosecond),
		cmocka_unit_test(without_a_repeat_nothing_is_told),
		cmocka_unit_test(keys_of_one_bucket),
		cmocka_unit_test(past_the_limit_hits_pass),
		cmocka_unit_test(what_is_held_back_is_told_at_the_end),
		cmocka_unit_test(not_kept_is_asked_for_again),
		cmocka_unit_test(keep_without_a_window_fails),
		cmocka_unit_test(time_that_goes_back),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
