/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "parsers/link/pcap.h"
#include "tests/unit/guard.h"
#include "tests/unit/savefiles.h"

#define MICRO    0xa1b2c3d4
#define NANO     0xa1b23c4d
#define MODIFIED 0xa1b2cd34

#define FILE_HEADER 24

static struct savefile file;

static void begin(uint32_t magic, bool little, uint16_t minor, uint32_t link)
{
	file.size = 0;
	file.little = little;
	put_pcap(&file, magic, minor, link);
}

static void start(struct pcap_reader *reader)
{
	struct savefile_part part;
	assert_int_equal(pcap_reader_start(reader, file.bytes, FILE_HEADER, &part), SAVEFILE_OTHER);
	assert_int_equal(part.size, FILE_HEADER);
}

static enum savefile_status next(struct pcap_reader *reader, struct savefile_part *part)
{
	return pcap_reader_next(reader, file.bytes + FILE_HEADER, file.size - FILE_HEADER, part);
}

static void formats(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t magic;
		bool little;
		int64_t time_ns;
	} tests[] = {
		{ "big, micro", MICRO, false, 1700000000000007000 },
		{ "little, micro", MICRO, true, 1700000000000007000 },
		{ "big, nano", NANO, false, 1700000000000000007 },
		{ "little, nano", NANO, true, 1700000000000000007 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		struct savefile_part part;
		begin(tests[i].magic, tests[i].little, 4, 113);
		put_pcap_packet(&file, 1700000000, 7, "packet");
		assert_true(pcap_reader_magic(file.bytes));
		start(&reader);
		if (next(&reader, &part) != SAVEFILE_PACKET || part.size != 22 ||
		    part.packet.captured != 6 || part.packet.length != 6 ||
		    part.packet.link != 113 || part.packet.time_ns != tests[i].time_ns ||
		    memcmp(part.packet.bytes, "packet", 6) != 0) {
			fail_msg("%s: time %lld", tests[i].name, (long long)part.packet.time_ns);
		}
	}
}

static void modified_has_longer_headers(void **state)
{
	(void)state;
	struct pcap_reader reader;
	struct savefile_part part;
	begin(MODIFIED, true, 4, 1);
	put_u32(&file, 5);
	put_u32(&file, 6);
	put_u32(&file, 2);
	put_u32(&file, 2);
	put_u64(&file, UINT64_MAX);
	put_bytes(&file, "ab", 2);
	start(&reader);
	assert_int_equal(next(&reader, &part), SAVEFILE_PACKET);
	assert_int_equal(part.size, 26);
	assert_memory_equal(part.packet.bytes, "ab", 2);
	assert_int_equal(part.packet.time_ns, 5000006000);
}

static void lengths(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint16_t minor;
		uint32_t captured, length;
		enum savefile_status status;
		uint32_t captured_read, length_read;
	} tests[] = {
		{ "cut by the snap length", 4, 10, 1500, SAVEFILE_PACKET, 10, 1500 },
		{ "captured more than there was", 4, 10, 4, SAVEFILE_PACKET, 10, 10 },
		{ "nothing", 4, 0, 0, SAVEFILE_PACKET, 0, 0 },
		{ "the limit", 4, SAVEFILE_PACKET_MAX, SAVEFILE_PACKET_MAX, SAVEFILE_PACKET,
		  SAVEFILE_PACKET_MAX, SAVEFILE_PACKET_MAX },
		{ "one above the limit", 4, SAVEFILE_PACKET_MAX + 1, 10, SAVEFILE_LOST, 0, 0 },
		{ "all ones", 4, UINT32_MAX, UINT32_MAX, SAVEFILE_LOST, 0, 0 },
		/* Old versions have the two lengths in the other order. */
		{ "2.2", 2, 1500, 10, SAVEFILE_PACKET, 10, 1500 },
		{ "2.3, one way", 3, 10, 1500, SAVEFILE_PACKET, 10, 1500 },
		{ "2.3, the other", 3, 1500, 10, SAVEFILE_PACKET, 10, 1500 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		struct savefile_part part;
		begin(MICRO, true, tests[i].minor, 1);
		put_u64(&file, 0);
		put_u32(&file, tests[i].captured);
		put_u32(&file, tests[i].length);
		file.size += SAVEFILE_PACKET_MAX;
		start(&reader);
		enum savefile_status status = next(&reader, &part);
		if (status != tests[i].status) {
			fail_msg("%s: status %d", tests[i].name, status);
		}
		if (status == SAVEFILE_PACKET && (part.packet.captured != tests[i].captured_read ||
		                                  part.packet.length != tests[i].length_read)) {
			fail_msg("%s: %u of %u", tests[i].name, part.packet.captured,
			         part.packet.length);
		}
	}
}

static void file_headers(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t magic;
		uint16_t major;
		size_t size;
		enum savefile_status status;
	} tests[] = {
		{ "good", MICRO, 2, 24, SAVEFILE_OTHER },
		{ "one octet short", MICRO, 2, 23, SAVEFILE_MORE },
		{ "empty", MICRO, 2, 0, SAVEFILE_MORE },
		{ "another version", MICRO, 3, 24, SAVEFILE_LOST },
		{ "another magic", 0xa1b2c3d5, 2, 24, SAVEFILE_LOST },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		struct savefile_part part;
		begin(tests[i].magic, false, 4, 1);
		file.bytes[5] = (uint8_t)tests[i].major;
		enum savefile_status status =
		        pcap_reader_start(&reader, file.bytes, tests[i].size, &part);
		if (status != tests[i].status) {
			fail_msg("%s: status %d", tests[i].name, status);
		}
	}
}

static void every_cut_asks_for_more(void **state)
{
	(void)state;
	struct pcap_reader reader;
	struct savefile_part part;
	struct guard guard;
	guard_open(&guard);
	begin(MICRO, false, 4, 1);
	put_pcap_packet(&file, 1, 2, "0123456789");
	start(&reader);
	for (size_t size = 0; size < 26; size++) {
		const uint8_t *bytes = guard_lay(&guard, file.bytes + FILE_HEADER, size);
		assert_int_equal(pcap_reader_next(&reader, bytes, size, &part), SAVEFILE_MORE);
		assert_int_equal(part.size, size < 16 ? 16 : 26);
	}
	const uint8_t *bytes = guard_lay(&guard, file.bytes + FILE_HEADER, 26);
	assert_int_equal(pcap_reader_next(&reader, bytes, 26, &part), SAVEFILE_PACKET);
	guard_close(&guard);
}

static void link_types(void **state)
{
	(void)state;
	static const struct {
		uint32_t written;
		int dlt;
	} tests[] = {
		{ 0, 0 },
		{ 1, 1 },
		{ 101, 12 },
		{ 12, 12 },
		{ 113, 113 },
		{ 276, 276 },
		/* the upper 16 bits: a frame check sequence of four octets */
		{ 0x44000001, 1 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		begin(MICRO, true, 4, tests[i].written);
		start(&reader);
		assert_int_equal(reader.link, tests[i].dlt);
	}
}

/* The header may be that of a file, or of what only looks like one. */
static void begins(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t magic;
		uint16_t major, minor;
		size_t size;
		bool begins;
	} tests[] = {
		{ "2.4", MICRO, 2, 4, 24, true },
		{ "2.0", NANO, 2, 0, 24, true },
		{ "2.5", MICRO, 2, 5, 24, false },
		{ "1.4", MICRO, 1, 4, 24, false },
		{ "3.4", MICRO, 3, 4, 24, false },
		{ "one octet short", MICRO, 2, 4, 23, false },
		{ "another magic", MICRO + 1, 2, 4, 24, false },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		bool little = i % 2 != 0;
		begin(tests[i / 2].magic, little, tests[i / 2].minor, 1);
		file.bytes[little ? 4 : 5] = (uint8_t)tests[i / 2].major;
		const uint8_t *bytes = guard_lay(&guard, file.bytes, tests[i / 2].size);
		if (pcap_reader_begins(bytes, tests[i / 2].size) != tests[i / 2].begins) {
			fail_msg("%s, little-endian: %d", tests[i / 2].name, little);
		}
	}
	guard_close(&guard);
}

#define LAST_S 1700000000
#define DAY_S  86400

/* A packet after a loss: what may be a header, and where it is found. */
static void finds_a_header(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t magic, seconds, fraction, captured, length;
		bool found;
		size_t missing; /* octets at the end */
	} tests[] = {
		{ "its end is missing", MICRO, LAST_S, 0, 2, 2, false, 1 },
		{ "next", MICRO, LAST_S, 0, 1, 1, true, 0 },
		{ "cut", MICRO, LAST_S, 0, 1, 2, true, 0 },
		{ "longer than stated", MICRO, LAST_S, 0, 2, 1, false, 0 },
		{ "empty", MICRO, LAST_S, 0, 0, 1, false, 0 },
		{ "the longest", MICRO, LAST_S, 0, 1, SAVEFILE_PACKET_MAX, true, 0 },
		{ "too long", MICRO, LAST_S, 0, 1, SAVEFILE_PACKET_MAX + 1, false, 0 },
		{ "almost a day later", MICRO, LAST_S + DAY_S - 1, 0, 1, 1, true, 0 },
		{ "a day later", MICRO, LAST_S + DAY_S, 0, 1, 1, false, 0 },
		{ "almost a day before", MICRO, LAST_S - DAY_S + 1, 0, 1, 1, true, 0 },
		{ "a day before", MICRO, LAST_S - DAY_S, 0, 1, 1, false, 0 },
		{ "the last microsecond", MICRO, LAST_S, 999999, 1, 1, true, 0 },
		{ "no microsecond", MICRO, LAST_S, 1000000, 1, 1, false, 0 },
		{ "the last nanosecond", NANO, LAST_S, 999999999, 1, 1, true, 0 },
		{ "no nanosecond", NANO, LAST_S, 1000000000, 1, 1, false, 0 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		begin(tests[i].magic, true, 4, 1);
		start(&reader);
		reader.last_s = LAST_S;
		file.size = 0;
		put_bytes(&file, "\xff\xff\xff", 3);
		put_u32(&file, tests[i].seconds);
		put_u32(&file, tests[i].fraction);
		put_u32(&file, tests[i].captured);
		put_u32(&file, tests[i].length);
		put_bytes(&file, "ab", tests[i].captured - tests[i].missing);
		const uint8_t *bytes = guard_lay(&guard, file.bytes, file.size);
		size_t at = pcap_reader_find(&reader, bytes, file.size, true);
		if (at != (tests[i].found ? 3 : file.size)) {
			fail_msg("%s: at %zu", tests[i].name, at);
		}
	}
	guard_close(&guard);
}

/* Three in a row are needed, or all up to the end of the file. */
static void finds_a_chain(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		size_t packets, more;
		bool last;
		size_t at;
	} tests[] = {
		{ "one, to the end", 1, 0, true, 1 },
		{ "one, then an octet", 1, 1, true, 19 },
		{ "one, more may come", 1, 0, false, 18 },
		{ "two, more may come", 2, 0, false, 35 },
		{ "two, then fewer than a header", 2, 15, true, 50 },
		{ "three, more may come", 3, 0, false, 1 },
		{ "three, then anything", 3, 20, true, 1 },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pcap_reader reader;
		begin(MICRO, true, 4, 1);
		start(&reader);
		file.size = 0;
		put_bytes(&file, "\xff", 1);
		for (size_t j = 0; j < tests[i].packets; j++) {
			put_pcap_packet(&file, LAST_S, 0, "p");
		}
		memset(file.bytes + file.size, 0xff, tests[i].more);
		file.size += tests[i].more;
		const uint8_t *bytes = guard_lay(&guard, file.bytes, file.size);
		size_t at = pcap_reader_find(&reader, bytes, file.size, tests[i].last);
		if (at != tests[i].at) {
			fail_msg("%s: at %zu", tests[i].name, at);
		}
	}
	guard_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(modified_has_longer_headers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(file_headers),
		cmocka_unit_test(every_cut_asks_for_more),
		cmocka_unit_test(link_types),
		cmocka_unit_test(begins),
		cmocka_unit_test(finds_a_header),
		cmocka_unit_test(finds_a_chain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
