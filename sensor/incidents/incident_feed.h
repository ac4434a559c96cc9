/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Carries the notes of workers to the process that keeps the incidents.
 *
 * Each worker has a socket of its own, on which a message has one or more whole notes. A worker of
 * a live capture never waits: when the socket has no room, notes stay in its memory until a later
 * call, and those for which there is no memory are counted as dropped. A worker of a replay waits.
 *
 * Limits: INCIDENT_FEED_MAX octets of a message, INCIDENT_FEED_WAITING octets of notes in memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/incidents/incident_note.h"
#include "sensor/metrics/counters.h"

#define INCIDENT_FEED_MAX     (2 * INCIDENT_NOTE_MAX)
#define INCIDENT_FEED_WAITING ((size_t)2 << 20)

/*! \brief The sockets of all workers. */
struct incident_sockets;

/*! \brief Opens the sockets. \return NULL on failure, with errno set. */
struct incident_sockets *incident_sockets_open(unsigned workers, bool live);

/*! \brief Closes the ends of all others, in a worker. \return The end of this worker. */
int incident_sockets_enter_worker(struct incident_sockets *sockets, unsigned worker);

/*! \brief Closes the ends of all workers, in the process that keeps the incidents. */
void incident_sockets_enter_process(struct incident_sockets *sockets);

/*! \brief Returns one end of a worker's socket: its own, or the one from which its notes are read.
 */
int incident_sockets_of(const struct incident_sockets *sockets, unsigned worker, bool own);

/*! \brief Closes the end of a worker's socket from which its notes are read. */
void incident_sockets_end(struct incident_sockets *sockets, unsigned worker);

/*! \brief Closes all sockets of this process, and frees the object. NULL is allowed. */
void incident_sockets_close(struct incident_sockets *sockets);

/*! \brief The notes of a worker that were not sent yet. */
struct incident_feed {
	int socket;
	struct counters *counters; /*!< Borrowed. */
	size_t size, sent;         /*!< Octets of notes, and how many of these were sent. */
	uint8_t octets[INCIDENT_FEED_WAITING];
};

/*! \brief Adds a note, and sends those before it if there are many. */
void incident_feed_put(struct incident_feed *feed, const struct incident_note *note);

/*! \brief Sends all notes for which the socket has room. */
void incident_feed_send(struct incident_feed *feed);

/*! \brief Sends the last notes, for which it waits at most `wait_ms`; others are dropped. */
void incident_feed_end(struct incident_feed *feed, int wait_ms);
