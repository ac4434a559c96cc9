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
	int64_t cached_until_ns; /*!< When the last resolver drops its record; 0: none has one. */
	uint64_t hits, mail_sessions;
	struct incident_list expected, seen, reasons, rules; /*!< struct incident_word. */
	struct incident_list resolvers;                      /*!< struct incident_resolver. */
	struct incident_list mails;                          /*!< struct incident_mail. */
	struct incident_clients clients;

	int64_t noted_ns;    /*!< The time of the latest note by the clock of the incidents. */
	int64_t reported_ns; /*!< The time of the latest event by this clock. */
	bool reported;       /*!< There was an event. */
	bool grown;          /*!< There was a note after it. */
	/*! It was reported as closed because an earlier run ended, and there was no note since. */
	bool ended;
	struct incident *next;        /*!< The next incident in the same bucket. */
	TAILQ_ENTRY(incident) by_age; /*!< The one that has been silent longest is first. */
};

/*! \brief Frees an incident and its lists. */
void incident_free(struct incident_memory *memory, struct incident *incident);
