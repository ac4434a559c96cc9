/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sensor/detect/dedup.h"

#define MS 1000000LL

static struct frame make_frame(uint8_t protocol, const char *payload)
{
	struct frame frame;
	memset(&frame, 0, sizeof(frame));
	frame.key.src.s6_addr[15] = 1;
	frame.key.dst.s6_addr[15] = 2;
	frame.key.sport = 53;
	frame.key.dport = 40000;
	frame.key.protocol = protocol;
	frame.encapsulation.vlan = VLAN_NONE;
	frame.payload = (const uint8_t *)payload;
	frame.size = strlen(payload);
	return frame;
}

static void a_copy_is_known_within_the_window(void **state)
{
	(void)state;
	struct dedup *dedup = dedup_new(100 * MS);
	struct frame frame = make_frame(IPPROTO_UDP, "answer");
	assert_non_null(dedup);
	assert_false(dedup_is_copy(dedup, &frame, 1000 * MS));
	assert_true(dedup_is_copy(dedup, &frame, 1000 * MS));
	assert_true(dedup_is_copy(dedup, &frame, 1100 * MS));
	/* The window begins at the packet that was read, not at its copies. */
	assert_false(dedup_is_copy(dedup, &frame, 1101 * MS));
	assert_true(dedup_is_copy(dedup, &frame, 1102 * MS));
	/* Packet time may run backwards: the window has two sides. */
	assert_true(dedup_is_copy(dedup, &frame, 900 * MS));
	assert_false(dedup_is_copy(dedup, &frame, 799 * MS));
	dedup_free(dedup);
}

/* A packet in another VLAN or tunnel is a copy. */
static void vlan_and_tunnel_do_not_matter(void **state)
{
	(void)state;
	struct dedup *dedup = dedup_new(100 * MS);
	struct frame frame = make_frame(IPPROTO_UDP, "answer");
	struct frame copy = frame;
	copy.encapsulation.vlan = 7;
	copy.encapsulation.tunnel = TUNNEL_GRE;
	copy.encapsulation.tunnel_id = 42;
	copy.fragment.id = 99;
	assert_non_null(dedup);
	assert_false(dedup_is_copy(dedup, &frame, 0));
	assert_true(dedup_is_copy(dedup, &copy, 1));
	dedup_free(dedup);
}

static void every_difference_makes_another_packet(void **state)
{
	(void)state;
	struct frame udp = make_frame(IPPROTO_UDP, "answer"), tcp = make_frame(IPPROTO_TCP, "x");
	struct frame others[12];
	size_t count = 0;
	struct dedup *dedup = dedup_new(100 * MS);
	assert_non_null(dedup);
	for (int i = 0; i < 5; i++) {
		others[count] = udp;
		struct frame *other = &others[count++];
		other->key.src.s6_addr[0] = i == 0;
		other->key.dst.s6_addr[0] = i == 1;
		other->key.sport += i == 2;
		other->key.dport += i == 3;
		if (i == 4) {
			*other = make_frame(IPPROTO_UDP, "answeR");
		}
	}
	for (int i = 0; i < 7; i++) {
		others[count] = tcp;
		struct frame *other = &others[count++];
		other->tcp.seq += i == 0;
		other->tcp.ack += i == 1;
		other->tcp.flags ^= i == 2;
		other->tcp.window += i == 3;
		other->size -= i == 4;
		other->tcp.urgent += i == 6;
		other->key.protocol = i == 5 ? IPPROTO_UDP : IPPROTO_TCP;
	}
	assert_false(dedup_is_copy(dedup, &udp, 0));
	assert_false(dedup_is_copy(dedup, &tcp, 0));
	for (size_t i = 0; i < count; i++) {
		if (dedup_is_copy(dedup, &others[i], 0)) {
			fail_msg("row %zu is taken for a copy", i);
		}
		assert_true(dedup_is_copy(dedup, &others[i], 0));
	}
	dedup_free(dedup);
}

/* Two payloads for which XXH3 gives one value: where the first word is that of its own secret, it
 * multiplies the second one by zero. */
static void equal_hashes_are_two(void **state)
{
	(void)state;
	struct {
		struct flow_key key;
		uint32_t rest[3];
	} head = { 0 };
	uint8_t one[32] = "", other[32] = "";
	struct frame frame = make_frame(IPPROTO_UDP, "");
	head.key = frame.key;
	uint64_t seed = XXH3_64bits(&head, sizeof(head));
	uint64_t word;
	memcpy(&word, XXH3_kSecret, sizeof(word));
	word += seed;
	memcpy(one, &word, sizeof(word));
	memcpy(other, &word, sizeof(word));
	memcpy(one + 8, "harmless", 8);
	memcpy(other + 8, "harmful!", 8);
	struct dedup *dedup = dedup_new(100 * MS);
	assert_non_null(dedup);
	assert_int_equal(XXH3_64bits_withSeed(one, sizeof(one), seed),
	                 XXH3_64bits_withSeed(other, sizeof(other), seed));
	frame.payload = one;
	frame.size = sizeof(one);
	assert_false(dedup_is_copy(dedup, &frame, 0));
	frame.payload = other;
	assert_false(dedup_is_copy(dedup, &frame, 0));
	assert_true(dedup_is_copy(dedup, &frame, 0));
	dedup_free(dedup);
}

/* In a flood of packets each new one is remembered. */
static void a_flood_is_bounded(void **state)
{
	(void)state;
	struct dedup *dedup = dedup_new(100 * MS);
	struct frame frame = make_frame(IPPROTO_UDP, "answer");
	assert_non_null(dedup);
	for (uint32_t i = 0; i < 4 * DEDUP_SEEN; i++) {
		memcpy(frame.key.src.s6_addr, &i, sizeof(i));
		assert_false(dedup_is_copy(dedup, &frame, i));
		assert_true(dedup_is_copy(dedup, &frame, i));
	}
	dedup_free(dedup);
}

/* Large packets push each other out of the ring of octets, and never match other ones. */
static void octets_are_bounded(void **state)
{
	(void)state;
	enum { SIZE = 60000, COUNT = 2 * DEDUP_OCTETS / SIZE };
	static uint8_t payload[SIZE];
	struct dedup *dedup = dedup_new(100 * MS);
	struct frame frame = make_frame(IPPROTO_UDP, "");
	assert_non_null(dedup);
	frame.payload = payload;
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < COUNT; i++) {
			frame.size = SIZE - i % 100;
			memcpy(payload, &i, sizeof(i));
			assert_false(dedup_is_copy(dedup, &frame, 0));
			assert_true(dedup_is_copy(dedup, &frame, 0));
		}
	}
	/* Half of them are still there. */
	for (uint32_t i = COUNT - 1; i > COUNT - COUNT / 3; i--) {
		frame.size = SIZE - i % 100;
		memcpy(payload, &i, sizeof(i));
		assert_true(dedup_is_copy(dedup, &frame, 0));
	}
	frame.size = 0;
	assert_false(dedup_is_copy(dedup, &frame, 0));
	assert_true(dedup_is_copy(dedup, &frame, 0));
	dedup_free(dedup);
}

/* Each number is another packet. */
static bool is_known(struct dedup *dedup, uint32_t number, int64_t time_ns)
{
	struct frame frame = make_frame(IPPROTO_UDP, "answer");
	memcpy(frame.key.src.s6_addr, &number, sizeof(number));
	return dedup_is_copy(dedup, &frame, time_ns);
}

/* Of more packets than can be remembered, those that came last remain, whether times increase or
 * decrease, and before 1970 too. With random sets, four of so few share one once in
 * 400,000 runs. */
static void the_oldest_makes_room(void **state)
{
	(void)state;
	static const struct {
		int64_t begin_ns, step_ns;
	} tests[] = { { 0, 1 }, { -MS, 1 }, { 0, -1 } };
	const uint32_t count = 2 * DEDUP_SEEN, kept = DEDUP_SEEN / 512;
	for (size_t t = 0; t < sizeof(tests) / sizeof(tests[0]); t++) {
		struct dedup *dedup = dedup_new(100 * MS);
		int64_t time_ns = tests[t].begin_ns;
		assert_non_null(dedup);
		for (uint32_t i = 0; i < count; i++, time_ns += tests[t].step_ns) {
			assert_false(is_known(dedup, i, time_ns));
		}
		uint32_t latest = count - kept;
		for (uint32_t i = latest; i < latest + kept; i++) {
			if (!is_known(dedup, i, time_ns)) {
				fail_msg("row %zu: packet %u is forgotten", t, i);
			}
		}
		dedup_free(dedup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_is_known_within_the_window),
		cmocka_unit_test(vlan_and_tunnel_do_not_matter),
		cmocka_unit_test(every_difference_makes_another_packet),
		cmocka_unit_test(equal_hashes_are_two),
		cmocka_unit_test(a_flood_is_bounded),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(octets_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
