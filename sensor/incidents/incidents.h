/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The incidents: one for each hijacked name, or for each rule where no name is hijacked.
 *
 * An incident is reported as open at its first hit, then as an update at most every
 * INCIDENTS_UPDATE_NS while it grows, and as closed when there was no hit or mail for
 * INCIDENTS_SILENCE_NS, or when the sensor ends. Each event has all that is known of the incident
 * so far.
 *
 * The time of a note is that of its worker's packet clock, so that a wrong time stamp neither ends
 * an incident nor keeps it open.
 *
 * A later run continues the incidents that are stored (incident_log.h). If the earlier run reported
 * an incident as closed because it ended, the next hit is reported at once as an update.
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

/*! \brief Logs each open incident in one sentence, for the user. After INCIDENTS_LOGGED incidents,
 *         only the number of the others is logged. */
void incidents_log(const struct incidents *incidents);

/*!
 * \brief Sets whether an earlier run has already taken the notes and times that follow. If `quiet`
 *        is true, they cause no events, and nothing is counted.
 */
void incidents_repeat(struct incidents *incidents, bool quiet);

/*! \brief Marks all incidents as reported closed, because the earlier run did so when it ended. */
void incidents_repeat_close(struct incidents *incidents);

/*!
 * \brief Sets the time to `now_ns` after incidents_repeat(), and reports what is due. Times of the
 *        earlier run that are later than `now_ns` were wrong, and are set to `now_ns`.
 */
void incidents_resume(struct incidents *incidents, int64_t now_ns);

/*! \brief Adds an incident of an earlier run from octets of any origin; see incident_stored.h.
 *         \return False if the octets are not valid, if there is no room, or if there is an
 *         incident with this id already. */
bool incidents_put(struct incidents *incidents, const uint8_t *octets, size_t size);

/*! \brief Returns the incident after `before`; NULL after the last one. If `before` is NULL,
 *         returns the first one, which had no note for the longest time. */
const struct incident *incidents_next(const struct incidents *incidents,
                                      const struct incident *before);

/*! \brief Returns the key of the hashes of clients, SECRET_HASH_SIZE octets. It must be stored with
 *         the incidents, because they contain such hashes. */
uint8_t *incidents_secret(struct incidents *incidents);

/*! \brief Returns the latest time of the incidents. */
int64_t incidents_now(const struct incidents *incidents);

/*! \brief Reports all incidents as closed because the sensor ends. They stay in memory. */
void incidents_close(struct incidents *incidents);

/*! \brief Does incidents_close(), and frees the object. NULL is allowed. */
void incidents_end(struct incidents *incidents);
