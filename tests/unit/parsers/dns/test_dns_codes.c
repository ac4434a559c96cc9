/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"

struct row {
	unsigned number;
	const char *text;
};

static void types(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ DNS_TYPE_A, "A" },
		{ DNS_TYPE_NS, "NS" },
		{ DNS_TYPE_CNAME, "CNAME" },
		{ DNS_TYPE_SOA, "SOA" },
		{ DNS_TYPE_PTR, "PTR" },
		{ DNS_TYPE_MX, "MX" },
		{ DNS_TYPE_TXT, "TXT" },
		{ DNS_TYPE_AAAA, "AAAA" },
		{ DNS_TYPE_SRV, "SRV" },
		{ DNS_TYPE_DNAME, "DNAME" },
		{ DNS_TYPE_OPT, "OPT" },
		{ DNS_TYPE_SPF, "SPF" },
		{ 13, "HINFO" },
		{ 35, "NAPTR" },
		{ 43, "DS" },
		{ 46, "RRSIG" },
		{ 48, "DNSKEY" },
		{ 50, "NSEC3" },
		{ 52, "TLSA" },
		{ 64, "SVCB" },
		{ 65, "HTTPS" },
		{ 250, "TSIG" },
		{ 255, "ANY" },
		{ 257, "CAA" },
		/* first and last of the table */
		{ 1, "A" },
		{ 32769, "DLV" },
		/* around the table, and in its holes */
		{ 0, "TYPE0" },
		{ 54, "TYPE54" },
		{ 98, "TYPE98" },
		{ 248, "TYPE248" },
		{ 32767, "TYPE32767" },
		{ 32770, "TYPE32770" },
		{ 65280, "TYPE65280" },
		{ 65535, "TYPE65535" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[DNS_CODE_TEXT_MAX];
		assert_string_equal(dns_type_text((uint16_t)rows[i].number, room), rows[i].text);
	}
}

/* The table is searched by bisection: out of order, it would lose some of its 89 rows. */
static void every_type(void **state)
{
	(void)state;
	unsigned known = 0;
	const char *last = "";
	for (unsigned number = 0; number < 65536; number++) {
		char room[DNS_CODE_TEXT_MAX];
		char unknown[DNS_CODE_TEXT_MAX];
		const char *text = dns_type_text((uint16_t)number, room);
		(void)snprintf(unknown, sizeof(unknown), "TYPE%u", number);
		if (strcmp(text, unknown) != 0) {
			assert_string_not_equal(text, last);
			last = text;
			known++;
		}
	}
	assert_int_equal(known, 89);
}

/* Mnemonics in either case, and RFC 3597's form for all numbers. */
static void reads_types(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int number; /* -1: none */
	} tests[] = {
		{ "A", 1 },           { "mx", 15 },        { "Nsec3", 50 },
		{ "TYPE0", 0 },       { "type15", 15 },    { "TYPE65535", 65535 },
		{ "TYPE00001", 1 },   { "TYPE65536", -1 }, { "TYPE99999", -1 },
		{ "TYPE100000", -1 }, { "TYPE", -1 },      { "TYPEx", -1 },
		{ "TYPE1x", -1 },     { "TYPE 1", -1 },    { "TYPE-1", -1 },
		{ "TYPE+1", -1 },     { "TYPE/1", -1 },    { "TYPE:1", -1 },
		{ "XYPE1", -1 },      { "15", -1 },        { "MXX", -1 },
		{ "", -1 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		uint16_t type = 0;
		bool read = dns_type_read(tests[i].text, &type);
		if (read != (tests[i].number >= 0) || (read && type != tests[i].number)) {
			fail_msg("%s: %d, %d", tests[i].text, read, type);
		}
	}
}

static void classes(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ 0, "CLASS0" },
		{ 1, "IN" },
		{ 2, "CLASS2" },
		{ 3, "CH" },
		{ 4, "HS" },
		{ 253, "CLASS253" },
		{ 254, "NONE" },
		{ 255, "ANY" },
		{ 256, "CLASS256" },
		{ 32769, "CLASS32769" },
		{ 65535, "CLASS65535" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[DNS_CODE_TEXT_MAX];
		assert_string_equal(dns_class_text((uint16_t)rows[i].number, room), rows[i].text);
	}
}

static void opcodes(void **state)
{
	(void)state;
	static const char *const texts[16] = { "QUERY", "IQUERY", "STATUS", "3", "NOTIFY", "UPDATE",
		                               "DSO",   "7",      "8",      "9", "10",     "11",
		                               "12",    "13",     "14",     "15" };
	for (unsigned opcode = 0; opcode < 16; opcode++) {
		char room[DNS_CODE_TEXT_MAX];
		assert_string_equal(dns_opcode_text(opcode, room), texts[opcode]);
	}
}

static void rcodes(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{ 0, "NOERROR" }, { 1, "FORMERR" },  { 2, "SERVFAIL" },   { 3, "NXDOMAIN" },
		{ 4, "NOTIMP" },  { 5, "REFUSED" },  { 6, "YXDOMAIN" },   { 7, "YXRRSET" },
		{ 8, "NXRRSET" }, { 9, "NOTAUTH" },  { 10, "NOTZONE" },   { 11, "11" },
		{ 15, "15" },     { 16, "BADVERS" }, { 23, "BADCOOKIE" }, { 24, "24" },
		{ 4095, "4095" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char room[DNS_CODE_TEXT_MAX];
		assert_string_equal(dns_rcode_text(rows[i].number, room), rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),      cmocka_unit_test(reads_types),
		cmocka_unit_test(every_type), cmocka_unit_test(classes),
		cmocka_unit_test(opcodes),    cmocka_unit_test(rcodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
