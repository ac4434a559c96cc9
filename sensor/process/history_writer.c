/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/history_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory/shared.h"
#include "base/time_ns.h"
#include "history/store/store.h"
#include "history/tray.h"
#include "sensor/options/options.h"
#include "sensor/process/channel.h"
#include "sensor/process/history_process.h"
#include "sensor/system/exit_status.h"

#define WAIT_STEP_MS 20

/* The pauses before the process is replaced: after it was killed by a signal, and after an error,
 * which it has logged and which may occur again. */
#define AFTER_SIGNAL_NS (2 * NS_PER_S)
#define AFTER_ERROR_NS  (30 * NS_PER_S)

/* The ends of a worker's socket. */
enum { OF_PROCESS, OF_WORKER };

struct history_writer {
	struct history_writer_config config;
	pid_t pid; /* 0: there is no other process */
	struct history_tray *trays[OPTIONS_WORKERS_MAX];
	struct history_claim *claim;
	int sockets[OPTIONS_WORKERS_MAX][2];
	int64_t due_ns;     /* when a replacement of the process is started */
	int64_t stopped_ns; /* 0: history_writer_stop() was not called */

	/* If this process writes the folder itself. */
	struct history_store *store;
	uint8_t *batch;
	bool failed; /* rows were dropped */
};

static void close_socket(struct history_writer *writer, unsigned worker, int end)
{
	if (writer->sockets[worker][end] >= 0) {
		(void)close(writer->sockets[worker][end]);
		writer->sockets[worker][end] = -1;
	}
}

static void free_claim(struct history_writer *writer)
{
	shared_free(writer->claim, sizeof(*writer->claim));
	writer->claim = NULL;
}

static void free_worker(struct history_writer *writer, unsigned worker)
{
	close_socket(writer, worker, OF_PROCESS);
	close_socket(writer, worker, OF_WORKER);
	history_tray_free(writer->trays[worker]);
	writer->trays[worker] = NULL;
}

/* Runs in the new process. */
static int run(struct history_writer *writer)
{
	struct history_process process = {
		.path = writer->config.path,
		.sensor = writer->config.sensor,
		.keep = writer->config.keep,
		.workers = writer->config.workers,
		.live = writer->config.live,
		.confine = writer->config.confine,
		.counters = writer->config.counters,
		.claim = writer->claim,
	};
	for (unsigned i = 0; i < writer->config.workers; i++) {
		process.trays[i] = writer->trays[i];
		process.sockets[i] = writer->sockets[i][OF_PROCESS];
	}
	if (writer->config.forget != NULL) {
		writer->config.forget(writer->config.forget_ctx);
	}
	return history_process_run(&process);
}

/* Sockets do not block where the other side may be dead: a message only wakes it, so it may be
 * lost. */
static bool open_socket(struct history_writer *writer, unsigned worker)
{
	const int *ends = writer->sockets[worker];
	return channel_open(writer->sockets[worker]) &&
	       fcntl(ends[OF_PROCESS], F_SETFL, O_NONBLOCK) == 0 &&
	       (!writer->config.live || fcntl(ends[OF_WORKER], F_SETFL, O_NONBLOCK) == 0);
}

static bool open_trays(struct history_writer *writer)
{
	writer->claim = shared_new(sizeof(*writer->claim));
	bool good = writer->claim != NULL;
	for (unsigned i = 0; i < writer->config.workers && good; i++) {
		writer->trays[i] = history_tray_new();
		good = writer->trays[i] != NULL && open_socket(writer, i);
	}
	return good;
}

static bool start_process(struct history_writer *writer)
{
	pid_t pid = fork();
	if (pid == 0) {
		_exit(run(writer));
	}
	writer->pid = pid > 0 ? pid : 0;
	return pid > 0;
}

static bool start_first_process(struct history_writer *writer)
{
	bool good = open_trays(writer) && start_process(writer);
	/* The process of a replay is not restarted. Its ends of the sockets are closed here, so
	 * that workers notice when it ends. */
	for (unsigned i = 0; i < writer->config.workers && !writer->config.live; i++) {
		close_socket(writer, i, OF_PROCESS);
	}
	return good;
}

/* The new process opens the folder itself. This function opens it, too, so that an unusable folder
 * is reported at the start. */
static bool open_folder(struct history_writer *writer)
{
	char error[HISTORY_ERROR_MAX];
	writer->store = history_store_open(writer->config.path, writer->config.sensor, error);
	if (writer->store == NULL) {
		log_error("--history: %s", error);
		return false;
	}
	history_store_keep(writer->store, &writer->config.keep);
	if (writer->config.forked) {
		history_store_close(writer->store);
		writer->store = NULL;
		return true;
	}
	writer->batch = malloc(HISTORY_BATCH_MAX);
	if (writer->batch == NULL) {
		log_error("out of memory");
	}
	return writer->batch != NULL;
}

struct history_writer *history_writer_start(const struct history_writer_config *config)
{
	struct history_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		log_error("out of memory");
		return NULL;
	}
	writer->config = *config;
	memset(writer->sockets, -1, sizeof(writer->sockets));
	bool good = open_folder(writer);
	if (good && config->forked && !start_first_process(writer)) {
		log_error("--history: %s", strerror(errno));
		good = false;
	}
	if (!good) {
		writer->stopped_ns = monotonic_ns(); /* no batch was passed on */
		(void)history_writer_close(writer);
		return NULL;
	}
	return writer;
}

void history_writer_enter_worker(struct history_writer *writer, unsigned worker)
{
	free_claim(writer);
	for (unsigned i = 0; i < writer->config.workers; i++) {
		if (i != worker) {
			free_worker(writer, i);
		}
	}
	close_socket(writer, worker, OF_PROCESS);
}

void history_writer_leave(struct history_writer *writer)
{
	if (writer != NULL) {
		free_claim(writer);
		for (unsigned i = 0; i < writer->config.workers; i++) {
			free_worker(writer, i);
		}
	}
}

static void take_end(struct history_writer *writer, int status)
{
	bool killed = WIFSIGNALED(status);
	writer->pid = 0;
	writer->due_ns = monotonic_ns() + (killed ? AFTER_SIGNAL_NS : AFTER_ERROR_NS);
	log_warn("--history: the process ended (%s %d); a replacement starts in %d s",
	         killed ? "signal" : "status", killed ? WTERMSIG(status) : WEXITSTATUS(status),
	         (int)((killed ? AFTER_SIGNAL_NS : AFTER_ERROR_NS) / NS_PER_S));
}

void history_writer_maintain(struct history_writer *writer)
{
	int status;
	if (writer == NULL || !writer->config.live) {
		return;
	}
	if (writer->pid > 0 && waitpid(writer->pid, &status, WNOHANG) == writer->pid) {
		take_end(writer, status);
	}
	if (writer->pid == 0 && monotonic_ns() >= writer->due_ns && !start_process(writer)) {
		log_error("--history: cannot start the process: %s", strerror(errno));
		writer->due_ns = monotonic_ns() + AFTER_ERROR_NS;
	}
}

static void drop(const struct history_writer *writer, unsigned worker, uint64_t rows)
{
	counter_add_shared(&writer->config.counters[worker].history_rows_dropped, rows);
}

void history_writer_reap(struct history_writer *writer, unsigned worker)
{
	if (writer != NULL && writer->trays[worker] != NULL) {
		drop(writer, worker, history_tray_reap(writer->trays[worker]));
	}
}

void history_writer_hold(struct history_writer *writer, unsigned worker, size_t rows)
{
	if (writer->trays[worker] != NULL) {
		history_tray_hold(writer->trays[worker], rows);
	}
}

/* Reads a message. Waits for one in a replay, whose sockets block. \return False if there is none.
 */
static bool read_message(int socket)
{
	char octet;
	ssize_t got;
	do {
		got = read(socket, &octet, sizeof(octet));
	} while (got < 0 && errno == EINTR);
	return got > 0;
}

void history_writer_await_room(struct history_writer *writer, unsigned worker, unsigned wait_ms)
{
	int64_t now_ns, end_ns = monotonic_ns() + wait_ms * NS_PER_MS;
	int socket = writer->sockets[worker][OF_WORKER];
	while (history_tray_room(writer->trays[worker]) == NULL &&
	       (now_ns = monotonic_ns()) < end_ns) {
		struct pollfd polled = { .fd = socket, .events = POLLIN };
		(void)poll(&polled, 1, (int)((end_ns - now_ns) / NS_PER_MS) + 1);
		if (polled.revents != 0 && !read_message(socket)) {
			return;
		}
	}
}

uint8_t *history_writer_room(struct history_writer *writer, unsigned worker)
{
	if (writer->store != NULL) {
		return writer->batch;
	}
	uint8_t *room = history_tray_room(writer->trays[worker]);
	while (room == NULL && !writer->config.live &&
	       read_message(writer->sockets[worker][OF_WORKER])) {
		room = history_tray_room(writer->trays[worker]);
	}
	return room;
}

void history_writer_put(struct history_writer *writer, unsigned worker, size_t size, size_t rows)
{
	struct counters *counters = &writer->config.counters[worker];
	if (writer->store == NULL) {
		int socket = writer->sockets[worker][OF_WORKER];
		history_tray_put(writer->trays[worker], size, rows);
		(void)channel_sign(socket);
		while (writer->config.live && read_message(socket)) {
		}
	} else if (history_store_add(writer->store, writer->batch, size)) {
		counter_add(&counters->history_rows, rows);
		history_process_count(writer->config.counters, writer->store, true);
	} else {
		drop(writer, worker, rows);
		writer->failed = true;
	}
}

void history_writer_stop(struct history_writer *writer)
{
	if (writer == NULL || writer->stopped_ns != 0) {
		return;
	}
	writer->stopped_ns = monotonic_ns();
	if (writer->config.live && writer->pid == 0 && writer->trays[0] != NULL) {
		(void)start_process(writer); /* trays may have batches */
	}
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_socket(writer, i, OF_PROCESS);
		close_socket(writer, i, OF_WORKER);
	}
}

static bool is_late(const struct history_writer *writer)
{
	return writer->config.live &&
	       monotonic_ns() - writer->stopped_ns >= writer->config.stop_ms * NS_PER_MS;
}

/* Waits for the end of the process, or kills it when it is late. */
static bool await_end(struct history_writer *writer)
{
	int status = 0;
	if (writer->pid == 0) {
		return true;
	}
	while (writer->config.live && waitpid(writer->pid, &status, WNOHANG) == 0) {
		if (is_late(writer)) {
			log_error("--history: the process that writes it has not ended in time and "
			          "is killed; "
			          "rows may be lost");
			(void)kill(writer->pid, SIGKILL);
			break;
		}
		(void)poll(NULL, 0, WAIT_STEP_MS);
	}
	while (waitpid(writer->pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

/* Counts the rows that are still in trays as dropped. */
static bool drop_batches(struct history_writer *writer)
{
	bool any = false;
	for (unsigned i = 0; i < writer->config.workers; i++) {
		if (writer->trays[i] != NULL && history_tray_is_full(writer->trays[i])) {
			drop(writer, i, history_tray_rows(writer->trays[i]));
			any = true;
		}
	}
	return any;
}

bool history_writer_close(struct history_writer *writer)
{
	if (writer == NULL) {
		return true;
	}
	history_writer_stop(writer);
	bool good = await_end(writer) && !writer->failed;
	good = !drop_batches(writer) && good;
	if (writer->store != NULL) {
		history_store_settle(writer->store);
		history_process_count(writer->config.counters, writer->store, false);
		history_store_close(writer->store);
	}
	history_writer_leave(writer);
	free(writer->batch);
	free(writer);
	return good;
}
