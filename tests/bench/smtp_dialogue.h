/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One SMTP session: the octets of both sides, and their packets.
 */
#pragma once

#include "tests/bench/rng.h"
#include "tests/bench/writer.h"

enum side { CLIENT, SERVER };

/*! \brief One packet to come; its octets follow those of the side's last. */
struct turn {
	uint8_t from;  /*!< enum side */
	uint8_t flags; /*!< enum writer_tcp_flag */
	uint16_t size;
};

/*! \brief A session, complete before its first packet is written. */
struct dialogue {
	struct endpoint ends[2];
	uint32_t seq[2];
	uint8_t *octets[2];
	size_t size[2], room[2], sent[2];
	struct turn *turns;
	size_t count, room_turns, next;
	size_t mail_max; /*!< Octets of a mail; 0: 100 KB. Stays as it is set. */
	bool failed;     /*!< Out of memory: nothing is added any more. */
};

/*! \brief Fills an empty dialogue; session `number` of all. */
void dialogue_compose(struct dialogue *dialogue, struct rng *rng, uint32_t number);
void dialogue_clear(struct dialogue *dialogue);

/*! \brief Writes the next packet. False when there was none. */
bool dialogue_step(struct dialogue *dialogue, struct writer *writer);
