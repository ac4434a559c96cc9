/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as publishers have them: headings, and no heading. */
#include "tests/unit/unit.h"

#include "tests/unit/rules/feeds/import.h"

#define LINE "################################################\n"

static void finds_headings(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		/* in a comment: abuse.ch, PhishStats, C2IntelFeeds; the publisher's name is not an
		   indicator */
		{ FEED_AUTO,
		  LINE "# abuse.ch SSLBL                               #\n" LINE
		       "#\n# Firstseen,DstIP,DstPort\n2020-07-08 09:12:06,192.0.2.1,443\n",
		  "alert any 192.0.2.1 note=\"first seen 2020-07-08 09:12:06\"\n", NULL },
		{ FEED_AUTO,
		  "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n"
		  "\"1\",\"2024-05-01\",\"http://192.0.2.7:44321/x\",\"online\",\"2024-05-01\","
		  "\"malware_download\",\"32-bit,elf\",\"https://urlhaus.abuse.ch/url/1/\",\"me\"\n"
		  "\"2\",\"2024-05-01\",\"https://github.com/evil/"
		  "x.exe\",\"online\",\"\",\"\",\"\","
		  "\"https://urlhaus.abuse.ch/url/2/\",\"me\"\n",
		  "alert any 192.0.2.7 feed=me ref=https://urlhaus.abuse.ch/url/1/ tags=32-bit,elf "
		  "note=\"malware_download; first seen 2024-05-01, last 2024-05-01\"\n",
		  "3:1: `https://github.com/evil/x.exe` is left out: a URL on a shared host\n" },
		{ FEED_AUTO,
		  "# "
		  "\"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"malware_printable\","
		  "\"confidence_level\",\"reference\",\"tags\"\n"
		  "\"2026-01-08\", \"3\", \"evil.top\", \"domain\", \"RAT\", \"100\", \"None\", "
		  "\"c2\"\n"
		  "\"2026-01-08\", \"2\", \"192.0.2.2:433\", \"ip:port\", \"RAT\", \"75\", \"\", "
		  "\"\"\n"
		  "\"2026-01-08\", \"1\", \"00\", \"sha256_hash\", \"RAT\", \"75\", \"\", \"\"\n",
		  "alert any .evil.top conf=100 tags=c2 note=\"RAT; first seen 2026-01-08\"\n"
		  "alert any 192.0.2.2 conf=75 note=\"RAT; first seen 2026-01-08\"\n",
		  NULL },
		{ FEED_AUTO,
		  "# PhishScore | PhishStats             #\n# CSV: Date,Score,URL,IP              "
		  "#\n"
		  "\"2019-03-24\",\"5.0\",\"http://evil-login.com/x\",\"192.0.2.77\"\n"
		  "\"2019-03-24\",\"5.0\",\"http://docs.google.com/x\",\"172.217.0.1\"\n",
		  "alert any .evil-login.com note=\"first seen 2019-03-24\"\n"
		  "alert any 192.0.2.77 note=\"first seen 2019-03-24\"\n",
		  "4:1: `http://docs.google.com/x` is left out: a URL on a shared host\n" },
		{ FEED_AUTO, "#ip,ioc\n192.0.2.1,Possible C2 IP\n",
		  "alert any 192.0.2.1 note=\"Possible C2 IP\"\n", NULL },
		/* PhishTank */
		{ FEED_AUTO,
		  "phish_id,url,phish_detail_url,submission_time,verified\n"
		  "1,https://login.evil.com/x,http://www.phishtank.com/phish_detail.php?phish_id=1,"
		  "2023-02-01,yes\n",
		  "alert any login.evil.com "
		  "ref=\"http://www.phishtank.com/phish_detail.php?phish_id=1\""
		  " note=\"first seen 2023-02-01\"\n",
		  NULL },
		/* DShield: a range of two columns; the mailbox is a contact */
		{ FEED_AUTO,
		  "# DShield\nStart\t"
		  "End\tNetmask\tAttacks\tName\tCountry\temail\n"
		  "198.51.100.0\t198.51.100.255\t24\t9\tACME\tNL\tabuse@acme.com\n",
		  "alert any 198.51.100.0/24\n", NULL },
		{ FEED_AUTO, "ip,country,email\n192.0.2.1,NL,abuse@acme.com\n",
		  "alert any 192.0.2.1\n", NULL },
		{ FEED_AUTO, "email,note\nspy@evil.com,x\n", "alert any spy@evil.com note=\"x\"\n",
		  NULL },
		/* MISP */
		{ FEED_AUTO,
		  "uuid,event_id,category,type,value,comment,to_ids,date\n"
		  "\"u\",1,\"Network activity\",\"hostname\",\"google.com\",\"\",0,1541767959\n"
		  "\"u\",1,\"Network "
		  "activity\",\"ip-dst|port\",\"192.0.2.9|443\",\"\",1,1541767959\n",
		  "alert any 192.0.2.9 note=\"first seen 1541767959\"\n", NULL },
		/* types, with blanks and in any case */
		{ FEED_AUTO,
		  "value,type\na.com,Domain Name\nb.com,FQDN\nc.com,host name\nd.com,URL Domain\n"
		  "e.com,DNS\n192.0.2.1,IPv4 Address\n192.0.2.2,ip_dst\n192.0.2.3,address-ipv4\n"
		  "192.0.2.4:443,ip-port\nu@e.com,Email Address\n203.0.113.0/24,CIDR\n"
		  "http://f.com/x,URL\n",
		  "alert any .a.com\nalert any .b.com\nalert any .c.com\nalert any .d.com\n"
		  "alert any .e.com\nalert any .f.com\nalert any 192.0.2.1\nalert any 192.0.2.2\n"
		  "alert any 192.0.2.3\nalert any 192.0.2.4\nalert any 203.0.113.0/24\n"
		  "alert any u@e.com\n",
		  NULL },
		/* values that are not what their type claims */
		{ FEED_AUTO,
		  "value,type\na.com,ip\n192.0.2.1,domain\nu@a.com,hostname\na.com,email\nmain,"
		  "domain\n",
		  "alert any 192.0.2.1\n",
		  "2:1: `a.com` is a name\n4:1: `u@a.com` is a mailbox\n5:1: `a.com` is a name\n"
		  "6:1: `main` is not a name of at least two labels\n" },
		/* the column of types is of threats; signs for no value */
		{ FEED_AUTO, "domain,type,ip\na.com,phishing,-\nb.com,malware,N/A\n",
		  "alert any .a.com\nalert any .b.com\n", NULL },
		{ FEED_AUTO, "IOC\tIType\na[.]com\tDomain\n192[.]0[.]2[.]1\tIP\n",
		  "alert any .a.com\nalert any 192.0.2.1\n", NULL },
		{ FEED_AUTO,
		  "\xef\xbb\xbf"
		  "domain\r\na.com\r\nb.com\r\n",
		  "alert any .a.com\nalert any .b.com\n", NULL },
		{ FEED_AUTO, "url\nhttp://a.com/x\n", "alert any .a.com\n", NULL },
		{ FEED_AUTO, "ip,# note,  first seen\n192.0.2.1,x,2020-01-01\n",
		  "alert any 192.0.2.1 note=\"x; first seen 2020-01-01\"\n", NULL },
		/* comments and empty lines among records */
		{ FEED_AUTO,
		  "ip,note\n192.0.2.1,a\n\n \t\r\n//192.0.2.9,c\n# 192.0.2.8,d\n  #192.0.2.7,d\n"
		  "/192.0.2.6,e\n192.0.2.2,b",
		  "alert any 192.0.2.1 note=\"a\"\nalert any 192.0.2.2 note=\"b\"\n",
		  "8:1: ``: the name has no labels\n" },
	};
	IMPORT_CHECK(tests);
}

/* A comment of 4,096 octets is too long to be a heading. */
static void long_comments(void **state)
{
	(void)state;
	static char text[4200];
	for (size_t size = 4094; size <= 4097; size++) {
		struct imported imported;
		const struct feed_options options = { .format = FEED_CSV };
		memset(text, ' ', size);
		memcpy(text, "# ", 2);
		memcpy(text + size - 11, "domain,note", 11);
		strcpy(text + size, "\na.com,b\n");
		import_text(text, strlen(text), &options, &imported);
		assert_string_equal(imported.rules, size < 4096 ? "alert any .a.com note=\"b\"\n"
		                                                : "alert any .a.com\n");
	}
}

static void guesses_columns(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		/* Bambenek: a reference on each line, and the publisher's address in comments */
		{ FEED_AUTO,
		  "## Feed by someone@bambenek.com\n"
		  "a.com,Domain used by x,2016-11-12 15:02,http://osint.bambenek.com/x.txt\n"
		  "b.com,Domain used by x,2016-11-12 15:02,http://osint.bambenek.com/x.txt\n",
		  "alert any .a.com ref=http://osint.bambenek.com/x.txt note=\"Domain used by x\"\n"
		  "alert any .b.com ref=http://osint.bambenek.com/x.txt note=\"Domain used by "
		  "x\"\n",
		  NULL },
		/* dataplane.org */
		{ FEED_AUTO,
		  "# ASN | ASname | ipaddr\n1234  |  ACME NET  |  192.0.2.1  |  2024-01-01 "
		  "00:00:00\n"
		  "12    |  ACME NET  |  192.0.2.2  |  2024-01-01 00:00:00\n",
		  "alert any 192.0.2.1 note=\"ACME NET\"\nalert any 192.0.2.2 note=\"ACME NET\"\n",
		  NULL },
		/* a range; types; all columns; URLs and their addresses */
		{ FEED_AUTO,
		  "192.0.2.0\t192.0.2.255\t24\tACME\n198.51.100.0\t198.51.100.1\t24\tX\n",
		  "alert any 192.0.2.0/24\nalert any 198.51.100.0/31\n", NULL },
		/* one column needs a heading */
		{ FEED_CSV, "a.com\nb.com\n", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
		{ FEED_AUTO, "IPv4,192.0.2.1,\ndomain,a.com,\nIPv4,192.0.2.2,\n",
		  "alert any .a.com\nalert any 192.0.2.1\nalert any 192.0.2.2\n", NULL },
		{ FEED_AUTO, "a.com,b.com\nc.com,d.com\n",
		  "alert any .a.com\nalert any .b.com\nalert any .c.com\nalert any .d.com\n",
		  NULL },
		{ FEED_AUTO,
		  "2019-03-24,http://a.com/x,192.0.2.1\n2019-03-24,http://b.com/x,192.0.2.2\n",
		  "alert any .a.com\nalert any .b.com\nalert any 192.0.2.1\nalert any 192.0.2.2\n",
		  NULL },
		/* a column that may be of the victims is named, not taken */
		{ FEED_AUTO, "a.com,x y,ns1.good.com\nb.com,x y,ns2.good.com\n",
		  "alert any .a.com note=\"x y\"\nalert any .b.com note=\"x y\"\n",
		  "1:1: `ns1.good.com` is left out: column 3 has no heading\n"
		  "2:1: `ns2.good.com` is left out: column 3 has no heading\n" },
		/* a column of types without a heading */
		{ FEED_AUTO, "ipv4,192.0.2.1,\nipv4,a.com,\nipv4,192.0.2.3,\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.3\n", "2:1: `a.com` is a name\n" },
		/* half of the cells may be empty */
		{ FEED_AUTO, "a.com,1\n,2\nb.com,3\n,4\n", "alert any .a.com\nalert any .b.com\n",
		  "2:1: the record has no indicator\n4:1: the record has no indicator\n" },
		/* names of malware are no names of hosts */
		{ FEED_AUTO, "win.rat,192.0.2.1\nwin.bot,192.0.2.2\n",
		  "alert any 192.0.2.1\nalert any 192.0.2.2\n", NULL },
	};
	IMPORT_CHECK(tests);
}

static void takes_numbered_columns(void **state)
{
	(void)state;
	static const char text[] = "x,y,z\n1,a.b.com,192.0.2.1\n2,c.d.com,192.0.2.2\n";
	static const char *const columns[] = { "indicator=2", "description=1" };
	static const struct feed_options options = { .columns = columns, .columns_count = 2 };
	struct imported imported;
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_string_equal(imported.rules,
	                    "alert any a.b.com note=\"1\"\nalert any c.d.com note=\"2\"\n");
}

/* A heading is named without the signs before it. */
static void takes_named_columns(void **state)
{
	(void)state;
	static const char text[] = "x,# y,z\n1,a.b.com,192.0.2.1\n";
	static const char *const columns[] = { "indicator=y" };
	static const struct feed_options options = { .columns = columns, .columns_count = 1 };
	struct imported imported;
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_string_equal(imported.rules, "alert any a.b.com\n");
}

/* A column that is not there is an error, also where the text is a list or prose. */
static void misses_named_columns(void **state)
{
	(void)state;
	static const struct {
		const char *text, *column, *rules, *complaints;
	} tests[] = {
		{ "Domain,Why\na.b.com,x\nc.d.com,y\n", "indicator=Domian", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
		{ "Domain,Why\na.b.com,x\n", "ref=3", "alert any a.b.com\n",
		  "1:1: --column ref=3: the table has no such column\n" },
		/* without a heading */
		{ "a.b.com,x,c.d.com\ne.b.com,y,f.d.com\n", "indicator=3",
		  "alert any c.d.com\nalert any f.d.com\n", "" },
		{ "a.b.com,1\nc.d.com,2\n", "indicator=0", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
		{ "a.b.com,1\nc.d.com,2\n", "type=9", "alert any a.b.com\nalert any c.d.com\n",
		  "1:1: --column type=9: the table has no such column\n" },
		/* prose, and lists */
		{ "Evil is at a.b.com, they wrote.\n", "indicator=x", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
		{ "a.b.com\nc.d.com\n", "indicator=x", "",
		  "1:1: the column of indicators is unknown: name it with --column "
		  "indicator=NAME\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct feed_options options = { .columns = &tests[i].column,
			                              .columns_count = 1 };
		struct imported imported;
		import_text(tests[i].text, strlen(tests[i].text), &options, &imported);
		assert_int_equal(imported.stats.format, FEED_CSV);
		assert_string_equal(imported.rules, tests[i].rules);
		assert_string_equal(imported.complaints, tests[i].complaints);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_headings),      cmocka_unit_test(long_comments),
		cmocka_unit_test(guesses_columns),     cmocka_unit_test(takes_numbered_columns),
		cmocka_unit_test(takes_named_columns), cmocka_unit_test(misses_named_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
