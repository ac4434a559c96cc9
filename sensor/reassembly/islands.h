/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The received octets of a datagram, as ranges with holes between them.
 *
 * Ranges are in order, and neither overlap nor touch each other. Offsets are in octets from the
 * beginning of the datagram. A zeroed struct has no range. The caller owns the struct, which needs
 * no other memory. Limit: ISLANDS_MAX ranges. Private to sensor/reassembly/.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*! \brief The largest number of ranges. A datagram of 128 fragments has this many when every second
 *         fragment has arrived. */
#define ISLANDS_MAX 64

struct island {
	uint16_t from, to; /*!< The first octet, and the octet after the last one. */
};

struct islands {
	uint8_t count;
	struct island island[ISLANDS_MAX];
};

/*! \brief The result of islands_add(). */
enum islands_fit {
	ISLANDS_NEW,     /*!< No octet of the range was known; the range was added. */
	ISLANDS_KNOWN,   /*!< All octets of the range were known already. */
	ISLANDS_OVERLAP, /*!< Only some octets were known; nothing was added. */
	ISLANDS_FULL,    /*!< No octet was known, but the list is full; nothing was added. */
};

/*! \brief Adds `from`..`to`, which must not be empty, if all of it is new. */
enum islands_fit islands_add(struct islands *islands, uint16_t from, uint16_t to);

/*!
 * \brief Adds `from`..`to`, which must not be empty. Some or all of these octets may be known
 *        already.
 *
 * \return False if there would be too many ranges; nothing was added.
 */
bool islands_cover(struct islands *islands, uint16_t from, uint16_t to);

/*! \brief Returns the number of octets before the first hole. */
static inline uint16_t islands_prefix(const struct islands *islands)
{
	const struct island *first = &islands->island[0];
	return islands->count > 0 && first->from == 0 ? first->to : 0;
}

/*! \brief Returns the offset after the last known octet; 0 if no octet is known. */
static inline uint16_t islands_end(const struct islands *islands)
{
	return islands->count > 0 ? islands->island[islands->count - 1].to : 0;
}
