/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/history_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/shared.h"
#include "history/store.h"
#include "history/tray.h"
#include "sensor/options/options.h"
#include "sensor/process/channel.h"
#include "sensor/process/history_process.h"
#include "sensor/system/exit_status.h"

/* The ends of a worker's socket. */
enum { OF_PROCESS, OF_WORKER };

struct history_writer {
	struct history_writer_config config;
	pid_t pid; /* 0: there is no other process */
	struct history_tray *trays[OPTIONS_WORKERS_MAX];
	struct history_claim *claim;
	int sockets[OPTIONS_WORKERS_MAX][2];

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

/* In the new process. */
static int run(struct history_writer *writer)
{
	struct history_process process = {
		.path = writer->config.path,
		.sensor = writer->config.sensor,
		.workers = writer->config.workers,
		.counters = writer->config.counters,
		.claim = writer->claim,
	};
	for (unsigned i = 0; i < writer->config.workers; i++) {
		process.trays[i] = writer->trays[i];
		process.sockets[i] = writer->sockets[i][OF_PROCESS];
		close_socket(writer, i, OF_WORKER);
	}
	return history_process_run(&process);
}

static bool open_trays(struct history_writer *writer)
{
	writer->claim = shared_new(sizeof(*writer->claim));
	bool good = writer->claim != NULL;
	for (unsigned i = 0; i < writer->config.workers && good; i++) {
		writer->trays[i] = history_tray_new();
		good = writer->trays[i] != NULL && channel_open(writer->sockets[i]);
	}
	return good;
}

static bool start_process(struct history_writer *writer)
{
	if (!open_trays(writer)) {
		return false;
	}
	writer->pid = fork();
	if (writer->pid == 0) {
		_exit(run(writer));
	}
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_socket(writer, i, OF_PROCESS);
	}
	return writer->pid > 0;
}

/* The process opens the folder again. It is opened here first, so that a folder that cannot be used
 * is noticed at the start. */
static bool open_folder(struct history_writer *writer)
{
	char error[HISTORY_ERROR_MAX];
	writer->store = history_store_open(writer->config.path, writer->config.sensor, error);
	if (writer->store == NULL) {
		log_error("--history: %s", error);
		return false;
	}
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
	if (good && config->forked && !start_process(writer)) {
		log_error("--history: %s", strerror(errno));
		good = false;
	}
	if (!good) {
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

/* Waits for a message. \return False if the process has ended. */
static bool await_message(int socket)
{
	char octet;
	return read(socket, &octet, sizeof(octet)) > 0 || errno == EINTR;
}

uint8_t *history_writer_room(struct history_writer *writer, unsigned worker)
{
	if (writer->store != NULL) {
		return writer->batch;
	}
	uint8_t *room;
	while ((room = history_tray_room(writer->trays[worker])) == NULL) {
		errno = 0;
		if (!await_message(writer->sockets[worker][OF_WORKER])) {
			return NULL;
		}
	}
	return room;
}

void history_writer_put(struct history_writer *writer, unsigned worker, size_t size, size_t rows)
{
	struct counters *counters = &writer->config.counters[worker];
	if (writer->store == NULL) {
		history_tray_put(writer->trays[worker], size, rows);
		(void)channel_sign(writer->sockets[worker][OF_WORKER]);
	} else if (history_store_add(writer->store, writer->batch, size)) {
		counter_add(&counters->history_rows, rows);
	} else {
		counter_add_shared(&counters->history_rows_dropped, rows);
		writer->failed = true;
	}
}

static bool await_end(pid_t pid)
{
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}

bool history_writer_close(struct history_writer *writer)
{
	if (writer == NULL) {
		return true;
	}
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_socket(writer, i, OF_PROCESS);
		close_socket(writer, i, OF_WORKER);
	}
	bool good = await_end(writer->pid) && !writer->failed;
	if (writer->store != NULL) {
		history_store_settle(writer->store);
		history_store_close(writer->store);
	}
	history_writer_leave(writer);
	free(writer->batch);
	free(writer);
	return good;
}
