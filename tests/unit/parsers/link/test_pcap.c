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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats),
		cmocka_unit_test(modified_has_longer_headers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(file_headers),
		cmocka_unit_test(every_cut_asks_for_more),
		cmocka_unit_test(link_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
