/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/evidence/frame_ring.h"

#define OCTETS ((size_t)1 << 16)
#define GROUPS 7
#define FRAMES 20000

struct lost {
	uint64_t place;
	unsigned count;
};

static void note_lost(void *ctx, uint64_t place)
{
	struct lost *lost = ctx;
	lost->place = place;
	lost->count++;
}

static int create(void **state)
{
	static struct lost lost;
	lost = (struct lost){ 0 };
	*state = frame_ring_new(OCTETS, note_lost, &lost);
	return *state == NULL;
}

static int destroy(void **state)
{
	frame_ring_free(*state);
	return 0;
}

static void put(struct frame_ring *ring, uint64_t group, uint32_t number, uint32_t size)
{
	static uint8_t octets[OCTETS];
	memset(octets, (int)number, size);
	const struct packet packet = { .bytes = octets,
		                       .captured = size,
		                       .length = size + 1,
		                       .time_ns = number,
		                       .link = 1,
		                       .interface = "eth0" };
	frame_ring_add(ring, &packet, group);
}

static int64_t number_at(const struct frame_ring *ring, uint64_t place)
{
	struct packet packet;
	frame_ring_get(ring, place, &packet);
	assert_int_equal(packet.length, packet.captured + 1);
	assert_string_equal(packet.interface, "eth0");
	for (uint32_t i = 0; i < packet.captured; i++) {
		assert_int_equal(packet.bytes[i], (uint8_t)packet.time_ns);
	}
	return packet.time_ns;
}

/* Frames of all sizes, also those that do not fit at the end of the memory. The frames of each
 * group are found from the latest one on, without a hole, and they fill the memory. */
static void groups_are_found(void **state)
{
	struct frame_ring *ring = *state;
	static uint32_t group_of[FRAMES];
	unsigned seed = 7;
	for (uint32_t i = 0; i < FRAMES; i++) {
		group_of[i] = (uint32_t)rand_r(&seed) % GROUPS;
		put(ring, 2 * group_of[i] + 1, i, (uint32_t)rand_r(&seed) % 2000);
	}
	uint32_t found = 0, oldest = FRAMES;
	for (uint32_t group = 0; group < GROUPS; group++) {
		uint32_t expected = FRAMES;
		uint64_t after = 0;
		for (uint64_t place = frame_ring_latest(ring, 2 * group + 1); place != 0;
		     place = frame_ring_before(ring, place)) {
			do {
				expected--;
			} while (group_of[expected] != group);
			assert_int_equal(number_at(ring, place), expected);
			assert_int_equal(frame_ring_after(ring, place), after);
			after = place;
			found++;
		}
		oldest = expected < oldest ? expected : oldest;
	}
	assert_int_equal(found, FRAMES - oldest);
	assert_in_range(found, 30, 120);
}

/* All groups in one bucket. */
static void groups_may_share_a_bucket(void **state)
{
	struct frame_ring *ring = *state;
	for (uint32_t i = 0; i < 100; i++) {
		put(ring, ((uint64_t)(i % 10) << 32) + 1, i, 10);
	}
	for (uint64_t group = 0; group < 10; group++) {
		uint64_t place = frame_ring_latest(ring, (group << 32) + 1);
		for (int number = 90; number >= 0; number -= 10) {
			assert_int_equal(number_at(ring, place), number + (int)group);
			place = frame_ring_before(ring, place);
		}
		assert_int_equal(place, 0);
	}
	assert_int_equal(frame_ring_latest(ring, (UINT64_C(10) << 32) + 1), 0);
}

/* Many frames of a group hide no other group of its bucket. */
static void a_group_is_one_step(void **state)
{
	struct frame_ring *ring = *state;
	put(ring, (UINT64_C(1) << 32) + 1, 1, 10);
	for (uint32_t i = 0; i < 2 * FRAME_RING_WALK_MAX; i++) {
		put(ring, 1, i, 10);
	}
	uint64_t place = frame_ring_latest(ring, (UINT64_C(1) << 32) + 1);
	assert_int_not_equal(place, 0);
	assert_int_equal(number_at(ring, place), 1);
}

/* Frames that end where the memory ends fill all of it. */
static void frames_fill_the_memory(void **state)
{
	enum { SIZE = 1024 };
	struct frame_ring *ring = *state;
	put(ring, 3, 1, 0);
	uint64_t first = frame_ring_latest(ring, 3);
	put(ring, 3, 2, 0);
	uint32_t overhead = (uint32_t)(frame_ring_latest(ring, 3) - first);
	/* The first one fills the rest of a line. */
	put(ring, 3, 3, SIZE - 3 * overhead);
	for (uint32_t i = 0; i < 200; i++) {
		put(ring, 1, i, SIZE - overhead);
	}
	size_t found = 0;
	for (uint64_t place = frame_ring_latest(ring, 1); place != 0;
	     place = frame_ring_before(ring, place)) {
		assert_int_equal(number_at(ring, place), 199 - found);
		found++;
	}
	assert_int_equal(found, OCTETS / SIZE);
}

static void large_frames_are_not_kept(void **state)
{
	struct frame_ring *ring = *state;
	put(ring, 1, 1, OCTETS / 4);
	assert_int_equal(frame_ring_latest(ring, 1), 0);
	put(ring, 1, 2, OCTETS / 4 - 200);
	assert_int_equal(number_at(ring, frame_ring_latest(ring, 1)), 2);
}

static void held_frames_are_announced(void **state)
{
	struct frame_ring *ring = *state;
	struct lost lost = { 0 };
	frame_ring_free(ring);
	*state = ring = frame_ring_new(OCTETS, note_lost, &lost);
	assert_non_null(ring);
	put(ring, 1, 1, 100);
	uint64_t first = frame_ring_latest(ring, 1);
	frame_ring_hold(ring, first);
	put(ring, 1, 2, 100);
	frame_ring_hold(ring, frame_ring_latest(ring, 1));
	frame_ring_set_written(ring, frame_ring_latest(ring, 1));
	put(ring, 3, 3, 100);
	for (uint32_t i = 0; i < 1000; i++) {
		put(ring, 5, i, 1000);
	}
	assert_int_equal(lost.count, 1);
	assert_int_equal(lost.place, first);
	assert_int_equal(frame_ring_latest(ring, 1), 0);
}

static void fragments_of_a_connection(void **state)
{
	struct frame_ring *ring = *state;
	put(ring, 1, 1, 10);
	put(ring, 3, 2, 20);
	put(ring, 3, 3, 30);
	frame_ring_copy(ring, 3, 1);
	uint64_t last = frame_ring_latest(ring, 1);
	uint64_t middle = frame_ring_before(ring, last);
	uint64_t first = frame_ring_before(ring, middle);
	assert_int_equal(number_at(ring, last), 3);
	assert_int_equal(number_at(ring, middle), 2);
	assert_int_equal(number_at(ring, first), 1);
	assert_int_equal(frame_ring_unit(ring, last), frame_ring_unit(ring, middle));
	assert_int_not_equal(frame_ring_unit(ring, first), frame_ring_unit(ring, middle));
	assert_true(frame_ring_is_written(ring, frame_ring_latest(ring, 3)));
	assert_false(frame_ring_is_written(ring, last));
	/* They are joined once. */
	frame_ring_copy(ring, 3, 1);
	assert_int_equal(frame_ring_latest(ring, 1), last);
}

/* The copies replace the frames that are copied. */
static void fragments_that_fill_the_memory(void **state)
{
	struct frame_ring *ring = *state;
	for (uint32_t i = 0; i < 70; i++) {
		put(ring, 3, i, 1000);
	}
	frame_ring_copy(ring, 3, 1);
	int64_t number = number_at(ring, frame_ring_latest(ring, 1));
	for (uint64_t place = frame_ring_latest(ring, 1); place != 0;
	     place = frame_ring_before(ring, place)) {
		assert_int_equal(number_at(ring, place), number--);
	}
	assert_true(number < 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(groups_are_found, create, destroy),
		cmocka_unit_test_setup_teardown(groups_may_share_a_bucket, create, destroy),
		cmocka_unit_test_setup_teardown(a_group_is_one_step, create, destroy),
		cmocka_unit_test_setup_teardown(frames_fill_the_memory, create, destroy),
		cmocka_unit_test_setup_teardown(large_frames_are_not_kept, create, destroy),
		cmocka_unit_test_setup_teardown(held_frames_are_announced, create, destroy),
		cmocka_unit_test_setup_teardown(fragments_of_a_connection, create, destroy),
		cmocka_unit_test_setup_teardown(fragments_that_fill_the_memory, create, destroy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
