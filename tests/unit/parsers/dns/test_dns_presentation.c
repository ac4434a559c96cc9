/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RDATA in presentation form: what is read of each field, and what is refused. */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_presentation.h"
#include "tests/unit/guard.h"

#define ROOM 512

struct row {
	uint16_t type;
	const char *text;
	const char *data; /* NULL: the text is refused */
	size_t size;
};

#define GOOD(type, text, data)                                                                     \
	{                                                                                          \
		type, text, data, sizeof(data) - 1                                                 \
	}
#define BAD(type, text)                                                                            \
	{                                                                                          \
		type, text, NULL, 0                                                                \
	}

static int read_text(struct guard *guard, const struct row *row, uint8_t data[ROOM])
{
	size_t size = strlen(row->text);
	const char *text = (const char *)guard_lay(guard, (const uint8_t *)row->text, size);
	return dns_rdata_from_text(row->type, text, size, data, ROOM);
}

static void check(const struct row *rows, size_t count)
{
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < count; i++) {
		uint8_t data[ROOM];
		int size = read_text(&guard, &rows[i], data);
		int wanted = rows[i].data != NULL ? (int)rows[i].size : -1;
		if (size != wanted || (size > 0 && memcmp(data, rows[i].data, (size_t)size) != 0)) {
			fail_msg("%u %s: %d octets", rows[i].type, rows[i].text, size);
		}
	}
	guard_close(&guard);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void addresses(void **state)
{
	static const struct row rows[] = {
		GOOD(DNS_TYPE_A, "192.0.2.1", "\xc0\0\2\1"),
		GOOD(DNS_TYPE_A, "  192.0.2.1 ", "\xc0\0\2\1"),
		BAD(DNS_TYPE_A, "192.0.2"),
		BAD(DNS_TYPE_A, ""),
		BAD(DNS_TYPE_A, "192.0.2.1 192.0.2.2"),
		BAD(DNS_TYPE_A, "2001:db8::1"),
		BAD(DNS_TYPE_A, "1111111111111111111111111111111111111111111111111111"),
		GOOD(DNS_TYPE_AAAA, "2001:db8::1", "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
		BAD(DNS_TYPE_AAAA, "192.0.2.1"),
	};
	(void)state;
	CHECK(rows);
}

static void names(void **state)
{
	static const struct row rows[] = {
		GOOD(DNS_TYPE_NS, "ns.Example", "\2ns\7example\0"),
		GOOD(DNS_TYPE_NS, "ns.example.", "\2ns\7example\0"),
		GOOD(DNS_TYPE_NS, ".", "\0"),
		GOOD(DNS_TYPE_NS, "a\\.b\\\\.c\\000\\255", "\4a.b\\\3c\0\377\0"),
		GOOD(DNS_TYPE_NS, "with blank.example", "\12with blank\7example\0"),
		BAD(DNS_TYPE_NS, ""),
		BAD(DNS_TYPE_NS, "a..b"),
		BAD(DNS_TYPE_NS, "a\\25"),
		BAD(DNS_TYPE_NS, "a\\256"),
		BAD(DNS_TYPE_NS, "a\\"),
		GOOD(DNS_TYPE_MX, "10 mx.example", "\0\12\2mx\7example\0"),
		GOOD(DNS_TYPE_MX, "10   mx.example.", "\0\12\2mx\7example\0"),
		BAD(DNS_TYPE_MX, "mx.example"),
		BAD(DNS_TYPE_MX, "65536 mx.example"),
		BAD(DNS_TYPE_MX, "-1 mx.example"),
		GOOD(DNS_TYPE_SOA, "a. b. 1 2 3 4 4294967295",
		     "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff"),
		BAD(DNS_TYPE_SOA, "a. b. 1 2 3 4"),
		BAD(DNS_TYPE_SOA, "a. b. 1 2 3 4 5 6"),
		GOOD(DNS_TYPE_SRV, "1 2 3 a", "\0\1\0\2\0\3\1a\0"),
	};
	(void)state;
	CHECK(rows);
}

static void strings(void **state)
{
	static const struct row rows[] = {
		GOOD(DNS_TYPE_TXT, "\"a b\" \"\" \"c\\\"\\\\\\255\"", "\3a b\0\4c\"\\\377"),
		GOOD(DNS_TYPE_TXT, "v=spf1 -all", "\13v=spf1 -all"),
		GOOD(DNS_TYPE_TXT, "\"a\" b", "\1a\1b"),
		GOOD(DNS_TYPE_TXT, "", "\0"),
		GOOD(DNS_TYPE_TXT, "a\\000\\001\\255b", "\5a\0\1\377b"),
		BAD(DNS_TYPE_TXT, "\"a"),
		BAD(DNS_TYPE_TXT, "\"a\\"),
		BAD(DNS_TYPE_TXT, "\"a\\\""),
		GOOD(DNS_TYPE_HINFO, "\"a\" b", "\1a\1b"),
		BAD(DNS_TYPE_HINFO, "\"a\""),
		GOOD(DNS_TYPE_CAA, "0 issue \"ca.example\"", "\0\5issueca.example"),
		BAD(DNS_TYPE_CAA, "0 issue"),
		GOOD(DNS_TYPE_URI, "1 2 \"http://a/\"", "\0\1\0\2http://a/"),
		GOOD(DNS_TYPE_NAPTR, "1 2 \"u\" \"s\" \"\" .", "\0\1\0\2\1u\1s\0\0"),
	};
	(void)state;
	CHECK(rows);
}

static void octets(void **state)
{
	static const struct row rows[] = {
		GOOD(DNS_TYPE_DS, "1 8 2 00FFaa", "\0\1\10\2\0\xff\xaa"),
		GOOD(DNS_TYPE_DS, "1 8 2 00FF aa", "\0\1\10\2\0\xff\xaa"),
		BAD(DNS_TYPE_DS, "1 8 2 0"),
		BAD(DNS_TYPE_DS, "1 8 2 0g"),
		BAD(DNS_TYPE_DS, "1 8 2"),
		GOOD(DNS_TYPE_DNSKEY, "256 3 8 AAEC Aw==", "\1\0\3\10\0\1\2\3"),
		BAD(DNS_TYPE_DNSKEY, "256 3 8 AAE"),
		BAD(DNS_TYPE_DNSKEY, "256 3 8 A==="),
		BAD(DNS_TYPE_DNSKEY, "256 3 8 ===="),
		BAD(DNS_TYPE_DNSKEY, "256 3 8"),
		GOOD(DNS_TYPE_NSEC3PARAM, "1 0 10 aabb", "\1\0\0\12\2\xaa\xbb"),
		GOOD(DNS_TYPE_NSEC3PARAM, "1 0 10 -", "\1\0\0\12\0"),
		GOOD(DNS_TYPE_CSYNC, "66 3 A NS AAAA TYPE256",
		     "\0\0\0\102\0\3\0\4\x60\0\0\10\1\1\200"),
		GOOD(DNS_TYPE_CSYNC, "66 3", "\0\0\0\102\0\3"),
		BAD(DNS_TYPE_CSYNC, "66 3 NOTYPE"),
		/* as in RFC 3597 */
		GOOD(DNS_TYPE_A, "\\# 3 c00002", "\xc0\0\2"),
		GOOD(65280, "\\# 3 c0 00 02", "\xc0\0\2"),
		GOOD(65280, "\\# 0", ""),
		BAD(65280, "\\# 2 c00002"),
		BAD(65280, "\\# c00002"),
		BAD(65280, "c00002"),
		BAD(DNS_TYPE_RRSIG, "A 8 2 60 20200531000512 20200531000512 1 a. AAAA"),
	};
	(void)state;
	CHECK(rows);
}

static void services(void **state)
{
	static const struct row rows[] = {
		GOOD(DNS_TYPE_HTTPS, "1 . alpn=h2,h3 port=443",
		     "\0\1\0\0\1\0\6\2h2\2h3\0\3\0\2\1\xbb"),
		GOOD(DNS_TYPE_HTTPS, "1 . alpn=\"h2,h3\"", "\0\1\0\0\1\0\6\2h2\2h3"),
		GOOD(DNS_TYPE_HTTPS, "0 a.b.", "\0\0\1a\1b\0"),
		GOOD(DNS_TYPE_SVCB, "1 a ipv4hint=1.2.3.4,5.6.7.8 no-default-alpn",
		     "\0\1\1a\0\0\4\0\10\1\2\3\4\5\6\7\10\0\2\0\0"),
		GOOD(DNS_TYPE_SVCB, "1 . ipv6hint=::1 mandatory=port,key9 key9=a\\000",
		     "\0\1\0\0\6\0\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4\0\3\0\11\0\11\0\2a"
		     "\0"),
		GOOD(DNS_TYPE_SVCB, "1 . ech=AAEC", "\0\1\0\0\5\0\3\0\1\2"),
		GOOD(DNS_TYPE_SVCB, "1 . ech=\\000\\001\\002", "\0\1\0\0\5\0\3\0\1\2"),
		BAD(DNS_TYPE_SVCB, "1 . port=65536"),
		BAD(DNS_TYPE_SVCB, "1 . ipv4hint=1.2.3"),
		BAD(DNS_TYPE_SVCB, "1 . keys=1"),
		BAD(DNS_TYPE_SVCB, "1 . key65536=1"),
	};
	(void)state;
	CHECK(rows);
}

static void room_is_respected(void **state)
{
	uint8_t data[4];
	(void)state;
	assert_int_equal(dns_rdata_from_text(DNS_TYPE_A, "1.2.3.4", 7, data, 4), 4);
	assert_int_equal(dns_rdata_from_text(DNS_TYPE_A, "1.2.3.4", 7, data, 3), -1);
	assert_int_equal(dns_rdata_from_text(DNS_TYPE_TXT, "\"abcd\"", 6, data, 4), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(names),
		cmocka_unit_test(strings),   cmocka_unit_test(octets),
		cmocka_unit_test(services),  cmocka_unit_test(room_is_respected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
