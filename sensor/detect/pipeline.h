/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Processes packets: decodes frames, reassembles fragments and TCP streams, then reads DNS
 *        messages and mail sessions.
 *
 * The limits are those of streams.h, fragments.h and mail_session.h. Time is packet time.
 */
#pragma once

#include <stdbool.h>

#include "base/memory/memory_budget.h"
#include "history/table.h"
#include "sensor/baseline/baseline.h"
#include "sensor/correlate/correlator.h"
#include "sensor/evidence/evidence.h"
#include "sensor/hits/hits.h"
#include "sensor/intake/capture.h"
#include "sensor/intake/ports.h"
#include "sensor/metrics/counters.h"

struct pipeline_config {
	const struct ports *ports; /*!< Borrowed, like all pointers of this struct. */
	struct hits *hits;
	struct correlator *correlator; /*!< Receives the hits. */
	struct counters *counters;
	/*! The budget of all tables; NULL: each table has only its own limit. */
	struct memory_budget *memory;
	struct evidence *evidence;     /*!< NULL: packets of hits are not written. */
	struct history_table *history; /*!< NULL: no history is kept. */
	bool history_clients;          /*!< The history has the clients of records. */
	struct baseline *baseline;     /*!< Learned baselines; NULL: nothing is learned. */
	bool history_mail;             /*!< The history has rows of mail. */
	bool history_mailboxes;        /*!< The history also has a row for each recipient. */
	/*! Time window in which copies of a packet are ignored; 0: copies are not ignored. */
	int64_t dedup_ns;
	bool notice_copies; /*!< Without `dedup_ns`: estimate how many packets are copies. */
	/*! The kinds of labels that separate networks: bits of enum network_kinds; 0: none. */
	unsigned separate;
	bool questions; /*!< Match `name` rules with DNS questions, too. */
	/*! Report unanswered questions that were sent to an address of a `resolver` rule. */
	bool unanswered;
	bool log_dns;
	bool log_smtp;
};

struct pipeline;

/*! \brief Creates a pipeline, which pipeline_free() frees. \return 0, or a negative errno value. */
int pipeline_new(struct pipeline **out, const struct pipeline_config *config);

/*! \brief Processes one packet. */
void pipeline_packet(struct pipeline *pipeline, const struct packet *packet);

/*!
 * \brief Ends the sessions that have timed out, and the time windows that are over. In a live
 *        capture, while no packets arrive, call it with the time of day.
 */
void pipeline_tick(struct pipeline *pipeline, int64_t now_ns);

/*! \brief Copies the counts of the pipeline's streams, fragments and other tables to
 *         `config->counters`. */
void pipeline_count(struct pipeline *pipeline);

/*! \brief Ends all sessions, emits their pending events, and frees the pipeline. */
void pipeline_free(struct pipeline *pipeline);
