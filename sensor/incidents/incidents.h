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
 * Incidents that are stored (incident_log.h) are continued by a later run. Such an incident was
 * reported as closed when the earlier run ended; its next hit is reported at once as an update.
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

struct incident;
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

/*!
 * \brief Takes notes and time again that an earlier run has already taken: with `quiet` there are
 *        no events, and nothing is counted.
 */
void incidents_repeat(struct incidents *incidents, bool quiet);

/*! \brief The earlier run ended here, and has reported all its incidents as closed. */
void incidents_repeat_close(struct incidents *incidents);

/*!
 * \brief Continues from `now_ns` after incidents_repeat(). Times of the earlier run that are later
 *        were wrong.
 */
void incidents_resume(struct incidents *incidents, int64_t now_ns);

/*! \brief Adds an incident of an earlier run from octets of any origin; see incident_stored.h.
 *         \return False if they are not valid, or there is no room. */
bool incidents_put(struct incidents *incidents, const uint8_t *octets, size_t size);

/*! \brief Returns the incident after `before`, which is one of them or NULL; NULL: the last one. */
const struct incident *incidents_next(const struct incidents *incidents,
                                      const struct incident *before);

/*! \brief Returns SECRET_HASH_SIZE octets with which clients are hashed, and which the hashes of
 *         stored incidents need. */
uint8_t *incidents_secret(struct incidents *incidents);

/*! \brief Returns the latest time of the incidents. */
int64_t incidents_now(const struct incidents *incidents);

/*! \brief Reports all incidents as closed because the sensor ends. They stay in memory. */
void incidents_close(struct incidents *incidents);

/*! \brief Does incidents_close(), and frees the object. NULL is allowed. */
void incidents_end(struct incidents *incidents);
