/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

#define RESPONSE (DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA)

static const uint8_t ADDRESS[] = { 192, 0, 2, 1 };

/* A response with an entry in every section, names compressed. */
static void put_response(struct wire *wire)
{
	static const uint16_t counts[] = { 1, 2, 1, 2 };
	wire_dns(wire, 0x1234, RESPONSE | DNS_FLAG_AA, counts);
	wire_question(wire, "Example.ORG", DNS_TYPE_MX);
	for (unsigned preference = 10; preference <= 20; preference += 10) {
		wire_pointer(wire, DNS_HEADER_SIZE);
		wire_u16(wire, DNS_TYPE_MX);
		wire_u16(wire, DNS_CLASS_IN);
		wire_u32(wire, 360000);
		wire_u16(wire, 9);
		wire_u16(wire, preference);
		wire_u8(wire, 4);
		wire_put(wire, preference == 10 ? "mail" : "post", 4);
		wire_pointer(wire, DNS_HEADER_SIZE);
	}
	wire_record_name(wire, "example.org", DNS_TYPE_NS, 86400, "ns.example.org");
	wire_record(wire, "mail.example.org", DNS_TYPE_A, 60, ADDRESS, sizeof(ADDRESS));
	wire_record(wire, "", DNS_TYPE_OPT, 0x01008000, NULL, 0);
}

static void opens_header(void **state)
{
	(void)state;
	struct dns_message message;
	static struct wire wire;
	put_response(&wire);
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	assert_int_equal(message.id, 0x1234);
	assert_true(dns_is_response(&message));
	assert_int_equal(message.flags & DNS_FLAG_AA, DNS_FLAG_AA);
	assert_int_equal(message.flags & DNS_FLAG_TC, 0);
	assert_int_equal(dns_opcode(&message), 0);
	assert_int_equal(message.counts[DNS_QUESTION], 1);
	assert_int_equal(message.counts[DNS_ANSWER], 2);
	assert_int_equal(message.counts[DNS_AUTHORITY], 1);
	assert_int_equal(message.counts[DNS_ADDITIONAL], 2);
}

static void header_lengths(void **state)
{
	(void)state;
	static const uint8_t zeros[DNS_HEADER_SIZE];
	struct dns_message message;
	struct guard guard;
	guard_open(&guard);
	for (size_t size = 0; size <= DNS_HEADER_SIZE; size++) {
		int ret = dns_open(&message, guard_lay(&guard, zeros, size), size);
		assert_int_equal(ret, size < DNS_HEADER_SIZE ? DNS_SHORT_HEADER : DNS_OK);
	}
	guard_close(&guard);
}

static void opcodes(void **state)
{
	(void)state;
	for (unsigned opcode = 0; opcode <= 15; opcode++) {
		const struct dns_message message = { .flags = (uint16_t)(0x87ff | opcode << 11) };
		assert_int_equal(dns_opcode(&message), opcode);
		assert_true(dns_is_response(&message));
	}
	const struct dns_message query = { .flags = 0x7fff };
	assert_false(dns_is_response(&query));
}

static void assert_name(const struct dns_name *name, const char *expected)
{
	char text[DNS_NAME_TEXT_MAX];
	(void)dns_name_text(name->wire, text);
	assert_string_equal(text, expected);
}

static void walks_every_entry(void **state)
{
	(void)state;
	static const struct {
		enum dns_section section;
		const char *owner;
		uint16_t type;
		uint32_t ttl;
		uint16_t rdata_size;
	} expected[] = {
		{ DNS_QUESTION, "example.org", DNS_TYPE_MX, 0, 0 },
		{ DNS_ANSWER, "example.org", DNS_TYPE_MX, 360000, 9 },
		{ DNS_ANSWER, "example.org", DNS_TYPE_MX, 360000, 9 },
		{ DNS_AUTHORITY, "example.org", DNS_TYPE_NS, 86400, 16 },
		{ DNS_ADDITIONAL, "mail.example.org", DNS_TYPE_A, 60, 4 },
		{ DNS_ADDITIONAL, ".", DNS_TYPE_OPT, 0x01008000, 0 },
	};
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	put_response(&wire);
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	dns_walk_begin(&walk, &message);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(dns_walk_next(&walk, &entry), 1);
		assert_int_equal(entry.section, expected[i].section);
		assert_name(&entry.owner, expected[i].owner);
		assert_int_equal(entry.type, expected[i].type);
		assert_int_equal(entry.rclass, DNS_CLASS_IN);
		assert_int_equal(entry.ttl, expected[i].ttl);
		assert_int_equal(entry.rdata_size, expected[i].rdata_size);
		assert_int_equal(entry.rdata == NULL, entry.section == DNS_QUESTION);
	}
	assert_int_equal(dns_walk_next(&walk, &entry), 0);
	assert_int_equal(dns_walk_next(&walk, &entry), 0);
}

/* A pointer to the owner before, to another, to a part of it, and back. */
static void owners_by_pointer(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 1, 5, 0, 0 };
	static const struct {
		size_t target;
		const char *owner;
	} tests[] = {
		{ DNS_HEADER_SIZE, "www.example.org" }, { DNS_HEADER_SIZE, "www.example.org" },
		{ DNS_HEADER_SIZE + 4, "example.org" }, { DNS_HEADER_SIZE + 4, "example.org" },
		{ DNS_HEADER_SIZE, "www.example.org" },
	};
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entries[2];
	wire_dns(&wire, 1, RESPONSE, counts);
	wire_question(&wire, "WWW.Example.ORG", DNS_TYPE_A);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		wire_pointer(&wire, tests[i].target);
		wire_put(&wire, "\0\1\0\1\0\0\0\74\0\4\300\0\2\1", 14);
	}
	(void)dns_open(&message, wire.bytes, wire.size);
	/* One entry all along, then two by turns: each must have its own owner. */
	for (size_t turns = 1; turns <= 2; turns++) {
		dns_walk_begin(&walk, &message);
		assert_int_equal(dns_walk_next(&walk, &entries[0]), 1);
		for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
			struct dns_entry *entry = &entries[(i + 1) % turns];
			assert_int_equal(dns_walk_next(&walk, entry), 1);
			assert_name(&entry->owner, tests[i].owner);
			assert_int_equal(entry->ttl, 60);
		}
		assert_int_equal(dns_walk_next(&walk, &entries[0]), 0);
	}
}

/* Owners and data that are pointers to the owner of a later record, and that record itself. */
static void names_by_forward_pointer(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 1, 3, 0, 0 };
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	struct dns_name data;
	wire_dns(&wire, 1, RESPONSE, counts);
	wire_question(&wire, "www.example.org", DNS_TYPE_NS);
	size_t target = wire.size + 2 * 14;
	for (int i = 0; i < 2; i++) {
		wire_pointer(&wire, target);
		wire_put(&wire, "\0\2\0\1\0\0\0\74\0\2", 10);
		wire_pointer(&wire, target);
	}
	wire_put(&wire, "\4late\7example\0\0\2\0\1\0\0\0\74\0\1\0", 25);
	(void)dns_open(&message, wire.bytes, wire.size);
	dns_walk_begin(&walk, &message);
	assert_int_equal(dns_walk_next(&walk, &entry), 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(dns_walk_next(&walk, &entry), 1);
		assert_name(&entry.owner, "late.example");
		assert_int_equal(dns_rdata_name(&message, &entry, &data), 1);
		assert_name(&data, i < 2 ? "late.example" : ".");
	}
	assert_int_equal(dns_walk_next(&walk, &entry), 0);
}

static void two_walks_do_not_meet(void **state)
{
	(void)state;
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walks[2];
	struct dns_entry entries[2];
	put_response(&wire);
	(void)dns_open(&message, wire.bytes, wire.size);
	dns_walk_begin(&walks[0], &message);
	assert_int_equal(dns_walk_next(&walks[0], &entries[0]), 1);
	assert_int_equal(dns_walk_next(&walks[0], &entries[0]), 1);
	dns_walk_begin(&walks[1], &message);
	assert_int_equal(dns_walk_next(&walks[1], &entries[1]), 1);
	assert_int_equal(entries[1].section, DNS_QUESTION);
	assert_int_equal(dns_walk_next(&walks[0], &entries[0]), 1);
	assert_int_equal(entries[0].section, DNS_ANSWER);
}

/* Walks to the end; counts the entries and touches every octet of RDATA. */
static int walk_all(const uint8_t *bytes, size_t size, unsigned *entries)
{
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	volatile uint8_t sum = 0;
	*entries = 0;
	int ret = dns_open(&message, bytes, size);
	if (ret != DNS_OK) {
		return ret;
	}
	dns_walk_begin(&walk, &message);
	while ((ret = dns_walk_next(&walk, &entry)) > 0) {
		(*entries)++;
		for (uint16_t i = 0; i < entry.rdata_size; i++) {
			sum = (uint8_t)(sum + entry.rdata[i]);
		}
	}
	return ret;
}

#define HEADER(qd, an, ns, ar) "\x12\x34\x81\x80\0" qd "\0" an "\0" ns "\0" ar
#define A_FIXED                "\0\1\0\1\0\0\0\x3c"

#define L10 "aaaaaaaaaa"
#define L60 L10 L10 L10 L10 L10 L10
#define L61 "\x3d" L60 "b"
#define L62 "\x3e" L60 "bb"
#define L63 "\x3f" L60 "bbb"

static void faults(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *bytes;
		size_t size;
		int ret;
		unsigned entries; /* read before it ended */
	} tests[] = {
#define ROW(label, text, ret, entries) { label, text, sizeof(text) - 1, ret, entries }
		/* sound */
		ROW("no entries", HEADER("\0", "\0", "\0", "\0"), 0, 0),
		ROW("question", HEADER("\1", "\0", "\0", "\0") "\1a\0\0\1\0\1", 0, 1),
		ROW("two questions",
		    HEADER("\2", "\0", "\0", "\0") "\0\0\1\0\1"
		                                   "\xc0\x0c\0\1\0\1",
		    0, 2),
		ROW("empty RDATA", HEADER("\0", "\1", "\0", "\0") "\0" A_FIXED "\0\0", 0, 1),
		ROW("in the last section",
		    HEADER("\0", "\0", "\0", "\1") "\0" A_FIXED "\0\4\1\2\3\4", 0, 1),
		/* counts that lie */
		ROW("promises a question", HEADER("\1", "\0", "\0", "\0"), DNS_SHORT_ENTRY, 0),
		ROW("promises an answer", HEADER("\1", "\1", "\0", "\0") "\1a\0\0\1\0\1",
		    DNS_SHORT_ENTRY, 1),
		ROW("promises 255 more", HEADER("\1", "\0", "\0", "\xff") "\1a\0\0\1\0\1",
		    DNS_SHORT_ENTRY, 1),
		ROW("hides an entry", HEADER("\0", "\0", "\0", "\0") "\1a\0\0\1\0\1", DNS_TRAILING,
		    0),
		ROW("one octet after it", HEADER("\1", "\0", "\0", "\0") "\1a\0\0\1\0\1\0",
		    DNS_TRAILING, 1),
		/* RDLENGTH beyond the message */
		ROW("by one", HEADER("\0", "\1", "\0", "\0") "\0" A_FIXED "\0\5\1\2\3\4",
		    DNS_LONG_RDATA, 0),
		ROW("by all", HEADER("\0", "\1", "\0", "\0") "\0" A_FIXED "\xff\xff",
		    DNS_LONG_RDATA, 0),
		ROW("after a valid one",
		    HEADER("\0", "\2", "\0", "\0") "\0" A_FIXED "\0\4\1\2\3\4\0" A_FIXED "\0\1",
		    DNS_LONG_RDATA, 1),
		ROW("cut itself", HEADER("\0", "\1", "\0", "\0") "\0" A_FIXED "\0", DNS_SHORT_ENTRY,
		    0),
		ROW("too small", HEADER("\0", "\1", "\0", "\0") "\0" A_FIXED "\0\3\1\2\3\4",
		    DNS_TRAILING, 1),
		/* names */
		ROW("loop", HEADER("\1", "\0", "\0", "\0") "\xc0\x0c\0\1\0\1", DNS_BAD_POINTER, 1),
		ROW("forward", HEADER("\1", "\0", "\0", "\0") "\xc0\x12\0\1\0\1", DNS_BAD_POINTER,
		    1),
		ROW("label of 64", HEADER("\1", "\0", "\0", "\0") "\x40\0\1\0\1", DNS_BAD_LABEL, 0),
		ROW("of 256", HEADER("\1", "\0", "\0", "\0") L63 L63 L63 L62 "\0\0\1\0\1",
		    DNS_LONG_NAME, 1),
		ROW("of 256, and its answer",
		    HEADER("\1", "\1", "\0", "\0") L63 L63 L63 L62 "\0\0\1\0\1"
		                                                   "\xc0\x0c" A_FIXED
		                                                   "\0\4\1\2\3\4",
		    DNS_LONG_NAME, 2),
		ROW("of 513 octets, then a question",
		    HEADER("\2", "\0", "\0", "\0") L63 L63 L63 L63 L63 L63 L63 L63 "\0\0\1\0\1"
		                                                                   "\1a\0\0\1\0\1",
		    DNS_LONG_NAME, 2),
		ROW("of 256, cut", HEADER("\1", "\0", "\0", "\0") L63 L63 L63 L63 "\3a",
		    DNS_LONG_NAME, 0),
		ROW("bit string of 12",
		    HEADER("\2", "\0", "\0", "\0") "\x41\x0c\xab\xc0\0\0\1\0\1"
		                                   "\1a\0\0\1\0\1",
		    DNS_BAD_LABEL, 2),
		ROW("bit string of 256",
		    HEADER("\2", "\0", "\0", "\0") "\x41\0" L10 L10 L10 "aa"
		                                   "\0\0\1\0\1"
		                                   "\1a\0\0\1\0\1",
		    DNS_BAD_LABEL, 2),
		ROW("bit string, cut", HEADER("\1", "\0", "\0", "\0") "\x41\x20\1\2", DNS_BAD_LABEL,
		    0),
		ROW("pointer to a label of 64",
		    HEADER("\2", "\0", "\0", "\0") "\xc0\x12\0\1\0\1\x40\0\1\0\1", DNS_BAD_LABEL,
		    1),
		ROW("of 255", HEADER("\1", "\0", "\0", "\0") L63 L63 L63 L61 "\0\0\1\0\1", 0, 1),
		ROW("cut", HEADER("\1", "\0", "\0", "\0") "\3a", DNS_SHORT_ENTRY, 0),
		ROW("second bad", HEADER("\2", "\0", "\0", "\0") "\1a\0\0\1\0\1\xc0\x13\0\1\0\1",
		    DNS_BAD_POINTER, 2),
		/* into the header, which no rule forbids */
		ROW("pointer to the id", HEADER("\1", "\0", "\0", "\0") "\xc0\4\0\1\0\1", 0, 1),
#undef ROW
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		unsigned entries;
		const uint8_t *bytes = guard_lay(&guard, tests[i].bytes, tests[i].size);
		int ret = walk_all(bytes, tests[i].size, &entries);
		if (ret != tests[i].ret || entries != tests[i].entries) {
			fail_msg("%s: %s after %u entries", tests[i].label, dns_fault_text(ret),
			         entries);
		}
	}
	guard_close(&guard);
}

/* A message cut anywhere has a fault; entries before the cut are read. */
static void cut_at_every_octet(void **state)
{
	(void)state;
	static struct wire wire;
	struct guard guard;
	unsigned last = 0;
	unsigned entries;
	put_response(&wire);
	guard_open(&guard);
	for (size_t size = 0; size < wire.size; size++) {
		int ret = walk_all(guard_lay(&guard, wire.bytes, size), size, &entries);
		assert_true(ret < 0 && ret != DNS_TRAILING);
		assert_true(entries >= last);
		last = entries;
	}
	assert_int_equal(last, 5);
	assert_int_equal(walk_all(guard_lay(&guard, wire.bytes, wire.size), wire.size, &entries),
	                 0);
	assert_int_equal(entries, 6);
	guard_close(&guard);
}

/* Each octet with each value: the walk ends, and stays inside. */
static void every_octet_changed(void **state)
{
	(void)state;
	static struct wire wire;
	struct guard guard;
	unsigned entries;
	guard_open(&guard);
	put_response(&wire);
	for (size_t at = 0; at < wire.size; at++) {
		uint8_t kept = wire.bytes[at];
		for (unsigned value = 0; value < 256; value++) {
			wire.bytes[at] = (uint8_t)value;
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
			int ret = walk_all(bytes, wire.size, &entries);
			assert_in_range(-ret, 0, -DNS_TRAILING);
		}
		wire.bytes[at] = kept;
	}
	guard_close(&guard);
}

static void a_fault_stays(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 0, 3, 0, 0 };
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	wire_dns(&wire, 1, RESPONSE, counts);
	wire_fill(&wire, 0x80, 1);
	wire_fill(&wire, 0, 100);
	(void)dns_open(&message, wire.bytes, wire.size);
	dns_walk_begin(&walk, &message);
	assert_int_equal(dns_walk_next(&walk, &entry), DNS_BAD_LABEL);
	for (int i = 0; i < 3; i++) {
		assert_true(dns_walk_next(&walk, &entry) <= 0);
	}
}

/* As many records as a message can hold, the most that its counts can promise. */
static void full_message(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 0, 0xffff, 0xffff, 0xffff };
	static struct wire wire;
	unsigned entries;
	wire_dns(&wire, 1, RESPONSE, counts);
	while (wire.size + 11 <= 65535) {
		wire_record(&wire, "", DNS_TYPE_TXT, 0, NULL, 0);
	}
	assert_int_equal(walk_all(wire.bytes, wire.size, &entries), DNS_SHORT_ENTRY);
	assert_int_equal(entries, (65535 - DNS_HEADER_SIZE) / 11);
}

static void rcodes(void **state)
{
	(void)state;
	static const struct {
		uint16_t flags;
		int64_t opt_ttl; /* -1: no OPT */
		unsigned rcode;
	} tests[] = {
		{ 0x8180, -1, 0 },
		{ 0x8183, -1, 3 },
		{ 0x818f, -1, 15 },
		/* the lower bits come from the header, RFC 6891 section 6.1.3 */
		{ 0x8180, 0x00000000, 0 },
		{ 0x8183, 0x00008000, 3 },
		{ 0x8180, 0x01000000, 16 },
		{ 0x8187, 0x01ff8000, 23 },
		{ 0x818f, 0xffffffff, 4095 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct dns_message message = { .flags = tests[i].flags };
		const struct dns_entry opt = { .ttl = (uint32_t)tests[i].opt_ttl };
		assert_int_equal(dns_rcode(&message, tests[i].opt_ttl < 0 ? NULL : &opt),
		                 tests[i].rcode);
	}
}

static void fault_texts(void **state)
{
	(void)state;
	static const struct {
		int fault;
		const char *text;
	} tests[DNS_FAULTS] = {
		{ DNS_OK, "ok" },
		{ DNS_SHORT_HEADER, "short_header" },
		{ DNS_SHORT_ENTRY, "short_entry" },
		{ DNS_BAD_POINTER, "bad_pointer" },
		{ DNS_LONG_NAME, "long_name" },
		{ DNS_BAD_LABEL, "bad_label" },
		{ DNS_LONG_RDATA, "long_rdata" },
		{ DNS_BAD_RDATA, "bad_rdata" },
		{ DNS_TRAILING, "trailing" },
	};
	for (size_t i = 0; i < DNS_FAULTS; i++) {
		assert_string_equal(dns_fault_text(tests[i].fault), tests[i].text);
	}
	assert_string_equal(dns_fault_text(-DNS_FAULTS), "unknown");
	assert_string_equal(dns_fault_text(1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_header),
		cmocka_unit_test(header_lengths),
		cmocka_unit_test(opcodes),
		cmocka_unit_test(walks_every_entry),
		cmocka_unit_test(owners_by_pointer),
		cmocka_unit_test(names_by_forward_pointer),
		cmocka_unit_test(two_walks_do_not_meet),
		cmocka_unit_test(faults),
		cmocka_unit_test(cut_at_every_octet),
		cmocka_unit_test(every_octet_changed),
		cmocka_unit_test(a_fault_stays),
		cmocka_unit_test(full_message),
		cmocka_unit_test(rcodes),
		cmocka_unit_test(fault_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
