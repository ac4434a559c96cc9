/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns_masked.h"
#include "tests/unit/guard.h"

#define HEADER   "\1\2\x81\x80\0\1\0\1\0\0\0\1"
#define QUESTION "\1a\0\0\1\0\1"
#define A        "\xc0\x0c\0\1\0\1\0\0\1\2\0\4\xc0\0\2\1"
#define OPT      "\0\0\x29\x04\xd0\0\1\2\3\0\3abc"

static bool mask(const uint8_t *wire, size_t size, struct dns_masked *masked)
{
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire, size), DNS_OK);
	return dns_mask(&message, 0xff, masked);
}

static void what_differs_in_repetitions_is_replaced(void **state)
{
	static const char wire[] = HEADER QUESTION A OPT;
	static const char expected[] = "\xff\xff\x81\x80\0\1\0\1\0\0\0\1" QUESTION
	                               "\xc0\x0c\0\1\0\1\xff\xff\xff\xff\0\4\xc0\0\2\1"
	                               "\0\0\x29\xff\xff\xff\xff\xff\xff\0\3\xff\xff\xff";
	struct dns_masked masked;
	(void)state;
	assert_true(mask((const uint8_t *)wire, sizeof(wire) - 1, &masked));
	assert_int_equal(masked.size, sizeof(expected) - 1);
	assert_memory_equal(masked.wire, expected, sizeof(expected) - 1);
	assert_int_equal(masked.records, 2);
	assert_int_equal(masked.ttls[0], 0x102);
	assert_int_equal(masked.ttls[1], 0x10203);
}

/* No octet beyond the end is read. */
static void cut_messages_are_not_copied(void **state)
{
	static const char wire[] = HEADER QUESTION A OPT;
	struct dns_masked masked;
	struct guard guard;
	(void)state;
	guard_open(&guard);
	for (size_t size = DNS_HEADER_SIZE; size < sizeof(wire); size++) {
		bool whole = size == sizeof(wire) - 1;
		assert_int_equal(mask(guard_lay(&guard, wire, size), size, &masked), whole);
	}
	guard_close(&guard);
}

static void large_messages_are_not_copied(void **state)
{
	uint8_t wire[DNS_MASKED_OCTETS + 1] = { [4 ... 5] = 0 };
	struct dns_masked masked;
	(void)state;
	assert_true(mask(wire, DNS_MASKED_OCTETS, &masked));
	assert_false(mask(wire, DNS_MASKED_OCTETS + 1, &masked));
	/* Records with the owner ".", of type and class 0, without data. */
	wire[7] = DNS_MASKED_RECORDS;
	assert_true(mask(wire, DNS_MASKED_OCTETS, &masked));
	assert_int_equal(masked.records, DNS_MASKED_RECORDS);
	wire[9] = 1;
	assert_false(mask(wire, DNS_MASKED_OCTETS, &masked));
}

static void pointers_into_replaced_parts(void **state)
{
	static const struct {
		const char *label;
		const char *record;
		size_t size;
		bool copied;
	} tests[] = {
#define ROW(label, record, copied) { label, record, sizeof(record) - 1, copied }
		ROW("class 191",
		    "\0\0\1\0\xbf"
		    "\0\0\0\0\0\0",
		    true),
		ROW("class 192",
		    "\0\0\1\0\xc0"
		    "\0\0\0\0\0\0",
		    false),
		ROW("options of 192 octets, cut", "\0\0\x29\0\0\0\0\0\0\0\xc0", false),
		ROW("no options", "\0\0\x29\xff\xff\0\0\0\0\0\0", true),
#undef ROW
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint8_t wire[128] = { [7] = 1 };
		struct dns_masked masked;
		memcpy(wire + DNS_HEADER_SIZE, tests[i].record, tests[i].size);
		if (mask(wire, DNS_HEADER_SIZE + tests[i].size, &masked) != tests[i].copied) {
			fail_msg("%s", tests[i].label);
		}
	}
}

static void options_whose_size_begins_a_pointer(void **state)
{
	uint8_t wire[DNS_HEADER_SIZE + 11 + 192] = { [7] = 1, [14] = 0x29, [22] = 0xc0 };
	struct dns_masked masked;
	(void)state;
	assert_false(mask(wire, sizeof(wire), &masked));
	wire[22] = 0xbf;
	assert_true(mask(wire, sizeof(wire) - 1, &masked));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_differs_in_repetitions_is_replaced),
		cmocka_unit_test(cut_messages_are_not_copied),
		cmocka_unit_test(large_messages_are_not_copied),
		cmocka_unit_test(pointers_into_replaced_parts),
		cmocka_unit_test(options_whose_size_begins_a_pointer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
