/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Carries the notes of workers to the process that keeps the incidents.
 *
 * Each worker has a socket of its own. A message on the socket has one or more whole notes. A
 * worker of a live capture never waits: when the socket has no room, notes stay in the memory of
 * the worker until a later call. If the memory has no room either, notes are dropped, and their
 * hits are counted as dropped. A worker of a replay waits for room in the socket.
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

/*! \brief Closes all ends except that of this worker. Call it in the worker. \return The end of
 *         this worker. */
int incident_sockets_enter_worker(struct incident_sockets *sockets, unsigned worker);

/*! \brief Closes the ends of all workers. Call it in the process that keeps the incidents. */
void incident_sockets_enter_process(struct incident_sockets *sockets);

/*! \brief Returns one end of a worker's socket. \param own  True: the end of the worker. False: the
 *         end from which the notes of the worker are read. */
int incident_sockets_of(const struct incident_sockets *sockets, unsigned worker, bool own);

/*! \brief Closes the end of a worker's socket from which its notes are read. */
void incident_sockets_end(struct incident_sockets *sockets, unsigned worker);

/*! \brief Closes all sockets of this process, and frees the object. NULL is allowed. */
void incident_sockets_close(struct incident_sockets *sockets);

/*! \brief The notes of a worker that were not sent yet. */
struct incident_feed {
	int socket;
	struct counters *counters; /*!< Borrowed. */
	size_t size, sent;         /*!< Octets of notes, and how many of them were sent. */
	uint8_t octets[INCIDENT_FEED_WAITING];
};

/*! \brief Adds a note. If the unsent notes have INCIDENT_FEED_MAX octets or more, they are sent as
 *         by incident_feed_send(). */
void incident_feed_put(struct incident_feed *feed, const struct incident_note *note);

/*! \brief Sends notes as long as the socket has room. In a replay it waits for room. */
void incident_feed_send(struct incident_feed *feed);

/*! \brief Sends the last notes, and waits at most `wait_ms` for room in the socket. Notes that are
 *         still unsent are dropped. */
void incident_feed_end(struct incident_feed *feed, int wait_ms);
