/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/language/language.h"
#include "rules/language/lines.h"
#include "tests/unit/rules/load.h"

#define L9  "lllllllll"
#define L63 L9 L9 L9 L9 L9 L9 L9

static void three_mistakes(void **state)
{
	(void)state;
	static const char TEXT[] = "# three mistakes\n"
	                           "alert ns ns.example.com\n"
	                           "alrt ns ns.example.org\n"
	                           "alert ip 192.0.2.1/24\n"
	                           "\n"
	                           "alert  mx mx.example.com sev=hihg # so bad\n"
	                           "allow any example.net\n";
	struct complaints complaints;
	struct ruleset_stats stats;
	assert_null(load_octets(TEXT, strlen(TEXT), &complaints, &stats));
	assert_string_equal(complaints.text,
	                    "3:1: unknown verb `alrt`: did you mean `alert`?\n"
	                    "4:10: `192.0.2.1/24`: bits beyond the prefix are set: the network is "
	                    "192.0.2.0/24\n"
	                    "6:26: sev: `hihg` is not a severity: did you mean `high`?\n");
	assert_int_equal(stats.errors, 3);
	assert_int_equal(stats.files, 1);
}

/* Each line's complaints: LINE:COLUMN and a part of the message. */
static void complains(void **state)
{
	(void)state;
	static const struct {
		const char *line, *place, *message;
	} tests[] = {
		/* verbs */
		{ "Alert ns a.example", "1:1:", "did you mean `alert`" },
		{ "block ns a.example", "1:1:", "alert, allow, pin, protect, learn and set" },
		{ "  protct a.example", "1:3:", "did you mean `protect`" },
		{ "\"alert ns\" a.example", "1:1:", "unknown verb `alert ns`" },
		/* kinds */
		{ "alert", "1:6:", "the kind of observation" },
		{ "alert sev=low", "1:7:", "the kind of observation" },
		{ "alert nss a.example", "1:7:", "did you mean `ns`" },
		{ "alert resovler a.example", "1:7:", "did you mean `resolver`" },
		{ "alert reoslevr a.example", "1:7:", "did you mean `resolver`" },
		{ "alert ersolver a.example", "1:7:", "did you mean `resolver`" },
		{ "alert evil.example", "1:7:", "sni, from, rcpt and any" },
		{ "alert nss a..example", "1:7:", "did you mean `ns`" },
		{ "alert tls required", "1:7:", "only `pin` takes `tls`" },
		{ "pin a.example evil.example b.example", "1:15:", "rcpt, ds, txt, tls and any" },
		/* indicators */
		{ "alert ns", "1:9:", "the indicators are missing" },
		{ "alert ns sev=low", "1:17:", "the indicators are missing" },
		{ "alert ns a..example", "1:10:", "empty label" },
		{ "alert ns 192.0.2.1", "1:10:", "use networks with ip, resolver and server" },
		{ "alert ns a.example u@b.example", "1:20:", "use mailboxes with from and rcpt" },
		{ "alert ip a.example", "1:10:", "`ip` takes networks; use names with ns" },
		{ "alert rcpt 192.0.2.1", "1:12:", "`rcpt` takes names and mailboxes" },
		{ "alert ns 192.0.2.1-192.0.2.9", "1:10:", "use networks with ip" },
		{ "alert ip 192.0.2.9-192.0.2.1", "1:10:", "must not exceed" },
		{ "alert ip 198.51.100.x", "1:10:", "neither an IPv4 address nor a name" },
		{ "alert ns a.example[00-63].com", "1:10:", "only `protect`" },
		{ "alert ns a.example sev=low b.example", "1:28:", "quote a value" },
		{ "alert ns \xe3\x81\x82.example ..", "1:20:", "empty label" },
		/* keys */
		{ "alert ns a.example sevv=low", "1:20:", "did you mean `sev`" },
		{ "alert ns a.example SEV=low", "1:20:", "did you mean `sev`" },
		{ "alert ns a.example colour=red", "1:20:", "id, sev, conf" },
		{ "alert from prvs=x@a.example", "1:12:", "put it in quotes" },
		{ "alert from " L63 "=x@a.example", "1:12:", "unknown key `" L63 "`" },
		{ "alert from " L63 "l=x@a.example", "1:12:", "unknown key `" L63 "`" },
		{ "learn * " L63 " ns", "1:9:", "unknown kind `" },
		{ "alert ns a.example sev=low sev=low", "1:28:", "twice" },
		{ "alert ns a.example sev=", "1:20:", "is missing" },
		{ "alert ns a.example note=\"\"", "1:20:", "is missing" },
		{ "alert ns a.example sev=urgent", "1:20:", "low, medium, high or critical" },
		{ "alert ns a.example conf=101", "1:20:", "0 to 100" },
		{ "alert ns a.example conf=-1", "1:20:", "0 to 100" },
		{ "alert ns a.example conf=9x", "1:20:", "0 to 100" },
		{ "alert ns a.example ref=report", "1:20:", "complete URL" },
		{ "alert ns a.example ref=://", "1:20:", "complete URL" },
		{ "alert ns a.example tags=a,,b", "1:20:", "a tag is empty" },
		{ "alert ns a.example tags=a,", "1:20:", "a tag is empty" },
		{ "alert ns a.example tags=,", "1:20:", "a tag is empty" },
		{ "alert ns a.example since=2020-13-01", "1:20:", "month must lie" },
		{ "alert ns a.example until=soon", "1:20:", "2020-05-31" },
		{ "alert ns a.example since=2020-06-01 until=2020-05-31", "1:37:", "not before" },
		{ "alert ns a.example until=2020-05-31 since=2020-06-01", "1:37:", "not before" },
		{ "set since=2020-06-01\nalert ns a.example sev=low until=2020-07-01\n"
		  "alert ns a.example until=2020-05-31",
		  "3:20:", "not before" },
		{ "set until=2020-06-01\nalert ns a.example sev=low since=2020-05-01\n"
		  "alert ns a.example since=2020-06-02",
		  "3:20:", "not before" },
		{ "alert ns a.example max-ttl=5", "1:20:", "only `pin OWNER ns` takes this key" },
		{ "alert ns a.example tld=strict", "1:20:", "only `protect` takes this key" },
		/* server= */
		{ "alert ns a.example server=192.0.2.1",
		  "1:20:", "server, banner, helo, sni, from and rcpt" },
		{ "alert any a.example server=192.0.2.1",
		  "1:21:", "server, banner, helo, sni, from and rcpt" },
		{ "pin a.example rcpt 192.0.2.1 server=192.0.2.1", "1:30:", "`alert` and `allow`" },
		{ "alert rcpt a.example server=192.0.2.1,", "1:22:", "has no labels" },
		{ "alert rcpt a.example server=a.example", "1:22:", "only addresses" },
		{ "alert rcpt a.example server=192.0.2.1/24", "1:22:", "192.0.2.0/24" },
		{ "alert rcpt a.example server=192.0.2.9-192.0.2.1", "1:22:", "must not exceed" },
		{ "alert rcpt a.example server=0.0.0.1-255.255.255.254",
		  "1:22:", "split the rule" },
		/* quotes */
		{ "alert ns a.example note=\"a b", "1:25:", "closing" },
		{ "alert \"", "1:7:", "closing" },
		/* set */
		{ "set", "1:4:", "needs at least one" },
		{ "set low", "1:5:", "nothing else" },
		{ "set id=a", "1:5:", "`set` cannot" },
		{ "set sev=lo", "1:5:", "did you mean `low`" },
		{ "set since=2020-06-01 until=2020-05-31", "1:22:", "not before" },
		/* learn */
		{ "learn", "1:6:", "learn OWNER WHAT" },
		{ "learn after=7d", "1:7:", "learn OWNER WHAT" },
		{ "learn *", "1:8:", "no kind to learn is given" },
		{ "learn * foo", "1:9:", "ns, mx, ds, ip, ttl, mail, tls, banner, certificate" },
		{ "learn * ns,,mx", "1:9:", "unknown kind ``" },
		{ "learn * ns mx", "1:12:", "a list without blanks" },
		{ "learn * foo mx", "1:9:", "unknown kind `foo`" },
		{ "learn *.a.example ns", "1:7:", "`learn` cannot contain a star" },
		{ "learn 192.0.2.1 ns", "1:7:", "`learn` takes names" },
		{ "learn u@a.example ns", "1:7:", "is a mailbox" },
		{ "learn a.example ns min=0", "1:20:", "from 1 to 10000" },
		{ "learn a.example ns min=10001", "1:20:", "from 1 to 10000" },
		{ "learn a.example ns after=7", "1:20:", "such as 12h or 7d" },
		{ "learn a.example ns forget=3661d", "1:20:", "at most ten years" },
		{ "learn a.example ns max-ttl=5", "1:20:", "takes this key" },
		{ "learn a.example ns force=yes", "1:20:", "only `alert`" },
		{ "alert ns a.example after=7d", "1:20:", "only `learn` takes this key" },
		/* pin */
		{ "pin", "1:4:", "pin OWNER WHAT EXPECTED" },
		{ "pin a.example", "1:14:", "the kind of observation" },
		{ "pin a.example ns", "1:17:", "the expected values are missing" },
		{ "pin a.example ns max-ttl=5", "1:27:", "the expected values are missing" },
		{ "pin 192.0.2.1 ns b.example",
		  "1:5:", "is a network, but `pin ... name` takes names" },
		{ "pin *.a.example ns b.example", "1:5:", "cannot contain a star" },
		{ "pin . mx b.example", "1:5:", "no labels" },
		{ "pin a.example ns .", "1:18:", "no labels" },
		{ "pin a.example mx b.example ..", "1:28:", "" },
		{ "alert mx .", "1:10:", "no labels" },
		{ "pin a.example helo b.example", "1:15:", "cannot be pinned" },
		{ "pin a.example banner 192.0.2.1", "1:22:", "`pin ... banner` takes names" },
		{ "pin a.example ds", "1:17:", "the expected values are missing" },
		{ "pin a.example ds some", "1:18:", "write any or none here" },
		{ "pin a.example ds 192.0.2.1", "1:18:", "write any or none here" },
		{ "pin a.example ds any none", "1:22:", "takes one word" },
		{ "pin a.example ds any max-ttl=5", "1:22:", "takes this key" },
		{ "pin a.example tls none", "1:19:", "write required here" },
		{ "pin a.example tls required required", "1:28:", "takes one word" },
		{ "pin a.example txt", "1:18:", "the expected values are missing" },
		{ "pin a.example txt \"\"", "1:19:", "1 to 1024 octets" },
		{ "pin a.example txt v=spf1", "1:19:", "if this is a text, put it in quotes" },
		{ "alert ds any", "1:7:", "only `pin` takes `ds`" },
		{ "allow txt a", "1:7:", "only `pin` takes `txt`" },
		{ "pin a.example any b.example", "1:15:", "cannot be pinned" },
		{ "pin a.example ns 192.0.2.1", "1:18:", "`pin ... ns` takes names" },
		{ "pin a.example rcpt u@b.example", "1:20:", "`pin ... rcpt` takes networks" },
		{ "pin a.example mx b.example max-ttl=5", "1:28:", "takes this key" },
		{ "pin a.example ns b.example max-ttl=2147483648", "1:28:", "2147483647" },
		{ "pin a.example ns b.example max-ttl=00000000001", "1:28:", "2147483647" },
		{ "pin a.example ns b.example max-ttl=", "1:28:", "is missing" },
		{ "pin a.example ns b.example max-ttl=5s", "1:28:", "2147483647" },
		{ "alert ns b.example conf=101", "1:20:", "from 0 to 100" },
		/* protect */
		{ "protect", "1:8:", "the indicators are missing" },
		{ "protect *.a.example", "1:9:", "without star" },
		{ "protect 192.0.2.1", "1:9:", "`protect` takes names" },
		{ "protect a[9-1].example", "1:9:", "must not exceed" },
		{ "protect a.example tld=lax", "1:19:", "the only possible value is `strict`" },
		/* force */
		{ "alert ns a.example force=no", "1:20:", "the only possible value is `yes`" },
		{ "allow ns a.example force=yes", "1:20:", "only `alert` takes this key" },
		/* not text */
		{ "alert ns a.example # \xff", "1:22:", "not UTF-8" },
		{ "alert ns\ra.example", "1:9:", "control" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct complaints complaints;
		struct ruleset_stats stats;
		assert_null(load_octets(tests[i].line, strlen(tests[i].line), &complaints, &stats));
		const char *end = strchr(complaints.text, '\n');
		/* One complaint, at its place. */
		if (strncmp(complaints.text, tests[i].place, strlen(tests[i].place)) != 0 ||
		    strstr(complaints.text, tests[i].message) == NULL || end[1] != '\0') {
			fail_msg("%s\n%s", tests[i].line, complaints.text);
		}
		assert_int_equal(stats.errors, 1);
	}
}

static void every_mistake_of_a_line_in_order(void **state)
{
	(void)state;
	static const char TEXT[] = "alert ip x.example max-ttl=5 conf=x since=2020-13-01\n";
	struct complaints complaints;
	struct ruleset_stats stats;
	assert_null(load_octets(TEXT, strlen(TEXT), &complaints, &stats));
	assert_int_equal(stats.errors, 1);
	const char *at = complaints.text;
	static const char *const PLACES[] = { "1:10: ", "1:20: ", "1:30: ", "1:37: " };
	for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
		assert_int_equal(strncmp(at, PLACES[i], strlen(PLACES[i])), 0);
		at = strchr(at, '\n') + 1;
	}
	assert_int_equal(*at, '\0');
}

static void line_too_long(void **state)
{
	(void)state;
	struct complaints complaints;
	struct ruleset_stats stats;
	char *text = malloc(LINES_MAX + 64);
	assert_non_null(text);
	int size = sprintf(text, "alert ns a.example\n#");
	memset(text + size, 'x', LINES_MAX);
	size += LINES_MAX;
	size += sprintf(text + size, "\nalert nz a.example\n");
	assert_null(load_octets(text, (size_t)size, &complaints, &stats));
	assert_int_equal(strncmp(complaints.text, "2:65537: the line has more than 65536", 37), 0);
	assert_non_null(strstr(complaints.text, "\n3:7: unknown kind `nz`"));
	assert_int_equal(stats.errors, 2);
	free(text);
}

static ssize_t read_error(void *cookie, char *octets, size_t size)
{
	(void)cookie;
	(void)octets;
	(void)size;
	errno = EIO;
	return -1;
}

static void keep(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)snprintf(ctx, 256, "%s:%zu:%zu: %s", file, line, column, message);
}

/* A disk that cannot be read is an error without a line. */
static void file_that_cannot_be_read(void **state)
{
	(void)state;
	char text[256] = "";
	size_t bad = 99;
	FILE *in = fopencookie(NULL, "r", (cookie_io_functions_t){ .read = read_error });
	const struct language_sink sink = { .complain = keep, .ctx = text };
	assert_non_null(in);
	assert_int_equal(language_read(in, "a.rules", &sink, &bad), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(bad, 1);
	assert_string_equal(text, "a.rules:0:0: Input/output error");
	fclose(in);
}

/* Tolerated: a byte order mark, CR before LF, no LF at the end. */
static void windows_file(void **state)
{
	(void)state;
	static const char TEXT[] = "\xef\xbb\xbf"
	                           "alert ns a.example\r\n\r\nset sev=low\r\n"
	                           "alert mx b.example note=\"x\"";
	struct complaints complaints;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(TEXT, strlen(TEXT), &complaints, &stats);
	assert_non_null(set);
	assert_int_equal(stats.rules, 2);
	ruleset_free(set);
}

static void lists(const char *text, const char *canonical)
{
	char *list = NULL;
	size_t size;
	struct ruleset *set = load_text(text);
	FILE *out = open_memstream(&list, &size);
	assert_non_null(out);
	assert_int_equal(ruleset_list(set, out), 0);
	fclose(out);
	assert_string_equal(list, canonical);
	free(list);
	ruleset_free(set);
}

static void canonical_is_a_fixed_point(void **state)
{
	(void)state;
	static const struct {
		const char *text, *canonical;
	} tests[] = {
		{ "pin .a.example ds none id=a", "pin .a.example ds none id=a\n" },
		{ "pin a.example tls \"required\" id=a", "pin a.example tls required id=a\n" },
		{ "pin a.example txt \"v=spf1 -all\" \"a\\\"\\\\b\" id=a",
		  "pin a.example txt \"v=spf1 -all\" \"a\\\"\\\\b\" id=a\n" },
		{ "pin a.example txt \"a=\" \"#b\" x.y 192.0.2.1/8 id=a",
		  "pin a.example txt \"a=\" \"#b\" x.y 192.0.2.1/8 id=a\n" },
		{ "pin a.example banner .B[.]example id=a",
		  "pin a.example banner .b.example id=a\n" },
		{ "", "" },
		{ "alert   ns\tNS.Example[.]com.  id=a # c", "alert ns ns.example.com id=a\n" },
		{ "allow any .example.com *.example.org id=a sev=medium",
		  "allow any .example.com *.example.org id=a\n" },
		/* keys in order, quoted where needed */
		{ "alert rcpt U@Example.com server=192.0.2[.]1,::/0 until=2020-06-01 note=\"a b\" "
		  "since=2020-05-31T00:05+09:00 tags=x,y ref=https://example.com/#a feed=f conf=9 "
		  "sev=low id=\"i d\"",
		  "alert rcpt u@example.com id=\"i d\" sev=low conf=9 feed=f "
		  "ref=https://example.com/#a tags=x,y note=\"a b\" since=2020-05-30T15:05:00Z "
		  "until=2020-06-01 server=192.0.2.1,::/0\n" },
		{ "alert ns a.example id=\"a\\\"b\\\\c\" note=\"plain\" feed=a\\b",
		  "alert ns a.example id=\"a\\\"b\\\\c\" feed=a\\b note=plain\n" },
		{ "alert from \"a b=#c@example.com\" \"#x@example.com\" id=a",
		  "alert from \"\\\"a b=#c\\\"@example.com\" \"#x@example.com\" id=a\n" },
		/* defaults become explicit, to the end of the file */
		{ "alert ns a.example id=a\nset sev=high feed=\"f g\"\nalert ns b.example id=b\n"
		  "set sev=low\nalert ns c.example id=c\nalert ns d.example id=d sev=medium feed=e",
		  "alert ns a.example id=a\nalert ns b.example id=b sev=high feed=\"f g\"\n"
		  "alert ns c.example id=c sev=low feed=\"f g\"\nalert ns d.example id=d "
		  "feed=e\n" },
		/* defaults are for the rules that they fit */
		{ "set max-ttl=60 tld=strict server=192.0.2.1\nalert ns a.example id=a\n"
		  "alert helo a.example id=b\npin a.example ns b.example id=c\nprotect d.example "
		  "id=d",
		  "alert ns a.example id=a\nalert helo a.example id=b server=192.0.2.1\n"
		  "pin a.example ns b.example id=c max-ttl=60\nprotect d.example id=d "
		  "tld=strict\n" },
		/* learn */
		{ "learn * all id=a", "learn * all id=a\n" },
		{ "learn * mx,ns,ns id=a sev=medium", "learn * ns,mx id=a sev=medium\n" },
		{ "learn .A.example ttl,health id=a after=0 min=1 forget=36h",
		  "learn .a.example ttl,health id=a after=0d min=1 forget=36h\n" },
		{ "learn a.example certificate id=a after=7d min=3 forget=180d",
		  "learn a.example certificate id=a\n" },
		{ "set after=90m sev=high\nlearn a.example ds id=a\nalert ns b.example id=b",
		  "learn a.example ds id=a sev=high after=90m\nalert ns b.example id=b "
		  "sev=high\n" },
		/* pin and protect */
		{ "pin Example.com ns *.a.example .b.example id=a max-ttl=172800",
		  "pin example.com ns *.a.example .b.example id=a max-ttl=172800\n" },
		{ "pin a.example ns b.example id=a max-ttl=0",
		  "pin a.example ns b.example id=a max-ttl=0\n" },
		{ "pin a.example ns b.example id=a max-ttl=2147483647",
		  "pin a.example ns b.example id=a max-ttl=2147483647\n" },
		{ "alert ns a.example id=a conf=0", "alert ns a.example id=a conf=0\n" },
		{ "alert ns a.example id=a conf=100", "alert ns a.example id=a conf=100\n" },
		/* ranges */
		{ "alert name a.a b.a c.a d.a e.a f.a g.a h.a i.a j.a k.a l.a m.a n.a o.a p.a q.a "
		  "a.b b.b c.b d.b e.b f.b g.b h.b i.b j.b k.b l.b m.b n.b o.b p.b q.b id=a",
		  "alert name a.a b.a c.a d.a e.a f.a g.a h.a i.a j.a k.a l.a m.a n.a o.a p.a q.a "
		  "a.b b.b c.b d.b e.b f.b g.b h.b i.b j.b k.b l.b m.b n.b o.b p.b q.b id=a\n" },
		{ "alert ip 192.0.2.7-192.0.2.9 192.0.2.77 id=a",
		  "alert ip 192.0.2.7 192.0.2.8/31 192.0.2.77 id=a\n" },
		{ "pin .a.example ns b.example id=a", "pin .a.example ns b.example id=a\n" },
		{ "pin a.example mx . id=a", "pin a.example mx . id=a\n" },
		{ "pin .a.example mx b.example \".\" id=a",
		  "pin .a.example mx b.example . id=a\n" },
		{ "pin a.example ip 192.0.2.0-255 id=a", "pin a.example ip 192.0.2.0/24 id=a\n" },
		{ "alert rcpt a.example server=192.0.2.0-192.0.2.255,192.0.3.1-192.0.3.2 id=a",
		  "alert rcpt a.example id=a server=192.0.2.0/24,192.0.3.1,192.0.3.2\n" },
		{ "pin example.com rcpt 192.0.2.0/24 2001:db8::/32 id=a",
		  "pin example.com rcpt 192.0.2.0/24 2001:db8::/32 id=a\n" },
		{ "protect AWSDNS-[00-63].com google.com id=a tld=strict",
		  "protect awsdns-[00-63].com google.com id=a tld=strict\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		lists(tests[i].text, tests[i].canonical);
		lists(tests[i].canonical, tests[i].canonical);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_mistakes),
		cmocka_unit_test(complains),
		cmocka_unit_test(every_mistake_of_a_line_in_order),
		cmocka_unit_test(line_too_long),
		cmocka_unit_test(file_that_cannot_be_read),
		cmocka_unit_test(windows_file),
		cmocka_unit_test(canonical_is_a_fixed_point),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
