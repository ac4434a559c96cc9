/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The open incidents in a file, so that they are continued after the end of the process or
 *        of the sensor, also after SIGKILL.
 *
 * The file has all incidents as they were when it was written, and after them the notes since, each
 * message as it came. Incidents are computed from notes and time alone. After the events of some
 * notes were written to the outputs, a mark follows in the file. A later run reads the notes before
 * the last mark without reporting anything, and takes those after it as new. If the process was
 * killed before the mark, such events come again, with the same event.id.
 *
 * The file is replaced by a new one (temporary name and rename) at the start, and when it has
 * become larger than INCIDENT_LOG_NOTES and than the incidents in it. Each part has a size and a
 * checksum. A part that is damaged, and what follows it, is left out, which is logged. A file of
 * another version is left out.
 *
 * The file is not synced to the disk: SIGKILL loses nothing, a failure of power may.
 *
 * Limits: INCIDENT_LOG_MAX octets are read. If the file cannot be written, this is logged, and
 * tried again each INCIDENT_LOG_RETRY_NS.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time_ns.h"
#include "sensor/incidents/incidents.h"

#define INCIDENT_LOG_VERSION  1
#define INCIDENT_LOG_FOLDER   "open-incidents"
#define INCIDENT_LOG_NOTES    ((size_t)8 << 20)
#define INCIDENT_LOG_MAX      ((size_t)512 << 20)
#define INCIDENT_LOG_RETRY_NS (60 * NS_PER_S)

/*!
 * \brief Opens the folder INCIDENT_LOG_FOLDER in the folder of the journal, and locks it. It is
 *        created if it does not exist.
 *
 * \return A descriptor, or a negative errno value; -EBUSY: another sensor uses it.
 */
int incident_log_folder(const char *state);

struct incident_log;

/*!
 * \brief Opens the file of the earlier run to read it. Later calls open files only to write them.
 *
 * \param folder  Borrowed until incident_log_close().
 *
 * \return NULL when out of memory.
 */
struct incident_log *incident_log_open(int folder);

/*!
 * \brief Reads the file into `incidents`, which must be empty, reports what is due, and begins a
 *        new file.
 *
 * \param now_ns   The time at which the incidents are continued.
 * \param flushed  Called with `ctx` before the new file begins, when events must leave this
 *                 process.
 */
void incident_log_restore(struct incident_log *log, struct incidents *incidents, int64_t now_ns,
                          void (*flushed)(void *ctx), void *ctx);

/*! \brief Writes a message of notes, before the notes are taken. */
void incident_log_notes(struct incident_log *log, const uint8_t *octets, size_t size);

/*! \brief Writes a mark: all events so far have left this process. */
void incident_log_mark(struct incident_log *log, struct incidents *incidents);

/*! \brief Writes that all incidents were reported as closed, because the sensor ends. */
void incident_log_end(struct incident_log *log);

/*! \brief Closes the file. NULL is allowed. */
void incident_log_close(struct incident_log *log);

/*!
 * \brief Reads the octets of a file of any origin.
 *
 * \param error  Receives what is wrong with it, in a few words; NULL: nothing.
 *
 * \return The number of octets before the first fault.
 */
size_t incident_log_read(struct incidents *incidents, const uint8_t *octets, size_t size,
                         const char **error);
