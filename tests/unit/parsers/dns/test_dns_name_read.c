/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns_name_read.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

#define BYTES(text) .message = (text), .size = sizeof(text) - 1

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *message;
		size_t size;
		size_t at;
		int ret;
		const char *text;
		size_t end; /* position of the cursor afterwards */
	} tests[] = {
		/* plain */
		{ "root", BYTES("\0"), 0, DNS_NAME_OK, ".", 1 },
		{ "one label", BYTES("\3com\0"), 0, DNS_NAME_OK, "com", 5 },
		{ "three labels", BYTES("\1a\1b\1c\0"), 0, DNS_NAME_OK, "a.b.c", 7 },
		{ "upper case", BYTES("\3CoM\0"), 0, DNS_NAME_OK, "com", 5 },
		{ "next to A and Z", BYTES("\4@[`{\0"), 0, DNS_NAME_OK, "@[`{", 6 },
		{ "octets after it", BYTES("\1a\0\1b\0"), 0, DNS_NAME_OK, "a", 3 },
		{ "in the middle", BYTES("\1a\0\1b\0"), 3, DNS_NAME_OK, "b", 6 },
		/* pointers */
		{ "whole name", BYTES("\1a\0\xc0\0"), 3, DNS_NAME_OK, "a", 5 },
		{ "rest", BYTES("\1a\0\1b\xc0\0"), 3, DNS_NAME_OK, "b.a", 7 },
		{ "of a pointer", BYTES("\1a\0\xc0\0\1b\xc0\3"), 5, DNS_NAME_OK, "b.a", 9 },
		{ "to the root", BYTES("\0\xc0\0"), 1, DNS_NAME_OK, ".", 3 },
		{ "into a name", BYTES("\1a\1b\0\xc0\2"), 5, DNS_NAME_OK, "b", 7 },
		{ "into a label", BYTES("\3\1a\0\0\xc0\1"), 5, DNS_NAME_OK, "a", 7 },
		/* pointers forward, as glibc, musl, Unbound and dnsmasq follow them */
		{ "forward", BYTES("\xc0\2\1a\0"), 0, DNS_NAME_OK, "a", 2 },
		{ "forward by one", BYTES("\0\xc0\3\0"), 1, DNS_NAME_OK, ".", 3 },
		{ "rest forward", BYTES("\1b\xc0\4\1a\0"), 0, DNS_NAME_OK, "b.a", 4 },
		{ "forward, then back", BYTES("\1a\0\xc0\5\1b\xc0\0"), 3, DNS_NAME_OK, "b.a", 5 },
		{ "back, then forward", BYTES("\xc0\5\0\xc0\0\1a\0"), 3, DNS_NAME_OK, "a", 5 },
		{ "forward chain", BYTES("\xc0\2\xc0\4\xc0\6\1a\0"), 0, DNS_NAME_OK, "a", 2 },
		{ "into its own pointer", BYTES("\xc0\1\0\0"), 0, DNS_NAME_OK, "\\000", 2 },
		/* invalid pointers */
		{ "to itself", BYTES("\xc0\0"), 0, DNS_NAME_POINTER, NULL, 0 },
		{ "to itself after a root", BYTES("\0\xc0\1"), 1, DNS_NAME_POINTER, NULL, 0 },
		{ "to its own name", BYTES("\1a\xc0\0"), 0, DNS_NAME_LONG, NULL, 0 },
		{ "to the end", BYTES("\xc0\2"), 0, DNS_NAME_POINTER, NULL, 0 },
		{ "past the end", BYTES("\xff\xff"), 0, DNS_NAME_POINTER, NULL, 0 },
		{ "to each other", BYTES("\xc0\2\xc0\0"), 2, DNS_NAME_POINTER, NULL, 0 },
		{ "to each other forward", BYTES("\xc0\2\xc0\0"), 0, DNS_NAME_POINTER, NULL, 0 },
		{ "back into itself", BYTES("\1a\1b\xc0\0"), 2, DNS_NAME_LONG, NULL, 0 },
		{ "forward to no end", BYTES("\xc0\2\1a"), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "forward to half a pointer", BYTES("\xc0\2\xc0"), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "forward to another type", BYTES("\xc0\2\x40\0"), 0, DNS_NAME_LABEL, NULL, 0 },
		/* short */
		{ "nothing", BYTES(""), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "label without octets", BYTES("\3"), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "label cut", BYTES("\3co"), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "no end", BYTES("\3com"), 0, DNS_NAME_SHORT, NULL, 0 },
		{ "half a pointer", BYTES("\0\xc0"), 1, DNS_NAME_SHORT, NULL, 0 },
		{ "label and half a pointer", BYTES("\1a\xc0"), 0, DNS_NAME_SHORT, NULL, 0 },
		/* label types, RFC 6891 section 5 */
		{ "01", BYTES("\x40\0"), 0, DNS_NAME_LABEL, NULL, 0 },
		{ "01, as a bit string", BYTES("\x41\1\0\0"), 0, DNS_NAME_LABEL, NULL, 0 },
		{ "10", BYTES("\x80\0"), 0, DNS_NAME_LABEL, NULL, 0 },
		{ "10, after a label", BYTES("\1a\xbf\0"), 0, DNS_NAME_LABEL, NULL, 0 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const uint8_t *message = guard_lay(&guard, tests[i].message, tests[i].size);
		struct cursor c = cursor_init(message, tests[i].size);
		struct dns_name name = { .size = 99 };
		char text[DNS_NAME_TEXT_MAX];
		cursor_seek(&c, tests[i].at);
		int ret = dns_name_read(&c, tests[i].size, &name, NULL);
		if (ret != tests[i].ret) {
			fail_msg("%s: %d, not %d", tests[i].label, ret, tests[i].ret);
		}
		assert_int_equal(c.failed, ret != DNS_NAME_OK);
		assert_true(c.pos <= c.size);
		if (ret != DNS_NAME_OK) {
			assert_int_equal(name.size, 0);
			continue;
		}
		assert_int_equal(dns_name_text(name.wire, text), strlen(tests[i].text));
		assert_string_equal(text, tests[i].text);
		assert_int_equal(c.pos, tests[i].end);
	}
	guard_close(&guard);
}

static int read_at(struct guard *guard, const struct wire *wire, size_t at, struct dns_name *name)
{
	const uint8_t *message = guard_lay(guard, wire->bytes, wire->size);
	struct cursor c = cursor_init(message, wire->size);
	cursor_seek(&c, at);
	int ret = dns_name_read(&c, wire->size, name, NULL);
	assert_true(c.pos <= c.size);
	return ret;
}

static void put_label(struct wire *wire, uint8_t length)
{
	wire_u8(wire, length);
	wire_fill(wire, 'x', length);
}

static void lengths(void **state)
{
	(void)state;
	static const struct {
		uint8_t label; /* octets of all labels but the last */
		uint8_t count;
		uint8_t last; /* 0: no last label */
		int ret;
		uint8_t size;
	} tests[] = {
		/* 254, 255 and 256 octets, the final zero included */
		{ 63, 3, 60, DNS_NAME_OK, 254 },
		{ 63, 3, 61, DNS_NAME_OK, 255 },
		{ 63, 3, 62, DNS_NAME_LONG, 0 },
		{ 63, 4, 0, DNS_NAME_LONG, 0 },
		/* as many labels as fit, one more */
		{ 1, 127, 0, DNS_NAME_OK, 255 },
		{ 1, 128, 0, DNS_NAME_LONG, 0 },
		/* labels of 63 and 64 octets */
		{ 63, 1, 0, DNS_NAME_OK, 65 },
		{ 64, 1, 0, DNS_NAME_LABEL, 0 },
	};
	static struct wire wire;
	struct dns_name name;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		wire.size = 0;
		for (unsigned n = 0; n < tests[i].count; n++) {
			put_label(&wire, tests[i].label);
		}
		if (tests[i].last > 0) {
			put_label(&wire, tests[i].last);
		}
		wire_u8(&wire, 0);
		int ret = read_at(&guard, &wire, 0, &name);
		if (ret != tests[i].ret || name.size != tests[i].size) {
			fail_msg("row %zu: %d, %u octets", i, ret, name.size);
		}
	}
	guard_close(&guard);
}

/* Each name is a label and a pointer to the previous one: small on the wire, long when
 * decompressed. */
static void expansion_ends_at_255_octets(void **state)
{
	(void)state;
	static struct wire wire;
	struct dns_name name;
	struct guard guard;
	size_t previous = 0;
	guard_open(&guard);
	wire.size = 0;
	wire_u8(&wire, 0);
	for (unsigned labels = 1; labels <= 200; labels++) {
		size_t at = wire.size;
		wire_u8(&wire, 1);
		wire_u8(&wire, 'a');
		wire_pointer(&wire, previous);
		previous = at;
		int ret = read_at(&guard, &wire, at, &name);
		assert_int_equal(ret, labels <= 127 ? DNS_NAME_OK : DNS_NAME_LONG);
		assert_int_equal(name.size, labels <= 127 ? 2 * labels + 1 : 0);
	}
	guard_close(&guard);
}

/* Pointers to pointers, which add no label: back, and forward. */
static void pointer_chain_is_limited(void **state)
{
	(void)state;
	static struct wire back, forward;
	struct dns_name name;
	struct guard guard;
	guard_open(&guard);
	back.size = 0;
	wire_u8(&back, 0);
	for (unsigned jumps = 1; jumps <= 8000; jumps++) {
		size_t at = back.size;
		wire_pointer(&back, jumps == 1 ? 0 : at - 2);
		int ret = read_at(&guard, &back, at, &name);
		assert_int_equal(ret, jumps <= 256 ? DNS_NAME_OK : DNS_NAME_POINTER);
	}
	forward.size = 0;
	for (unsigned jumps = 1; jumps <= 8000; jumps++) {
		wire_pointer(&forward, forward.size + 2);
	}
	wire_u8(&forward, 0);
	for (unsigned jumps = 1; jumps <= 8000; jumps++) {
		int ret = read_at(&guard, &forward, 2 * (8000 - jumps), &name);
		assert_int_equal(ret, jumps <= 256 ? DNS_NAME_OK : DNS_NAME_POINTER);
	}
	guard_close(&guard);
}

/* The own octets of a name end with its field; those that a pointer leads to need not. */
static void pointers_leave_the_field(void **state)
{
	(void)state;
	static const uint8_t message[] = "\xc0\2\1a\0";
	struct dns_name name;
	for (size_t end = 0; end < sizeof(message); end++) {
		struct cursor c = cursor_init(message, end);
		int ret = dns_name_read(&c, sizeof(message) - 1, &name, NULL);
		assert_int_equal(ret, end < 2 ? DNS_NAME_SHORT : DNS_NAME_OK);
		assert_int_equal(name.size, end < 2 ? 0 : 3);
		assert_int_equal(c.pos, end < 2 ? 0 : 2);
		assert_int_equal(c.size, end);
	}
	struct cursor c = cursor_init(message + 2, 2);
	assert_int_equal(dns_name_read(&c, 3, &name, NULL), DNS_NAME_SHORT);
}

/* Every message of three octets, read from the second one: reads stay inside, and a name
 * that is read is complete. */
static void every_short_message(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (uint32_t bits = 0; bits < 0x1000000; bits++) {
		const uint8_t bytes[3] = { (uint8_t)(bits >> 16), (uint8_t)(bits >> 8),
			                   (uint8_t)bits };
		struct cursor c = cursor_init(guard_lay(&guard, bytes, 3), 3);
		struct dns_name name;
		cursor_skip(&c, 1);
		if (dns_name_read(&c, 3, &name, NULL) == DNS_NAME_OK) {
			assert_in_range(name.size, 1, 3);
			assert_int_equal(name.wire[name.size - 1], 0);
			assert_in_range(c.pos, 2, 3);
		} else {
			assert_true(c.failed && c.pos <= 3 && name.size == 0);
		}
	}
	guard_close(&guard);
}

static void a_failed_cursor_reads_nothing(void **state)
{
	(void)state;
	struct dns_name name;
	struct cursor c = cursor_init((const uint8_t *)"\1a", 3);
	cursor_skip(&c, 4);
	assert_int_equal(dns_name_read(&c, 3, &name, NULL), DNS_NAME_SHORT);
}

static void assert_same(const struct dns_name *a, const struct dns_name *b)
{
	struct dns_labels labels;
	assert_int_equal(a->size, b->size);
	assert_memory_equal(a->wire, b->wire, a->size);
	dns_labels_read(&labels, a->wire, a->size);
	assert_int_equal(a->labels.count, labels.count);
	assert_int_equal(b->labels.count, labels.count);
	for (size_t i = labels.count > 8 ? labels.count - 8U : 0; i < labels.count; i++) {
		assert_int_equal(dns_labels_start(&a->labels, i), dns_labels_start(&labels, i));
		assert_int_equal(dns_labels_start(&b->labels, i), dns_labels_start(&labels, i));
	}
}

/* Names of 1 to 4 labels before a pointer into 125 labels, read with a memo and without it. */
static void a_memo_changes_nothing(void **state)
{
	(void)state;
	static struct wire wire;
	static struct dns_name_memo memo;
	size_t read = 0;
	wire.size = 0;
	for (unsigned i = 0; i < 125; i++) {
		wire_u8(&wire, 1);
		wire_u8(&wire, 'a' + i % 26);
	}
	wire_u8(&wire, 0);
	dns_name_memo_begin(&memo);
	for (unsigned i = 0; i < 4000; i++) {
		struct dns_name plain, remembered;
		size_t start = wire.size;
		for (unsigned label = 0; label < 1 + i % 4; label++) {
			wire_u8(&wire, 1);
			wire_u8(&wire, 'b' + i % 7);
		}
		if (i % 11 > 0) {
			wire_pointer(&wire, 2 * (i / 3 * 7919 % 126));
		} else {
			wire_u8(&wire, 0);
		}
		struct cursor one = cursor_init(wire.bytes, wire.size);
		cursor_seek(&one, start);
		struct cursor other = one;
		int ret = dns_name_read(&one, wire.size, &plain, NULL);
		assert_int_equal(dns_name_read(&other, wire.size, &remembered, &memo), ret);
		assert_int_equal(one.pos, other.pos);
		assert_int_equal(one.failed, other.failed);
		if (ret == DNS_NAME_OK) {
			assert_same(&plain, &remembered);
			read++;
		}
	}
	assert_in_range(read, 3500, 3999);
}

/* Any octets, read as names at every place, with what was read of the message before and without
 * it. Messages follow each other with one memo. */
static void a_memo_of_any_message(void **state)
{
	(void)state;
	static struct dns_name_memo memo;
	uint64_t random = 1;
	size_t read = 0;
	for (unsigned round = 0; round < 3000; round++) {
		uint8_t wire[400];
		size_t size = 40 + round % 360;
		for (size_t i = 0; i < size; i++) {
			random = random * 6364136223846793005 + 1442695040888963407;
			unsigned value = (unsigned)(random >> 40);
			/* short labels, pointers, some zeros, seldom others */
			wire[i] = (uint8_t)(value % 64 < 40   ? value % 3
			                    : value % 64 < 60 ? 0xc0 | value / 64 % 2
			                                      : value / 64);
		}
		dns_name_memo_begin(&memo);
		for (size_t i = 0; i < size; i++) {
			struct dns_name plain, remembered;
			struct cursor one = cursor_init(wire, size);
			cursor_seek(&one, i);
			struct cursor other = one;
			int ret = dns_name_read(&one, size, &plain, NULL);
			assert_int_equal(dns_name_read(&other, size, &remembered, &memo), ret);
			assert_int_equal(one.pos, other.pos);
			if (ret == DNS_NAME_OK) {
				assert_same(&plain, &remembered);
				read++;
			}
		}
	}
	assert_in_range(read, 100000, 1000000);
}

/* Chains of pointers, and of labels with pointers, more of them than the memo has names. */
static void a_memo_of_many_chains(void **state)
{
	(void)state;
	static struct dns_name_memo memo;
	static struct wire wire;
	size_t ends[400];
	wire.size = 0;
	wire_u8(&wire, 0);
	for (unsigned chain = 0; chain < 400; chain++) {
		size_t last = 0;
		for (unsigned i = 0; i < 12; i++) {
			size_t at = wire.size;
			if (chain % 3 > 0) {
				wire_u8(&wire, 1);
				wire_u8(&wire, 'a' + (chain + i) % 26);
			}
			wire_pointer(&wire, last);
			last = at;
		}
		ends[chain] = last;
	}
	dns_name_memo_begin(&memo);
	for (unsigned i = 0; i < 2000; i++) {
		struct dns_name plain, remembered;
		struct cursor one = cursor_init(wire.bytes, wire.size);
		cursor_seek(&one, ends[i * 7 % 400]);
		struct cursor other = one;
		assert_int_equal(dns_name_read(&one, wire.size, &plain, NULL), DNS_NAME_OK);
		assert_int_equal(dns_name_read(&other, wire.size, &remembered, &memo), DNS_NAME_OK);
		assert_same(&plain, &remembered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(lengths),
		cmocka_unit_test(expansion_ends_at_255_octets),
		cmocka_unit_test(pointer_chain_is_limited),
		cmocka_unit_test(pointers_leave_the_field),
		cmocka_unit_test(a_memo_changes_nothing),
		cmocka_unit_test(a_memo_of_any_message),
		cmocka_unit_test(a_memo_of_many_chains),
		cmocka_unit_test(every_short_message),
		cmocka_unit_test(a_failed_cursor_reads_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
