/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "parsers/link/pcapng.h"
#include "tests/unit/guard.h"
#include "tests/unit/savefiles.h"

#define NS 1000000000LL

static struct savefile file;
static struct pcapng_reader reader;

/* The reader's position in the file. */
static size_t at;

static void begin(bool little)
{
	file.size = 0;
	at = 0;
	memset(&reader, 0, sizeof(reader));
	put_section(&file, little);
}

static enum savefile_status step(struct savefile_part *part)
{
	assert_true(at <= file.size);
	enum savefile_status status =
	        pcapng_reader_next(&reader, file.bytes + at, file.size - at, part);
	if (status != SAVEFILE_MORE && status != SAVEFILE_LOST) {
		at += part->size;
	}
	return status;
}

/* The next packet or fault. */
static enum savefile_status next(struct savefile_part *part)
{
	enum savefile_status status;
	do {
		status = step(part);
	} while (status == SAVEFILE_OTHER);
	return status;
}

static void expect_packet(const char *payload, int64_t time_ns, int link)
{
	struct savefile_part part;
	assert_int_equal(next(&part), SAVEFILE_PACKET);
	assert_null(part.damage);
	assert_int_equal(part.packet.captured, strlen(payload));
	assert_memory_equal(part.packet.bytes, payload, strlen(payload));
	assert_int_equal(part.packet.time_ns, time_ns);
	assert_int_equal(part.packet.link, link);
}

static void expect_end(void)
{
	struct savefile_part part;
	assert_int_equal(next(&part), SAVEFILE_MORE);
	assert_int_equal(at, file.size);
	assert_false(pcapng_reader_inside(&reader));
}

static void blocks_of_every_kind(void **state)
{
	(void)state;
	for (int little = 0; little < 2; little++) {
		begin(little != 0);
		put_interface(&file, 1, 0, NO_OPTION, 0);
		put_interface(&file, 101, 4, 9, 0);
		put_enhanced(&file, 0, 1700000000000007, "one");
		put_unknown(&file, 5, 32);
		put_enhanced(&file, 1, 1700000000000000008, "four");
		put_unknown(&file, 0x0bad, 0);
		put_obsolete(&file, 0, 9, "three");
		put_simple(&file, 6, "simple");
		expect_packet("one", 1700000000000007000, 1);
		expect_packet("four", 1700000000000000008, 12);
		expect_packet("three", 9000, 1);
		/* It has no time of its own. */
		expect_packet("simple", 9000, 1);
		expect_end();
	}
}

static void sections_have_their_own_interfaces(void **state)
{
	(void)state;
	struct savefile_part part;
	begin(true);
	put_interface(&file, 1, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 1, "little");
	put_section(&file, false);
	put_interface(&file, 113, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 2, "big");
	put_section(&file, true);
	put_enhanced(&file, 0, 3, "of no interface");
	put_interface(&file, 0, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 4, "again");
	expect_packet("little", 1000, 1);
	expect_packet("big", 2000, 113);
	assert_int_equal(next(&part), SAVEFILE_DAMAGED);
	expect_packet("again", 4000, 0);
	expect_end();
}

static void times(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int resolution;
		int64_t offset;
		uint64_t ticks;
		int64_t ns; /* below 0: out of range */
	} tests[] = {
		/* powers of ten */
		{ "default", NO_OPTION, 0, 1, 1000 },
		{ "seconds", 0, 0, 1700000000, 1700000000 * NS },
		{ "milli", 3, 0, 5, 5000000 },
		{ "nano", 9, 0, 1700000000123456789, 1700000000123456789 },
		{ "10 ps, cut down", 11, 0, 199, 1 },
		{ "pico, all ones", 12, 0, UINT64_MAX, 18446744073709551 },
		{ "10^-28: no power in 64 bits", 28, 0, UINT64_MAX, 1 },
		{ "10^-29", 29, 0, UINT64_MAX, 0 },
		{ "10^-127", 127, 0, UINT64_MAX, 0 },
		/* powers of two */
		{ "2^0", 0x80, 0, 2, 2 * NS },
		{ "2^-10", 0x80 | 10, 0, 1, 976562 },
		{ "2^-30", 0x80 | 30, 0, 1700000000ULL << 30, 1700000000 * NS },
		{ "2^-63, all ones", 0x80 | 63, 0, UINT64_MAX, 2 * NS - 1 },
		{ "2^-127", 0xff, 0, UINT64_MAX, 0 },
		/* offsets */
		{ "forwards", 0, 1700000000, 1, 1700000001 * NS },
		{ "backwards", 0, -100, 101, NS },
		{ "with a fraction", 6, 1, 1, NS + 1000 },
		/* range */
		{ "the last second", 0, 0, 7000000000, SAVEFILE_TIME_MAX_NS },
		{ "one later", 0, 0, 7000000001, -1 },
		{ "before 1970", 0, -102, 101, -1 },
		{ "all ones", 0, 0, UINT64_MAX, -1 },
		{ "largest offset", 0, INT64_MAX, UINT64_MAX, -1 },
		{ "smallest offset", 0, INT64_MIN, 0, -1 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct savefile_part part;
		begin((i & 1) != 0);
		put_interface(&file, 1, 0, NO_OPTION, 0);
		put_interface(&file, 1, 0, tests[i].resolution, tests[i].offset);
		put_enhanced(&file, 0, 77, "before");
		put_enhanced(&file, 1, tests[i].ticks, "x");
		expect_packet("before", 77000, 1);
		assert_int_equal(next(&part), SAVEFILE_PACKET);
		int64_t expected = tests[i].ns >= 0 ? tests[i].ns : 77000;
		if (part.packet.time_ns != expected || (part.damage != NULL) != (tests[i].ns < 0)) {
			fail_msg("%s: %lld, expected %lld, damage %s", tests[i].name,
			         (long long)part.packet.time_ns, (long long)expected,
			         part.damage != NULL ? part.damage : "none");
		}
	}
}

static void simple_packets_and_snap_lengths(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t snaplen, length;
		const char *payload;
		enum savefile_status status;
		uint32_t captured;
	} tests[] = {
		{ "whole", 0, 5, "12345", SAVEFILE_PACKET, 5 },
		{ "cut", 4, 1500, "1234", SAVEFILE_PACKET, 4 },
		{ "at the limit", 4, 4, "1234", SAVEFILE_PACKET, 4 },
		{ "short of its length", 0, 1500, "1234", SAVEFILE_DAMAGED, 0 },
		{ "short of the snap length", 8, 1500, "1234", SAVEFILE_DAMAGED, 0 },
		{ "all ones", 0, UINT32_MAX, "1234", SAVEFILE_DAMAGED, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct savefile_part part;
		begin(true);
		put_interface(&file, 1, tests[i].snaplen, NO_OPTION, 0);
		put_simple(&file, tests[i].length, tests[i].payload);
		enum savefile_status status = next(&part);
		if (status != tests[i].status ||
		    (status == SAVEFILE_PACKET && (part.packet.captured != tests[i].captured ||
		                                   part.packet.length != tests[i].length))) {
			fail_msg("%s: status %d", tests[i].name, status);
		}
	}
}

/* A fault inside a block costs that block; wrong block lengths cost the rest of the file. */
static void faults(void **state)
{
	(void)state;
	enum { PACKET, INTERFACE };
	static const struct {
		const char *name;
		int block;   /* the faulty one */
		size_t from; /* octets after its start */
		uint32_t value;
		enum savefile_status status;
	} tests[] = {
		/* framing */
		{ "length 0", PACKET, 4, 0, SAVEFILE_LOST },
		{ "length 8", PACKET, 4, 8, SAVEFILE_LOST },
		{ "length not a multiple of four", PACKET, 4, 37, SAVEFILE_LOST },
		{ "length four short", PACKET, 4, 32, SAVEFILE_LOST },
		{ "length of all ones", PACKET, 4, 0xfffffffc, SAVEFILE_LOST },
		{ "length above the limit", PACKET, 4, PCAPNG_BLOCK_MAX + 4, SAVEFILE_LOST },
		{ "second length differs", PACKET, 32, 40, SAVEFILE_LOST },
		/* the packet's own */
		{ "no such interface", PACKET, 8, 1, SAVEFILE_DAMAGED },
		{ "interface of all ones", PACKET, 8, UINT32_MAX, SAVEFILE_DAMAGED },
		{ "captured into the second length", PACKET, 20, 5, SAVEFILE_DAMAGED },
		{ "captured of all ones", PACKET, 20, UINT32_MAX, SAVEFILE_DAMAGED },
		{ "captured above the limit", PACKET, 20, SAVEFILE_PACKET_MAX + 1,
		  SAVEFILE_DAMAGED },
		/* the interface's own */
		{ "an option beyond the block", INTERFACE, 16, 0x00090100, SAVEFILE_DAMAGED },
		{ "a time resolution of two octets", INTERFACE, 16, 0x00090002, SAVEFILE_DAMAGED },
		{ "an offset of one octet", INTERFACE, 16, 0x000e0001, SAVEFILE_DAMAGED },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct savefile_part part;
		size_t blocks[2];
		begin(false);
		blocks[INTERFACE] = file.size;
		put_interface(&file, 1, 0, 6, 0);
		blocks[PACKET] = file.size;
		put_enhanced(&file, 0, 1, "lies");
		put_enhanced(&file, 0, 2, "true");
		set_u32(&file, blocks[tests[i].block] + tests[i].from, tests[i].value);
		enum savefile_status status = next(&part);
		if (status != tests[i].status || part.damage == NULL) {
			fail_msg("%s: status %d", tests[i].name, status);
		}
		if (status == SAVEFILE_DAMAGED) {
			while (next(&part) == SAVEFILE_PACKET) {
				if (memcmp(part.packet.bytes, "true", 4) == 0) {
					break;
				}
			}
			if (part.packet.time_ns != 2000) {
				fail_msg("%s: the packet after it is lost", tests[i].name);
			}
		}
	}
}

static void faults_of_sections(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t from;
		uint32_t value;
	} tests[] = {
		{ "no byte order", 8, 0x1a2b3c4e },
		{ "version 2", 12, 0x00020000 },
		{ "too short", 4, 12 },
		{ "second length differs", 24, 32 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct savefile_part part;
		begin(false);
		set_u32(&file, tests[i].from, tests[i].value);
		if (next(&part) != SAVEFILE_LOST) {
			fail_msg("%s", tests[i].name);
		}
	}
}

static void long_unknown_block_is_not_asked_for(void **state)
{
	(void)state;
	struct savefile_part part;
	begin(true);
	/* 4 GiB of it, of which only the header is there. */
	begin_block(&file, 0x0bad);
	set_u32(&file, file.block + 4, 0xfffffffc);
	put_u32(&file, 0);
	assert_int_equal(step(&part), SAVEFILE_OTHER);
	assert_int_equal(step(&part), SAVEFILE_OTHER);
	assert_int_equal(part.size, 0xfffffff8);
	assert_true(pcapng_reader_inside(&reader));
	/* Its end: only the second length is read. */
	const uint8_t good[] = { 0xfc, 0xff, 0xff, 0xff };
	assert_int_equal(pcapng_reader_next(&reader, good, 3, &part), SAVEFILE_MORE);
	assert_int_equal(part.size, 4);
	assert_int_equal(pcapng_reader_next(&reader, good, 4, &part), SAVEFILE_OTHER);
	assert_false(pcapng_reader_inside(&reader));
	reader.trailer = 16;
	assert_int_equal(pcapng_reader_next(&reader, good, 4, &part), SAVEFILE_LOST);
}

static void interfaces_are_bounded(void **state)
{
	(void)state;
	struct savefile_part part;
	begin(true);
	for (int i = 0; i < PCAPNG_INTERFACES_MAX; i++) {
		put_interface(&file, 1, 0, NO_OPTION, 0);
	}
	put_enhanced(&file, PCAPNG_INTERFACES_MAX - 1, 1, "last");
	put_interface(&file, 1, 0, NO_OPTION, 0);
	put_enhanced(&file, PCAPNG_INTERFACES_MAX, 1, "beyond");
	expect_packet("last", 1000, 1);
	assert_int_equal(next(&part), SAVEFILE_DAMAGED);
	assert_int_equal(next(&part), SAVEFILE_DAMAGED);
	expect_end();
}

static void every_cut_asks_for_more(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	begin(true);
	put_interface(&file, 1, 0, 9, 1);
	put_enhanced(&file, 0, 1, "packet");
	for (size_t size = 0; size <= file.size; size++) {
		struct savefile_part part = { .size = 0 };
		enum savefile_status status;
		size_t done = 0;
		const uint8_t *bytes = guard_lay(&guard, file.bytes, size);
		memset(&reader, 0, sizeof(reader));
		while ((status = pcapng_reader_next(&reader, bytes + done, size - done, &part)) !=
		       SAVEFILE_MORE) {
			assert_true(status == SAVEFILE_OTHER || status == SAVEFILE_PACKET);
			assert_int_equal(status == SAVEFILE_PACKET, done + part.size == file.size);
			done += part.size;
			assert_true(done <= size);
		}
		assert_true(part.size > size - done);
	}
	guard_close(&guard);
}

/* Of a file and of what only looks like one. */
static void begins(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t wrong; /* the octet that is changed */
		size_t size;
		bool begins;
	} tests[] = {
		{ "a section", SIZE_MAX, 12, true }, { "one octet short", SIZE_MAX, 11, false },
		{ "another block", 0, 12, false },   { "another byte order", 8, 12, false },
		{ "another length", 4, 12, true },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		begin(i % 2 != 0);
		if (tests[i / 2].wrong < file.size) {
			file.bytes[tests[i / 2].wrong] ^= 1;
		}
		const uint8_t *bytes = guard_lay(&guard, file.bytes, tests[i / 2].size);
		if (pcapng_reader_begins(bytes, tests[i / 2].size) != tests[i / 2].begins) {
			fail_msg("%s, little-endian: %zu", tests[i / 2].name, i % 2);
		}
	}
	guard_close(&guard);
}

/* Three blocks in a row are needed after damage, or all up to the end of the file. */
static void finds_a_chain(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t blocks, data, more;
		bool last;
		size_t at;
	} tests[] = {
		{ "the least block, to the end", 1, 0, 0, true, 1 },
		{ "one, then an octet", 1, 0, 1, true, 14 },
		{ "one, more may come", 1, 0, 0, false, 13 },
		{ "two, more may come", 2, 4, 0, false, 33 },
		{ "two, then fewer than a block", 2, 4, 11, true, 44 },
		{ "three, more may come", 3, 4, 0, false, 1 },
		{ "three, then anything", 3, 4, 20, true, 1 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(true);
		reader.little = true;
		file.size = 0;
		put_bytes(&file, "\xff", 1);
		for (size_t j = 0; j < tests[i].blocks; j++) {
			begin_block(&file, 5);
			file.size += tests[i].data;
			uint32_t length = (uint32_t)(12 + tests[i].data);
			put_u32(&file, length);
			set_u32(&file, file.block + 4, length);
		}
		memset(file.bytes + file.size, 0xff, tests[i].more);
		file.size += tests[i].more;
		const uint8_t *bytes = guard_lay(&guard, file.bytes, file.size);
		size_t found = pcapng_reader_find(&reader, bytes, file.size, tests[i].last);
		if (found != tests[i].at) {
			fail_msg("%s: at %zu", tests[i].name, found);
		}
	}
	guard_close(&guard);
}

/* No block is found where the lengths differ, or are too small. */
static void finds_no_block_with_wrong_lengths(void **state)
{
	(void)state;
	static const struct {
		uint32_t first, second;
		bool found;
	} tests[] = {
		{ 16, 16, true },  { 16, 20, false }, { 20, 16, false },
		{ 12, 12, false }, { 15, 15, false }, { 8, 8, false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(true);
		reader.little = true;
		file.size = 0;
		put_bytes(&file, "\xff", 1);
		put_u32(&file, 5);
		put_u32(&file, tests[i].first);
		put_u32(&file, 0);
		put_u32(&file, tests[i].second);
		size_t found = pcapng_reader_find(&reader, file.bytes, file.size, true);
		if (found != (tests[i].found ? 1 : file.size)) {
			fail_msg("%u and %u: at %zu", tests[i].first, tests[i].second, found);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_every_kind),
		cmocka_unit_test(sections_have_their_own_interfaces),
		cmocka_unit_test(times),
		cmocka_unit_test(simple_packets_and_snap_lengths),
		cmocka_unit_test(faults),
		cmocka_unit_test(faults_of_sections),
		cmocka_unit_test(long_unknown_block_is_not_asked_for),
		cmocka_unit_test(interfaces_are_bounded),
		cmocka_unit_test(every_cut_asks_for_more),
		cmocka_unit_test(begins),
		cmocka_unit_test(finds_a_chain),
		cmocka_unit_test(finds_no_block_with_wrong_lengths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
