/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensor/options/options.h"

#define WORDS_MAX 16

/* The words of a command line, in memory that may be written to, as main()'s is. */
static char line[2048];
static char *words[WORDS_MAX];

static int split(const char *text)
{
	int count = 0;
	assert_true(strlen(text) < sizeof(line));
	strcpy(line, text);
	for (char *rest = line, *word; (word = strsep(&rest, " ")) != NULL;) {
		assert_true(count < WORDS_MAX);
		words[count] = word;
		count += word[0] != '\0';
	}
	return count;
}

static bool parse(struct options *options, enum command_id command, const char *text,
                  char error[OPTIONS_ERROR_MAX])
{
	error[0] = '\0';
	return options_parse(options, command, split(text), words, error);
}

static void parse_well(struct options *options, enum command_id command, const char *text)
{
	char error[OPTIONS_ERROR_MAX];
	if (!parse(options, command, text, error)) {
		fail_msg("%s: %s", text, error);
	}
}

/* Makes a configuration file in memory, and returns its path. */
static int config_fd = -1;
static const char *config(const char *text)
{
	static char path[64];
	config_fd = memfd_create("config", MFD_CLOEXEC);
	assert_true(config_fd >= 0);
	assert_int_equal(write(config_fd, text, strlen(text)), strlen(text));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", config_fd);
	return path;
}

static bool parse_config(struct options *options, const char *text, const char *more,
                         char error[OPTIONS_ERROR_MAX])
{
	char command[1024];
	(void)snprintf(command, sizeof(command), "--config=%s %s", config(text), more);
	bool done = parse(options, COMMAND_RUN, command, error);
	close(config_fd);
	return done;
}

static void defaults_of_replay(void **state)
{
	(void)state;
	struct options options;
	parse_well(&options, COMMAND_REPLAY, "");
	assert_int_equal(options.rules.count, 0);
	assert_int_equal(options.outputs.count, 0);
	assert_int_equal(options.operands.count, 0);
	assert_int_equal(options.log, 0);
	assert_int_equal(options.dedup_ms, 0);
	assert_int_equal(options.suppress_s, 0);
	assert_true(strlen(options.sensor) > 0);
	assert_null(options.state);
	assert_null(options.summary);
	assert_null(options.filter);
	assert_int_equal(options.progress, PROGRESS_AUTO);
	assert_true(port_set_has(&options.ports.dns, 53));
	assert_false(port_set_has(&options.ports.dns, 5353));
	assert_true(port_set_has(&options.ports.smtp, 25));
	assert_true(port_set_has(&options.ports.smtp, 587));
	assert_true(port_set_has(&options.ports.smtp, 2525));
	assert_false(port_set_has(&options.ports.smtp, 53));
	options_free(&options);
}

static void defaults_of_run(void **state)
{
	(void)state;
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	assert_true(parse_config(&options, "", "-i eth0", error));
	assert_int_equal(options.dedup_ms, 100);
	assert_int_equal(options.suppress_s, 60);
	assert_int_equal(options.watch_s, 3600);
	assert_int_equal(options.journal_max, UINT64_C(1) << 30);
	assert_int_equal(options.workers, 1);
	assert_int_equal(options.buffer_mib, 64);
	assert_int_equal(options.snaplen, OPTIONS_SNAPLEN_MAX);
	assert_true(options.promiscuous);
	assert_true(options.min_ratio == 0.5);
	assert_string_equal(options.state, "/var/lib/nsmx");
	assert_null(options.user);
	options_free(&options);
}

static void every_option(void **state)
{
	(void)state;
	struct options options;
	parse_well(&options, COMMAND_REPLAY,
	           "-r a.rules --rules b -o - --output=null --log dns --ports dns=54 --filter udp "
	           "--dedup 5 --suppress=7");
	assert_int_equal(options.rules.count, 2);
	assert_string_equal(options.rules.items[0], "a.rules");
	assert_string_equal(options.rules.items[1], "b");
	assert_int_equal(options.outputs.count, 2);
	assert_string_equal(options.outputs.items[0], "-");
	assert_string_equal(options.outputs.items[1], "null");
	assert_int_equal(options.log, OPTIONS_LOG_DNS);
	assert_true(port_set_has(&options.ports.dns, 54));
	assert_false(port_set_has(&options.ports.dns, 53));
	assert_string_equal(options.filter, "udp");
	assert_int_equal(options.dedup_ms, 5);
	assert_int_equal(options.suppress_s, 7);
	options_free(&options);

	parse_well(&options, COMMAND_REPLAY,
	           "--sensor s1 --state /s --summary=-s --progress never --stats 10 -ofile:x -rc");
	assert_string_equal(options.sensor, "s1");
	assert_string_equal(options.state, "/s");
	assert_string_equal(options.summary, "-s");
	assert_int_equal(options.progress, PROGRESS_NEVER);
	assert_int_equal(options.stats_s, 10);
	assert_string_equal(options.outputs.items[0], "file:x");
	assert_string_equal(options.rules.items[0], "c");
	options_free(&options);
}

static void interfaces(void **state)
{
	(void)state;
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	assert_true(
	        parse_config(&options, "", "-i eth0,eth1 --interface=wlan0 --user nsmx", error));
	assert_int_equal(options.interfaces.count, 3);
	assert_string_equal(options.interfaces.items[0], "eth0");
	assert_string_equal(options.interfaces.items[1], "eth1");
	assert_string_equal(options.interfaces.items[2], "wlan0");
	assert_string_equal(options.user, "nsmx");
	options_free(&options);
}

/* One value with commas can hold as many names as the option can be given. */
static void interface_limit(void **state)
{
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	char text[3 + 2 * (OPTIONS_LIST_MAX + 1) + 1] = "-i ";
	(void)state;
	for (size_t count = 1; count <= OPTIONS_LIST_MAX + 1; count++) {
		(void)strcat(text, count > 1 ? ",a" : "a");
		bool taken = parse_config(&options, "", text, error);
		assert_int_equal(taken, count <= OPTIONS_LIST_MAX);
		if (taken) {
			assert_int_equal(options.interfaces.count, count);
		} else {
			assert_string_equal(error,
			                    "--interface: the option is given too many times");
		}
		options_free(&options);
	}
	assert_false(parse_config(&options, "", "-i eth0,,eth1", error));
	assert_string_equal(error, "--interface: the value is empty");
	options_free(&options);
}

static void kinds_of_log(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool dns, smtp;
	} tests[] = {
		{ "--log dns", true, false },
		{ "--log smtp", false, true },
		{ "--log all", true, true },
		{ "--log dns,smtp", true, true },
		{ "--log=dns --log=smtp", true, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		parse_well(&options, COMMAND_REPLAY, tests[i].text);
		assert_int_equal((options.log & OPTIONS_LOG_DNS) != 0, tests[i].dns);
		assert_int_equal((options.log & OPTIONS_LOG_SMTP) != 0, tests[i].smtp);
		options_free(&options);
	}
}

static void bound_of_the_journal(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t size; /* 0: refused */
	} tests[] = {
		{ "--filter udp", UINT64_C(1) << 30 },
		{ "--journal-max 524288", 524288 },
		{ "--journal-max 512K", 524288 },
		{ "--journal-max 3m", 3145728 },
		{ "--journal-max=2G", UINT64_C(1) << 31 },
		{ "--journal-max 1T", UINT64_C(1) << 40 },
		{ "--journal-max 16777215T", UINT64_C(16777215) << 40 },
		/* below the least, no size, beyond 64 bits */
		{ "--journal-max 524287", 0 },
		{ "--journal-max 0", 0 },
		{ "--journal-max 511K", 0 },
		{ "--journal-max G", 0 },
		{ "--journal-max -1G", 0 },
		{ "--journal-max 1X", 0 },
		{ "--journal-max 1GiB", 0 },
		{ "--journal-max 16777216T", 0 },
		{ "--journal-max 99999999999999999999", 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		bool good = parse(&options, COMMAND_REPLAY, tests[i].text, error);
		if (good != (tests[i].size != 0) ||
		    (good && options.journal_max != tests[i].size)) {
			fail_msg("%s: %s", tests[i].text, good ? "taken" : error);
		}
		if (!good) {
			assert_non_null(strstr(error, "at least 512K"));
		}
		options_free(&options);
	}
}

static void sync_of_the_journal(void **state)
{
	(void)state;
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	parse_well(&options, COMMAND_REPLAY, "x");
	assert_int_equal(options.journal_sync, JOURNAL_SYNC_NONE);
	options_free(&options);
	parse_well(&options, COMMAND_REPLAY, "--journal-sync interval");
	assert_int_equal(options.journal_sync, JOURNAL_SYNC_INTERVAL);
	options_free(&options);
	assert_true(parse_config(&options, "journal-sync = always\n", "-i eth0", error));
	assert_int_equal(options.journal_sync, JOURNAL_SYNC_ALWAYS);
	options_free(&options);
	assert_false(parse(&options, COMMAND_REPLAY, "--journal-sync often", error));
	assert_non_null(strstr(error, "none, interval or always"));
	options_free(&options);
}

/* Operands may be anywhere; after `--` every word is one; `-` is one. */
static void operands(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t count;
		const char *first, *last;
	} tests[] = {
		{ "a", 1, "a", "a" },
		{ "a b c", 3, "a", "c" },
		{ "-", 1, "-", "-" },
		{ "a --dedup 1 b", 2, "a", "b" },
		{ "--dedup 1 a -r x b -o -", 2, "a", "b" },
		{ "-- -r --dedup", 2, "-r", "--dedup" },
		{ "a -- -- -", 3, "a", "-" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		parse_well(&options, COMMAND_REPLAY, tests[i].text);
		assert_int_equal(options.operands.count, tests[i].count);
		assert_string_equal(options.operands.items[0], tests[i].first);
		assert_string_equal(options.operands.items[tests[i].count - 1], tests[i].last);
		options_free(&options);
	}
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *named; /* what the complaint must hold */
	} tests[] = {
		/* options */
		{ "--nonsense", "'--nonsense'" },
		{ "--nonsense=1", "'--nonsense'" },
		{ "--group a", "'--group'" },
		{ "--Rules a", "'--Rules'" },
		{ "--=a", "unknown" },
		{ "-z", "'-z'" },
		{ "-zfoo", "'-z'" },
		{ "--summary -", "/dev/stderr" },
		{ "--summary=-", "/dev/stderr" },
		{ "--interface eth0", "'--interface'" }, /* of run only */
		{ "-i eth0", "'-i'" },
		{ "--check", "'--check'" },
		/* values */
		{ "--dedup", "needs a value: MS" },
		{ "a -r", "needs a value: PATH" },
		{ "--rules=", "empty" },
		{ "--sensor=", "--sensor: the value is empty" },
		{ "--history=", "--history: the value is empty" },
		{ "--asn-db=", "empty" },
		{ "--output=", "empty" },
		{ "--log nothing", "dns, smtp or all" },
		{ "--log dns,", "dns, smtp or all" },
		{ "--log=", "dns, smtp or all" },
		{ "--progress maybe", "auto, always or never" },
		{ "--ports dns=x", "'x'" },
		{ "--ports=", "--ports" },
		/* numbers and their ranges */
		{ "--dedup -1", "'-1'" },
		{ "--dedup +1", "'+1'" },
		{ "--dedup 1x", "'1x'" },
		{ "--dedup 0x10", "'0x10'" },
		{ "--dedup=", "''" },
		{ "--dedup 60001", "0 to 60000" },
		{ "--dedup 99999999999999999999", "0 to 60000" },
		{ "--suppress 86401", "0 to 86400" },
		{ "--stats 0", "1 to 86400" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		if (parse(&options, COMMAND_REPLAY, tests[i].text, error)) {
			fail_msg("%s: taken", tests[i].text);
		}
		if (strstr(error, tests[i].named) == NULL) {
			fail_msg("%s: %s", tests[i].text, error);
		}
		options_free(&options);
	}
}

static void bounds_of_numbers(void **state)
{
	(void)state;
	struct options options;
	parse_well(&options, COMMAND_REPLAY, "--dedup 60000 --suppress 86400 --stats 1");
	assert_int_equal(options.dedup_ms, 60000);
	assert_int_equal(options.suppress_s, 86400);
	assert_int_equal(options.stats_s, 1);
	options_free(&options);
}

static void list_limit(void **state)
{
	(void)state;
	for (int count = OPTIONS_LIST_MAX; count <= OPTIONS_LIST_MAX + 1; count++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX] = "";
		char *many[OPTIONS_LIST_MAX + 1];
		char word[] = "--rules=x";
		for (int i = 0; i < count; i++) {
			many[i] = word;
		}
		bool taken = options_parse(&options, COMMAND_REPLAY, count, many, error);
		assert_int_equal(taken, count == OPTIONS_LIST_MAX);
		assert_int_equal(strstr(error, "too many") != NULL, !taken);
		options_free(&options);
	}
}

static void long_words_do_not_overflow(void **state)
{
	(void)state;
	static const char *const before[] = { "--", "--rules=", "--dedup=",   "--log=",
		                              "-",  "--ports=", "--progress=" };
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		char text[1600];
		int size = snprintf(text, sizeof(text), "%s", before[i]);
		memset(text + size, 'x', sizeof(text) - 1 - (size_t)size);
		text[sizeof(text) - 1] = '\0';
		bool taken = parse(&options, COMMAND_REPLAY, text, error);
		assert_int_equal(taken, i == 1);
		assert_true(strlen(error) < OPTIONS_ERROR_MAX);
		options_free(&options);
	}
}

/* What is read stays, what other users could read in the process list is overwritten. */
static void passwords_leave_the_command_line(void **state)
{
	(void)state;
	struct options options;
	parse_well(&options, COMMAND_REPLAY,
	           "-o redis://u:secret1@h -oredis://u:secret2@h --output=redis://u:secret3@h");
	for (size_t i = 0; i < 3; i++) {
		char expected[32];
		(void)snprintf(expected, sizeof(expected), "redis://u:secret%zu@h", i + 1);
		assert_string_equal(options.outputs.items[i], expected);
	}
	assert_null(memmem(line, sizeof(line), "secret", 6));
	options_free(&options);
}

static void config_file(void **state)
{
	(void)state;
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	bool done = parse_config(&options,
	                         "# the sensor at the resolver\n"
	                         "interface = eth0,eth1\n"
	                         "rules = /etc/nsmx/rules\n"
	                         "output = redis://:secret@h/1?key=k&maxlen=0\n"
	                         "ports = dns=53,54;smtp=25\n"
	                         "\n"
	                         "dedup=1\n"
	                         "suppress = 2\n",
	                         "--dedup 3 -o null", error);
	if (!done) {
		fail_msg("%s", error);
	}
	assert_int_equal(options.interfaces.count, 2);
	assert_string_equal(options.rules.items[0], "/etc/nsmx/rules");
	assert_string_equal(options.outputs.items[0], "redis://:secret@h/1?key=k&maxlen=0");
	assert_string_equal(options.outputs.items[1], "null");
	assert_true(port_set_has(&options.ports.dns, 54));
	assert_false(port_set_has(&options.ports.smtp, 587));
	/* The command line has the last word. */
	assert_int_equal(options.dedup_ms, 3);
	assert_int_equal(options.suppress_s, 2);
	options_free(&options);
}

/* A replay has its own settings, and ignores those that only run has. */
static void config_of_replay(void **state)
{
	(void)state;
	struct options options, plain;
	char error[OPTIONS_ERROR_MAX], command[256];
	(void)snprintf(command, sizeof(command), "--config=%s --dedup 3 x.pcap",
	               config("interface = eth0\nsnaplen = 100\nuser = nobody\n"
	                      "dedup = 1\nsuppress = 2\nseverity = high\n"));
	assert_true(parse(&options, COMMAND_REPLAY, command, error));
	close(config_fd);
	assert_true(parse(&plain, COMMAND_REPLAY, "x.pcap", error));
	assert_int_equal(options.dedup_ms, 3);
	assert_int_equal(options.suppress_s, 2);
	assert_int_equal(options.severity, 75);
	assert_int_equal(options.interfaces.count, 0);
	assert_int_equal(options.snaplen, plain.snaplen);
	assert_ptr_equal(options.user, plain.user);
	options_free(&options);
	options_free(&plain);

	assert_false(parse_config(&options, "severity = high\n", "-i eth0", error));
	assert_non_null(strstr(error, "'severity' is not an option"));
	options_free(&options);
	(void)snprintf(command, sizeof(command), "--config=%s", config("snaplen = 1\n"));
	assert_false(parse(&options, COMMAND_REPLAY, command, error));
	close(config_fd);
	assert_non_null(strstr(error, "--snaplen '1'"));
	options_free(&options);
}

static void config_comments(void **state)
{
	(void)state;
	static const struct {
		const char *line, *filter;
	} rows[] = {
		{ "filter = port 53 # DNS", "port 53" },
		{ "filter = port 53\t # DNS # and more", "port 53" },
		{ "filter = port 53 ; DNS", "port 53" },
		{ "filter = port#53", "port#53" },
		{ "filter = \"port 53\"", "\"port 53\"" },
		{ "# filter = port 53\nfilter = udp", "udp" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		if (!parse_config(&options, rows[i].line, "", error)) {
			fail_msg("%s: %s", rows[i].line, error);
		}
		assert_string_equal(options.filter, rows[i].filter);
		options_free(&options);
	}
}

/* libinih's lines have 198 characters by default, and grow by doubling. */
static void config_line_length(void **state)
{
	(void)state;
	static const size_t lengths[] = { 1, 198, 199, 200, 201, 399, 400, 1000, 4000 };
	static const char before[] = "# the sensor\nfilter = ";
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		char text[4200];
		(void)snprintf(text, sizeof(text), "%s%0*d\nsuppress = 2\n", before,
		               (int)lengths[i], 7);
		if (!parse_config(&options, text, "", error)) {
			fail_msg("%zu: %s", lengths[i], error);
		}
		assert_int_equal(strlen(options.filter), lengths[i]);
		assert_int_equal(options.suppress_s, 2);
		options_free(&options);
	}
}

static void config_line_limit(void **state)
{
	(void)state;
	static char text[70000];
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	(void)snprintf(text, sizeof(text), "dedup = 1\nfilter = %066000d\n", 7);
	assert_false(parse_config(&options, text, "", error));
	assert_non_null(strstr(error, ":2: 'filter' has a value of more than 32768"));
	options_free(&options);
}

static void config_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *named;
	} tests[] = {
		{ "dedup = 1\nnonsense = 2\n", ":2: 'nonsense' is not an option" },
		{ "dedup = x\n", ":1: --dedup 'x'" },
		{ "\n\nports = dns=0\n", ":3: --ports" },
		{ "just words\n", ":1: the line is not 'name = value'" },
		/* The last one; those before were logged. */
		{ "just words\nnonsense = 2\n", ":2: 'nonsense' is not an option" },
		{ "dedup = x\nnonsense = 2\n", ":2: 'nonsense' is not an option" },
		{ "[section]\ndedup = 1\n", "'section'" },
		{ "config = other\n", "'config'" },
		{ "progress = never\n", "'progress'" }, /* of replay only */
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX];
		assert_false(parse_config(&options, tests[i].text, "", error));
		if (strstr(error, tests[i].named) == NULL) {
			fail_msg("%s: %s", tests[i].text, error);
		}
		options_free(&options);
	}
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	assert_false(parse(&options, COMMAND_RUN, "--config /nonexistent/nsmx.conf", error));
	assert_non_null(strstr(error, "/nonexistent/nsmx.conf: No such file"));
	options_free(&options);
}

static void checked_mistakes(void **state)
{
	(void)state;
	struct options options;
	char error[OPTIONS_ERROR_MAX];
	assert_true(parse_config(&options, "rules = a\nnonsense\ndedup = x\nrules = b\n",
	                         "--wrong value --workers 2 --suppress x --check -i lo", error));
	assert_true(options.check && options.has_mistakes);
	assert_int_equal(options.rules.count,
	                 2); /* each line once, though the file is read thrice */
	assert_string_equal(options.rules.items[1], "b");
	assert_int_equal(options.workers, 2);
	assert_string_equal(options.interfaces.items[0], "lo");
	assert_int_equal(options.operands.count, 0);
	options_free(&options);
	assert_true(parse_config(&options, "dedup = 2\n", "--check -i lo", error));
	assert_false(options.has_mistakes);
	options_free(&options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checked_mistakes),
		cmocka_unit_test(defaults_of_replay),
		cmocka_unit_test(defaults_of_run),
		cmocka_unit_test(every_option),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(interface_limit),
		cmocka_unit_test(kinds_of_log),
		cmocka_unit_test(bound_of_the_journal),
		cmocka_unit_test(sync_of_the_journal),
		cmocka_unit_test(operands),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_of_numbers),
		cmocka_unit_test(list_limit),
		cmocka_unit_test(long_words_do_not_overflow),
		cmocka_unit_test(passwords_leave_the_command_line),
		cmocka_unit_test(config_file),
		cmocka_unit_test(config_of_replay),
		cmocka_unit_test(config_comments),
		cmocka_unit_test(config_line_length),
		cmocka_unit_test(config_line_limit),
		cmocka_unit_test(config_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
