/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

#define NS_PER_SECOND INT64_C(1000000000)

static const char RULES[] = "alert ns .awsdns-061.org id=both\n"
                            "alert ns *.awsdns-056.co.uk id=below\n"
                            "alert ns awsdns-017.net id=exact\n"
                            "alert mx mail.coincheck.com id=mx\n"
                            "alert ip 45.77.24[.]250 id=ip\n"
                            "alert server 45.77.24.0/24 45.77.24.250 id=server\n"
                            "alert resolver 2001:db8::/32 id=resolver\n"
                            "alert resolver ::/0 id=all-v6 force=yes\n"
                            "alert rcpt @coincheck.com id=rcpt server=45.77.24.250\n"
                            "alert rcpt .coincheck.com id=rcpt-domain\n"
                            "alert from User@example.com id=from\n"
                            "alert any any.example id=any\n"
                            "alert any any@mail.example 203.0.113.0/24 id=any2\n"
                            "alert name *.deep.example id=name\n"
                            "alert name .deep.example x.deep.example id=name2\n"
                            "allow name ok.deep.example\n"
                            "allow any .fine.deep.example\n"
                            "allow any 203.0.113.9\n"
                            "allow rcpt postmaster@coincheck.com\n"
                            "alert cname b\xc3\xbc"
                            "cher.example id=idn\n"
                            "pin example.com ns ns.example.com id=pin\n"
                            "protect example.com id=protect\n";

static void matches(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value, *server, *ids;
	} tests[] = {
		/* exact, below, both */
		{ "ns", "awsdns-061.org", NULL, "both " },
		{ "ns", "ns-1515.awsdns-061.org", NULL, "both " },
		{ "ns", "a.b.awsdns-061.org", NULL, "both " },
		{ "ns", "awsdns-056.co.uk", NULL, "" },
		{ "ns", "ns-1985.awsdns-056.co.uk", NULL, "below " },
		{ "ns", "awsdns-017.net", NULL, "exact " },
		{ "ns", "ns-650.awsdns-017.net", NULL, "" },
		/* label borders */
		{ "ns", "xawsdns-061.org", NULL, "" },
		{ "ns", "ns.xawsdns-061.org", NULL, "" },
		{ "ns", "awsdns-061.org.example.com", NULL, "" },
		{ "ns", "061.org", NULL, "" },
		{ "ns", "org", NULL, "" },
		{ "ns", "awsdns-61.org", NULL, "" },
		/* one kind alone */
		{ "mx", "mail.coincheck.com", NULL, "mx " },
		{ "ns", "mail.coincheck.com", NULL, "" },
		{ "name", "mail.coincheck.com", NULL, "" },
		{ "ip", "45.77.24.250", NULL, "ip " },
		{ "ip", "45.77.24.251", NULL, "" },
		{ "resolver", "45.77.24.250", NULL, "" },
		/* one rule is met once, whichever of its indicators fit */
		{ "server", "45.77.24.250", NULL, "server " },
		{ "server", "45.77.24.1", NULL, "server " },
		/* families */
		{ "resolver", "2001:db8::1", NULL, "resolver all-v6 " },
		{ "resolver", "2001:db9::1", NULL, "all-v6 " },
		{ "resolver", "192.0.2.1", NULL, "" },
		/* mailboxes, domains, server= */
		{ "rcpt", "a@coincheck.com", NULL, "rcpt-domain " },
		{ "rcpt", "a@coincheck.com", "45.77.24.250", "rcpt rcpt-domain " },
		{ "rcpt", "a@coincheck.com", "45.77.24.251", "rcpt-domain " },
		{ "rcpt", "a@mail.coincheck.com", "45.77.24.250", "rcpt-domain " },
		{ "rcpt", "a@xcoincheck.com", "45.77.24.250", "" },
		{ "from", "a@coincheck.com", "45.77.24.250", "" },
		{ "rcpt", "PostMaster@coincheck.com", "45.77.24.250", "" },
		{ "rcpt", "\"post\\master\"@coincheck.com", "45.77.24.250", "" },
		{ "from", "user@example.com", NULL, "from " },
		{ "from", "USER@EXAMPLE.COM", NULL, "from " },
		{ "from", "users@example.com", NULL, "" },
		{ "from", "user@sub.example.com", NULL, "" },
		/* any */
		{ "ns", "any.example", NULL, "any " },
		{ "sni", "any.example", NULL, "any " },
		{ "rcpt", "x@any.example", NULL, "any " },
		{ "from", "any@mail.example", NULL, "any2 " },
		{ "ip", "203.0.113.7", NULL, "any2 " },
		{ "resolver", "203.0.113.7", NULL, "any2 " },
		/* allow wins over every alert, however specific */
		{ "name", "a.deep.example", NULL, "name name2 " },
		{ "name", "x.deep.example", NULL, "name name2 " },
		{ "name", "deep.example", NULL, "name2 " },
		{ "name", "ok.deep.example", NULL, "" },
		{ "name", "a.ok.deep.example", NULL, "name name2 " },
		{ "name", "a.b.fine.deep.example", NULL, "" },
		{ "ip", "203.0.113.9", NULL, "" },
		/* the IPv4 address in one of NAT64 and 6to4 */
		{ "ip", "64:ff9b::45.77.24.250", NULL, "ip " },
		{ "ip", "64:ff9b::45.77.24.251", NULL, "" },
		{ "ip", "2002:2d4d:18fa::1", NULL, "ip " },
		{ "ip", "64:ff9b::203.0.113.7", NULL, "any2 " },
		{ "ip", "64:ff9b::203.0.113.9", NULL, "" },
		{ "server", "64:ff9b:1::45.77.24.1", NULL, "server " },
		{ "resolver", "64:ff9b::203.0.113.7", NULL, "all-v6 any2 " },
		{ "resolver", "64:ff9b::203.0.113.9", NULL, "" },
		{ "rcpt", "a@coincheck.com", "64:ff9b::45.77.24.250", "rcpt rcpt-domain " },
		{ "rcpt", "a@coincheck.com", "64:ff9b::45.77.24.251", "rcpt-domain " },
		/* international names */
		{ "cname", "xn--bcher-kva.example", NULL, "idn " },
		/* neither pinned nor an imitation */
		{ "ns", "ns.example.com", NULL, "" },
		{ "name", "example.com", NULL, "" },
	};
	struct ruleset *set = load_text(RULES);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, tests[i].kind, tests[i].value);
		observe_server(&sample, tests[i].server);
		match_ids(set, &sample.seen, ids);
		if (strcmp(ids, tests[i].ids) != 0) {
			fail_msg("%s %s: %s, not %s", tests[i].kind, tests[i].value, ids,
			         tests[i].ids);
		}
	}
	ruleset_free(set);
}

/* A range of addresses: its ends and what is next to them. */
static void ranges(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		size_t hits;
	} tests[] = {
		{ "192.0.2.6", 0 },    { "192.0.2.7", 1 },     { "192.0.2.8", 1 },
		{ "192.0.2.9", 1 },    { "192.0.2.10", 0 },    { "2001:db8::fe", 0 },
		{ "2001:db8::ff", 1 }, { "2001:db8::100", 1 }, { "2001:db8::101", 0 },
	};
	struct ruleset *set =
	        load_text("alert ip 192.0.2.7-192.0.2.9 2001:db8::ff-2001:db8::100\n");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct sample sample;
		observe(&sample, "ip", tests[i].addr);
		if (match_asked(set, &sample.seen, hits) != tests[i].hits) {
			fail_msg("%s", tests[i].addr);
		}
	}
	ruleset_free(set);
}

static void since_and_until(void **state)
{
	(void)state;
	static const struct {
		int64_t second; /* from 2020-05-31T00:00:00Z */
		const char *ids;
		int64_t span; /* seconds */
	} tests[] = {
		{ -86400, "", 0 },
		{ -1, "", 0 },
		/* since is included; an until with a time is excluded */
		{ 0, "since time ", 0 },
		{ 3599, "since time ", 0 },
		{ 3600, "since ", 0 },
		/* an until that is a date alone includes its day */
		{ 86399, "since ", 0 },
		{ 86400, "", 0 },
		/* allowed within a period */
		{ 2 * 86400, "", 0 },
		{ 3 * 86400, "later ", 0 },
		{ 4 * 86400 - 1, "later ", 0 },
		{ 4 * 86400, "", 0 },
		/* seen for a time, of which one moment is enough */
		{ -2, "", 1 },
		{ -1, "since time ", 1 },
		{ 3599, "since time ", 86400 },
		{ 86399, "since ", 1 },
		{ 86400, "", 1 },
		{ -86400, "since time later ", 10 * 86400 },
		/* an allow must be in force for all of it */
		{ 2 * 86400, "", 86399 },
		{ 2 * 86400, "later ", 86400 },
		{ 2 * 86400 - 1, "later ", 1 },
		{ 4 * 86400 - 1, "later ", 1 },
		{ 4 * 86400, "", 86400 },
	};
	struct ruleset *set = load_text(
	        "alert ns a.example id=since since=2020-05-31 until=2020-05-31\n"
	        "alert ns a.example id=time since=2020-05-31T00:00Z until=2020-05-31T10:00+09:00\n"
	        "alert ns a.example id=later since=2020-06-02\n"
	        "allow ns a.example since=2020-06-02 until=2020-06-02\n"
	        "allow ns a.example since=2020-06-04\n");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, "ns", "a.example");
		sample.seen.time_ns = (INT64_C(1590883200) + tests[i].second) * NS_PER_SECOND;
		sample.seen.span_ns = tests[i].span * NS_PER_SECOND;
		match_ids(set, &sample.seen, ids);
		if (strcmp(ids, tests[i].ids) != 0) {
			fail_msg("row %zu: %s, not %s", i, ids, tests[i].ids);
		}
	}
	ruleset_free(set);
}

static void dates_are_ignored(void **state)
{
	(void)state;
	struct ruleset *set = load_text("alert ns a.example id=past until=2020-05-31\n"
	                                "allow ns c.example since=2030-01-01\n"
	                                "alert ns .example id=all\n");
	struct sample sample;
	char ids[IDS_SIZE];
	observe(&sample, "ns", "a.example");
	sample.seen.time_ns = INT64_C(1600000000) * NS_PER_SECOND;
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "all ");
	sample.seen.undated = true;
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "past all ");
	observe(&sample, "ns", "c.example");
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "all ");
	sample.seen.undated = true;
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "");
	ruleset_free(set);
}

static void describes(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *id, *text, *indicator;
	} tests[] = {
		/* rebuilt text */
		{ "alert ns .a.example", "%:1", "alert ns .a.example", ".a.example" },
		{ "alert  ns   .a.example # x", "%:1", "alert ns .a.example", ".a.example" },
		{ "alert ns x.example *.a.example id=i note=\"a b\"", "i",
		  "alert ns x.example *.a.example id=i note=\"a b\"", "*.a.example" },
		/* text as it was written */
		{ "alert ns *[.]A[.]example.", "%:1", "alert ns *[.]A[.]example.", "*.a.example" },
		{ "alert ns .a.example note=\"a\" id=i", "i", "alert ns .a.example note=\"a\" id=i",
		  ".a.example" },
		{ "alert ns .a.example since=2020-05-31T00:00Z", "%:1",
		  "alert ns .a.example since=2020-05-31T00:00Z", ".a.example" },
		{ "set sev=high\nalert ns .a.example", "%:2", "alert ns .a.example", ".a.example" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct rule_scratch scratch;
		struct rule_view view;
		struct sample sample;
		struct ruleset *set = load_text(tests[i].rule);
		observe(&sample, "ns", "ns.a.example");
		sample.seen.time_ns = INT64_C(1600000000) * NS_PER_SECOND;
		assert_int_equal(ruleset_match(set, &sample.seen, hits), 1);
		ruleset_describe(set, &hits[0], &scratch, &view);
		/* The file's base name is a descriptor's number here. */
		const char *id = tests[i].id[0] == '%' ? strchr(view.id, ':') : view.id;
		assert_string_equal(id, tests[i].id + (tests[i].id[0] == '%'));
		assert_string_equal(view.text, tests[i].text);
		assert_string_equal(view.indicator, tests[i].indicator);
		ruleset_free(set);
	}
}

static void describes_every_key(void **state)
{
	(void)state;
	struct ruleset *set = load_text("set feed=f conf=40\nalert ns a.example\n"
	                                "alert mx a.example sev=critical conf=0 feed=g "
	                                "ref=https://example.com/ tags=x,y note=\"n o\"\n");
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct rule_scratch scratch;
	struct rule_view view;
	struct sample sample;
	observe(&sample, "ns", "a.example");
	assert_int_equal(ruleset_match(set, &sample.seen, hits), 1);
	assert_int_equal(ruleset_rule_number(hits[0].rule), 0);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_int_equal(view.severity, SEVERITY_MEDIUM);
	assert_int_equal(view.confidence, 40);
	assert_int_equal(view.form, FORM_NAME);
	assert_string_equal(view.feed, "f");
	assert_null(view.ref);
	assert_null(view.tags);
	assert_null(view.note);
	observe(&sample, "mx", "a.example");
	assert_int_equal(ruleset_match(set, &sample.seen, hits), 1);
	assert_int_equal(ruleset_rule_number(hits[0].rule), 1);
	ruleset_describe(set, &hits[0], &scratch, &view);
	assert_int_equal(view.severity, SEVERITY_CRITICAL);
	assert_int_equal(view.confidence, 0);
	assert_string_equal(view.feed, "g");
	assert_string_equal(view.ref, "https://example.com/");
	assert_string_equal(view.tags, "x,y");
	assert_string_equal(view.note, "n o");
	ruleset_free(set);
}

/* The most specific indicator of a rule is reported. */
static void most_specific_indicator(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *kind, *value, *indicator;
	} tests[] = {
		{ "alert ip 10.0.0.0/8 10.1.0.0/16 10.0.0.0/24", "ip", "10.1.2.3", "10.1.0.0/16" },
		{ "alert name .example *.b.example a.b.example", "name", "a.b.example",
		  "a.b.example" },
		{ "alert name .example *.b.example", "name", "a.b.example", "*.b.example" },
		{ "alert rcpt .b.example @b.example u@b.example", "rcpt", "U@b.example",
		  "u@b.example" },
		{ "alert rcpt .b.example @b.example u@b.example", "rcpt", "v@b.example",
		  "@b.example" },
		{ "alert rcpt b.example .example", "rcpt", "v@b.example", "b.example" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct rule_scratch scratch;
		struct rule_view view;
		struct sample sample;
		struct ruleset *set = load_text(tests[i].rule);
		observe(&sample, tests[i].kind, tests[i].value);
		assert_int_equal(ruleset_match(set, &sample.seen, hits), 1);
		ruleset_describe(set, &hits[0], &scratch, &view);
		assert_string_equal(view.indicator, tests[i].indicator);
		ruleset_free(set);
	}
}

static void at_most_sixteen_hits(void **state)
{
	(void)state;
	char text[2048] = "";
	char ids[IDS_SIZE];
	struct sample sample;
	for (int i = 0; i < RULESET_HITS_MAX + 1; i++) {
		sprintf(text + strlen(text), "alert ns a.example id=%c\n", 'a' + i);
	}
	observe(&sample, "ns", "a.example");
	struct ruleset *set = load_text(text);
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "a b c d e f g h i j k l m n o p ");
	ruleset_free(set);
	/* An allow after them all still wins. */
	strcat(text, "allow ns .example\n");
	set = load_text(text);
	match_ids(set, &sample.seen, ids);
	assert_string_equal(ids, "");
	ruleset_free(set);
}

static void hostile_observations(void **state)
{
	(void)state;
	static const struct {
		const char *wire;
		size_t size;
	} tests[] = {
		{ "", 1 },     { "", 0 },        { "\1", 1 },
		{ "\77a", 2 }, { "\300\14", 2 }, { "\1a\7example", 10 },
	};
	struct ruleset *set = load_text("alert any .example @example u@example\n");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct ruleset_hit hits[RULESET_HITS_MAX];
		struct observation seen = { .kind = KIND_FROM,
			                    .name = (const uint8_t *)tests[i].wire,
			                    .name_size = tests[i].size };
		assert_int_equal(ruleset_match(set, &seen, hits), 0);
	}
	struct observation nothing = { .kind = KIND_FROM };
	struct ruleset_hit hits[RULESET_HITS_MAX];
	assert_int_equal(ruleset_match(set, &nothing, hits), 0);
	ruleset_free(set);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void loads_folders_in_order(void **state)
{
	(void)state;
	char folder[] = "/tmp/nsmx-rules-XXXXXX";
	char path[64];
	const char *paths[] = { folder };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	char *list = NULL;
	size_t size;
	assert_non_null(mkdtemp(folder));
	write_file(folder, "b.rules", "alert ns b.example\n");
	write_file(folder, "a.rules", "set sev=low\nalert ns a.example\n");
	write_file(folder, ".hidden.rules", "nonsense\n");
	write_file(folder, "notes.txt", "nonsense\n");
	snprintf(path, sizeof(path), "%s/c.rules", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	struct ruleset *set = ruleset_load(paths, 1, load_complain, load_warn, &complaints, &stats);
	assert_non_null(set);
	assert_int_equal(stats.files, 2);
	assert_int_equal(stats.indicators, 2);
	FILE *out = open_memstream(&list, &size);
	ruleset_list(set, out);
	fclose(out);
	/* A default ends with its file. */
	assert_string_equal(list, "alert ns a.example id=a.rules:2 sev=low\n"
	                          "alert ns b.example id=b.rules:1\n");
	free(list);
	ruleset_free(set);
	assert_int_equal(rmdir(path), 0);
	static const char *const FILES[] = { "a.rules", "b.rules", ".hidden.rules", "notes.txt" };
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, FILES[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

static void missing_files_are_named(void **state)
{
	(void)state;
	static const char *const PATHS[] = { "", "/nonexistent/a.rules", "/dev/null" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	errno = 0;
	assert_null(ruleset_load(PATHS, 3, load_complain, load_warn, &complaints, &stats));
	assert_string_equal(complaints.text, "0:0: No such file or directory\n"
	                                     "0:0: No such file or directory\n");
	assert_int_equal(stats.errors, 2);
	assert_int_equal(stats.files, 1);
}

/* A folder without files would be a mistake of another kind. */
static void a_folder_that_cannot_be_opened(void **state)
{
	(void)state;
	static const char *const PATHS[] = { "/tmp" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct rlimit limit, few;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_null(set);
	assert_string_equal(complaints.text, "0:0: Too many open files\n");
	assert_int_equal(stats.errors, 1);
}

/* Keeps the base names of the files that are warned of. */
static void keep_file(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	char *files = ctx;
	(void)message;
	assert_int_equal(column, 0);
	(void)sprintf(files + strlen(files), "%s:%zu ", strrchr(file, '/') + 1, line);
}

static void warns_by_file(void **state)
{
	(void)state;
	char folder[] = "/tmp/nsmx-rules-XXXXXX";
	const char *paths[] = { folder };
	char files[256] = "";
	char name[16];
	struct ruleset_stats stats;
	assert_non_null(mkdtemp(folder));
	for (int i = 1; i <= 5; i++) {
		(void)snprintf(name, sizeof(name), "%d.rules", i);
		write_file(folder, name,
		           i == 2 ? "" : "alert name com\nalert ns a.example\nalert name org\n");
	}
	struct ruleset *set = ruleset_load(paths, 1, load_complain, keep_file, files, &stats);
	assert_non_null(set);
	assert_int_equal(stats.refused, 8);
	for (int i = 1; i <= 5; i++) {
		char first[16], third[16], path[64];
		(void)snprintf(first, sizeof(first), "%d.rules:1 ", i);
		(void)snprintf(third, sizeof(third), "%d.rules:3 ", i);
		assert_true((strstr(files, first) != NULL) == (i != 2));
		assert_true((strstr(files, third) != NULL) == (i != 2));
		(void)snprintf(path, sizeof(path), "%s/%d.rules", folder, i);
		assert_int_equal(unlink(path), 0);
	}
	ruleset_free(set);
	assert_int_equal(rmdir(folder), 0);
}

static void a_list_that_cannot_be_written(void **state)
{
	(void)state;
	struct ruleset *set = load_text("alert ns a.example\n");
	FILE *full = fopen("/dev/full", "w");
	assert_non_null(full);
	assert_int_equal(ruleset_list(set, full), -1);
	(void)fclose(full);
	/* Also when the failure came before the last line. */
	full = fopen("/dev/full", "w");
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(ruleset_list(set, full), -1);
	(void)fclose(full);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(ranges),
		cmocka_unit_test(since_and_until),
		cmocka_unit_test(dates_are_ignored),
		cmocka_unit_test(describes),
		cmocka_unit_test(describes_every_key),
		cmocka_unit_test(most_specific_indicator),
		cmocka_unit_test(at_most_sixteen_hits),
		cmocka_unit_test(hostile_observations),
		cmocka_unit_test(loads_folders_in_order),
		cmocka_unit_test(missing_files_are_named),
		cmocka_unit_test(a_folder_that_cannot_be_opened),
		cmocka_unit_test(warns_by_file),
		cmocka_unit_test(a_list_that_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
