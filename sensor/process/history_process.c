/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/history_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "history/store.h"
#include "sensor/process/channel.h"
#include "sensor/system/exit_status.h"

struct writing {
	const struct history_process *process;
	struct history_store *store;
	struct history_batch batch;
	bool closed[OPTIONS_WORKERS_MAX]; /* the worker has ended, and its socket is closed */
	unsigned open;                    /* the number of sockets that are not closed */
	bool failed;                      /* rows were dropped */
};

static void ignore_signals(void)
{
	/* This process ends when all sockets are closed. */
	static const int numbers[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };
	sigset_t none;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		(void)signal(numbers[i], SIG_IGN);
	}
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void empty(const struct writing *writing, unsigned worker)
{
	history_tray_empty(writing->process->trays[worker]);
	(void)channel_sign(writing->process->sockets[worker]);
}

/* Removes a batch from its tray that an earlier process has written. It must be called before any
 * batch is added. */
static void resume(struct writing *writing)
{
	const struct history_process *process = writing->process;
	uint32_t next = history_store_next(writing->store);
	for (unsigned i = 0; i < process->workers; i++) {
		if (history_tray_is_full(process->trays[i]) &&
		    history_claim_is_done(process->claim, i, process->trays[i], next)) {
			history_tray_copy(process->trays[i], &writing->batch);
			counter_add(&process->counters[i].history_rows, writing->batch.rows);
			empty(writing, i);
		}
	}
	history_claim_clear(process->claim);
}

static void take_batch(struct writing *writing, unsigned worker)
{
	const struct history_process *process = writing->process;
	struct counters *counters = &process->counters[worker];
	struct history_batch *batch = &writing->batch;
	history_tray_copy(process->trays[worker], batch);
	history_claim_set(process->claim, worker, batch, history_store_next(writing->store));
	if (history_store_add(writing->store, batch->octets, batch->size)) {
		counter_add(&counters->history_rows, batch->rows);
	} else {
		counter_add_shared(&counters->history_rows_dropped, batch->rows);
		writing->failed = true;
	}
	empty(writing, worker);
	history_claim_clear(process->claim);
}

/* Reads messages. Returns false if the socket's other ends are closed. */
static bool read_messages(int socket, short events)
{
	char octet;
	return (events & POLLIN) == 0 || read(socket, &octet, sizeof(octet)) > 0 ||
	       errno == EAGAIN || errno == EINTR;
}

static void serve(struct writing *writing, unsigned worker, short events)
{
	const struct history_process *process = writing->process;
	bool open = read_messages(process->sockets[worker], events) &&
	            (events & (POLLIN | POLLHUP)) != POLLHUP;
	if (history_tray_is_full(process->trays[worker])) {
		take_batch(writing, worker);
	} else if (!open) {
		(void)close(process->sockets[worker]);
		writing->closed[worker] = true;
		writing->open--;
	}
}

static bool wait_for_work(const struct writing *writing, struct pollfd *polled)
{
	unsigned count = writing->process->workers;
	for (unsigned i = 0; i < count; i++) {
		polled[i] =
		        (struct pollfd){ .fd = writing->closed[i] ? -1
			                                          : writing->process->sockets[i],
			                 .events = POLLIN };
	}
	polled[count] = (struct pollfd){ .fd = history_store_merge_end(writing->store) };
	return poll(polled, count + 1, -1) >= 0 || errno == EINTR;
}

static bool write_batches(struct writing *writing)
{
	struct pollfd polled[OPTIONS_WORKERS_MAX + 1] = { { .fd = -1 } };
	unsigned count = writing->process->workers;
	resume(writing);
	while (writing->open > 0) {
		/* An earlier process may have read the message of a tray that is full. */
		for (unsigned i = 0; i < count; i++) {
			if (!writing->closed[i]) {
				serve(writing, i, polled[i].revents);
			}
		}
		if (polled[count].revents != 0) {
			history_store_merge(writing->store);
		}
		if (writing->open > 0 && !wait_for_work(writing, polled)) {
			return false;
		}
	}
	return !writing->failed;
}

int history_process_run(struct history_process *process)
{
	char error[HISTORY_ERROR_MAX];
	struct writing writing = { .process = process, .open = process->workers };
	(void)prctl(PR_SET_NAME, "nsmx-history");
	ignore_signals();
	writing.batch.octets = malloc(HISTORY_BATCH_MAX);
	if (writing.batch.octets == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	writing.store = history_store_open(process->path, process->sensor, error);
	bool good = writing.store != NULL;
	if (!good) {
		log_error("--history: %s", error);
	} else {
		good = write_batches(&writing);
		history_store_settle(writing.store);
		history_store_close(writing.store);
	}
	free(writing.batch.octets);
	return good ? EXIT_DONE : EXIT_FAILED;
}
