/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/detect/copy_sample.h"

#define MS 1000000LL

static uint8_t ip[20];

static struct frame make_frame(uint8_t protocol, const char *payload)
{
	struct frame frame;
	memset(&frame, 0, sizeof(frame));
	frame.key.sport = 53;
	frame.key.dport = 40000;
	frame.key.protocol = protocol;
	ip[0] = 0x45;
	frame.network = ip;
	frame.network_size = sizeof(ip);
	frame.payload = (const uint8_t *)payload;
	frame.size = strlen(payload);
	return frame;
}

static void what_is_a_copy(void **state)
{
	(void)state;
	static const struct {
		const char *label, *payload;
		uint16_t port;
		uint32_t seq;
		uint8_t ip_id;
		int64_t delay_ns;
		unsigned copied;
	} tests[] = {
		{ "same", "answer", 40000, 0, 0, 0, 1 },
		{ "a millisecond after", "answer", 40000, 0, 0, MS, 1 },
		{ "a millisecond before", "answer", 40000, 0, 0, -MS, 1 },
		{ "too late", "answer", 40000, 0, 0, MS + 1, 0 },
		{ "other octets", "answeR", 40000, 0, 0, 0, 0 },
		{ "more octets", "answers", 40000, 0, 0, 0, 0 },
		{ "another port", "answer", 40001, 0, 0, 0, 0 },
		{ "another number", "answer", 40000, 1, 0, 0, 0 },
		{ "another IP identification", "answer", 40000, 0, 1, 0, 0 },
		{ "no octets", "", 40000, 0, 0, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct copy_sample sample = { .left = 0 };
		struct frame frame = make_frame(IPPROTO_TCP, "answer");
		ip[5] = 0;
		copy_sample_take(&sample, &frame, 10 * MS);
		frame = make_frame(IPPROTO_TCP, tests[i].payload);
		frame.key.dport = tests[i].port;
		frame.tcp.seq = tests[i].seq;
		ip[5] = tests[i].ip_id;
		copy_sample_take(&sample, &frame, 10 * MS + tests[i].delay_ns);
		if (sample.copied != tests[i].copied || sample.chosen != 1) {
			fail_msg("%s: %d of %d", tests[i].label, (int)sample.copied,
			         (int)sample.chosen);
		}
	}
}

/* A datagram that was in fragments has no header; of a cut one the identification is missing. */
static void no_header(void **state)
{
	(void)state;
	struct copy_sample sample = { .left = 0 };
	struct frame frame = make_frame(IPPROTO_UDP, "answer");
	frame.network_size = 5;
	copy_sample_take(&sample, &frame, 0);
	frame.network = NULL;
	copy_sample_take(&sample, &frame, 0);
	assert_int_equal(sample.copied, 1);
}

/* Of packets that are all there twice, the copy after `apart` others. */
static struct copy_sample sample_of(size_t packets, size_t apart)
{
	struct copy_sample sample = { .left = 0 };
	for (size_t i = 0; i < packets + apart; i++) {
		struct frame frame = make_frame(IPPROTO_UDP, "answer");
		frame.key.dport = (uint16_t)(1024 + i % 50000);
		copy_sample_take(&sample, &frame, (int64_t)i * 10000);
		if (i >= apart) {
			frame.key.dport = (uint16_t)(1024 + (i - apart) % 50000);
			copy_sample_take(&sample, &frame, (int64_t)i * 10000);
		}
	}
	return sample;
}

static void bounds(void **state)
{
	(void)state;
	static const size_t packets = 50000;
	struct copy_sample sample = sample_of(packets, 0);
	assert_true(sample.copied * 3 > sample.chosen);
	assert_true(sample.chosen > packets / COPY_SAMPLE_EVERY);
	assert_true(sample.chosen < COPY_SAMPLE_FIRST + 2 * packets / COPY_SAMPLE_EVERY + 1);
	sample = sample_of(packets, COPY_SAMPLE_NEAR / 2 - 1);
	assert_true(sample.copied * 3 > sample.chosen);
	sample = sample_of(packets, COPY_SAMPLE_NEAR + 1);
	assert_int_equal(sample.copied, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_copy),
		cmocka_unit_test(no_header),
		cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
