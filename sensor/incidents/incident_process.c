/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/incidents/incidents.h"

#define TICK_MS 1000
#define ROUNDS  64

/* The notes of a worker in a replay: in the file, and the next one in memory. */
struct spool {
	FILE *file;
	size_t size; /* of the next note; 0: there is no further note */
	uint8_t octets[INCIDENT_NOTE_MAX];
	struct incident_note note;
};

struct keeping {
	const struct incident_process *process;
	struct incidents *incidents;
	unsigned open;        /* sockets */
	struct spool *spools; /* of a replay */
	struct pollfd *polled;
	uint8_t message[INCIDENT_FEED_MAX];
	struct incident_note note;
	bool lost;
	bool unmarked; /* there were notes or events after the last mark in the log */
};

static void emit(void *ctx, const struct record *record)
{
	struct keeping *keeping = ctx;
	keeping->unmarked = true;
	if (keeping->process->report) {
		outputs_emit(keeping->process->outputs, record);
	}
}

static void store(struct keeping *keeping, unsigned worker, const uint8_t *octets, size_t size)
{
	const uint32_t head = (uint32_t)size;
	FILE *file = keeping->spools[worker].file;
	if (fwrite(&head, sizeof(head), 1, file) != 1 || fwrite(octets, size, 1, file) != 1) {
		counter_add(&keeping->process->counters->incident_hits_dropped, 1);
		keeping->lost = true;
	}
}

static void take_message(struct keeping *keeping, unsigned worker, size_t size)
{
	if (keeping->process->log != NULL) {
		incident_log_notes(keeping->process->log, keeping->message, size);
		keeping->unmarked = true;
	}
	for (size_t at = 0, used; at < size; at += used) {
		const uint8_t *octets = keeping->message + at;
		used = incident_note_decode(&keeping->note, octets, size - at);
		if (used == 0) {
			counter_add(&keeping->process->counters->incident_hits_dropped, 1);
			return;
		}
		if (keeping->spools != NULL) {
			store(keeping, worker, octets, used);
		} else {
			incidents_take(keeping->incidents, &keeping->note);
		}
	}
}

static void end_socket(struct keeping *keeping, unsigned worker)
{
	incident_sockets_end(keeping->process->sockets, worker);
	keeping->polled[worker].fd = -1;
	keeping->open--;
}

/* Reads one message, so that no worker keeps the others waiting. */
static void serve(struct keeping *keeping, unsigned worker)
{
	int socket = keeping->polled[worker].fd;
	if (keeping->polled[worker].revents == 0) {
		return;
	}
	ssize_t got = read(socket, keeping->message, sizeof(keeping->message));
	if (got > 0) {
		take_message(keeping, worker, (size_t)got);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		end_socket(keeping, worker);
	}
}

/* Waits for messages, and reads those that are there, at most ROUNDS of each worker. */
static void serve_some(struct keeping *keeping)
{
	int ready = poll(keeping->polled, keeping->process->workers, TICK_MS);
	for (unsigned round = 0; ready > 0 && round < ROUNDS; round++) {
		for (unsigned i = 0; i < keeping->process->workers; i++) {
			serve(keeping, i);
		}
		ready = poll(keeping->polled, keeping->process->workers, 0);
	}
}

static void flush(void *ctx)
{
	const struct keeping *keeping = ctx;
	outputs_flush(keeping->process->outputs);
}

static void mark(struct keeping *keeping)
{
	if (keeping->process->log != NULL && keeping->unmarked) {
		keeping->unmarked = false;
		incident_log_mark(keeping->process->log, keeping->incidents);
	}
}

static void serve_all(struct keeping *keeping)
{
	const struct incident_process *process = keeping->process;
	while (keeping->open > 0) {
		serve_some(keeping);
		if (process->live) {
			incidents_tick(keeping->incidents, realtime_ns());
			flush(keeping);
			mark(keeping);
		}
	}
}

/* Reads the next note of a worker, which was checked before it was stored. */
static void advance(struct spool *spool)
{
	uint32_t size;
	spool->size = 0;
	if (fread(&size, sizeof(size), 1, spool->file) == 1 && size <= sizeof(spool->octets) &&
	    fread(spool->octets, size, 1, spool->file) == 1) {
		spool->size = incident_note_decode(&spool->note, spool->octets, size);
	}
}

/* Returns the earliest note of all workers; NULL if no worker has a further note. */
static struct spool *earliest(const struct keeping *keeping)
{
	struct spool *first = NULL;
	for (unsigned i = 0; i < keeping->process->workers; i++) {
		struct spool *spool = &keeping->spools[i];
		if (spool->size > 0 &&
		    (first == NULL || spool->note.head.date_ns < first->note.head.date_ns)) {
			first = spool;
		}
	}
	return first;
}

static void take_stored(struct keeping *keeping)
{
	struct spool *spool;
	for (unsigned i = 0; i < keeping->process->workers; i++) {
		rewind(keeping->spools[i].file);
		advance(&keeping->spools[i]);
	}
	while ((spool = earliest(keeping)) != NULL) {
		incidents_take(keeping->incidents, &spool->note);
		advance(spool);
	}
}

static bool open_spools(struct keeping *keeping)
{
	unsigned count = keeping->process->workers;
	if (keeping->process->live) {
		return true;
	}
	keeping->spools = calloc(count, sizeof(*keeping->spools));
	bool good = keeping->spools != NULL;
	for (unsigned i = 0; good && i < count; i++) {
		keeping->spools[i].file = tmpfile();
		good = keeping->spools[i].file != NULL;
	}
	return good;
}

static bool open_keeping(struct keeping *keeping)
{
	const struct incident_process *process = keeping->process;
	const struct incidents_config config = {
		.sensor = process->sensor,
		.counters = process->counters,
		.emit = emit,
		.ctx = keeping,
	};
	keeping->open = process->workers;
	keeping->polled = calloc(process->workers, sizeof(*keeping->polled));
	keeping->incidents = incidents_new(&config);
	if (keeping->polled == NULL || keeping->incidents == NULL || !open_spools(keeping)) {
		log_error("incidents: %s", strerror(errno));
		return false;
	}
	for (unsigned i = 0; i < process->workers; i++) {
		keeping->polled[i].fd = incident_sockets_of(process->sockets, i, false);
		keeping->polled[i].events = POLLIN;
	}
	return true;
}

static void close_keeping(struct keeping *keeping)
{
	for (unsigned i = 0; keeping->spools != NULL && i < keeping->process->workers; i++) {
		if (keeping->spools[i].file != NULL) {
			(void)fclose(keeping->spools[i].file);
		}
	}
	free(keeping->spools);
	free(keeping->polled);
	free(keeping);
}

bool incident_process_run(const struct incident_process *process)
{
	struct keeping *keeping = calloc(1, sizeof(*keeping));
	if (keeping == NULL) {
		log_error("out of memory");
		return false;
	}
	keeping->process = process;
	bool good = open_keeping(keeping);
	if (good) {
		if (process->log != NULL) {
			incident_log_restore(process->log, keeping->incidents, realtime_ns(), flush,
			                     keeping);
		}
		serve_all(keeping);
		if (keeping->spools != NULL) {
			take_stored(keeping);
		}
	}
	if (keeping->incidents != NULL) {
		if (!process->quiet_end) {
			incidents_log(keeping->incidents);
		}
		incidents_close(keeping->incidents);
	}
	flush(keeping);
	if (process->log != NULL) {
		incident_log_end(process->log);
	}
	incidents_end(keeping->incidents);
	good = good && !keeping->lost;
	close_keeping(keeping);
	return good;
}
