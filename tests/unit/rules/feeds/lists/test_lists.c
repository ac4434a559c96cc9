/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain lists, hosts files, CSV and Zeek's Intel files. */
#include "tests/unit/unit.h"

#include "rules/feeds/import/reader.h"
#include "tests/unit/rules/feeds/import.h"

static void reads_lists(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_LIST, "", "", NULL },
		{ FEED_LIST, "\n  \n# a\n; b\n// c\n", "", NULL },
		/* a registrable domain means what is below it; a host is itself alone */
		{ FEED_LIST, "evil.com\nwww.evil.com\n",
		  "alert any .evil.com\nalert any www.evil.com\n", NULL },
		{ FEED_LIST, "co.uk\nevil.co.uk\n", "alert any .evil.co.uk\nalert any co.uk\n",
		  NULL },
		{ FEED_LIST, "*.evil.com", "alert any *.evil.com\n", NULL },
		/* comments become notes, but not inside of a word */
		{ FEED_LIST, "192.0.2.1 # why\n192.0.2.2;too\nhxxp://a.b.com/#x // page\n",
		  "alert any 192.0.2.1 note=\"why\"\nalert any 192.0.2.2 note=\"too\"\n"
		  "alert any a.b.com note=\"page\"\n",
		  NULL },
		{ FEED_LIST, "a@b.com # say \"no\" \\ \x1b[31m\xff\n",
		  "alert any a@b.com note=\"say \\\"no\\\" \\\\ [31m\xef\xbf\xbd\"\n", NULL },
		/* the same twice */
		{ FEED_LIST, "a.b.com\nA.B.COM.\na[.]b[.]com", "alert any a.b.com\n", NULL },
		/* a byte order mark, CR LF, no end */
		{ FEED_LIST,
		  "\xef\xbb\xbf"
		  "a.b.com\r\nc.d.com",
		  "alert any a.b.com\nalert any c.d.com\n", NULL },
		/* hosts files */
		{ FEED_LIST, "127.0.0.1 localhost\n0.0.0.0 a.com b.com\n::1 c.com # d\n",
		  "alert any a.com\nalert any b.com\nalert any c.com note=\"d\"\n", NULL },
		/* ports, paths, URLs, mailboxes, ranges and netmasks */
		{ FEED_LIST,
		  "192.0.2.1:80\n[2001:db8::5]:443\na.b.com:8443\na.b.org/x.php\n"
		  "tcp://a.b.net:4444\nmailto:u@b.com\n198.51.100.0/255.255.255.0\n"
		  "203.0.113.0-203.0.113.255\n203.0.114.7 - 203.0.114.9\nACME "
		  "Ltd:192.0.3.0-192.0.3.1\n",
		  "alert any 192.0.2.1\nalert any 192.0.3.0/31\nalert any 198.51.100.0/24\n"
		  "alert any 2001:db8::5\nalert any 203.0.113.0/24\nalert any 203.0.114.7\n"
		  "alert any 203.0.114.8/31\nalert any a.b.com\nalert any a.b.net\n"
		  "alert any a.b.org\nalert any u@b.com\n",
		  NULL },
		/* bullets, quotes, several indicators, remarks, numbers, signs close to an address
		 */
		{ FEED_LIST,
		  "! list\n- a.b.com\n* \"a.b.org\",\n\u2022 a.b.net\n192.0.2.1, 192.0.2.2\n"
		  "192.0.2.3\t10\n192.0.2.4 seen often # x\n192.0.2.5#4#2#Host\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.2\nalert any 192.0.2.3 note=\"10\"\n"
		  "alert any 192.0.2.4 note=\"seen often; x\"\nalert any 192.0.2.5 "
		  "note=\"4#2#Host\"\nalert any a.b.com\nalert any a.b.net\nalert any a.b.org\n",
		  NULL },
		{ FEED_AUTO, "192.0.2.1#4#2#CN##39.9#3\n192.0.2.2#4#3#US##37.0#11\n",
		  "alert any 192.0.2.1 note=\"4#2#CN##39.9#3\"\n"
		  "alert any 192.0.2.2 note=\"4#3#US##37.0#11\"\n",
		  NULL },
		{ FEED_AUTO, "+.a.b.com\nOther:192.0.2.0-192.0.2.255\n",
		  "alert any .a.b.com\nalert any 192.0.2.0/24\n", NULL },
		/* all styles of defanging */
		{ FEED_LIST,
		  "a[.]b.com\nu(at)b[dot]com\na\uff0eb\uff0eorg\n\uff11\uff0e2\uff0e3\uff0e4\n"
		  "hxtp://a.b.net/x\n",
		  "alert any 1.2.3.4\nalert any a.b.com\nalert any a.b.net\nalert any a.b.org\n"
		  "alert any u@b.com\n",
		  NULL },
		/* what is no name */
		{ FEED_LIST,
		  "a.b.com\ndomain\n-\n198.51.100.x\n0xc6.51.100.7\n086.035.071.014\n.com\n"
		  "d41d8cd98f00b204e9800998ecf8427e\n203.0.113.9-203.0.113.7\n",
		  "alert any a.b.com\n",
		  "2:1: `domain` is not a name of at least two labels\n"
		  "3:1: `-` is not a name of at least two labels\n"
		  "4:1: `198.51.100.x`: `198.51.100.x` is neither an IPv4 address nor a name\n"
		  "5:1: `0xc6.51.100.7`: `0xc6.51.100.7` is neither an IPv4 address nor a name\n"
		  "6:1: `086.035.071.014`: `086.035.071.014` is not an IPv4 address: write four "
		  "numbers up to "
		  "255 without leading zeros\n"
		  "7:1: `.com` is not a name of at least two labels\n"
		  "9:1: `203.0.113.9-203.0.113.7`: the first address of a range must not exceed "
		  "the second, and both must be IPv4, or both IPv6\n" },
		/* a URL on a shared host */
		{ FEED_LIST, "a.b.com\nhttps://docs.google.com/x\n", "alert any a.b.com\n",
		  "2:1: `https://docs.google.com/x` is left out: a URL on a shared host\n" },
		/* an indicator and another one in a remark */
		{ FEED_LIST, "a.b.com\na.c.com see http://d.com/ now\n", "alert any a.b.com\n",
		  "2:9: the line has more than one word: a list has one indicator on each line\n" },
		/* a word that only begins like that of another format */
		{ FEED_AUTO, "#fields are names\na.b.com\n", "alert any a.b.com\n", NULL },
		/* what is wrong does not stop the rest */
		{ FEED_LIST, "two words\na.com\n192.0.2.1/24\nlocalhost\n\xe3\x81\x82 b\n",
		  "alert any .a.com\n",
		  "1:5: the line has more than one word: a list has one indicator on each line\n"
		  "3:1: `192.0.2.1/24`: bits beyond the prefix are set: the network is "
		  "192.0.2.0/24\n"
		  "4:1: `localhost` is not a name of at least two labels\n"
		  "5:3: the line has more than one word: a list has one indicator on each line\n" },
	};
	IMPORT_CHECK(tests);
}

static void counts_reasons(void **state)
{
	(void)state;
	static const char text[] = "ioc,type\na.b.com,domain\n00,md5\n00,MD5\n00,sha1\n"
	                           "evil.com,whois\nx,whois\nhttps://bit.ly/1,url\n";
	struct imported imported;
	struct feed_options options = { .format = FEED_AUTO };
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_string_equal(imported.rules, "alert any a.b.com\n");
	assert_string_equal(imported.complaints,
	                    "6:1: `evil.com` is left out: unknown type whois\n"
	                    "8:1: `https://bit.ly/1` is left out: a URL on a shared host\n");
	static const struct feed_reason expected[] = {
		{ "md5", 1 },   { "MD5", 1 },
		{ "sha1", 1 },  { "unknown type whois", 1 },
		{ "whois", 1 }, { FEED_SHARED_HOST, 1 },
		{ "", 0 },
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_string_equal(imported.stats.reasons[i].text, expected[i].text);
		assert_int_equal(imported.stats.reasons[i].count, expected[i].count);
	}
	assert_int_equal(imported.stats.left_out, 6);
	assert_int_equal(imported.stats.named, 2);
	assert_int_equal(imported.stats.errors, 0);
}

/*! \brief Many reasons, long ones in another script, and many indicators that are left out. */
static void bounds_reasons(void **state)
{
	(void)state;
	char text[8192] = "ioc,type\n";
	struct imported imported;
	struct feed_options options = { .format = FEED_AUTO };
	for (int i = 0; i < 30; i++) {
		size_t used = strlen(text);
		snprintf(text + used, sizeof(text) - used,
		         "evil%d.com,%d\u00e9xxxxxxxx\u00e9xxxxxxxxx\u00e9xxxxxxx\u00e9\n", i, i);
	}
	import_text(text, strlen(text), &options, &imported);
	assert_int_equal(imported.stats.named, 30);
	assert_string_equal(imported.stats.reasons[FEED_REASONS_MAX - 1].text, "for other reasons");
	assert_non_null(strstr(imported.complaints, "21:1: `evil19.com` is left out"));
	assert_null(strstr(imported.complaints, "evil20.com"));
	assert_non_null(strstr(imported.complaints, "0:0: 10 more indicators are left out\n"));
}

static void reads_csv(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_CSV, "indicator\n192.0.2.1\n", "alert any 192.0.2.1\n", NULL },
		{ FEED_CSV, "domain,ip\na.b.com,192.0.2.1\n,192.0.2.2\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.2\nalert any a.b.com\n", NULL },
		/* quotes as in RFC 4180: commas, line breaks, doubled quotes */
		{ FEED_CSV, "ioc,description\n\"a.b.com\",\"x, \"\"y\"\"\r\nz\"\r\n",
		  "alert any a.b.com note=\"x, \\\"y\\\" z\"\n", NULL },
		/* other delimiters, other names, order */
		{ FEED_CSV, "Description;Value\nx;a.b.com\n", "alert any a.b.com note=\"x\"\n",
		  NULL },
		{ FEED_CSV, "Last Seen (UTC)\tIP Address\n2020-01-01\t192.0.2.1\n",
		  "alert any 192.0.2.1 note=\"last seen 2020-01-01\"\n", NULL },
		/* types */
		{ FEED_CSV,
		  "type,value\nns,a.b.com\nhostname,b.com\nsha256,00\nip:port,192.0.2.1:53\n"
		  "ip:port,[2001:db8::1]:53\ndomain|ip,x.com|192.0.2.2\n",
		  "alert ns a.b.com\nalert any .b.com\nalert any .x.com\nalert any 192.0.2.1\n"
		  "alert any 192.0.2.2\nalert any 2001:db8::1\n",
		  NULL },
		/* sightings bound nothing, periods do */
		{ FEED_CSV, "ip,first_seen,valid_until,conf\n192.0.2.1,2020-01-01,2020-02-01,70\n",
		  "alert any 192.0.2.1 conf=70 note=\"first seen 2020-01-01\" until=2020-02-01\n",
		  NULL },
		{ FEED_CSV, "ip,valid_from\n192.0.2.1,2020-01-01 10:00:00 UTC\n192.0.2.2,soon\n",
		  "alert any 192.0.2.1 since=2020-01-01T10:00:00Z\nalert any 192.0.2.2\n",
		  "3:1: `soon`: write a date such as 2020-05-31, or a time with its zone such as "
		  "2020-05-31T00:05Z\n" },
		/* source, reference, tags */
		{ FEED_CSV, "ip,source,ref,tags\n192.0.2.1,a desk,https://a.com/1,b;c d\n",
		  "alert any 192.0.2.1 feed=\"a desk\" ref=https://a.com/1 tags=b,c,d\n", NULL },
		/* empty tags, one of a control character */
		{ FEED_CSV, "ip,tags\n192.0.2.1,\";a;;\x01,b;\"\n192.0.2.2,\x01\n",
		  "alert any 192.0.2.1 tags=a,b\nalert any 192.0.2.2\n", NULL },
		/* the heading in a comment */
		{ FEED_CSV, "# a list\n# ip,malware\n192.0.2.1,x\n# end\n",
		  "alert any 192.0.2.1 note=\"x\"\n", NULL },
		{ FEED_CSV, "ip\tnote\n\"192.0.2.1\" \t\"x\" \n",
		  "alert any 192.0.2.1 note=\"x\"\n", NULL },
		/* broken */
		{ FEED_CSV, "domain,note\n\"95\".evil.com,x\na.com,y\n",
		  "alert any .a.com note=\"y\"\n",
		  "2:1: there is text after the closing quote of a field\n" },
		{ FEED_CSV, "a,b\n1,2\n", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
		{ FEED_CSV, "ip,malware\n,x\n192.0.2.1\n\"192.0.2.2,y\n192.0.2.3,z\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.3 note=\"z\"\n",
		  "2:1: the record has no indicator\n4:1: the closing quote is missing\n" },
	};
	IMPORT_CHECK(tests);
}

static void takes_named_columns(void **state)
{
	(void)state;
	static const char text[] = "ip,Bad Thing,Why\n192.0.2.1,a.b.com,x\n";
	static const char *const columns[] = { "indicator=bad thing", "description=Why" };
	static const struct feed_options options = { .columns = columns, .columns_count = 2 };
	struct imported imported;
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_int_equal(imported.stats.format, FEED_CSV);
	assert_string_equal(imported.rules, "alert any a.b.com note=\"x\"\n");
	assert_null(feed_column_check("type=Kind"));
	assert_non_null(feed_column_check("type"));
	assert_non_null(feed_column_check("type="));
	assert_non_null(feed_column_check("colour=red"));
}

static void reads_zeek(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_ZEEK, "#fields\tindicator\tindicator_type\n", "", NULL },
		/* types; the prefix is optional */
		{ FEED_ZEEK,
		  "#fields\tindicator\tindicator_type\n192.0.2.1\tIntel::ADDR\n"
		  "192.0.2.0/24\tIntel::SUBNET\na.com\tDOMAIN\na@b.com\tIntel::EMAIL\n"
		  "a.com/x\tIntel::URL\n",
		  "alert any 192.0.2.0/24\nalert any 192.0.2.1\nalert any a.com\nalert any "
		  "a@b.com\n",
		  NULL },
		/* columns in any order; - and (empty) are nothing */
		{ FEED_ZEEK,
		  "#fields\tmeta.desc\tindicator_type\tindicator\tmeta.source\n"
		  "-\tIntel::ADDR\t192.0.2.1\t(empty)\nwhy not\tIntel::ADDR\t192.0.2.2\tx\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.2 feed=x note=\"why not\"\n", NULL },
		/* where */
		{ FEED_ZEEK,
		  "#fields\tindicator\tindicator_type\tmeta.if_in\n"
		  "a.com\tIntel::DOMAIN\tDNS::IN_REQUEST\nb.com\tIntel::DOMAIN\tHTTP::IN_URL\n"
		  "192.0.2.1\tIntel::ADDR\tConn::IN_RESP\na@b.com\tIntel::EMAIL\tSMTP::IN_TO\n"
		  "192.0.2.2\tIntel::ADDR\tConn::IN_ORIG\n",
		  "alert name a.com\nalert resolver 192.0.2.1\nalert server 192.0.2.1\n"
		  "alert rcpt a@b.com\n",
		  NULL },
		/* confidence */
		{ FEED_ZEEK,
		  "#fields\tindicator\tindicator_type\tmeta.confidence\n"
		  "a.com\tDOMAIN\t100\nb.com\tDOMAIN\t101\nc.com\tDOMAIN\t0\n"
		  "d.com\tDOMAIN\t0100\ne.com\tDOMAIN\thigh\n",
		  "alert any a.com conf=100\nalert any b.com\nalert any c.com conf=0\n"
		  "alert any d.com\nalert any e.com\n",
		  NULL },
		/* broken */
		{ FEED_ZEEK,
		  "192.0.2.1\tIntel::ADDR\n#fields\tindicator\tindicator_type\n"
		  "192.0.2.1 Intel::ADDR\nx y\tIntel::DOMAIN\n192.0.2.2\tIntel::ADDR\n",
		  "alert any 192.0.2.2\n",
		  "1:1: the row must follow a line `#fields` that names indicator and "
		  "indicator_type\n"
		  "3:1: indicator or indicator_type is missing: are there tabs between the "
		  "fields?\n"
		  "4:1: `x y`: ` ` is not allowed in a name\n" },
	};
	IMPORT_CHECK(tests);
}

static void recognises_formats(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum feed_format format;
	} tests[] = {
		{ "a.com\nb.com\n", FEED_LIST },
		{ "# c\n\n192.0.2.1\n", FEED_LIST },
		{ "0.0.0.0 a.com\n", FEED_LIST },
		{ "# c\n; c\n// c\n# c\na.com\n", FEED_LIST },
		{ "ip,port\n192.0.2.1,53\n", FEED_CSV },
		{ "domain\na.com\n", FEED_CSV },
		{ "#fields\tindicator\tindicator_type\n", FEED_ZEEK },
		{ "; z\n$TTL 60\n", FEED_RPZ },
		{ "@ IN SOA a. b. 1 2 3 4 5\n", FEED_RPZ },
		{ " {\"type\":\"bundle\",\"objects\":[]}", FEED_STIX },
		{ "{\"more\":false,\"objects\":[]}", FEED_STIX },
		{ "[{\"Event\":{}}]", FEED_MISP },
		{ "{\"response\":[]}", FEED_MISP },
		{ "On Monday somebody called.\nThe name was evil[.]com.\n", FEED_TEXT },
		{ "a.com. 300 IN SOA b. c. 1 2 3 4 5 was the answer\nand more\n", FEED_RPZ },
		{ "They saw:\na.com. 300 IN SOA b. c. 1 2 3 4 5\nand more\n", FEED_TEXT },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported imported;
		struct feed_options options = { .format = FEED_AUTO };
		import_text(tests[i].text, strlen(tests[i].text), &options, &imported);
		if (imported.stats.format != tests[i].format) {
			fail_msg("%s: %s", tests[i].text, feed_format_text(imported.stats.format));
		}
	}
}

static void keeps_ids(void **state)
{
	(void)state;
	static const struct feed_options options = { .name = "my feed", .ref = "https://a.com/" };
	static const char *const texts[] = { "a.b.com\nc.d.com # x\n", "c.d.com\n" };
	char ids[2][64];
	for (size_t i = 0; i < 2; i++) {
		char *out_text = NULL;
		size_t out_size;
		struct imported imported = { .rules = "" };
		FILE *in = fmemopen((void *)texts[i], strlen(texts[i]), "r");
		FILE *out = open_memstream(&out_text, &out_size);
		feed_import(in, "a/test.feed", &options, out, import_complain, &imported,
		            &imported.stats);
		fclose(out);
		fclose(in);
		assert_non_null(strstr(out_text, "set feed=my-feed ref=https://a.com/\n"));
		const char *rule = strstr(out_text, "alert any c.d.com id=");
		assert_non_null(rule);
		snprintf(ids[i], sizeof(ids[i]), "%.24s", rule + strlen("alert any c.d.com id="));
		free(out_text);
	}
	assert_string_equal(ids[0], ids[1]);
	assert_memory_equal(ids[0], "my-feed-", 8);
}

static void reads_encodings(void **state)
{
	(void)state;
#define OCTETS(text) text, sizeof(text) - 1
	static const struct {
		const char *text;
		size_t size;
		const char *rules, *complaints;
	} tests[] = {
		/* a NUL hides neither what is before it nor what is after it */
		{ OCTETS("a.b.com\nc.d\0.com\nx.y.com # \0\n"),
		  "alert any a.b.com\nalert any x.y.com\n",
		  "2:1: the line contains a NUL octet: is this a text file?\n"
		  "2:1: `c.d .com`: ` ` is not allowed in a name\n" },
		/* UTF-16, with a mark or without; an odd octet; half of a surrogate pair */
		{ OCTETS("\xff\xfe"
		         "a\0.\0b\0.\0c\0o\0m\0\r\0\n\0"),
		  "alert any a.b.com\n", "" },
		{ OCTETS("\xfe\xff\0a\0.\0b\0.\0c\0o\0m"), "alert any a.b.com\n", "" },
		{ OCTETS("a\0.\0b\0.\0c\0o\0m\0"), "alert any a.b.com\n", "" },
		{ OCTETS("\0a\0.\0b\0.\0c\0o\0m"), "alert any a.b.com\n", "" },
		{ OCTETS("a\0.\0b\0.\0c\0o\0m\0 \0#\0\0\xd8x"),
		  "alert any a.b.com note=\"\uFFFD\uFFFD\"\n", "" },
		{ OCTETS("\xff\xfe"), "", "" },
		/* line ends of old systems */
		{ OCTETS("a.b.com\rc.d.com\r"), "alert any a.b.com\nalert any c.d.com\n", "" },
		/* no text */
		{ OCTETS("\x1f\x8b\x08 a.com"), "",
		  "1:1: the file is compressed: unpack it first\n" },
		{ OCTETS("PK\x03\x04 a.com"), "",
		  "1:1: the file is compressed: unpack it first\n" },
		{ OCTETS("%PDF-1.4\na.com\n"), "",
		  "1:1: the file is a PDF: convert it to text first, for example with "
		  "pdftotext\n" },
		{ OCTETS("<?xml version=\"1.0\"?>\n<stix:STIX_Package>\na.com\n"), "",
		  "1:1: STIX 1 and other XML formats are not supported: get the feed as STIX 2, "
		  "MISP or CSV\n" },
		{ OCTETS("<ioc xmlns=\"x\">\na.com\n"), "",
		  "1:1: STIX 1 and other XML formats are not supported: get the feed as STIX 2, "
		  "MISP or CSV\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported imported;
		struct feed_options options = { .format = FEED_AUTO };
		import_text(tests[i].text, tests[i].size, &options, &imported);
		if (strcmp(imported.rules, tests[i].rules) != 0 ||
		    strcmp(imported.complaints, tests[i].complaints) != 0) {
			fail_msg("%zu: %s%s", i, imported.rules, imported.complaints);
		}
	}
}

static void an_unreadable_feed(void **state)
{
	(void)state;
	static const struct feed_options options = { .format = FEED_AUTO };
	struct imported imported = { .rules = "" };
	char *text = NULL;
	size_t size = 0;
	FILE *in = fopen("/", "r");
	FILE *out = open_memstream(&text, &size);
	assert_non_null(in);
	assert_non_null(out);
	assert_int_equal(feed_import(in, "a/test.feed", &options, out, import_complain, &imported,
	                             &imported.stats),
	                 -1);
	assert_string_equal(imported.complaints, "0:0: Is a directory\n");
	assert_int_equal(imported.stats.errors, 1);
	(void)fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(size, 0);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_reasons),      cmocka_unit_test(bounds_reasons),
		cmocka_unit_test(reads_lists),         cmocka_unit_test(reads_csv),
		cmocka_unit_test(takes_named_columns), cmocka_unit_test(reads_zeek),
		cmocka_unit_test(recognises_formats),  cmocka_unit_test(keeps_ids),
		cmocka_unit_test(reads_encodings),     cmocka_unit_test(an_unreadable_feed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
