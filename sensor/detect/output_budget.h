/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief How many octets of events may be written for the octets that were read.
 *
 * A sender must not make the sensor write much more than the sender has sent, since the
 * journal and Redis have limits too. Each octet of a packet earns OUTPUT_BUDGET_RATIO octets
 * of events. What ordinary traffic has earned is saved, up to OUTPUT_BUDGET_SAVED. Of the
 * last octets a part is reserved for severe hits.
 *
 * Hits have a bound in packet time too: OUTPUT_BUDGET_SECOND octets a second, and
 * OUTPUT_BUDGET_BURST at once. All sizes are octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTPUT_BUDGET_RATIO  18
#define OUTPUT_BUDGET_START  ((uint64_t)256 << 10) /*!< Before anything was read. */
#define OUTPUT_BUDGET_SAVED  ((uint64_t)64 << 20)
#define OUTPUT_BUDGET_SECOND ((uint64_t)8 << 20)
#define OUTPUT_BUDGET_BURST  ((uint64_t)256 << 20)

/*! \brief Events of a message besides its first. */
#define OUTPUT_BUDGET_MESSAGE ((size_t)256 << 10)

struct output_budget {
	uint64_t read;  /*!< Octets of packets so far. */
	uint64_t saved; /*!< Octets that may be written for what was read, */
	uint64_t burst; /*!< and, of hits, for the time that has passed. */
	int64_t time_ns;
};

/*! \param read  Octets of packets that were read before. */
void output_budget_init(struct output_budget *budget, uint64_t read);

/*! \brief Earns for what was read since the last call. \param read  Octets of packets so far. */
void output_budget_earn(struct output_budget *budget, uint64_t read, int64_t time_ns);

/*!
 * \brief Octets that an event of this severity may have now.
 *
 * \param severity  As in struct record; 0 for a log event.
 */
uint64_t output_budget_left(const struct output_budget *budget, unsigned severity);

/*! \brief Takes the octets of an event. \return False if they are more than is left. */
bool output_budget_take(struct output_budget *budget, unsigned severity, size_t size);
