/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which a live capture uses its rights and gives them up, and what it does when a step
 * fails. All steps are in other files; here each of them is noted. */
#include "tests/unit/captured.h"

#include <errno.h>
#include <time.h>

#include "base/sanitizer.h"
#include "base/time_ns.h"
#include "sensor/intake/capture.h"
#include "sensor/outputs/outputs.h"
#include "sensor/process/interfaces.h"
#include "sensor/process/live.h"
#include "sensor/process/losses.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/supervisor.h"
#include "sensor/process/worker.h"
#include "sensor/process/worker_group_private.h"
#include "sensor/system/landlock.h"
#include "sensor/system/notify.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"
#include "sensor/system/signals.h"

/* As in live.c: a build with sanitizers has more time. */
#define SLOWDOWN (ADDRESS_SANITIZED ? 4 : 1)

#define JOURNAL 55 /* descriptor of its folder */
#define SIGN    77 /* descriptor of the channel */

static char trace[1024];
static const char *failing; /* the step that fails */
static struct captured output;
static struct options options;
static struct worker_group group;
static void (*session)(const struct supervisor_config *config);
static bool has_journal, is_stopped, has_outputs, returned, pushed_reload;
static size_t sockets;
static int fanout;
static int64_t clock_ns, watchdog_ns;
static struct worker_group_delivery started_with;

static bool step(const char *name)
{
	size_t size = strlen(trace);
	(void)snprintf(trace + size, sizeof(trace) - size, "%s%s", size > 0 ? " " : "", name);
	return strcmp(failing, name) != 0;
}

static bool step_of(const char *name, int number)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "%s%d", name, number);
	return step(text);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){ .tv_sec = clock_ns / NS_PER_S, .tv_nsec = clock_ns % NS_PER_S };
	return 0;
}

int cpus_pin(const struct cpus *cpus, unsigned worker)
{
	assert_ptr_equal(cpus, &options.cpus);
	return step_of("pin", (int)worker) ? 0 : -EINVAL;
}

void notify_open(void)
{
	(void)step("notify");
}

void notify_close(void)
{
	(void)step("hush");
}

void notify_send(const char *text)
{
	(void)step(text);
}

int64_t notify_watchdog_ns(void)
{
	return watchdog_ns;
}

struct losses *losses_new(const struct options *of, struct counters *counters,
                          const _Atomic uint64_t *passed)
{
	assert_ptr_equal(of, &options);
	assert_ptr_equal(counters, group.counters);
	assert_non_null(passed);
	return step("losses") ? (struct losses *)&group : NULL;
}

void losses_free(struct losses *losses)
{
	(void)losses;
}

void losses_take(struct losses *losses, unsigned worker, struct channel_fds *fds)
{
	assert_ptr_equal(losses, &group);
	assert_null(fds);
	(void)step_of("take", (int)worker);
}

void losses_end(struct losses *losses, unsigned worker)
{
	assert_ptr_equal(losses, &group);
	(void)step_of("ended", (int)worker);
}

void losses_stop(struct losses *losses)
{
	assert_ptr_equal(losses, &group);
	(void)step("stop");
}

void losses_count(struct losses *losses)
{
	assert_ptr_equal(losses, &group);
	(void)step("count");
}

void losses_finish(struct losses *losses)
{
	assert_ptr_equal(losses, &group);
	(void)step("counted");
}

void losses_leave(struct losses *losses, unsigned worker)
{
	assert_ptr_equal(losses, &group);
	(void)step_of("leave", (int)worker);
}

void losses_replace(struct losses *losses, unsigned worker)
{
	assert_ptr_equal(losses, &group);
	(void)step_of("replace", (int)worker);
}

bool privileges_find(struct privileges *privileges, const char *wanted)
{
	(void)privileges;
	assert_string_equal(wanted, "user");
	return step("find");
}

bool privileges_make_folder(const struct privileges *privileges,
                            const struct privileges_folder *folder)
{
	(void)privileges;
	bool is_inside = options.history != NULL && strcmp(options.history, "state/seen") == 0;
	if (strcmp(folder->option, "--state") == 0) {
		assert_string_equal(folder->path, "state");
		assert_int_equal(folder->mode, is_inside ? 0750 : 0700);
		return step("folder");
	}
	assert_string_equal(folder->path, options.history);
	assert_int_equal(folder->mode, 0750);
	return step("history-folder");
}

bool privileges_drop(const struct privileges *privileges, bool keep)
{
	(void)privileges;
	return step(keep ? "drop" : "drop-all");
}

void privileges_take_up(void)
{
	(void)step("take-up");
}

bool privileges_drop_rest(void)
{
	return step("drop-rest");
}

bool landlock_limit(int dir_fd, int other_fd)
{
	assert_int_equal(other_fd, -1);
	return step_of("landlock", dir_fd);
}

bool landlock_limit_incidents(int dir_fd, int other_fd)
{
	assert_int_equal(other_fd, group.incidents_folder);
	return step_of("landlock", dir_fd);
}

bool landlock_limit_history(int dir_fd)
{
	return step_of("history-landlock", dir_fd);
}

bool sandbox_enter(enum sandbox_role role)
{
	static const char *const names[] = {
		[SANDBOX_WORKER] = "worker",         [SANDBOX_WRITER] = "writer",
		[SANDBOX_INCIDENTS] = "incidents",   [SANDBOX_PUBLISHER] = "publisher",
		[SANDBOX_HISTORY] = "history",       [SANDBOX_METRICS] = "metrics",
		[SANDBOX_SUPERVISOR] = "supervisor",
	};
	return step(names[role]);
}

void signals_hold_requests(void)
{
}

bool signals_stop(void)
{
	return is_stopped;
}

struct interfaces_state *interfaces_state_new(void)
{
	static struct interfaces_state state;
	return step("state") ? &state : NULL;
}

void interfaces_state_free(struct interfaces_state *state)
{
	(void)state;
}

bool interfaces_open(struct interfaces *interfaces, const struct options *of,
                     struct interfaces_state *state, unsigned worker, int group_id, bool restarted)
{
	(void)interfaces;
	assert_ptr_equal(of, &options);
	assert_non_null(state);
	fanout = group_id;
	return step_of(restarted ? "reopen" : "open", (int)worker);
}

size_t interfaces_sockets(const struct interfaces *interfaces, int fds[OPTIONS_LIST_MAX])
{
	(void)interfaces;
	fds[0] = fds[1] = 1;
	return sockets;
}

void interfaces_capture(struct interfaces *interfaces, struct worker *worker)
{
	(void)interfaces;
	assert_ptr_equal(worker, &group);
	(void)step("capture");
}

bool interfaces_any_returned(const struct options *of, struct interfaces_state *state)
{
	assert_ptr_equal(of, &options);
	assert_non_null(state);
	(void)step("look");
	return returned;
}

bool channel_sign(int fd)
{
	errno = EPIPE;
	return step_of("sign", fd);
}

bool channel_send(int fd, const int *fds, size_t count)
{
	assert_int_equal(fd, SIGN);
	assert_non_null(fds);
	errno = EPIPE;
	return step_of("send", (int)count);
}

struct worker *worker_new_forked(struct worker_group *of, unsigned number, int channel,
                                 bool restarted)
{
	assert_ptr_equal(of, &group);
	assert_int_equal(channel, SIGN);
	return step_of(restarted ? "successor" : "worker", (int)number) ? (struct worker *)&group
	                                                                : NULL;
}

void worker_reload(struct worker *worker)
{
	assert_ptr_equal(worker, &group);
	(void)step("reload");
}

bool worker_has_outputs(const struct worker *worker)
{
	assert_ptr_equal(worker, &group);
	return has_outputs;
}

bool worker_end(struct worker *worker)
{
	assert_ptr_equal(worker, &group);
	return step("end");
}

int worker_group_new(struct worker_group **out, const struct options *of, bool forked)
{
	assert_ptr_equal(of, &options);
	assert_true(forked);
	*out = &group;
	return step("group") ? EXIT_DONE : EXIT_USAGE;
}

bool worker_group_load(struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	return true;
}

int worker_group_learn(struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	return EXIT_DONE;
}

bool worker_group_open(struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	return step("open");
}

size_t worker_group_open_files_again(struct worker_group *of, int fds[OUTPUTS_MAX])
{
	(void)of;
	(void)fds;
	return 0;
}

bool worker_group_needs_journal(const struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	return has_journal;
}

bool worker_group_start(struct worker_group *of, const struct worker_group_delivery *delivery)
{
	assert_ptr_equal(of, &group);
	started_with = *delivery;
	return step("start");
}

bool worker_group_finish(struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	return step("finish");
}

void worker_group_free(struct worker_group *of)
{
	assert_ptr_equal(of, &group);
	(void)step("free");
}

int worker_group_keep_incidents(struct worker_group *of, bool restarted,
                                bool (*ready)(void *ctx, int journal), void *ctx)
{
	assert_ptr_equal(of, &group);
	(void)step(restarted ? "incidents-again" : "incidents");
	return ready(ctx, has_journal ? JOURNAL : -1) ? EXIT_DONE : EXIT_FAILED;
}

int outputs_journal_fd(const struct outputs *outputs)
{
	assert_null(outputs);
	return has_journal ? JOURNAL : -1;
}

void worker_group_forget_except(struct worker_group *of, const struct redis_url *keep)
{
	assert_ptr_equal(of, &group);
	assert_null(keep);
	(void)step("forget");
}

bool rules_source_compile(const struct options *given, const struct ruleset *base,
                          bool (*confine)(void), int image, struct ruleset_stats *stats)
{
	assert_ptr_equal(given, &options);
	assert_null(base);
	assert_int_equal(image, 99);
	stats->errors = 3;
	return step("rules") && confine();
}

bool pushed_rules_check(const struct options *given)
{
	assert_ptr_equal(given, &options);
	return true;
}

bool pushed_rules_open(struct worker_group *of, const struct pushed_rules_confine *confine)
{
	assert_ptr_equal(of, &group);
	assert_non_null(confine->link);
	assert_non_null(confine->judge);
	return true;
}

bool pushed_rules_maintain(struct pushed_rules *pushed)
{
	assert_null(pushed);
	return pushed_reload;
}

bool supervisor_run(const struct supervisor_config *config)
{
	assert_ptr_equal(config->group, &group);
	assert_true(config->restart);
	assert_int_equal(config->stop_ms, 2500 * SLOWDOWN);
	if (session != NULL) {
		session(config);
	}
	return step("run");
}

static int set_up(void **state)
{
	(void)state;
	options = (struct options){ .workers = 2, .user = "user", .state = "state" };
	options.interfaces.items[0] = "eth0";
	options.interfaces.items[1] = "eth1";
	options.interfaces.count = 2;
	group = (struct worker_group){ .workers = 2,
		                       .evidence = { .fd = -1 },
		                       .incidents_folder = -1 };
	group.counters = counters_new(2);
	group.heartbeats = calloc(2, sizeof(*group.heartbeats));
	failing = "";
	session = NULL;
	has_journal = has_outputs = true;
	is_stopped = returned = false;
	sockets = 2;
	clock_ns = 1000 * NS_PER_S;
	watchdog_ns = 0;
	captured_begin(&output);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	captured_end(&output);
	counters_free(group.counters, 2);
	free(group.heartbeats);
	return 0;
}

static void check_run(const char *fails, int status, const char *wanted)
{
	trace[0] = '\0';
	failing = fails;
	int got = live_run(&options);
	assert_string_equal(trace, wanted);
	assert_int_equal(got, status);
}

#define TO_SUPERVISOR "state group losses notify find open folder drop supervisor start"

static void rights_of_the_supervisor(void **state)
{
	(void)state;
	check_run("", EXIT_DONE, TO_SUPERVISOR " run counted free");
	check_run("state", EXIT_FAILED, "state");
	captured_expect(&output, "out of memory");
	check_run("group", EXIT_USAGE, "state group");
	check_run("losses", EXIT_FAILED, "state group losses free");
	check_run("find", EXIT_FAILED, "state group losses notify find free");
	check_run("open", EXIT_FAILED, "state group losses notify find open free");
	check_run("folder", EXIT_FAILED, "state group losses notify find open folder free");
	check_run("drop", EXIT_FAILED, "state group losses notify find open folder drop free");
	check_run("supervisor", EXIT_FAILED,
	          "state group losses notify find open folder drop supervisor free");
	check_run("start", EXIT_FAILED, TO_SUPERVISOR " free");
	check_run("run", EXIT_FAILED, TO_SUPERVISOR " run counted free");
	has_journal = false;
	check_run("", EXIT_DONE, TO_SUPERVISOR " run counted free");
	assert_string_equal(started_with.incidents, "state");
	/* The usual folder is not created for incidents alone. */
	options.state = OPTIONS_STATE;
	check_run("", EXIT_DONE,
	          "state group losses notify find open drop supervisor start run counted free");
	options.history = "seen";
	check_run("", EXIT_DONE,
	          "state group losses notify find open history-folder drop supervisor start run "
	          "counted free");
	check_run("history-folder", EXIT_FAILED,
	          "state group losses notify find open history-folder free");
	options.history = "state/seen";
	options.state = "state";
	check_run("", EXIT_DONE,
	          "state group losses notify find open folder history-folder drop supervisor start "
	          "run counted free");
	options.history = NULL;
	assert_string_equal(captured_take(&output), "");
}

static void be_ready(const struct supervisor_config *config)
{
	config->ready(config->ctx);
}

static void the_end(void **state)
{
	(void)state;
	session = be_ready;
	check_run("", EXIT_DONE, TO_SUPERVISOR " READY=1 run counted STOPPING=1 finish");
	assert_string_equal(captured_take(&output),
	                    "nsmx: capturing on eth0, eth1; stop with SIGINT\n");
	check_run("finish", EXIT_FAILED, TO_SUPERVISOR " READY=1 run counted STOPPING=1 finish");
	check_run("run", EXIT_FAILED, TO_SUPERVISOR " READY=1 run counted STOPPING=1 finish");
}

static int worked;

static void work_once(const struct supervisor_config *config)
{
	trace[0] = '\0';
	worked = config->work(config->ctx, 1, SIGN, false);
}

static void replace_once(const struct supervisor_config *config)
{
	trace[0] = '\0';
	worked = config->work(config->ctx, 1, SIGN, true);
}

static void check_work(const char *fails, int status, const char *wanted)
{
	trace[0] = '\0';
	failing = fails;
	(void)live_run(&options);
	char *end = strstr(trace, " run");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(trace, wanted);
	assert_int_equal(worked, status);
}

#define TO_OPEN  "pin1 hush leave1 take-up open1"
#define TO_CLOSE TO_OPEN " replace1 send2 drop-rest worker1"
#define TO_SIGN  TO_CLOSE " landlock55 writer sign77"

static void rights_of_a_worker(void **state)
{
	(void)state;
	session = work_once;
	check_work("", EXIT_DONE, TO_SIGN " capture end");
	assert_int_equal(fanout, (int)(getpid() * OPTIONS_LIST_MAX & 0xffff));
	check_work("pin1", EXIT_FAILED, "pin1");
	captured_expect(&output, "--pin-cpus: cannot bind worker 1 to its processor: Invalid");
	check_work("open1", EXIT_FAILED, TO_OPEN);
	check_work("send2", EXIT_FAILED, TO_OPEN " replace1 send2");
	captured_expect(&output, "worker 1: Broken pipe");
	check_work("drop-rest", EXIT_FAILED, TO_OPEN " replace1 send2 drop-rest");
	check_work("worker1", EXIT_FAILED, TO_CLOSE);
	check_work("landlock55", EXIT_FAILED, TO_CLOSE " landlock55");
	check_work("writer", EXIT_FAILED, TO_CLOSE " landlock55 writer");
	check_work("sign77", EXIT_FAILED, TO_SIGN " end");
	captured_expect(&output, "worker 1: Broken pipe");
	check_work("end", EXIT_FAILED, TO_SIGN " capture end");
	has_outputs = false;
	check_work("", SUPERVISOR_OUTPUTS_GONE, TO_SIGN " capture end");
	has_outputs = true;
	has_journal = false;
	sockets = 0;
	options.workers = 1;
	check_work("", EXIT_DONE,
	           TO_OPEN " replace1 drop-rest worker1 landlock-1 worker sign77 capture end");
	assert_int_equal(fanout, CAPTURE_ALONE);
	has_journal = true;
	session = replace_once;
	check_work("", EXIT_DONE,
	           "pin1 hush leave1 take-up reopen1 replace1 drop-rest successor1 landlock55 "
	           "writer sign77 reload capture end");
	assert_string_equal(captured_take(&output), "");
}

/* A publisher and the process of the metrics, at their start. */
static void keep_incidents(const struct supervisor_config *config)
{
	trace[0] = '\0';
	worked = config->work(config->ctx, group.workers, SIGN, false);
}

/* The process that keeps the incidents has the rights of a worker, and no packet sockets. */
static void rights_of_the_incidents(void **state)
{
	(void)state;
	session = keep_incidents;
	check_work("", EXIT_DONE, "hush leave2 incidents drop-rest landlock55 writer sign77");
	check_work("drop-rest", EXIT_FAILED, "hush leave2 incidents drop-rest");
	check_work("landlock55", EXIT_FAILED, "hush leave2 incidents drop-rest landlock55");
	check_work("sign77", EXIT_FAILED,
	           "hush leave2 incidents drop-rest landlock55 writer sign77");
	has_journal = false;
	check_work("", EXIT_DONE, "hush leave2 incidents drop-rest landlock-1 worker sign77");
	group.incidents_folder = 66;
	check_work("", EXIT_DONE, "hush leave2 incidents drop-rest landlock-1 incidents sign77");
}

static void rights_of_others(void **state)
{
	(void)state;
	(void)live_run(&options);
	assert_string_equal(started_with.state, "state");
	assert_int_equal(started_with.drain_ms, 2000 * SLOWDOWN);
	assert_int_equal(started_with.stall_ms, 0);
	assert_false(started_with.can_wait);
	trace[0] = '\0';
	assert_true(started_with.confine_publisher());
	assert_true(started_with.confine_metrics());
	assert_string_equal(trace, "drop-rest publisher drop-rest");
	trace[0] = '\0';
	assert_true(started_with.confine_history(7));
	assert_string_equal(trace, "drop-rest history-landlock7 history");
	failing = "publisher";
	assert_false(started_with.confine_publisher());
	failing = "drop-rest";
	trace[0] = '\0';
	assert_false(started_with.confine_publisher());
	assert_false(started_with.confine_metrics());
	assert_false(started_with.confine_history(7));
	assert_string_equal(trace, "drop-rest drop-rest drop-rest");
	assert_true(started_with.waiting(started_with.waiting_ctx));
	is_stopped = true;
	assert_false(started_with.waiting(started_with.waiting_ctx));
}

static void pass_on(const struct supervisor_config *config)
{
	trace[0] = '\0';
	config->take(config->ctx, 1, NULL);
	config->ended(config->ctx, 0);
	config->stopping(config->ctx);
	assert_int_equal(config->load(config->ctx, 99), EXIT_DONE);
	assert_int_equal(counter_get(&group.counters[0].rules_errors), 3);
	failing = "worker";
	assert_int_equal(config->load(config->ctx, 99), EXIT_FAILED);
	failing = "";
}

static void sockets_are_passed_on(void **state)
{
	(void)state;
	session = pass_on;
	check_run("", EXIT_DONE,
	          "take1 ended0 stop forget rules drop-rest worker forget rules drop-rest worker "
	          "run counted free");
}

/* Each row states what a tick does; times are tenths of a second. */
static void tick_at(const struct supervisor_config *config, int64_t tenths,
                    enum supervisor_action action, const char *wanted)
{
	clock_ns = 1000 * NS_PER_S + tenths * (NS_PER_S / 10);
	trace[0] = '\0';
	assert_int_equal(config->tick(config->ctx), action);
	assert_string_equal(trace, wanted);
}

static void look(const struct supervisor_config *config)
{
	tick_at(config, 0, SUPERVISOR_CONTINUE, "count look");
	tick_at(config, 9, SUPERVISOR_CONTINUE, "count");
	tick_at(config, 10, SUPERVISOR_CONTINUE, "count look");
	returned = true;
	tick_at(config, 19, SUPERVISOR_CONTINUE, "count");
	tick_at(config, 20, SUPERVISOR_REPLACE, "count look");
	/* A worker that lies cannot have all replaced again and again. */
	tick_at(config, 30, SUPERVISOR_CONTINUE, "count");
	tick_at(config, 69, SUPERVISOR_CONTINUE, "count");
	tick_at(config, 70, SUPERVISOR_REPLACE, "count look");
	pushed_reload = true;
	tick_at(config, 71, SUPERVISOR_RELOAD, "count");
	pushed_reload = false;
	tick_at(config, 72, SUPERVISOR_CONTINUE, "count");
}

static void interfaces_are_looked_for(void **state)
{
	(void)state;
	session = look;
	(void)live_run(&options);
}

static void ping(const struct supervisor_config *config)
{
	static const char none[] = "count", both[] = "WATCHDOG=1 count";
	tick_at(config, 0, SUPERVISOR_CONTINUE, "count look"); /* no progress yet */
	group.heartbeats[0] = group.heartbeats[1] = 1;
	tick_at(config, 1, SUPERVISOR_CONTINUE, both);
	group.heartbeats[0] = group.heartbeats[1] = 2;
	tick_at(config, 2, SUPERVISOR_CONTINUE, none); /* a quarter of 2 s */
	tick_at(config, 5, SUPERVISOR_CONTINUE, none);
	tick_at(config, 6, SUPERVISOR_CONTINUE, both);
	group.heartbeats[0] = 3;
	tick_at(config, 9, SUPERVISOR_CONTINUE, none);
	tick_at(config, 20, SUPERVISOR_CONTINUE, "count look"); /* the second hangs */
	group.heartbeats[1] = 3;
	tick_at(config, 21, SUPERVISOR_CONTINUE, both);
}

static void the_watchdog(void **state)
{
	(void)state;
	watchdog_ns = 2 * NS_PER_S;
	session = ping;
	(void)live_run(&options);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rights_of_the_supervisor),  TEST(the_end),
		TEST(rights_of_a_worker),        TEST(rights_of_the_incidents),
		TEST(rights_of_others),          TEST(sockets_are_passed_on),
		TEST(interfaces_are_looked_for), TEST(the_watchdog),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
