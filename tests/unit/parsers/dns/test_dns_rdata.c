/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/* Every RDATA below is that of the one answer, and may point at these. */
#define QUESTION_AT 12 /* example.org */
#define QUESTION    "example.org"

static char text[DNS_RDATA_TEXT_MAX];

/* Lays a message of one question and one answer against the guard page, and walks to the answer. */
static void lay_record(struct guard *guard, unsigned type, const void *rdata, size_t size,
                       struct dns_message *message, struct dns_entry *entry)
{
	static const uint16_t counts[] = { 1, 1, 0, 0 };
	static struct wire wire;
	struct dns_walk walk;
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
	wire_question(&wire, QUESTION, DNS_TYPE_A);
	wire_record(&wire, QUESTION, type, 60, rdata, size);
	const uint8_t *bytes = guard_lay(guard, wire.bytes, wire.size);
	assert_int_equal(dns_open(message, bytes, wire.size), DNS_OK);
	dns_walk_begin(&walk, message);
	assert_int_equal(dns_walk_next(&walk, entry), 1);
	assert_int_equal(dns_walk_next(&walk, entry), 1);
}

/* The name that is RDATA's own: example.org is 13 octets, the fixed part of a record 10. */
#define RDATA_AT 52

/* If RDATA is one name, its text is that of the name. */
static void check_name(const struct dns_message *message, const struct dns_entry *entry)
{
	char name_text[DNS_NAME_TEXT_MAX];
	struct dns_name name;
	bool of_names = entry->type == DNS_TYPE_NS || entry->type == DNS_TYPE_CNAME ||
	                entry->type == DNS_TYPE_PTR || entry->type == DNS_TYPE_DNAME;
	bool is_name = dns_rdata_is_name(message, entry, &name);
	assert_int_equal(is_name, of_names && strncmp(text, "\\#", 2) != 0);
	if (is_name) {
		(void)dns_name_text(name.wire, name_text);
		assert_string_equal(name_text, text);
	}
}

static void texts(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t size;
		const char *text;
	} tests[] = {
#define ROW(type, rdata, text) { type, rdata, sizeof(rdata) - 1, text }
		/* A, AAAA */
		ROW(DNS_TYPE_A, "\xc0\0\2\1", "192.0.2.1"),
		ROW(DNS_TYPE_A, "\0\0\0\0", "0.0.0.0"),
		ROW(DNS_TYPE_A, "\xff\xff\xff\xff", "255.255.255.255"),
		ROW(DNS_TYPE_A, "\xc0\0\2", "\\# 3 c00002"),
		ROW(DNS_TYPE_A, "\xc0\0\2\1\1", "\\# 5 c000020101"),
		ROW(DNS_TYPE_A, "", "\\# 0"),
		ROW(DNS_TYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1"),
		ROW(DNS_TYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0",
		    "\\# 15 20010db80000000000000000000000"),
		/* names, whole and compressed */
		ROW(DNS_TYPE_NS, "\2NS\1a\0", "ns.a"),
		ROW(DNS_TYPE_NS, "\0", "."),
		ROW(DNS_TYPE_NS, "\2ns\xc0\x0c", "ns.example.org"),
		ROW(DNS_TYPE_CNAME, "\xc0\x14", "org"),
		ROW(DNS_TYPE_PTR, "\xc0\x0c", "example.org"),
		ROW(DNS_TYPE_DNAME, "\4\x20.\\\xff\0", " \\.\\\\\\255"),
		/* names that do not fit */
		ROW(DNS_TYPE_NS, "", "\\# 0"),
		ROW(DNS_TYPE_NS, "\2ns", "\\# 3 026e73"),
		ROW(DNS_TYPE_NS, "\2ns\0\0", "\\# 5 026e730000"),
		ROW(DNS_TYPE_NS, "\xc0", "\\# 1 c0"),
		ROW(DNS_TYPE_NS, "\xc0\x34", "\\# 2 c034"),
		ROW(DNS_TYPE_NS, "\xff\xff", "\\# 2 ffff"),
		ROW(DNS_TYPE_NS, "\x40\0", "\\# 2 4000"),
		/* MX, SRV */
		ROW(DNS_TYPE_MX, "\0\x0a\4mail\xc0\x0c", "10 mail.example.org"),
		ROW(DNS_TYPE_MX, "\xff\xff\0", "65535 ."),
		ROW(DNS_TYPE_MX, "\0\x0a", "\\# 2 000a"),
		ROW(DNS_TYPE_MX, "\0", "\\# 1 00"),
		ROW(DNS_TYPE_SRV, "\0\1\0\2\x02\x4b\4smtp\xc0\x0c", "1 2 587 smtp.example.org"),
		ROW(DNS_TYPE_SRV, "\0\1\0\2\x02", "\\# 5 0001000202"),
		/* SOA */
		ROW(DNS_TYPE_SOA,
		    "\2ns\xc0\x0c\5admin\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff",
		    "ns.example.org admin.example.org 1 2 3 4 4294967295"),
		ROW(DNS_TYPE_SOA, "\0\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0",
		    "\\# 21 000000000001000000020000000300000004000000"),
		/* TXT, SPF */
		ROW(DNS_TYPE_TXT, "\3abc", "\"abc\""),
		ROW(DNS_TYPE_TXT, "\0", "\"\""),
		ROW(DNS_TYPE_TXT, "\1a\0\1b", "\"a\" \"\" \"b\""),
		ROW(DNS_TYPE_TXT, "\4\"\\; ", "\"\\\"\\\\; \""),
		ROW(DNS_TYPE_TXT, "\5\x1f ~\x7f\xff", "\"\\031 ~\\127\\255\""),
		ROW(DNS_TYPE_TXT, "\1\n", "\"\\010\""),
		ROW(DNS_TYPE_SPF, "\6v=spf1", "\"v=spf1\""),
		ROW(DNS_TYPE_TXT, "", "\\# 0"),
		ROW(DNS_TYPE_TXT, "\4abc", "\\# 4 04616263"),
		ROW(DNS_TYPE_TXT, "\3abc\1", "\\# 5 0361626301"),
		/* what DNSSEC adds */
		ROW(DNS_TYPE_DS, "\xec\x45\5\1\x2b\xb1", "60485 5 1 2bb1"),
		ROW(DNS_TYPE_DS, "\xec\x45\5\1", "\\# 4 ec450501"),
		ROW(DNS_TYPE_DNSKEY, "\1\0\3\5\1\2\3\4", "256 3 5 AQIDBA=="),
		ROW(DNS_TYPE_DNSKEY, "\1\1\3\x0d\xff\xfe\xfd", "257 3 13 //79"),
		ROW(DNS_TYPE_RRSIG,
		    "\0\1\5\3\0\1\x51\x80\x3e\x72\x0c\xf3\x3e\x4a\x7f\xf3\x0a\x52\xc0\x0c\xab\xcd",
		    "A 5 3 86400 20030314171011 20030212171011 2642 example.org q80="),
		ROW(DNS_TYPE_NSEC, "\4host\xc0\x0c\0\6\x40\1\0\0\0\3\1\1\x40",
		    "host.example.org A MX RRSIG NSEC CAA"),
		ROW(DNS_TYPE_NSEC, "\1a\0\0\1\0", "a"),
		ROW(DNS_TYPE_NSEC, "\1a\0\1\1\x40\0\1\x40", "\\# 9 016100010140000140"),
		ROW(DNS_TYPE_NSEC, "\1a\0\0\1\x40\0\1\x20", "\\# 9 016100000140000120"),
		ROW(DNS_TYPE_NSEC, "\1a\0\0\x21\x40", "\\# 6 016100002140"),
		ROW(DNS_TYPE_NSEC3, "\1\1\0\x0c\4\xaa\xbb\xcc\xdd\5\0\x44\x32\x14\xc7\0\1\x40",
		    "1 1 12 aabbccdd 01234567 A"),
		ROW(DNS_TYPE_NSEC3, "\1\0\0\1\0\1\xff\0\1\x40", "1 0 1 - vs A"),
		ROW(DNS_TYPE_NSEC3PARAM, "\1\0\0\x0a\0", "1 0 10 -"),
		/* others */
		ROW(DNS_TYPE_TLSA, "\3\1\1\xd2\xab", "3 1 1 d2ab"),
		ROW(DNS_TYPE_SSHFP, "\2\1\x12\x34", "2 1 1234"),
		ROW(DNS_TYPE_CAA, "\0\5issueca.example", "0 issue \"ca.example\""),
		ROW(DNS_TYPE_CAA, "\x80\xff", "\\# 2 80ff"),
		ROW(DNS_TYPE_URI, "\0\x0a\0\1ftp://a/", "10 1 \"ftp://a/\""),
		ROW(DNS_TYPE_HINFO, "\3x86\5Linux", "\"x86\" \"Linux\""),
		ROW(DNS_TYPE_NAPTR, "\0\x64\0\x32\1s\3a+b\0\xc0\x0c",
		    "100 50 \"s\" \"a+b\" \"\" example.org"),
		/* SVCB and HTTPS, RFC 9460 appendix D among them */
		ROW(DNS_TYPE_HTTPS, "\0\0\3foo\xc0\x0c", "0 foo.example.org"),
		ROW(DNS_TYPE_SVCB, "\0\1\0", "1 ."),
		ROW(DNS_TYPE_SVCB, "\0\x10\0\0\3\0\2\0\x35", "16 . port=53"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\x02\x9b\0\5hello", "1 . key667=hello"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\x02\x9b\0\3a\xd2 ", "1 . key667=a\\210\\032"),
		ROW(DNS_TYPE_HTTPS, "\0\1\0\0\1\0\6\2h2\2h3\0\4\0\4\xc0\0\2\1",
		    "1 . alpn=h2,h3 ipv4hint=192.0.2.1"),
		ROW(DNS_TYPE_HTTPS,
		    "\0\1\0\0\0\0\4\0\4\0\6\0\6\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
		    "1 . mandatory=ipv4hint,ipv6hint ipv6hint=2001:db8::1"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\0\2\0\0", "1 . no-default-alpn"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\0\4\0\3\xc0\0\2", "\\# 10 00010000040003c00002"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\0\4\0\5\xc0", "\\# 8 00010000040005c0"),
		ROW(DNS_TYPE_SVCB, "\0\1\0\0\1\0\1\3", "\\# 8 0001000001000103"),
		/* not known, RFC 3597 section 5 */
		ROW(65280, "\1\2\xab", "\\# 3 0102ab"),
		ROW(65280, "", "\\# 0"),
		ROW(0, "\xc0\x0c", "\\# 2 c00c"),
#undef ROW
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_message message;
		struct dns_entry entry;
		lay_record(&guard, tests[i].type, tests[i].rdata, tests[i].size, &message, &entry);
		assert_int_equal(entry.rdata - message.wire, RDATA_AT);
		size_t size = dns_rdata_text(&message, &entry, text);
		assert_string_equal(text, tests[i].text);
		assert_int_equal(size, strlen(tests[i].text));
		check_name(&message, &entry);
	}
	guard_close(&guard);
}

static void question_has_no_rdata(void **state)
{
	(void)state;
	const struct dns_message message = { .wire = NULL };
	const struct dns_entry entry = { .type = DNS_TYPE_NS };
	struct dns_name name;
	struct in6_addr addr;
	assert_int_equal(dns_rdata_text(&message, &entry, text), 4);
	assert_string_equal(text, "\\# 0");
	assert_int_equal(dns_rdata_name(&message, &entry, &name), 0);
	assert_false(dns_rdata_address(&entry, &addr));
}

static void names(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t size;
		int ret;
		const char *name;
	} tests[] = {
#define ROW(type, rdata, ret, name) { type, rdata, sizeof(rdata) - 1, ret, name }
		/* types with a name */
		ROW(DNS_TYPE_NS, "\2NS\xc0\x0c", 1, "ns.example.org"),
		ROW(DNS_TYPE_CNAME, "\1a\0", 1, "a"),
		ROW(DNS_TYPE_PTR, "\1a\0", 1, "a"),
		ROW(DNS_TYPE_DNAME, "\1a\0", 1, "a"),
		ROW(DNS_TYPE_MX, "\0\x0a\1a\0", 1, "a"),
		ROW(DNS_TYPE_MX, "\0\0\0", 1, "."), /* "null MX", RFC 7505 */
		ROW(DNS_TYPE_SRV, "\0\1\0\2\0\3\1a\0", 1, "a"),
		ROW(DNS_TYPE_SOA, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", 1, "a"),
		/* types without a name, with RDATA that could be one */
		ROW(DNS_TYPE_A, "\1a\0\0", 0, NULL),
		ROW(DNS_TYPE_TXT, "\1a\0", 0, NULL),
		ROW(DNS_TYPE_OPT, "\1a\0", 0, NULL),
		ROW(65280, "\1a\0", 0, NULL),
		/* a name that does not fit */
		ROW(DNS_TYPE_NS, "", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_NS, "\1a", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_NS, "\xc0", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_NS, "\xc0\x34", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_MX, "\0\x0a", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_MX, "\0", DNS_BAD_RDATA, NULL),
		ROW(DNS_TYPE_SRV, "\0\1\0\2\0", DNS_BAD_RDATA, NULL),
#undef ROW
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_message message;
		struct dns_entry entry;
		struct dns_name name;
		lay_record(&guard, tests[i].type, tests[i].rdata, tests[i].size, &message, &entry);
		int ret = dns_rdata_name(&message, &entry, &name);
		if (ret != tests[i].ret) {
			fail_msg("row %zu: %d", i, ret);
		}
		if (ret == 1) {
			(void)dns_name_text(name.wire, text);
			assert_string_equal(text, tests[i].name);
		}
	}
	guard_close(&guard);
}

/* A name in RDATA must end inside it, though the message goes on. */
static void name_stays_inside_rdata(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 0, 1, 0, 1 };
	static struct wire wire;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	struct dns_name name;
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
	wire_record(&wire, "", DNS_TYPE_NS, 60, "\5abc", 4);
	wire_record(&wire, "d", DNS_TYPE_TXT, 60, NULL, 0);
	(void)dns_open(&message, wire.bytes, wire.size);
	dns_walk_begin(&walk, &message);
	assert_int_equal(dns_walk_next(&walk, &entry), 1);
	assert_int_equal(dns_rdata_name(&message, &entry, &name), DNS_BAD_RDATA);
	(void)dns_rdata_text(&message, &entry, text);
	assert_string_equal(text, "\\# 4 05616263");
}

static void addresses(void **state)
{
	(void)state;
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t size;
		const char *address; /* NULL: none */
	} tests[] = {
		{ DNS_TYPE_A, "\x2d\x4d\x18\xfa", 4, "::ffff:45.77.24.250" },
		{ DNS_TYPE_A, "\x2d\x4d\x18", 3, NULL },
		{ DNS_TYPE_A, "\x2d\x4d\x18\xfa\0", 5, NULL },
		{ DNS_TYPE_A, "", 0, NULL },
		{ DNS_TYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16, "2001:db8::1" },
		{ DNS_TYPE_AAAA, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 15, NULL },
		{ DNS_TYPE_AAAA, "\x2d\x4d\x18\xfa", 4, NULL },
		{ DNS_TYPE_TXT, "\3abc", 4, NULL },
		{ DNS_TYPE_NS, "\1a\1b\0\0\0\0\0\0\0\0\0\0\0\0", 16, NULL },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_message message;
		struct dns_entry entry;
		struct in6_addr addr;
		lay_record(&guard, tests[i].type, tests[i].rdata, tests[i].size, &message, &entry);
		memset(&addr, 0xaa, sizeof(addr));
		assert_int_equal(dns_rdata_address(&entry, &addr), tests[i].address != NULL);
		if (tests[i].address != NULL) {
			char address[INET6_ADDRSTRLEN];
			(void)inet_ntop(AF_INET6, &addr, address, sizeof(address));
			assert_string_equal(address, tests[i].address);
		}
	}
	guard_close(&guard);
}

/* The longest texts that 65535 octets can become; the room is allocated to the octet, so
 * that a sanitizer, or malloc's own checks, see one too many. */
static void longest_texts_fit(void **state)
{
	(void)state;
	static const struct {
		unsigned type;
		size_t string; /* octets of each character-string, its length included */
		uint8_t octet;
	} tests[] = {
		{ DNS_TYPE_TXT, 256, 0xff }, { DNS_TYPE_TXT, 1, 0 },    { DNS_TYPE_TXT, 2, '"' },
		{ DNS_TYPE_TXT, 2, 0xff },   { DNS_TYPE_TXT, 3, '\\' }, { 65280, 256, 0xff },
		{ DNS_TYPE_SOA, 64, 0xff },  { DNS_TYPE_A, 256, 0xff },
	};
	static struct wire rdata;
	char *room = malloc(DNS_RDATA_TEXT_MAX);
	struct guard guard;
	assert_non_null(room);
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_message message;
		struct dns_entry entry;
		rdata.size = 0;
		while (rdata.size + tests[i].string <= 65535) {
			wire_u8(&rdata, (unsigned)tests[i].string - 1);
			wire_fill(&rdata, tests[i].octet, tests[i].string - 1);
		}
		lay_record(&guard, tests[i].type, rdata.bytes, rdata.size, &message, &entry);
		size_t size = dns_rdata_text(&message, &entry, room);
		assert_true(size >= 2 * rdata.size && size < DNS_RDATA_TEXT_MAX);
		assert_int_equal(strlen(room), size);
	}
	guard_close(&guard);
	free(room);
}

/* Two octets of every value after a short name, in each type that has a layout. */
static void hostile_rdata_stays_inside(void **state)
{
	(void)state;
	static const uint16_t types[] = { DNS_TYPE_NS,  DNS_TYPE_MX,  DNS_TYPE_SOA,
		                          DNS_TYPE_TXT, DNS_TYPE_SRV, DNS_TYPE_A };
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		for (unsigned bits = 0; bits < 65536; bits += 5) {
			const uint8_t rdata[] = { 0, 1, (uint8_t)(bits >> 8), (uint8_t)bits };
			struct dns_message message;
			struct dns_entry entry;
			struct dns_name name;
			lay_record(&guard, types[i], rdata, sizeof(rdata), &message, &entry);
			size_t size = dns_rdata_text(&message, &entry, text);
			assert_int_equal(strlen(text), size);
			int ret = dns_rdata_name(&message, &entry, &name);
			assert_true(ret != 1 || name.wire[name.size - 1] == 0);
		}
	}
	guard_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(question_has_no_rdata),
		cmocka_unit_test(names),
		cmocka_unit_test(name_stays_inside_rdata),
		cmocka_unit_test(addresses),
		cmocka_unit_test(longest_texts_fit),
		cmocka_unit_test(hostile_rdata_stays_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
