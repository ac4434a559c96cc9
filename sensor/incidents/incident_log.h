/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Stores the open incidents in a file, so that they are continued after the end of the
 *        process or of the sensor, also after SIGKILL.
 *
 * When the file is begun, all incidents are written to it. Each later message of notes is appended.
 * A later run computes the incidents again from the content of the file alone. When the events of
 * some notes have been written to the outputs, a mark is appended. The later run reports nothing
 * for notes before the last mark, and takes notes after it as new. If the process was killed after
 * it wrote events and before it wrote the mark, these events come again, with the same event.id.
 *
 * A new file replaces the old one (temporary name and rename) at the start, and when the file has
 * become larger than INCIDENT_LOG_NOTES and larger than twice its size when it was begun. Each part
 * of the file has a size and a checksum. If a part is damaged, this is logged, and the part and all
 * parts after it are left out. A file of another version is left out as a whole, which is logged,
 * too.
 *
 * The file is not synced to the disk: SIGKILL loses nothing, a power failure may.
 *
 * Limits: a file of more than INCIDENT_LOG_MAX octets is not read, which is logged. If the file
 * cannot be written, this is logged, and a new file is begun after INCIDENT_LOG_RETRY_NS.
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
 * \brief Opens the folder INCIDENT_LOG_FOLDER in the folder of the journal, and locks it. Creates
 *        it if it does not exist.
 *
 * \param state  The path of the folder of the journal.
 *
 * \return A descriptor, or a negative errno value; -EBUSY: another sensor uses it.
 */
int incident_log_folder(const char *state);

struct incident_log;

/*!
 * \brief Opens the file of the earlier run for reading. Later calls open files only for writing.
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
 * \param flushed  Called with `ctx` before the new file begins. It must write all events so far to
 *                 the outputs.
 */
void incident_log_restore(struct incident_log *log, struct incidents *incidents, int64_t now_ns,
                          void (*flushed)(void *ctx), void *ctx);

/*! \brief Appends a message of notes. Call it before the notes are taken. */
void incident_log_notes(struct incident_log *log, const uint8_t *octets, size_t size);

/*! \brief Appends a mark: all events so far have been written to the outputs. If the file is due to
 *         be replaced, a new file is written instead. */
void incident_log_mark(struct incident_log *log, struct incidents *incidents);

/*! \brief Records in the file that all incidents were reported as closed, because the sensor ends.
 */
void incident_log_end(struct incident_log *log);

/*! \brief Closes the file. NULL is allowed. */
void incident_log_close(struct incident_log *log);

/*!
 * \brief Reads the octets of a file of any origin.
 *
 * \param error  Receives what is wrong with the file, in a few words; NULL: nothing is wrong.
 *
 * \return The number of octets before the first part that is damaged or cut; 0 if the file cannot
 *         be used at all.
 */
size_t incident_log_read(struct incidents *incidents, const uint8_t *octets, size_t size,
                         const char **error);
