/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/time_ns.h"
#include "sensor/process/interfaces.h"
#include "sensor/process/worker.h"
#include "sensor/system/signals.h"

#define BURST   4096
#define TWO     2
#define FOREVER 1000000

/* In place of sensor/intake: what each capture has, one letter for each call. */
struct capture {
	char name;
	const char *script; /* p: a packet, e: an error, otherwise none */
	unsigned packets;   /* before the script */
	unsigned closed;
	int pipe[2];
};

static struct capture captures[TWO];
static struct captured output;
static struct options options;
static struct interfaces_state *state;
static int groups[TWO];
static const char *absent; /* names of interfaces that cannot be opened */
static int64_t clock_ns;   /* 0: the real one */

struct capture *capture_open_live(const char *interface, const struct capture_live_config *config,
                                  char error[CAPTURE_ERROR_MAX])
{
	struct capture *capture = &captures[interface[0] - 'a'];
	assert_ptr_equal(config->passed, &state->passed[3]);
	assert_ptr_equal(config->ports, &options.ports);
	groups[interface[0] - 'a'] = config->group;
	if (strchr(absent, interface[0]) != NULL) {
		(void)snprintf(error, CAPTURE_ERROR_MAX, "%s: gone", interface);
		return NULL;
	}
	capture->name = interface[0];
	return capture;
}

int capture_fd(const struct capture *capture)
{
	return capture->pipe[0];
}

void capture_close(struct capture *capture)
{
	capture->closed++;
}

/* Packets up to a dot of the script, which means that there is none yet. */
bool capture_batch(struct capture *capture, int most, capture_take *take, void *ctx,
                   char error[CAPTURE_ERROR_MAX])
{
	const struct packet packet = { .time_ns = capture->name };
	for (; capture->packets > 0 && most > 0; capture->packets--, most--) {
		take(ctx, &packet);
	}
	for (; most > 0 && capture->script[0] != '\0'; most--) {
		switch (*capture->script++) {
		case 'p':
			take(ctx, &packet);
			break;
		case 'e':
			(void)snprintf(error, CAPTURE_ERROR_MAX, "%c: down", capture->name);
			return false;
		default:
			return true;
		}
	}
	return true;
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int ret = (int)syscall(SYS_clock_gettime, id, now);
	if (clock_ns != 0) {
		*now = (struct timespec){ .tv_nsec = clock_ns };
		clock_ns += 20 * NS_PER_MS;
	}
	return ret;
}

/* Of the interfaces there are `up` and `down`. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	va_start(args, request);
	struct ifreq *wanted = va_arg(args, struct ifreq *);
	va_end(args);
	assert_true(fd >= 0);
	assert_int_equal(request, SIOCGIFFLAGS);
	wanted->ifr_flags =
	        strcmp(wanted->ifr_name, "up") == 0 ? IFF_UP | IFF_RUNNING : IFF_RUNNING;
	return wanted->ifr_name[0] == 'u' || wanted->ifr_name[0] == 'd' ? 0 : -1;
}

/* In place of a worker: a letter for each call. */

static char calls[64];
static unsigned rounds, read_packets;
static bool has_outputs;

static void note(char letter)
{
	size_t size = strlen(calls);
	if (size + 1 < sizeof(calls)) {
		calls[size] = letter;
	}
}

void worker_packet(struct worker *worker, const struct packet *packet)
{
	assert_null(worker);
	read_packets++;
	note((char)packet->time_ns);
}

void worker_flush(struct worker *worker)
{
	assert_null(worker);
	note('F');
}

void worker_idle(struct worker *worker)
{
	assert_null(worker);
	note('I');
}

void worker_reload(struct worker *worker)
{
	assert_null(worker);
	note('R');
}

void worker_take_rules(struct worker *worker)
{
	assert_null(worker);
	note('T');
}

bool worker_should_stop(const struct worker *worker)
{
	assert_null(worker);
	return rounds-- == 0;
}

bool worker_has_outputs(const struct worker *worker)
{
	assert_null(worker);
	return has_outputs;
}

static int set_up(void **unused)
{
	(void)unused;
	options = (struct options){ .workers = 1 };
	options.interfaces.items[0] = "a";
	options.interfaces.items[1] = "b";
	options.interfaces.count = TWO;
	for (size_t i = 0; i < TWO; i++) {
		captures[i] = (struct capture){ .script = "" };
		/* Readable, so that nothing waits. */
		if (pipe(captures[i].pipe) != 0 || write(captures[i].pipe[1], "", 1) != 1) {
			return -1;
		}
	}
	state = interfaces_state_new();
	absent = "";

	memset(calls, 0, sizeof(calls));
	rounds = read_packets = 0;
	has_outputs = false;
	clock_ns = 0;
	captured_begin(&output);
	return state == NULL;
}

static int tear_down(void **unused)
{
	(void)unused;
	captured_end(&output);
	interfaces_state_free(state);
	for (size_t i = 0; i < TWO; i++) {
		(void)close(captures[i].pipe[0]);
		(void)close(captures[i].pipe[1]);
	}
	return 0;
}

static struct interfaces open_all(bool restarted)
{
	struct interfaces interfaces;
	assert_true(interfaces_open(&interfaces, &options, state, 3, CAPTURE_ALONE, restarted));
	return interfaces;
}

static void groups_of_workers(void **unused)
{
	struct interfaces interfaces;
	int sockets[OPTIONS_LIST_MAX];
	(void)unused;
	assert_true(interfaces_open(&interfaces, &options, state, 3, CAPTURE_ALONE, false));
	assert_int_equal(groups[0], CAPTURE_ALONE);
	assert_int_equal(groups[1], CAPTURE_ALONE);
	assert_true(interfaces_open(&interfaces, &options, state, 3, 65535, false));
	assert_int_equal(groups[0], 65535);
	assert_int_equal(groups[1], 0);
	assert_int_equal(interfaces_sockets(&interfaces, sockets), 2);
	assert_int_equal(sockets[0], captures[0].pipe[0]);
	assert_int_equal(sockets[1], captures[1].pipe[0]);
}

/* At the start it is an error; a successor captures on the others. */
static void one_is_missing(void **unused)
{
	struct interfaces interfaces;
	int sockets[OPTIONS_LIST_MAX];
	(void)unused;
	absent = "a";
	assert_false(interfaces_open(&interfaces, &options, state, 3, CAPTURE_ALONE, false));
	assert_string_equal(captured_take(&output), "nsmx: a: gone\n");
	interfaces = open_all(true);
	assert_string_equal(captured_take(&output),
	                    "nsmx: warning: a: gone; capture continues when the interface is up "
	                    "again\n");
	interfaces = open_all(true); /* logged once */
	assert_string_equal(captured_take(&output), "");
	assert_int_equal(state->missing[0], 1);
	assert_int_equal(state->missing[1], 0);
	assert_int_equal(interfaces_sockets(&interfaces, sockets), 1);
	assert_int_equal(sockets[0], captures[1].pipe[0]);
	captures[0].script = captures[1].script = "p";
	rounds = 1;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, "bTF");
}

static void rounds_of_a_worker(void **unused)
{
	struct interfaces interfaces = open_all(false);
	(void)unused;
	captures[0].script = "pp..";
	captures[1].script = "p.p";
	rounds = 3;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, "aabTFbTFTI");
	signals_install_worker();
	assert_int_equal(raise(SIGHUP), 0);
	rounds = 2;
	memset(calls, 0, sizeof(calls));
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, "RTITI");
}

/* One interface does not keep the others from their turn. */
static void bursts(void **unused)
{
	struct interfaces interfaces = open_all(false);
	(void)unused;
	captures[0].packets = FOREVER;
	rounds = 1;
	interfaces_capture(&interfaces, NULL);
	assert_int_equal(read_packets, BURST);
	assert_int_equal(captures[0].packets, FOREVER - BURST);
}

static void one_goes_down(void **unused)
{
	struct interfaces interfaces = open_all(false);
	(void)unused;
	captures[0].script = "pep";
	captures[1].script = "p.p";
	rounds = 2;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, "abTFbTF");
	assert_int_equal(captures[0].closed, 1);
	assert_int_equal(captures[1].closed, 0);
	assert_int_equal(interfaces.polls[0].fd, -1);
	assert_int_equal(state->missing[0], 1);
	captured_expect(&output, "a: down; capture continues when the interface is up again\n");
}

static void it_returns(void **unused)
{
	(void)unused;
	struct interfaces interfaces = open_all(false);
	options.interfaces.items[0] = "up";
	options.interfaces.items[1] = "down";
	int before = unit_count_descriptors();
	assert_false(interfaces_any_returned(&options, state));
	state->missing[0] = state->missing[1] = 1;
	assert_true(interfaces_any_returned(&options, state));
	assert_string_equal(captured_take(&output), "nsmx: up is up again\n");
	assert_int_equal(state->missing[0], 0);
	assert_int_equal(state->missing[1], 1);
	assert_int_equal(state->returned[0], 1);
	assert_int_equal(state->returned[1], 0);
	options.interfaces.items[1] = "gone";
	assert_false(interfaces_any_returned(&options, state));
	assert_int_equal(unit_count_descriptors(), before);
	/* The first worker that captures on it logs that. */
	state->returned[1] = 1;
	interfaces.captures[1] = NULL;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(captured_take(&output), "nsmx: capturing on up again\n");
	assert_int_equal(state->returned[0], 0);
	assert_int_equal(state->returned[1], 1);
	rounds = 0;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(captured_take(&output), "");
}

/* What the kernel still holds back at the stop is read, for 200 ms. */
static void the_last_packets(void **unused)
{
	(void)unused;
	struct interfaces interfaces = open_all(false);
	captures[0].script = "p.p.p";
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, ""); /* nothing takes them */
	has_outputs = true;
	rounds = 0;
	clock_ns = 20 * NS_PER_MS;
	interfaces_capture(&interfaces, NULL);
	assert_string_equal(calls, "aaa");
	/* Each reading of the clock takes 20 ms; the end was set by the first. */
	assert_int_equal(clock_ns, 12 * 20 * NS_PER_MS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(groups_of_workers),  TEST(one_is_missing),
		TEST(rounds_of_a_worker), TEST(bursts),
		TEST(one_goes_down),      TEST(it_returns),
		TEST(the_last_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
