/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Limits the octets of events that may be written, in proportion to the octets of packets
 *        that were read.
 *
 * An attacker must not be able to make the sensor write much more than the attacker sends, because
 * the journal and Redis have limits. Each octet of a packet allows OUTPUT_BUDGET_RATIO octets of
 * events. Octets that are not used are saved, up to OUTPUT_BUDGET_SAVED. When few saved octets are
 * left, they are reserved for severe hits.
 *
 * The events of hits are also limited to OUTPUT_BUDGET_SECOND octets a second of packet time, with
 * bursts of up to OUTPUT_BUDGET_BURST octets. All sizes are octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_BUDGET_RATIO 18
#define OUTPUT_BUDGET_START                                                                        \
	((uint64_t)256 << 10) /*!< Octets that may be written before any packet was read. */
#define OUTPUT_BUDGET_SAVED  ((uint64_t)64 << 20)
#define OUTPUT_BUDGET_SECOND ((uint64_t)8 << 20)
#define OUTPUT_BUDGET_BURST  ((uint64_t)256 << 20)

/*! \brief The limit for all events of one message together, except the first event and those of
 * critical hits. */
#define OUTPUT_BUDGET_MESSAGE ((size_t)256 << 10)

struct output_budget {
	uint64_t read;  /*!< Octets of the packets that were read so far. */
	uint64_t saved; /*!< Octets that may be written, as earned by the packets read. */
	/*! Octets that the events of hits may have, as earned by the time passed. */
	uint64_t burst;
	int64_t time_ns;
	uint64_t message; /*!< Octets of all events of the current message except the first. */
};

/*! \brief Initialises a budget. \param read Octets of the packets that were read so far. */
void output_budget_init(struct output_budget *budget, uint64_t read);

/*!
 * \brief Adds what the packets read and the time passed since the last call allow. \param read
 *        Octets of the packets that were read so far.
 */
void output_budget_earn(struct output_budget *budget, uint64_t read, int64_t time_ns);

/*!
 * \brief Returns the number of octets that an event of this severity may have now.
 *
 * \param severity  The severity as in struct record; it is 0 for a log event.
 */
uint64_t output_budget_left(const struct output_budget *budget, unsigned severity);

/*!
 * \brief Takes the octets of an event from the budget. \return False if the budget has fewer octets
 *        left.
 */
bool output_budget_take(struct output_budget *budget, unsigned severity, size_t size);

/*! \brief Starts a message, whose events after the first have their own limit. */
static inline void output_budget_begin_message(struct output_budget *budget)
{
	budget->message = 0;
}

/*!
 * \brief Takes the octets of an event that is not the first one of its message. \return False if
 *        the budget or the limit of the message has fewer octets left.
 */
bool output_budget_take_further(struct output_budget *budget, unsigned severity, size_t size);
