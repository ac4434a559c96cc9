/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user reads: warnings of drops, the summary, mistakes of rules, the progress of a replay.
 */
#include "tests/unit/captured.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "base/time_ns.h"
#include "sensor/process/replay/progress.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/worker_group_private.h"

static struct captured output;
static struct options options;
static struct worker_group group;
static time_t clock_ahead;

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){ .tv_sec = clock_ahead };
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	options = (struct options){ .workers = 2 };
	group = (struct worker_group){
		.options = &options, .workers = 2, .sets = 2, .summary_fd = -1
	};
	clock_ahead = 1000;
	group.counters = counters_new(WORKER_GROUP_SETS);
	captured_begin(&output);
	return group.counters == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	counters_free(group.counters, WORKER_GROUP_SETS);
	captured_end(&output);
	return 0;
}

static void expect(const char *text)
{
	assert_string_equal(captured_take(&output), text);
}

static void report_drops_at(int64_t seconds)
{
	worker_group_report_drops(&group, seconds * NS_PER_S);
}

static void drops_are_reported_once_a_minute(void **state)
{
	(void)state;
	report_drops_at(100);
	expect("");
	counter_set(&group.counters[0].kernel_drops, 3);
	counter_set(&group.counters[1].kernel_drops, 4);
	counter_set(&group.counters[1].interface_drops, 20);
	counter_set(&group.counters[2].kernel_drops, 1000); /* of no worker */
	report_drops_at(100);
	captured_expect(&output, "27 packets were dropped before they were read; in total, 7 were "
	                         "dropped by the kernel (a "
	                         "larger --buffer or more --workers help) and 20 by interfaces\n");
	counter_set(&group.counters[0].kernel_drops, 5);
	report_drops_at(159);
	expect("");
	report_drops_at(160);
	captured_expect(&output, "2 packets were dropped before they were read; in total, 9 were "
	                         "dropped by the kernel");
	/* None since. */
	report_drops_at(300);
	expect("");
	counter_set(&group.counters[0].interface_drops, 1);
	report_drops_at(301);
	captured_expect(&output, "1 packets were dropped before they were read; in total, 9 were "
	                         "dropped by the kernel (a "
	                         "larger --buffer or more --workers help) and 21 by interfaces\n");
}

static void a_reload_is_reported_once_all_workers_use_the_rules(void **state)
{
	(void)state;
	counter_set(&group.counters[0].reloads, 7);
	worker_group_report_reload(&group);
	expect(""); /* none was asked for */
	worker_group_expect_reload(&group);
	worker_group_report_reload(&group);
	expect("");
	counter_set(&group.counters[0].rules, 25);
	counter_add(&group.counters[0].reloads, 1);
	counter_add(&group.counters[2].reloads, 1); /* of no worker */
	worker_group_report_reload(&group);
	expect(""); /* the second worker has the old rules */
	counter_add(&group.counters[1].reloads, 1);
	worker_group_report_reload(&group);
	expect("nsmx: 25 rules reloaded\n");
	worker_group_report_reload(&group);
	expect("");
	worker_group_expect_reload(&group);
	counter_add(&group.counters[1].reloads, 1);
	worker_group_report_reload(&group);
	expect("");
	counter_add(&group.counters[0].reloads, 2);
	worker_group_report_reload(&group);
	expect("nsmx: 25 rules reloaded\n");
}

static void the_summary(void **state)
{
	(void)state;
	struct counters *c = group.counters;
	counter_set(&c[0].packets, 1);
	counter_set(&c[1].packets, 1);
	counter_set(&c->bytes, 3);
	counter_set(&c->undecoded_packets, 4);
	counter_set(&c->kernel_drops, 5);
	counter_set(&c->interface_drops, 60);
	counter_set(&c->dns_responses, 7);
	counter_set(&c->dns_malformed, 8);
	counter_set(&c->smtp_sessions, 9);
	counter_set(&c->smtp_recipients, 10);
	counter_set(&c->hits, 11);
	counter_set(&c->rules, 12);
	counter_set(&c->hits_suppressed, 13);
	counter_set(&c->outputs[0].due, 29);
	counter_set(&c->outputs[0].delivered, 14);
	counter_set(&c->events_dropped, 16);
	group.started_ns = 996 * NS_PER_S + NS_PER_S / 2;
	worker_group_print_summary(&group);
	expect("nsmx: 2 packets, 3 bytes in 3.50 s (4 not decoded, 65 dropped)\n"
	       "nsmx: 7 DNS responses (8 malformed messages), 9 SMTP sessions, 10 recipients\n"
	       "nsmx: 11 hits by 12 rules (13 repeats suppressed); events: 14 delivered, 15 "
	       "pending, "
	       "16 dropped\n");
}

static void the_statistics(void **state)
{
	(void)state;
	char wanted[8192];
	size_t size = (size_t)snprintf(wanted, sizeof(wanted), "nsmx: stats:");
	counter_set(&group.counters[0].packets, UINT64_MAX - 1);
	counter_set(&group.counters[1].packets, 1);
	counter_set(&group.counters[1].output_errors, 9);
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		size += (size_t)snprintf(wanted + size, sizeof(wanted) - size, " %s=%s",
		                         counters_name(i),
		                         i == 0                    ? "18446744073709551615"
		                         : i == COUNTERS_COUNT - 1 ? "9"
		                                                   : "0");
	}
	(void)snprintf(wanted + size, sizeof(wanted) - size, "\n");
	worker_group_log_counters(&group);
	expect(wanted);
}

static void the_file_of_the_summary(void **state)
{
	(void)state;
	char path[] = "/tmp/nsmx-XXXXXX", text[64];
	int fd = mkstemp(path), before = unit_count_descriptors();
	(void)close(fd);
	/* None is wanted. */
	assert_true(worker_group_open_summary(&group));
	assert_int_equal(group.summary_fd, -1);
	assert_true(worker_group_save_summary(&group));
	options.summary = "/nonexistent/x";
	assert_false(worker_group_open_summary(&group));
	captured_expect(&output, "--summary /nonexistent/x: No such file or directory");
	options.summary = path;
	assert_int_equal(unlink(path), 0);
	(void)umask(0);
	assert_true(worker_group_open_summary(&group));
	struct stat st;
	assert_int_equal(fstat(group.summary_fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(fcntl(group.summary_fd, F_GETFD), FD_CLOEXEC);
	counter_set(&group.counters[1].packets, 77);
	assert_true(worker_group_save_summary(&group));
	assert_int_equal(group.summary_fd, -1);
	fd = open(path, O_RDONLY);
	text[read(fd, text, 14)] = '\0';
	assert_string_equal(text, "{\"packets\":77,");
	(void)close(fd);
	assert_int_equal(unlink(path), 0);
	options.summary = "/dev/full";
	assert_true(worker_group_open_summary(&group));
	assert_false(worker_group_save_summary(&group));
	captured_expect(&output, "--summary /dev/full: No space left on device");
	assert_int_equal(unit_count_descriptors(), before - 1);
}

static void mistakes_of_rules(void **state)
{
	(void)state;
	rules_source_complain(NULL, "f", 1, 3, "why");
	expect("nsmx: f:1:3: why\n");
	rules_source_complain(NULL, "f", 0, 0, "why");
	expect("nsmx: f: why\n");
	rules_source_warn(NULL, "f", 1, 3, "why");
	expect("nsmx: warning: f:1: why\n");
	rules_source_warn(NULL, "f", 0, 0, "why");
	expect("nsmx: warning: f: why\n");
}

static bool unconfined(void)
{
	return true;
}

static void empty_rules(void **state)
{
	(void)state;
	struct ruleset_stats stats = { .rules = 7 };
	struct options given = {
		.rules = { .items = { "/dev/null", "/dev/null" }, .count = 1 },
	};
	struct options_list *paths = &given.rules;
	for (; paths->count <= 2; paths->count++) {
		struct ruleset *set = rules_source_load(&given, &stats);
		assert_non_null(set);
		assert_int_equal(stats.rules, 0);
		/* /dev/null alone is meant to have none. */
		if (paths->count == 1) {
			assert_string_equal(captured_take(&output), "");
		} else {
			captured_expect(&output, "there are no rules in /dev/null and the other "
			                         "files, so nothing can match\n");
		}
		int fd = memfd_create("image", MFD_CLOEXEC);
		assert_true(rules_source_compile(&given, set, unconfined, fd, &stats));
		struct ruleset *next = rules_source_map(fd, set, &stats);
		assert_non_null(next);
		if (paths->count == 1) {
			assert_string_equal(captured_take(&output), "");
		} else {
			captured_expect(&output, "there are no rules in /dev/null and the other ");
		}
		ruleset_free(next);
		ruleset_free(set);
		(void)close(fd);
	}
	paths->items[0] = "/nonexistent";
	paths->count = 1;
	int before = unit_count_descriptors();
	assert_null(rules_source_load(&given, &stats));
	captured_expect(&output, "nsmx: /nonexistent: No such file or directory\n");
	struct rlimit limit, none = { .rlim_cur = 0 };
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_false(rules_source_compile(&given, NULL, unconfined, -1, &stats));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	captured_expect(&output, "cannot read the rules: Too many open files\n");
	assert_int_equal(unit_count_descriptors(), before);
}

static void progress_is_shown_five_times_a_second(void **state)
{
	(void)state;
	struct progress progress;
	struct counters sum = { .packets = 5, .hits = 6 };
	progress_init(&progress, PROGRESS_AUTO); /* no terminal */
	assert_false(progress.enabled);
	assert_false(progress_is_due(&progress));
	progress_init(&progress, PROGRESS_NEVER);
	assert_false(progress.enabled);
	progress_init(&progress, PROGRESS_ALWAYS);
	assert_true(progress_is_due(&progress));
	assert_false(progress_is_due(&progress));
	clock_ahead++;
	assert_true(progress_is_due(&progress));
	progress_clear(&progress);
	expect("");
	progress_show_files(&progress, 3, &sum);
	expect("\r\033[Knsmx: 3 files: 5 packets, 6 hits\r");
	progress_clear(&progress);
	progress_clear(&progress);
	expect("\r\033[K");
	sum.events_delivered = 7;
	sum.events_pending = 1;
	progress_show_delivery(&progress, &sum);
	expect("\r\033[Knsmx: delivering: 7 of 8 events\r");
	progress_clear(&progress);
	expect("\r\033[K");
	progress_show_files(&progress, 3, &sum);
	(void)captured_take(&output);
	sum.events_pending = 0;
	progress_show_delivery(&progress, &sum);
	expect("\r\033[K");
	progress_clear(&progress);
	expect("");
	int master = posix_openpt(O_RDWR | O_NOCTTY), terminal;
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	(void)dup2(terminal, STDERR_FILENO);
	progress_init(&progress, PROGRESS_AUTO);
	(void)dup2(output.fd, STDERR_FILENO);
	assert_true(progress.enabled);
	(void)close(terminal);
	(void)close(master);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(drops_are_reported_once_a_minute),
		TEST(a_reload_is_reported_once_all_workers_use_the_rules),
		TEST(the_summary),
		TEST(the_statistics),
		TEST(the_file_of_the_summary),
		TEST(mistakes_of_rules),
		TEST(empty_rules),
		TEST(progress_is_shown_five_times_a_second),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
