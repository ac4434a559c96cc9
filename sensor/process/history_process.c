/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/history_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sanitizer.h"
#include "base/time_ns.h"
#include "history/store/store.h"
#include "sensor/process/channel.h"
#include "sensor/system/child.h"
#include "sensor/system/exit_status.h"

#define RETRY_MS 1000 /* the time between attempts while the disk is full */
/* While no batch comes, the process checks after this time whether rows are too old. */
#define IDLE_MS (3600 * 1000)

struct writing {
	const struct history_process *process;
	struct history_store *store;
	struct history_batch batch;
	bool closed[OPTIONS_WORKERS_MAX]; /* the worker has ended, and its socket is closed */
	unsigned open;                    /* the number of sockets that are not closed */
	bool failed;                      /* rows were dropped */
	int64_t retry_ns;                 /* the disk is full until then; 0: it has room */
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

void history_process_count(struct counters *sets, const struct history_store *store, bool added)
{
	const struct history_size size = history_store_measure(store);
	counter_set(&sets->history_files, size.files);
	counter_set(&sets->history_bytes, size.octets);
	if (added) {
		counter_set(&sets->history_written, (uint64_t)(realtime_ns() / NS_PER_S));
	}
}

static void empty(const struct writing *writing, unsigned worker)
{
	history_tray_empty(writing->process->trays[worker]);
	(void)channel_sign(writing->process->sockets[worker]);
}

/* Removes a batch from its tray if an earlier process has written the batch. That process may also
 * have counted its rows, so the counter is set and not increased. It must be called before any
 * batch is added. */
static void resume(struct writing *writing)
{
	const struct history_process *process = writing->process;
	uint32_t next = history_store_next(writing->store);
	for (unsigned i = 0; i < process->workers; i++) {
		if (history_tray_is_full(process->trays[i]) &&
		    history_claim_is_done(process->claim, i, process->trays[i], next)) {
			counter_set(&process->counters[i].history_rows,
			            atomic_load(&process->claim->rows));
			empty(writing, i);
		}
	}
	history_claim_clear(process->claim);
}

/* Adds the batch of a worker to the folder. If the disk is full, the batch stays in its tray,
 * unless `last` is true: it is then dropped. */
static void take_batch(struct writing *writing, unsigned worker, bool last)
{
	const struct history_process *process = writing->process;
	struct counters *counters = &process->counters[worker];
	struct history_batch *batch = &writing->batch;
	history_tray_copy(process->trays[worker], batch);
	uint64_t rows = counter_get(&counters->history_rows) + batch->rows;
	history_claim_set(process->claim, worker, batch, history_store_next(writing->store), rows);
	writing->retry_ns = 0;
	if (history_store_add(writing->store, batch->octets, batch->size)) {
		counter_set(&counters->history_rows, rows);
		history_process_count(process->counters, writing->store, true);
	} else if (!last && history_store_is_full(writing->store)) {
		writing->retry_ns = monotonic_ns() + RETRY_MS * NS_PER_MS;
		history_claim_clear(process->claim);
		return;
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
	bool last = !open || !process->live;
	if (history_tray_is_full(process->trays[worker])) {
		if (last || monotonic_ns() >= writing->retry_ns) {
			take_batch(writing, worker, last);
		}
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
	int wait_ms = writing->retry_ns != 0 ? RETRY_MS : IDLE_MS;
	int ready = poll(polled, count + 1, wait_ms);
	if (ready == 0) {
		history_store_merge(writing->store);
	}
	return ready >= 0 || errno == EINTR;
}

static bool write_batches(struct writing *writing)
{
	struct pollfd polled[OPTIONS_WORKERS_MAX + 1] = { { .fd = -1 } };
	unsigned count = writing->process->workers;
	resume(writing);
	history_process_count(writing->process->counters, writing->store, false);
	while (writing->open > 0) {
		/* All trays are checked before the first wait, because an earlier process may have
		 * read the message of a full tray. */
		for (unsigned i = 0; i < count; i++) {
			if (!writing->closed[i]) {
				serve(writing, i, polled[i].revents);
			}
		}
		if (polled[count].revents != 0) {
			history_store_merge(writing->store);
			history_process_count(writing->process->counters, writing->store, false);
		}
		if (writing->open > 0 && !wait_for_work(writing, polled)) {
			return false;
		}
	}
	return !writing->failed;
}

/* The children inherit the limit. The kernel also counts memory that the parent had at the fork, so
 * that is added to the limit. */
static void limit_memory(void)
{
	unsigned long data = 0;
	FILE *file = fopen("/proc/self/statm", "re");
	if (ADDRESS_SANITIZED || file == NULL ||
	    fscanf(file, "%*u %*u %*u %*u %*u %lu", &data) != 1) {
		data = 0;
	}
	if (file != NULL) {
		(void)fclose(file);
	}
	const rlim_t limit = data * (rlim_t)sysconf(_SC_PAGESIZE) + HISTORY_PROCESS_MEMORY;
	if (data > 0) {
		(void)setrlimit(RLIMIT_DATA, &(const struct rlimit){ limit, limit });
	}
}

static bool open_store(struct writing *writing)
{
	const struct history_process *process = writing->process;
	char error[HISTORY_ERROR_MAX];
	writing->batch.octets = malloc(HISTORY_BATCH_MAX);
	if (writing->batch.octets == NULL) {
		log_error("out of memory");
		return false;
	}
	writing->store = history_store_open(process->path, process->sensor, error);
	if (writing->store == NULL) {
		log_error("--history: %s", error);
		return false;
	}
	history_store_keep(writing->store, &process->keep);
	return true;
}

static void close_store(struct writing *writing)
{
	if (writing->store != NULL && !writing->process->live) {
		history_store_settle(writing->store);
		history_process_count(writing->process->counters, writing->store, false);
	}
	history_store_close(writing->store);
	free(writing->batch.octets);
}

int history_process_run(const struct history_process *process)
{
	struct writing writing = { .process = process, .open = process->workers };
	(void)prctl(PR_SET_NAME, "nsmx-history");
	ignore_signals();
	if (!child_keep_only(process->sockets, process->workers)) {
		log_error("--history: %s", strerror(errno));
		return EXIT_FAILED;
	}
	limit_memory();
	if (process->live) {
		(void)umask(0027); /* regardless of the service's umask, the group may read */
	}
	bool good = open_store(&writing) &&
	            (process->confine == NULL ||
	             process->confine(history_store_folder(writing.store))) &&
	            write_batches(&writing);
	close_store(&writing);
	return good ? EXIT_DONE : EXIT_FAILED;
}
