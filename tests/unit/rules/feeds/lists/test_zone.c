/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Response policy zones. */
#include "tests/unit/unit.h"

#include "tests/unit/rules/feeds/import.h"

#define SOA "$ORIGIN z.\n@ 60 SOA a. b. 1 2 3 4 5\n"

static void reads_triggers(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_RPZ, SOA, "", NULL },
		{ FEED_RPZ, SOA " NS localhost.\n", "", NULL },
		{ FEED_RPZ, SOA "a.com CNAME .\n*.a.com CNAME *.\n",
		  "alert name *.a.com\nalert name a.com\n", NULL },
		{ FEED_RPZ, SOA "a.com.z. CNAME .\nA.COM 60 IN TXT x\n", "alert name a.com\n",
		  NULL },
		/* networks backwards */
		{ FEED_RPZ, SOA "32.1.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-ip CNAME .\n",
		  "alert ip 192.0.2.0/24\nalert ip 192.0.2.1\n", NULL },
		{ FEED_RPZ,
		  SOA "128.1.zz.db8.2001.rpz-ip CNAME .\n128.zz.db8.2001.rpz-ip CNAME .\n"
		      "0.zz.rpz-ip CNAME .\n128.1.zz.rpz-ip CNAME .\n"
		      "128.8.7.6.5.4.3.db8.2001.rpz-ip CNAME .\n",
		  "alert ip 2001:db8:3:4:5:6:7:8\nalert ip 2001:db8::\nalert ip 2001:db8::1\n"
		  "alert ip ::/0\nalert ip ::1\n",
		  NULL },
		{ FEED_RPZ, SOA "ns.a.com.rpz-nsdname CNAME .\n32.1.2.0.192.rpz-nsip CNAME .\n",
		  "alert ns ns.a.com\nalert ip 192.0.2.1\nalert resolver 192.0.2.1\n", NULL },
		{ FEED_RPZ, SOA "32.1.2.0.192.rpz-client-ip CNAME .\n", "", NULL },
		/* actions */
		{ FEED_RPZ,
		  SOA "a.com CNAME rpz-passthru.\nb.com CNAME b.com.\nc.com CNAME "
		      "RPZ-DROP.\nd.com CNAME rpz-tcp-only.\ne.com A 192.0.2.9\n",
		  "alert name c.com\nalert name e.com\nallow name a.com\nallow name b.com\n",
		  NULL },
		/* without a SOA the origin is the zone */
		{ FEED_RPZ, "$ORIGIN z.\na.com CNAME .\n", "alert name a.com\n", NULL },
		{ FEED_RPZ, "a.com. 60 CNAME .\n", "alert name a.com\n", NULL },
	};
	IMPORT_CHECK(tests);
}

static void goes_on_behind_mistakes(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_RPZ, SOA "$INCLUDE /etc/hostname\na.com CNAME .\n", "alert name a.com\n",
		  "3:1: $INCLUDE is not followed: import the included file as well\n" },
		{ FEED_RPZ, SOA "a.com.y. CNAME .\nb.com CNAME .\n", "alert name b.com\n",
		  "3:1: the owner is not in the zone\n" },
		{ FEED_RPZ, SOA "33.1.2.0.192.rpz-ip CNAME .\n1.rpz-ip CNAME .\nb.com CNAME .\n",
		  "alert name b.com\n",
		  "3:1: `192.0.2.1/33`: the prefix length after the slash must be 0 to 32\n"
		  "4:1: `1` is not a network in reverse order\n" },
		{ FEED_RPZ, SOA "a\\.b.com CNAME .\nb.com CNAME .\n", "alert name b.com\n",
		  "3:1: `a?b.com`: `?` is not allowed in a name\n" },
	};
	IMPORT_CHECK(tests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_triggers),
		cmocka_unit_test(goes_on_behind_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
