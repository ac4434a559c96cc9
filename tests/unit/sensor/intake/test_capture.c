/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/no_memory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sensor/intake/capture.h"
#include "sensor/intake/folder.h"
#include "tests/unit/savefiles.h"
#include "tests/unit/sensor/intake/packed.h"

#define MICRO 0xa1b2c3d4

#define ETHERNET 1
#define RAW      101 /* in files; DLT 12 */
#define UNREAD   147 /* reserved for private use: never decoded */

static struct place place;
static struct savefile file;
static uint8_t packed[SAVEFILE_ROOM];

/* An Ethernet frame of nothing but its header: addresses and type. */
#define FRAME_ARP "ABCDEFabcdef\x08\x06"
#define FRAME_IP6 "ABCDEFabcdef\x86\xdd"

static int set_up(void **state)
{
	(void)state;
	place_open(&place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	place_close(&place);
	return 0;
}

static void begin_pcap(void)
{
	file.size = 0;
	file.little = true;
	put_pcap(&file, MICRO, 4, ETHERNET);
}

static void begin_pcapng(void)
{
	file.size = 0;
	put_section(&file, true);
}

static const char *save(const char *name)
{
	return place_write(&place, name, file.bytes, file.size);
}

static struct capture *open_capture(const char *path, const char *filter)
{
	char error[CAPTURE_ERROR_MAX] = "";
	struct capture *capture = capture_open_file(path, filter, error);
	if (capture == NULL) {
		fail_msg("%s", error);
	}
	return capture;
}

/* Reads a whole capture and notes each status as a letter (Packet, Warning, Damaged,
 * Error, End), and the last message. */
struct transcript {
	char letters[64];
	char text[CAPTURE_ERROR_MAX];
	int64_t last_ns;
	int last_link;
};

static void read_transcript(struct transcript *transcript, struct capture *capture)
{
	static const char letters[] = { [CAPTURE_PACKET] = 'P',
		                        [CAPTURE_WARNING] = 'W',
		                        [CAPTURE_DAMAGED] = 'D',
		                        [CAPTURE_END] = '.',
		                        [CAPTURE_ERROR] = 'E' };
	char error[CAPTURE_ERROR_MAX];
	size_t count = 0;
	enum capture_status status = CAPTURE_NONE;
	memset(transcript, 0, sizeof(*transcript));
	while (status != CAPTURE_END && status != CAPTURE_ERROR) {
		struct packet packet;
		status = capture_next(capture, &packet, error);
		if (status == CAPTURE_NONE) {
			continue;
		}
		assert_true(count < sizeof(transcript->letters) - 1);
		transcript->letters[count++] = letters[status];
		if (status == CAPTURE_PACKET) {
			assert_null(packet.interface);
			transcript->last_ns = packet.time_ns;
			transcript->last_link = packet.link;
		} else if (status != CAPTURE_END) {
			memcpy(transcript->text, error, sizeof(error));
		}
	}
	capture_close(capture);
}

static void expect_transcript(const char *path, const char *filter, const char *letters,
                              const char *text)
{
	struct transcript transcript;
	read_transcript(&transcript, open_capture(path, filter));
	assert_string_equal(transcript.letters, letters);
	if (strstr(transcript.text, text) == NULL) {
		fail_msg("'%s' is not in '%s'", text, transcript.text);
	}
}

static void expect_packets(struct capture *capture)
{
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	static const char *const payloads[] = { "one", "two", "three" };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(capture_next(capture, &packet, error), CAPTURE_PACKET);
		assert_int_equal(packet.captured, strlen(payloads[i]));
		assert_int_equal(packet.length, strlen(payloads[i]));
		assert_memory_equal(packet.bytes, payloads[i], packet.captured);
		assert_int_equal(packet.time_ns, 1700000000000000000 + (int64_t)i * 1000);
		assert_int_equal(packet.link, ETHERNET);
		assert_null(packet.interface);
	}
	assert_int_equal(capture_next(capture, &packet, error), CAPTURE_END);
	capture_close(capture);
}

static void make_packets(bool pcapng)
{
	static const char *const payloads[] = { "one", "two", "three" };
	if (pcapng) {
		begin_pcapng();
		put_interface(&file, ETHERNET, 0, NO_OPTION, 0);
	} else {
		begin_pcap();
	}
	for (uint32_t i = 0; i < 3; i++) {
		if (pcapng) {
			put_enhanced(&file, 0, 1700000000000000 + i, payloads[i]);
		} else {
			put_pcap_packet(&file, 1700000000, i, payloads[i]);
		}
	}
}

static void every_format_gives_the_same(void **state)
{
	(void)state;
	for (int pcapng = 0; pcapng < 2; pcapng++) {
		make_packets(pcapng != 0);
		for (enum packing packing = PLAIN; packing < PACKINGS; packing++) {
			size_t size = pack(packing, file.bytes, file.size, packed, sizeof(packed));
			/* The name is not that of a capture. */
			const char *path = place_write(&place, "capture.txt", packed, size);
			expect_packets(open_capture(path, NULL));
			expect_packets(open_capture(path, ""));
		}
	}
}

static void standard_input(void **state)
{
	(void)state;
	int kept = dup(STDIN_FILENO);
	make_packets(true);
	int fd = open(save("input"), O_RDONLY);
	assert_true(kept >= 0 && fd >= 0);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	expect_packets(open_capture("-", NULL));
	assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(close(kept), 0);
	assert_int_equal(close(fd), 0);
}

static void pipe_gives_packets_as_they_arrive(void **state)
{
	(void)state;
	char error[CAPTURE_ERROR_MAX];
	char path[32];
	struct packet packet;
	int ends[2];
	size_t written;
	assert_int_equal(pipe(ends), 0);
	begin_pcap();
	assert_int_equal(write(ends[1], file.bytes, file.size), file.size);
	(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
	struct capture *capture = open_capture(path, NULL);
	for (uint32_t i = 0; i < 5; i++) {
		written = file.size;
		put_pcap_packet(&file, i, 0, "packet");
		assert_int_equal(write(ends[1], file.bytes + written, file.size - written),
		                 file.size - written);
		/* It would wait for ever if it asked for more than this packet. */
		assert_int_equal(capture_next(capture, &packet, error), CAPTURE_PACKET);
		assert_int_equal(packet.time_ns, i * 1000000000LL);
	}
	assert_int_equal(close(ends[1]), 0);
	assert_int_equal(capture_next(capture, &packet, error), CAPTURE_END);
	capture_close(capture);
	assert_int_equal(close(ends[0]), 0);
}

static void unreadable_files(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
		const char *text;
	} tests[] = {
		{ "", 0, "source: the file is empty" },
		{ "abc", 3, "neither pcap nor pcapng" },
		{ "#! /bin/sh\n", 11, "neither pcap nor pcapng" },
		{ "\xa1\xb2\xc3\xd4\x00\x02", 6, "the file ends in its header" },
		{ "\x1f\x8b\x08\x00", 4, "the gzip data is damaged" },
		{ "\xa1\xb2\xc3\xd4\x00\x03\x00\x00\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24,
		  "version" },
	};
	char error[CAPTURE_ERROR_MAX];
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const char *path = place_write(&place, "source", tests[i].bytes, tests[i].size);
		assert_null(capture_open_file(path, NULL, error));
		if (strstr(error, tests[i].text) == NULL || strstr(error, path) == NULL) {
			fail_msg("row %zu: %s", i, error);
		}
	}
	assert_null(capture_open_file(place_name(&place, "missing"), NULL, error));
	assert_non_null(strstr(error, "missing: No such file"));
	assert_null(capture_open_file(place.folder, NULL, error));
	assert_non_null(strstr(error, "a folder"));
	size_t size = pack_gzip("text", 4, packed, sizeof(packed));
	assert_null(capture_open_file(place_write(&place, "text", packed, size), NULL, error));
	assert_non_null(strstr(error, "gzip"));
	assert_non_null(strstr(error, "neither pcap nor pcapng"));
}

static void cut_files_give_all_before_the_cut(void **state)
{
	(void)state;
	begin_pcap();
	put_pcap_packet(&file, 1, 0, "one");
	size_t whole = file.size;
	put_pcap_packet(&file, 2, 0, "two");
	size_t full = file.size;
	for (file.size = whole + 1; file.size < full; file.size++) {
		expect_transcript(save("cut.pcap"), NULL, "PE",
		                  "cut.pcap: packet 2: the file ends");
	}
	begin_pcapng();
	put_interface(&file, ETHERNET, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 1, "one");
	whole = file.size;
	put_unknown(&file, 5, 100);
	full = file.size;
	for (file.size = whole + 1; file.size < full; file.size++) {
		expect_transcript(save("cut.pcapng"), NULL, "PE", "packet 2: the file ends inside");
	}
	file.size = full;
	expect_transcript(save("whole.pcapng"), NULL, "P.", "");
}

static void cut_members_give_all_before_the_cut(void **state)
{
	(void)state;
	begin_pcap();
	put_pcap_packet(&file, 1, 0, "one");
	for (enum packing packing = GZIP; packing < PACKINGS; packing++) {
		/* A whole member with one packet, and half of another. */
		size_t size = pack(packing, file.bytes, file.size, packed, 1000);
		size_t more = pack(packing, "zweites Mitglied", 16, packed + size, 1000);
		const char *path = place_write(&place, "cut", packed, size + more / 2);
		expect_transcript(path, NULL, "PE", PACKING_NAMES[packing]);
		expect_transcript(path, NULL, "PE", "packet 2");
	}
}

static void damage_is_reported_with_its_packet(void **state)
{
	(void)state;
	begin_pcap();
	put_pcap_packet(&file, 1, 0, "one");
	put_pcap_packet(&file, 2, 0, "two");
	set_u32(&file, 24 + 19 + 8, 0x7fffffff);
	expect_transcript(save("lie.pcap"), NULL, "PE",
	                  "lie.pcap: packet 2: the packet header states more octets");

	/* One block's damage costs that block; more of the kind are only counted. */
	begin_pcapng();
	put_interface(&file, ETHERNET, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 1, "one");
	put_enhanced(&file, 7, 2, "of no interface");
	put_enhanced(&file, 0, 3, "two");
	size_t whole = file.size;
	expect_transcript(save("one.pcapng"), NULL, "PDP.",
	                  "packet 2: the packet refers to an interface");
	put_enhanced(&file, 8, 4, "of no interface");
	put_enhanced(&file, 9, 5, "of no interface");
	put_enhanced(&file, 0, 6, "three");
	expect_transcript(save("more.pcapng"), NULL, "PDPPE", "2 more parts are damaged");

	/* Blocks after a wrong length are searched for. */
	file.size = whole;
	put_enhanced(&file, 0, 7, "after it");
	set_u32(&file, whole + 4, 16);
	put_enhanced(&file, 0, 8, "found");
	expect_transcript(save("lost.pcapng"), NULL, "PDPPE", "1 more parts are damaged");
}

static void time_out_of_range_costs_no_packet(void **state)
{
	(void)state;
	struct transcript transcript;
	begin_pcapng();
	put_interface(&file, ETHERNET, 0, 0, 0);
	put_enhanced(&file, 0, 5, "good");
	put_enhanced(&file, 0, UINT64_MAX, "bad clock");
	read_transcript(&transcript, open_capture(save("clock.pcapng"), NULL));
	assert_string_equal(transcript.letters, "PDP.");
	assert_int_equal(transcript.last_ns, 5000000000);
	/* The first packet, whose link type is new as well. */
	begin_pcapng();
	put_interface(&file, UNREAD, 0, 0, 0);
	put_enhanced(&file, 0, UINT64_MAX, "bad clock");
	put_enhanced(&file, 0, UINT64_MAX, "bad clock");
	read_transcript(&transcript, open_capture(save("clock.pcapng"), NULL));
	assert_string_equal(transcript.letters, "WDPPE");
}

static void link_types_are_each_packet_s_own(void **state)
{
	(void)state;
	struct transcript transcript;
	begin_pcapng();
	put_interface(&file, ETHERNET, 0, NO_OPTION, 0);
	put_interface(&file, UNREAD, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 1, FRAME_ARP);
	put_enhanced(&file, 1, 2, "private");
	put_enhanced(&file, 0, 3, FRAME_ARP);
	put_enhanced(&file, 1, 4, "private");
	read_transcript(&transcript, open_capture(save("links.pcapng"), NULL));
	/* One warning for all of a type; the packets come all the same. */
	assert_string_equal(transcript.letters, "PWPPP.");
	assert_int_equal(transcript.last_link, UNREAD);
	assert_non_null(strstr(transcript.text,
	                       "links.pcapng: link type 147 (unknown) is not supported: its "
	                       "packets count as undecoded"));
}

static void many_link_types_are_bounded(void **state)
{
	(void)state;
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	unsigned packets = 0, warnings = 0;
	enum capture_status status;
	begin_pcapng();
	for (uint16_t i = 0; i < 1000; i++) {
		put_interface(&file, (uint16_t)(5000 + i), 0, NO_OPTION, 0);
		put_enhanced(&file, i, i, "x");
	}
	struct capture *capture = open_capture(save("many.pcapng"), NULL);
	while ((status = capture_next(capture, &packet, error)) != CAPTURE_END) {
		assert_true(status == CAPTURE_PACKET || status == CAPTURE_WARNING);
		packets += status == CAPTURE_PACKET;
		warnings += status == CAPTURE_WARNING;
	}
	assert_int_equal(packets, 1000);
	assert_in_range(warnings, 10, 100);
	capture_close(capture);
}

static void filters_are_compiled_for_each_link_type(void **state)
{
	(void)state;
	begin_pcapng();
	put_interface(&file, ETHERNET, 0, NO_OPTION, 0);
	put_interface(&file, RAW, 0, NO_OPTION, 0);
	put_enhanced(&file, 0, 1, FRAME_ARP);
	put_enhanced(&file, 0, 2, FRAME_IP6);
	put_enhanced(&file, 1, 3, "\x60xxx");
	put_enhanced(&file, 1, 4, "\x45xxx");
	const char *path = save("filter.pcapng");
	expect_transcript(path, "ip6", "PP.", "");
	expect_transcript(path, "arp", "P.", "");
	/* There are no Ethernet addresses on a raw link. */
	expect_transcript(path, "ether host 41:42:43:44:45:46", "PPD.",
	                  "packets of link type 12 (RAW)");
}

static void filtering_returns_to_the_caller(void **state)
{
	(void)state;
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	enum capture_status status;
	unsigned pauses = 0;
	begin_pcap();
	for (uint32_t i = 0; i < 20000; i++) {
		put_pcap_packet(&file, i, 0, FRAME_ARP);
	}
	struct capture *capture = open_capture(save("filtered.pcap"), "udp");
	while ((status = capture_next(capture, &packet, error)) == CAPTURE_NONE) {
		pauses++;
	}
	assert_int_equal(status, CAPTURE_END);
	assert_true(pauses > 0);
	capture_close(capture);
}

static void progress(void **state)
{
	(void)state;
	uint64_t done, size;
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	make_packets(false);
	struct capture *capture = open_capture(save("progress.pcap"), NULL);
	while (capture_next(capture, &packet, error) == CAPTURE_PACKET) {
	}
	capture_progress(capture, &done, &size);
	assert_int_equal(size, file.size);
	assert_int_equal(done, file.size);
	capture_close(capture);
}

/* Folders */

struct reports {
	unsigned warnings;
	unsigned failures;
};

static void count_report(void *ctx, bool failed, const char *text)
{
	struct reports *reports = ctx;
	reports->failures += failed;
	reports->warnings += !failed;
	assert_non_null(strstr(text, place.folder));
}

static void save_with_time(const char *name, uint32_t seconds, bool pcapng)
{
	if (pcapng) {
		begin_pcapng();
		put_interface(&file, UNREAD, 0, 0, 0);
		put_enhanced(&file, 0, seconds, "x");
	} else {
		begin_pcap();
		put_pcap_packet(&file, seconds, 0, "x");
	}
	(void)save(name);
}

static void folder_is_in_order_of_first_packets(void **state)
{
	(void)state;
	static const char *const order[] = { "none.pcap", "deep/er/1", "c.pcapng",
		                             "3",         "deep/4",    "a.pcap" };
	struct reports reports = { 0 };
	struct folder folder = { .report = count_report, .ctx = &reports };
	char root[sizeof(place.folder)];
	memcpy(root, place.folder, sizeof(root));
	(void)snprintf(place.folder, sizeof(place.folder), "%.40s/in", root);
	assert_int_equal(mkdir(place.folder, 0700), 0);
	assert_int_equal(mkdir(place_name(&place, "deep"), 0700), 0);
	assert_int_equal(mkdir(place_name(&place, "deep/er"), 0700), 0);
	save_with_time("a.pcap", 5, false);
	save_with_time("c.pcapng", 2, true);
	save_with_time("deep/4", 4, false);
	save_with_time("deep/er/1", 1, true);
	save_with_time(".hidden", 1, false);
	begin_pcap();
	(void)save("none.pcap");
	save_with_time("3", 3, true);
	size_t size = pack(XZ, file.bytes, file.size, packed, sizeof(packed));
	(void)place_write(&place, "3", packed, size);
	(void)place_write(&place, "README", "text", 4);
	(void)place_write(&place, "empty", "", 0);
	assert_int_equal(symlink("..", place_name(&place, "deep/loop")), 0);
	assert_int_equal(mkfifo(place_name(&place, "pipe"), 0600), 0);
	/* Not read: README and empty as warnings, this one as a failure. */
	(void)place_write(&place, "cut", "\xa1\xb2\xc3\xd4", 4);

	folder_read(&folder, place.folder);
	assert_int_equal(folder.count, sizeof(order) / sizeof(order[0]));
	for (size_t i = 0; i < folder.count; i++) {
		assert_string_equal(folder.files[i].path, place_name(&place, order[i]));
	}
	assert_int_equal(reports.warnings, 2);
	assert_int_equal(reports.failures, 1);
	folder_free(&folder);
	memcpy(place.folder, root, sizeof(root));
}

static void missing_folder(void **state)
{
	(void)state;
	struct reports reports = { 0 };
	struct folder folder = { .report = count_report, .ctx = &reports };
	folder_read(&folder, place_name(&place, "missing"));
	assert_int_equal(folder.count, 0);
	assert_int_equal(reports.failures, 1);
	folder_free(&folder);
}

static void open_missing_interface(void *ctx, size_t number)
{
	const struct capture_live_config config = { .filter = "udp" };
	char error[CAPTURE_ERROR_MAX] = "";
	(void)ctx;
	(void)number;
	assert_null(capture_open_live("nsmx-none", &config, error));
	assert_memory_equal(error, "nsmx-none: ", strlen("nsmx-none: "));
}

/* An interface that does not exist, also without memory. */
static void missing_interface(void **state)
{
	(void)state;
	open_missing_interface(NULL, 0);
	if (ADDRESS_SANITIZED) {
		skip();
	}
	assert_true(no_memory_each(open_missing_interface, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_gives_the_same),
		cmocka_unit_test(standard_input),
		cmocka_unit_test(pipe_gives_packets_as_they_arrive),
		cmocka_unit_test(unreadable_files),
		cmocka_unit_test(cut_files_give_all_before_the_cut),
		cmocka_unit_test(cut_members_give_all_before_the_cut),
		cmocka_unit_test(damage_is_reported_with_its_packet),
		cmocka_unit_test(time_out_of_range_costs_no_packet),
		cmocka_unit_test(link_types_are_each_packet_s_own),
		cmocka_unit_test(many_link_types_are_bounded),
		cmocka_unit_test(filters_are_compiled_for_each_link_type),
		cmocka_unit_test(filtering_returns_to_the_caller),
		cmocka_unit_test(progress),
		cmocka_unit_test(folder_is_in_order_of_first_packets),
		cmocka_unit_test(missing_folder),
		cmocka_unit_test(missing_interface),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
