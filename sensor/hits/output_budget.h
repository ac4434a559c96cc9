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
 * bursts of up to OUTPUT_BUDGET_BURST octets.
 *
 * An event that is written and then refused takes as much time as one that is reported. Once an
 * event was refused, further events of its class of severity are therefore refused before they are
 * written. This ends when the budget has room for an event a little larger than the largest refused
 * one.
 *
 * "Further" events are those of a DNS message after its first event. All sizes are octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_BUDGET_RATIO 18
#define OUTPUT_BUDGET_START                                                                        \
	((uint64_t)1 << 20) /*!< Octets that may be written before any packet was read. */
#define OUTPUT_BUDGET_SAVED  ((uint64_t)64 << 20)
#define OUTPUT_BUDGET_SECOND ((uint64_t)8 << 20)
#define OUTPUT_BUDGET_BURST  ((uint64_t)256 << 20)

/*! \brief The limit for all events of one message together, except the first event and those of
 * critical hits. A message of 64 records, which each of its events lists, has room for 64 hits. */
#define OUTPUT_BUDGET_MESSAGE ((size_t)1 << 20)

/*! \brief The size of the smallest event. */
#define OUTPUT_EVENT_LEAST 600
/*! \brief The largest value of `expected`: after a larger event was refused, the budget does not
 *         wait for more room than this. */
#define OUTPUT_EVENT_EXPECTED_MAX ((uint64_t)64 << 10)

/*! \brief The number of classes of severity, each of which has a reserve of its own. */
#define OUTPUT_CLASSES 4

struct output_budget {
	uint64_t read;  /*!< Octets of the packets that were read so far. */
	uint64_t saved; /*!< Octets that may be written, as earned by the packets read. */
	uint64_t owed;  /*!< Octets written without room; the next packets pay for them. */
	/*! Octets that the events of hits may have, as earned by the time passed. */
	uint64_t burst;
	/*! For each class of severity, the room that must be left before an event is written. */
	uint64_t expected[OUTPUT_CLASSES];
	int64_t time_ns;
	uint64_t message; /*!< Octets of all events of the current message except the first. */
};

/*! \brief Initialises a budget. \param read Octets of the packets that were read so far. */
void output_budget_init(struct output_budget *budget, uint64_t read);

/*!
 * \brief Adds the octets that the packets read and the time passed since the last call have earned.
 *
 * \param read  Octets of all packets that were read so far.
 */
void output_budget_earn(struct output_budget *budget, uint64_t read, int64_t time_ns);

/*!
 * \brief Returns the number of octets that an event may have now.
 *
 * \param severity  The severity as in struct record; it is 0 for a log event.
 * \param further   The event is not the first one of its message.
 */
uint64_t output_budget_left(const struct output_budget *budget, unsigned severity, bool further);

/*! \brief Returns true if an event of usual size probably has room, so that it may be written. */
bool output_budget_expects(const struct output_budget *budget, unsigned severity, bool further);

/*!
 * \brief Takes the octets of an event from the budget. \return False if the event has more octets
 *        than output_budget_left() returns.
 */
bool output_budget_take(struct output_budget *budget, unsigned severity, bool further, size_t size);

/*!
 * \brief Notes the size of an event that was written and then refused. The next event of its class
 *        of severity is written only when there is room for that size and a little more.
 */
void output_budget_note_refused(struct output_budget *budget, unsigned severity, size_t size);

/*!
 * \brief Takes the octets of an event that is reported in any case. If fewer octets are saved, the
 *        next packets pay for the rest.
 */
void output_budget_charge(struct output_budget *budget, size_t size);

/*! \brief Starts a message, whose events after the first have their own limit. */
static inline void output_budget_begin_message(struct output_budget *budget)
{
	budget->message = 0;
}
