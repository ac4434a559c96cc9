/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The interface of the readers of capture files, pcap.h and pcapng.h.
 *
 * The caller gives a reader the octets at the current position in the file. The reader returns one
 * part of the file, with or without a packet, or the number of octets that it needs for the next
 * part. A reader does no I/O, keeps no views and does not allocate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*!
 * \brief The size of the largest packet in octets. A header that states a larger packet is damaged.
 *        The limit is larger than that of libpcap, because segmentation offload makes packets of up
 *        to 512 KiB.
 */
#define SAVEFILE_PACKET_MAX (1 << 20)

/*!
 * \brief The number of consecutive plausible packets that are required to continue after damage.
 */
#define SAVEFILE_CHAIN 3

/*!
 * \brief The number of octets that are searched at a time after damage. All packets of a chain must
 *        be within these octets.
 */
#define SAVEFILE_SEARCH (4 << 20)

/*!
 * \brief The latest time that a packet can have, in nanoseconds since 1970 UTC. It is in the year
 *        2191. The longest TTL can be added to it without overflow.
 */
#define SAVEFILE_TIME_MAX_NS 7000000000000000000LL

enum savefile_status {
	SAVEFILE_PACKET,  /*!< `packet` is filled in; `damage` may be set too. */
	SAVEFILE_OTHER,   /*!< The part has no packet. */
	SAVEFILE_MORE,    /*!< More octets are needed: call again with `size` octets. */
	SAVEFILE_DAMAGED, /*!< This part is damaged; the next part can be read. */
	SAVEFILE_LOST,    /*!< This part is damaged, and the next part must be searched for. */
};

struct savefile_packet {
	const uint8_t *bytes; /*!< A view into the octets given to the reader. */
	uint32_t captured;    /*!< Octets in `bytes`. */
	/*! Octets on the wire; equal to `captured` if the file states a smaller number. */
	uint32_t length;
	int64_t time_ns; /*!< Nanoseconds since 1970 UTC, 0 to SAVEFILE_TIME_MAX_NS. */
	int link;        /*!< DLT_* number. */
};

/*! \brief One part of a file. */
struct savefile_part {
	/*!
	 * For SAVEFILE_MORE, the number of octets needed. Else the size of this part, which the
	 * caller must skip. The part may be larger than the octets given.
	 */
	size_t size;
	const char *damage;            /*!< The fault, a static text; NULL: there is none. */
	struct savefile_packet packet; /*!< Set for SAVEFILE_PACKET. */
};

/*! \brief Converts the link type of a file to libpcap's DLT_* number. */
int savefile_dlt(uint16_t linktype);

/*! \brief Reads an integer of 16 bits, little-endian if `little`, else big-endian. */

static inline uint16_t savefile_u16(struct cursor *c, bool little)
{
	uint16_t value = cursor_u16(c);
	return little ? __builtin_bswap16(value) : value;
}

/*! \brief Does the same as savefile_u16(), for 32 bits. */
static inline uint32_t savefile_u32(struct cursor *c, bool little)
{
	uint32_t value = cursor_u32(c);
	return little ? __builtin_bswap32(value) : value;
}

/*! \brief Sets the `damage` of a part; returns SAVEFILE_DAMAGED. */
static inline enum savefile_status savefile_damaged(struct savefile_part *part, const char *damage)
{
	part->damage = damage;
	return SAVEFILE_DAMAGED;
}

/*! \brief Sets the `damage` of a part; returns SAVEFILE_LOST. */
static inline enum savefile_status savefile_lost(struct savefile_part *part, const char *damage)
{
	part->damage = damage;
	return SAVEFILE_LOST;
}

/*! \brief Sets `size` to the number of octets that are needed; returns SAVEFILE_MORE. */
static inline enum savefile_status savefile_more(struct savefile_part *part, size_t size)
{
	part->size = size;
	return SAVEFILE_MORE;
}
