/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The incidents of the console, from the events of a file or of Redis.
 *
 * When a client asks for a page, the events are read again if the file has changed, or if Redis was
 * last read at least EVENTS_REDIS_S seconds ago. Otherwise, the events that were read are kept.
 *
 * Limits: of a file, only the last EVENTS_FILE_MAX octets are read; of Redis, all events of
 * incidents, and as many hits as can be read in EVENTS_HITS_S seconds. The limits of report_model.h
 * apply, too. The pages state what was left out. Ownership: events_free() frees everything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/report/report.h"

#define EVENTS_FILE_MAX ((uint64_t)64 << 20)
#define EVENTS_REDIS_S  10
#define EVENTS_HITS_S   5

struct events {
	const char *source;  /*!< A file, or the URL of Redis; NULL: there are none. */
	const char *history; /*!< For the records before and after an incident, or NULL. */
	bool read;           /*!< `report` has been read. */
	int64_t read_ns;     /*!< CLOCK_MONOTONIC */
	uint64_t file_id[4]; /*!< What identifies the contents of the file. */
	struct report report;
	bool *completed; /*!< For each incident, whether the history was read for it. */
	char error[256]; /*!< Why the source could not be read; empty: it could. */
};

/*! \brief Reads the events if they may have changed. \return False if they could not be read; the
 *         reason is then in `error`. */
bool events_refresh(struct events *events);

/*! \brief Finds an incident by its id, and adds what the history has. \return NULL: there is none.
 */
struct report_incident *events_find(struct events *events, const char *id);

void events_free(struct events *events);
