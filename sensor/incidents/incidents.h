/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The incidents: one for each hijacked name, or for each rule where no name is hijacked.
 *
 * An incident is reported at its first hit, then at most every INCIDENTS_UPDATE_NS when it has
 * grown, and when there was no hit for INCIDENTS_SILENCE_NS or the sensor ends. Its event has all
 * that is known of it so far.
 *
 * Time is that of the packet clock of each worker, so that a wrong time stamp neither ends an
 * incident nor keeps it open.
 *
 * Limits: INCIDENTS_MAX incidents, and INCIDENTS_MEMORY octets for their lists. A further incident
 * ends the one that has been silent longest. Bounds of the lists are in incident_lists.h.
 *
 * Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/time_ns.h"
#include "sensor/incidents/incident_note.h"
#include "sensor/journal/record.h"
#include "sensor/metrics/counters.h"

#define INCIDENTS_MAX        10000
#define INCIDENTS_LOGGED     64
#define INCIDENTS_MEMORY     ((size_t)64 << 20)
#define INCIDENTS_UPDATE_NS  (300 * NS_PER_S)
#define INCIDENTS_SILENCE_NS (3600 * NS_PER_S)

/*! \brief Receives the event of an incident. Its views live until the call returns. */
typedef void (*incidents_emit_t)(void *ctx, const struct record *record);

struct incidents;

struct incidents_config {
	const char *sensor;        /*!< The value of observer.name; borrowed. */
	struct counters *counters; /*!< Borrowed. */
	incidents_emit_t emit;     /*!< Called with `ctx`. */
	void *ctx;
};

/*! \brief \return NULL when out of memory. */
struct incidents *incidents_new(const struct incidents_config *config);

/*! \brief Adds a note to its incident, and reports what is due. */
void incidents_take(struct incidents *incidents, const struct incident_note *note);

/*! \brief Reports what is due at this time. Call it about every second of a live capture. */
void incidents_tick(struct incidents *incidents, int64_t now_ns);

/*! \brief Logs the incidents that are open for the user, at most INCIDENTS_LOGGED of them. */
void incidents_log(const struct incidents *incidents);

/*! \brief Closes all incidents, and frees the object. NULL is allowed. */
void incidents_end(struct incidents *incidents);
