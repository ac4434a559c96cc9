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
#include "history/store.h"
#include "history/transfer.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

struct history_writer {
	struct history_writer_config config;
	struct history_store *store; /* NULL if another process has opened it */
	pid_t pid;                   /* 0: there is no other process that writes */
	int ends[OPTIONS_WORKERS_MAX][2];
	uint8_t *batch; /* used only in the process that writes */
};

static void close_end(struct history_writer *writer, unsigned worker, int end)
{
	if (writer->ends[worker][end] >= 0) {
		(void)close(writer->ends[worker][end]);
		writer->ends[worker][end] = -1;
	}
}

static bool add(struct history_writer *writer, unsigned worker, const uint8_t *batch, size_t size,
                size_t rows)
{
	struct counters *counters = &writer->config.counters[worker];
	bool added = history_store_add(writer->store, batch, size);
	counter_add(added ? &counters->history_rows : &counters->history_rows_dropped, rows);
	return added;
}

/* These functions run in the process that writes. */

/* Reads a batch. Returns false at the end of the pipe, or if the octets are not what a worker
 * writes. */
static bool take_batch(struct history_writer *writer, unsigned worker, bool *failed)
{
	size_t size, rows;
	if (!history_receive(writer->ends[worker][0], writer->batch, &size, &rows)) {
		return false;
	}
	*failed |= !add(writer, worker, writer->batch, size, rows);
	return true;
}

static bool take_batches(struct history_writer *writer)
{
	struct pollfd polled[OPTIONS_WORKERS_MAX];
	unsigned open = writer->config.workers;
	bool failed = false;
	while (open > 0) {
		for (unsigned i = 0; i < writer->config.workers; i++) {
			polled[i] = (struct pollfd){ .fd = writer->ends[i][0], .events = POLLIN };
		}
		if (poll(polled, writer->config.workers, -1) < 0 && errno != EINTR) {
			return false;
		}
		for (unsigned i = 0; i < writer->config.workers; i++) {
			if (polled[i].revents != 0 && !take_batch(writer, i, &failed)) {
				close_end(writer, i, 0);
				open--;
			}
		}
	}
	return !failed;
}

static void run(struct history_writer *writer)
{
	(void)signal(SIGINT, SIG_IGN); /* this process ends when all pipes are closed */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_end(writer, i, 1);
	}
	writer->batch = malloc(HISTORY_TRANSFER_MAX);
	bool good = writer->batch != NULL && take_batches(writer);
	history_store_settle(writer->store);
	history_store_close(writer->store);
	_exit(good ? EXIT_DONE : EXIT_FAILED);
}

static bool start_process(struct history_writer *writer)
{
	for (unsigned i = 0; i < writer->config.workers; i++) {
		if (pipe2(writer->ends[i], O_CLOEXEC) != 0) {
			return false;
		}
	}
	writer->pid = fork();
	if (writer->pid == 0) {
		run(writer);
	}
	history_store_close(writer->store);
	writer->store = NULL;
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_end(writer, i, 0);
	}
	return writer->pid > 0;
}

/* These functions run in the processes that pass on batches. */

struct history_writer *history_writer_start(const struct history_writer_config *config)
{
	char error[HISTORY_ERROR_MAX];
	struct history_writer *writer = calloc(1, sizeof(*writer));
	if (writer == NULL) {
		log_error("out of memory");
		return NULL;
	}
	writer->config = *config;
	memset(writer->ends, -1, sizeof(writer->ends));
	writer->store = history_store_open(config->path, config->sensor, error);
	if (writer->store == NULL) {
		log_error("--history: %s", error);
		free(writer);
		return NULL;
	}
	if (config->forked && !start_process(writer)) {
		log_error("--history: %s", strerror(errno));
		(void)history_writer_close(writer);
		return NULL;
	}
	return writer;
}

void history_writer_enter_worker(struct history_writer *writer, unsigned worker)
{
	for (unsigned i = 0; i < writer->config.workers; i++) {
		if (i != worker) {
			close_end(writer, i, 1);
		}
	}
}

void history_writer_pass(struct history_writer *writer, unsigned worker, const uint8_t *batch,
                         size_t size, size_t rows)
{
	if (writer->store != NULL) {
		(void)add(writer, worker, batch, size, rows);
		return;
	}
	if (!history_send(writer->ends[worker][1], batch, size, rows)) {
		counter_add(&writer->config.counters[worker].history_rows_dropped, rows);
	}
}

bool history_writer_close(struct history_writer *writer)
{
	int status = 0;
	if (writer == NULL) {
		return true;
	}
	for (unsigned i = 0; i < writer->config.workers; i++) {
		close_end(writer, i, 0);
		close_end(writer, i, 1);
	}
	while (writer->pid > 0 && waitpid(writer->pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (writer->store != NULL) {
		history_store_settle(writer->store);
		history_store_close(writer->store);
	}
	free(writer);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
}
