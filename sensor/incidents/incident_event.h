/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the event of an incident. Private to sensor/incidents/. */
#pragma once

#include "sensor/incidents/incident.h"
#include "sensor/journal/record.h"

struct incident_writer;

/*! \brief Creates a writer. \param sensor  The value of observer.name; borrowed. \return NULL when
 *         out of memory. */
struct incident_writer *incident_writer_new(const char *sensor);
void incident_writer_free(struct incident_writer *writer);

/*!
 * \brief Writes the event of an incident as it is now.
 *
 * event.id is a hash of the incident's content, so that the same traffic gives the same events in
 * every run.
 *
 * \return A record that lives until the next call; NULL when out of memory.
 */
const struct record *incident_write(struct incident_writer *writer, const struct incident *incident,
                                    enum incident_state state);

/*! \brief Logs the incident for the user, in one sentence. */
void incident_log(const struct incident *incident);
