/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief One incident: all hits about a hijacked name, or of a rule. Private to sensor/incidents/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "sensor/incidents/incident_lists.h"
#include "sensor/incidents/incident_note.h"

enum incident_state { INCIDENT_OPEN, INCIDENT_UPDATE, INCIDENT_CLOSED };

struct incident {
	uint8_t id[INCIDENT_ID_SIZE];
	struct incident_word owner;   /*!< Without text: the incident is that of a rule. */
	struct incident_word network; /*!< Without text: hits of all networks count. */
	unsigned severity;            /*!< The greatest event.severity of its hits. */
	int64_t first_ns, last_ns;    /*!< Packet times of hits and mails. */
	int64_t cached_until_ns;      /*!< The latest `cached_until_ns` of all resolvers, or 0. */
	uint64_t hits, mail_sessions;
	struct incident_list expected, seen, reasons, rules; /*!< struct incident_word. */
	struct incident_list resolvers;                      /*!< struct incident_resolver. */
	struct incident_list mails;                          /*!< struct incident_mail. */
	struct incident_clients clients;

	int64_t noted_ns; /*!< When the latest note was taken, by the clock of incidents_now(). */
	int64_t reported_ns; /*!< When the latest event was reported, by the same clock. */
	bool reported;       /*!< At least one event of the incident was reported. */
	bool grown;          /*!< There was a note after the latest event. */
	/*! The incident was reported as closed because the sensor ended, and there was no note
	 * since then. */
	bool ended;
	struct incident *next;        /*!< The next incident in the same bucket. */
	TAILQ_ENTRY(incident) by_age; /*!< The one whose latest note is oldest is first. */
};

/*! \brief Frees an incident and its lists. */
void incident_free(struct incident_memory *memory, struct incident *incident);
