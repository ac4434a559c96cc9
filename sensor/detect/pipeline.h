/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The path of a packet: frame, fragments, TCP streams, then DNS messages and mail sessions.
 *
 * Limits: those of streams.h, fragments.h and mail_session.h. Time is packet time.
 */
#pragma once

#include <stdbool.h>

#include "sensor/correlate/correlator.h"
#include "sensor/detect/hits.h"
#include "sensor/intake/capture.h"
#include "sensor/intake/ports.h"
#include "sensor/metrics/counters.h"

struct pipeline_config {
	const struct ports *ports; /*!< Borrowed, as all here. */
	struct hits *hits;
	struct correlator *correlator; /*!< Learns the hits of `hits`. */
	struct counters *counters;
	int64_t dedup_ns; /*!< 0: copies are read like other packets. */
	bool log_dns;
	bool log_smtp;
};

struct pipeline;

/*! \return 0, or a negative errno value. */
int pipeline_new(struct pipeline **out, const struct pipeline_config *config);

void pipeline_packet(struct pipeline *pipeline, const struct packet *packet);

/*! \brief Runs what is due. Call it with the time of day when a live capture has no packet. */
void pipeline_tick(struct pipeline *pipeline, int64_t now_ns);

/*! \brief Updates the counters that streams and fragments keep. */
void pipeline_count(struct pipeline *pipeline);

/*! \brief Ends all sessions, emits what is pending, and frees. */
void pipeline_free(struct pipeline *pipeline);
