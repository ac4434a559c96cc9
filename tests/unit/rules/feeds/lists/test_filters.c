/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters of ad blockers, and configuration of dnsmasq and Unbound. */
#include "tests/unit/unit.h"

#include "tests/unit/rules/feeds/import.h"

/*! \brief Whether a reason was counted so often. */
static void check_reason(const struct feed_stats *stats, const char *text, size_t count)
{
	for (size_t i = 0; i < FEED_REASONS_MAX; i++) {
		if (strcmp(stats->reasons[i].text, text) == 0) {
			assert_int_equal(stats->reasons[i].count, count);
			return;
		}
	}
	fail_msg("no reason `%s`", text);
}

static void reads_adblock(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO, "[Adblock Plus]\n! Title: x\n", "", NULL },
		/* names with those below them; exceptions are no alerts */
		{ FEED_AUTO,
		  "[Adblock Plus 2.0]\n! x\n||evil.com^\n||sub.evil.org^\n||*.evil.net^\n"
		  "||evil.zip^\n||192.0.2.1^\n@@||good.com^\n||evil.example^$third-party\n"
		  "||evil.co.uk^$important,all\n||evil.biz:8080^\n||evil.info/\n||evil.name^|\n",
		  "alert any .evil.biz\nalert any .evil.co.uk\nalert any .evil.com\n"
		  "alert any .evil.example\nalert any .evil.info\nalert any .evil.name\n"
		  "alert any .evil.net\nalert any .evil.zip\nalert any .sub.evil.org\n"
		  "alert any 192.0.2.1\nallow any .good.com\n",
		  NULL },
		/* one host */
		{ FEED_AUTO, "||evil.com^\n|http://a.evil.org^\n|https://b.evil.org/\nc.evil.org\n",
		  "alert any .evil.com\nalert any a.evil.org\nalert any b.evil.org\n"
		  "alert any c.evil.org\n",
		  NULL },
		/* no whole hosts */
		{ FEED_AUTO,
		  "||evil.com/x.js\n||evil.com^path\n||ads.*^\n/banner/*/img^\n-ad-\n"
		  "||evil.com^$domain=a.com\n@@||evil.com^$elemhide\n||evil.com^$script,image\n"
		  "##.ad\nevil.com##.ad\nevil.com#@#.ad\n/^https?:..evil/\n",
		  "", NULL },
		/* disabled */
		{ FEED_AUTO,
		  "||a.com^\n||b.com^$all\n||c.com^\n||a.com^$badfilter\n||b.com^$all,badfilter\n",
		  "alert any .c.com\n", NULL },
		/* another option of nine letters; one without a filter; one with it in its name */
		{ FEED_AUTO,
		  "||a.com^$websocket\n||a.com^\n$badfilter\nbadfilter\n||b.com^badfilter\n||b.com^"
		  "\n",
		  "alert any .a.com\nalert any .b.com\n", NULL },
		/* nothing after an anchor */
		{ FEED_ADBLOCK, "||evil.com^\n||\n|\n@@\n|http://\n|http:\n",
		  "alert any .evil.com\n", "2:3: ``: the name has no labels\n" },
		/* invalid names */
		{ FEED_AUTO, "||evil.com^\r\n@@||198.51.100.300^\r\n", "alert any .evil.com\n",
		  "2:5: `198.51.100.300`: `198.51.100.300` is not an IPv4 address: write four "
		  "numbers up to "
		  "255 without leading zeros\n" },
	};
	IMPORT_CHECK(tests);
}

static void counts_filters(void **state)
{
	(void)state;
	static const char text[] = "||evil.com/x\n||evil.com^$domain=a.com\n||ads.*^\n##.ad\n"
	                           "-ad-\n||evil.com^*\n";
	struct imported imported;
	struct feed_options options = { .format = FEED_AUTO };
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_int_equal(imported.stats.format, FEED_ADBLOCK);
	assert_int_equal(imported.stats.left_out, 5);
	assert_int_equal(imported.stats.named, 0);
	check_reason(&imported.stats, "path", 1);
	check_reason(&imported.stats, "narrowed by $domain", 1);
	check_reason(&imported.stats, "pattern with *", 1);
	check_reason(&imported.stats, "cosmetic filter", 1);
	check_reason(&imported.stats, "pattern without a host", 1);
}

static void reads_dnsmasq(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO,
		  "# dnsmasq\naddress=/evil1.com/0.0.0.0\naddress=/evil2.com/\nserver=/evil3.com/\n"
		  "local=/evil4.com/\naddress=/evil5.com/evil6.com/::\naddress=/a.evil7.com/#\n"
		  "--address=/*.evil8.com/192.0.2.1\n",
		  "alert any .a.evil7.com\nalert any .evil1.com\nalert any .evil2.com\n"
		  "alert any .evil3.com\nalert any .evil4.com\nalert any .evil5.com\n"
		  "alert any .evil6.com\nalert any .evil8.com\n",
		  NULL },
		/* what blocks nothing */
		{ FEED_AUTO,
		  "server=/corp.com/192.0.2.53\nserver=/good.com/#\nipset=/a.com/set\n"
		  "nftset=/b.com/4#x\nconf-file=/etc/x\naddress=/evil.com/\n",
		  "alert any .evil.com\n", NULL },
		{ FEED_AUTO,
		  "address=/#/192.0.2.1\naddress=/com/\naddress=//192.0.2.1\naddress=/a..b/\n", "",
		  "1:10: `#` blocks every name, which no rule can express\n"
		  "2:10: `com` is not a name of at least two labels\n"
		  "4:10: `a..b`: the name has an empty label: are there too many dots?\n" },
		{ FEED_AUTO,
		  "address=/*.a..b/192.0.2.1\naddress=/*.x/::\naddress=/*./::\naddress=/*/\n", "",
		  "1:12: `a..b`: the name has an empty label: are there too many dots?\n"
		  "2:12: `x` is not a name of at least two labels\n"
		  "3:10: `*.`: the name has no labels\n"
		  "4:10: `*`: a star is allowed only as the first label, as in *.example.com\n" },
	};
	IMPORT_CHECK(tests);
}

static void counts_options(void **state)
{
	(void)state;
	static const char text[] = "server=/a.com/#\nserver=/b.com/192.0.2.1\nipset=/a.com/set\n"
	                           "bogus-priv\naddress=/c.com/\nlocal=/d.com/ \naddress=/\n"
	                           "address=\n";
	struct imported imported;
	struct feed_options options = { .format = FEED_DNSMASQ };
	import_text(text, sizeof(text) - 1, &options, &imported);
	assert_string_equal(imported.rules, "alert any .c.com\nalert any .d.com\n");
	assert_int_equal(imported.stats.left_out, 5);
	check_reason(&imported.stats, "forwarded to the usual servers", 1);
	check_reason(&imported.stats, "forwarded to a server", 1);
	check_reason(&imported.stats, "ipset", 1);
	check_reason(&imported.stats, "other option", 2);
}

static void reads_unbound(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO,
		  "server:\n# x\nlocal-zone: \"evil1.com\" always_nxdomain\n"
		  "  local-zone: 'evil2.com.' static\nlocal-zone: evil3.com redirect\n"
		  "local-data: \"evil3.com. A 192.0.2.1\"\nlocal-data: \"evil4.com A 0.0.0.0\"\n"
		  "local-zone: \"good.com\" transparent\ninclude: x\n",
		  "alert any .evil1.com\nalert any .evil2.com\nalert any .evil3.com\n"
		  "alert any evil4.com\n",
		  NULL },
		{ FEED_AUTO, "local-zone: \"a..b\" static\nlocal-zone: \"com\" static\n", "",
		  "1:14: `a..b`: the name has an empty label: are there too many dots?\n"
		  "2:14: `com` is not a name of at least two labels\n" },
	};
	IMPORT_CHECK(tests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_adblock), cmocka_unit_test(counts_filters),
		cmocka_unit_test(reads_dnsmasq), cmocka_unit_test(counts_options),
		cmocka_unit_test(reads_unbound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
