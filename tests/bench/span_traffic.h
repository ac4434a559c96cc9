/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What else passes a SPAN port: TCP of the web, QUIC, calls, small change.
 */
#pragma once

#include "tests/bench/rng.h"
#include "tests/bench/writer.h"

#define SPAN_FLOWS 4096 /*!< Open at once. */

struct span_flow {
	struct endpoint ends[2]; /*!< client, server */
	uint32_t seq[2];
	uint32_t left; /*!< Packets until another flow takes its place. */
	bool tcp, fresh;
};

struct span_traffic {
	struct rng rng;
	struct span_flow flows[SPAN_FLOWS];
	uint8_t bytes[4096]; /*!< What the packets carry. */
};

void span_traffic_init(struct span_traffic *traffic, uint64_t seed);

/*! \brief One packet of one flow. */
void span_traffic_step(struct span_traffic *traffic, struct writer *writer);
