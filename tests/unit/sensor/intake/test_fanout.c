/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sensor/intake/fanout.h"

/* A packet as the kernel has it when it asks: the first VLAN tag is off. */
struct frame {
	uint16_t protocol;
	uint8_t bytes[128]; /* from the network header */
	size_t size;
};

static bool load(const struct frame *frame, uint32_t at, unsigned size, uint32_t *a)
{
	if (at == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)) {
		*a = frame->protocol;
		return true;
	}
	uint32_t offset = at - (uint32_t)SKF_NET_OFF;
	if (offset + size > frame->size) {
		return false;
	}
	*a = 0;
	for (unsigned i = 0; i < size; i++) {
		*a = *a << 8 | frame->bytes[offset + i];
	}
	return true;
}

/* As much of classic BPF as the program uses; what the kernel would refuse fails. */
static uint32_t run(const struct frame *frame)
{
	struct sock_filter program[FANOUT_PROGRAM_MAX];
	uint32_t a = 0, x = 0, cells[16] = { 0 };
	size_t size = fanout_program(program);
	assert_true(size > 0 && size <= FANOUT_PROGRAM_MAX);
	for (size_t i = 0; i < size; i++) {
		const struct sock_filter *op = &program[i];
		switch (op->code) {
		case BPF_LD | BPF_IMM:
			a = op->k;
			break;
		case BPF_LDX | BPF_IMM:
			x = op->k;
			break;
		case BPF_LD | BPF_MEM:
			a = cells[op->k];
			break;
		case BPF_LDX | BPF_MEM:
			x = cells[op->k];
			break;
		case BPF_ST:
			cells[op->k] = a;
			break;
		case BPF_STX:
			cells[op->k] = x;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_MISC | BPF_TXA:
			a = x;
			break;
		case BPF_ALU | BPF_ADD | BPF_K:
			a += op->k;
			break;
		case BPF_ALU | BPF_ADD | BPF_X:
			a += x;
			break;
		case BPF_ALU | BPF_MUL | BPF_K:
			a *= op->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= op->k;
			break;
		case BPF_RET | BPF_K:
			return op->k;
		case BPF_RET | BPF_A:
			return a;
		case BPF_JMP | BPF_JEQ | BPF_K:
			i += a == op->k ? op->jt : op->jf;
			assert_true(i + 1 < size);
			break;
		case BPF_LD | BPF_H | BPF_ABS:
			assert_true(load(frame, op->k, 2, &a));
			break;
		case BPF_LD | BPF_H | BPF_IND:
		case BPF_LD | BPF_W | BPF_IND:
			if (!load(frame, op->k + x, BPF_SIZE(op->code) == BPF_H ? 2 : 4, &a)) {
				return 0; /* as the kernel does */
			}
			break;
		default:
			fail_msg("code %x", op->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

static void put(struct frame *frame, const void *bytes, size_t size)
{
	assert_true(frame->size + size <= sizeof(frame->bytes));
	memcpy(frame->bytes + frame->size, bytes, size);
	frame->size += size;
}

/* Protocol 0x8100 of a tag is the next tag's, and the last one's that of the packet. */
static void put_tags(struct frame *frame, unsigned tags, uint16_t type, uint16_t protocol)
{
	frame->protocol = tags > 0 ? type : protocol;
	for (unsigned i = 1; i <= tags; i++) {
		uint16_t next = htons(i < tags ? type : protocol);
		put(frame, "\1\2", 2);
		put(frame, &next, 2);
	}
}

static void put_ip(struct frame *frame, const char *from, const char *to, uint8_t filler)
{
	uint8_t header[40];
	bool six = strchr(from, ':') != NULL;
	memset(header, filler, sizeof(header)); /* TTL, checksum, fragment offset */
	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, from, header + (six ? 8 : 12)), 1);
	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, to, header + (six ? 24 : 16)), 1);
	put(frame, header, six ? 40 : 20);
}

static uint32_t tagged(const char *from, const char *to, unsigned tags, uint16_t type)
{
	struct frame frame = { .size = 0 };
	put_tags(&frame, tags, type, strchr(from, ':') != NULL ? 0x86dd : 0x0800);
	put_ip(&frame, from, to, (uint8_t)(0x11 * (tags + 1)));
	return run(&frame);
}

static uint32_t pppoe(const char *from, const char *to)
{
	struct frame frame = { .protocol = 0x8864 };
	put(&frame, "\x11\0\0\1\0\x20", 6);
	put(&frame, strchr(from, ':') != NULL ? "\0\x57" : "\0\x21", 2);
	put_ip(&frame, from, to, 0x77);
	return run(&frame);
}

static const struct {
	const char *one, *other;
} PAIRS[] = {
	{ "192.0.2.1", "198.51.100.2" },
	{ "10.0.0.1", "10.0.0.2" },
	{ "255.255.255.255", "0.0.0.0" },
	{ "2001:db8::1", "2001:db8::2" },
	{ "2001:db8:ffff::1", "fe80::ffff:ffff:ffff:ffff" },
};

static void both_directions_at_any_depth_of_tags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		uint32_t wanted = tagged(PAIRS[i].one, PAIRS[i].other, 0, 0);
		assert_int_equal(pppoe(PAIRS[i].one, PAIRS[i].other), wanted);
		assert_int_equal(pppoe(PAIRS[i].other, PAIRS[i].one), wanted);
		for (unsigned tags = 0; tags < FANOUT_TAGS; tags++) {
			assert_int_equal(tagged(PAIRS[i].one, PAIRS[i].other, tags, 0x8100),
			                 wanted);
			assert_int_equal(tagged(PAIRS[i].other, PAIRS[i].one, tags, 0x88a8),
			                 wanted);
		}
	}
}

static void other_protocols_go_to_the_first_worker(void **state)
{
	(void)state;
	static const uint16_t protocols[] = { 0x0806, 0x8847, 0x88cc, 0, 0xffff };
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		struct frame frame = { .protocol = protocols[i] };
		put_ip(&frame, "192.0.2.1", "192.0.2.2", 0);
		assert_int_equal(run(&frame), 0);
	}
	struct frame empty = { .protocol = 0x0800 };
	assert_int_equal(run(&empty), 0);
	empty.protocol = 0x8100;
	assert_int_equal(run(&empty), 0);
}

/* Clients in a row and one server: none of the workers has twice its share. */
static void pairs_are_spread(void **state)
{
	(void)state;
	for (unsigned workers = 2; workers <= 8; workers++) {
		unsigned counts[2][8] = { { 0 } };
		for (unsigned i = 0; i < 1000; i++) {
			char four[32], six[64];
			(void)snprintf(four, sizeof(four), "10.0.%u.%u", i / 256, i % 256);
			(void)snprintf(six, sizeof(six), "2001:db8:%x::%x", i / 16, i % 16);
			counts[0][tagged(four, "192.0.2.53", 0, 0) % workers]++;
			counts[1][tagged("2001:db8::53", six, 0, 0) % workers]++;
		}
		for (unsigned i = 0; i < workers; i++) {
			assert_in_range(counts[0][i], 500 / workers, 2000 / workers);
			assert_in_range(counts[1][i], 500 / workers, 2000 / workers);
		}
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(both_directions_at_any_depth_of_tags),
		cmocka_unit_test(other_protocols_go_to_the_first_worker),
		cmocka_unit_test(pairs_are_spread),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
