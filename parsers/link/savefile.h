/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the readers of capture files have in common.
 *
 * A reader is given the octets at its position in the file and returns one part of the
 * file: a packet, something else, or the number of octets it needs at once. It does no
 * I/O, keeps no views and does not allocate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*! \brief Octets of one packet; one that claims more is damaged. Twice the limit of libpcap:
 *         super-packets of segmentation offload have up to 512 KiB. */
#define SAVEFILE_PACKET_MAX (1 << 20)

/*! \brief After damage: packets in a row that must look right to read on there. */
#define SAVEFILE_CHAIN 3

/*! \brief After damage: octets that are searched at a time. A chain must lie within them. */
#define SAVEFILE_SEARCH (4 << 20)

/*! \brief The year 2191: a time to which the longest TTL can be added. */
#define SAVEFILE_TIME_MAX_NS 7000000000000000000LL

enum savefile_status {
	SAVEFILE_PACKET,  /*!< `packet` is filled in; `damage` may be set too. */
	SAVEFILE_OTHER,   /*!< A part without a packet. */
	SAVEFILE_MORE,    /*!< `size` octets are needed at once, more than were given. */
	SAVEFILE_DAMAGED, /*!< This part is unusable, the next part is not affected. */
	SAVEFILE_LOST,    /*!< Damaged, and the next part must be searched for. */
};

struct savefile_packet {
	const uint8_t *bytes; /*!< A view into the octets given to the reader. */
	uint32_t captured;    /*!< Octets in `bytes`. */
	uint32_t length;      /*!< Octets on the wire; `captured` if the file claims fewer. */
	int64_t time_ns;      /*!< Nanoseconds since 1970 UTC, 0 to SAVEFILE_TIME_MAX_NS. */
	int link;             /*!< DLT_* number. */
};

/*! \brief One part of a file. */
struct savefile_part {
	/*! Octets to skip, possibly more than were given; SAVEFILE_MORE: octets needed. */
	size_t size;
	const char *damage; /*!< The fault as text, or NULL; static. */
	struct savefile_packet packet;
};

/*! \brief Converts the link type of a file to libpcap's DLT_* number. */
int savefile_dlt(uint16_t linktype);

/* Integers in the byte order of the machine that wrote the file. */

static inline uint16_t savefile_u16(struct cursor *c, bool little)
{
	uint16_t value = cursor_u16(c);
	return little ? __builtin_bswap16(value) : value;
}

static inline uint32_t savefile_u32(struct cursor *c, bool little)
{
	uint32_t value = cursor_u32(c);
	return little ? __builtin_bswap32(value) : value;
}

/*! \brief Sets the fault of a part and returns the status. */
static inline enum savefile_status savefile_damaged(struct savefile_part *part, const char *damage)
{
	part->damage = damage;
	return SAVEFILE_DAMAGED;
}

static inline enum savefile_status savefile_lost(struct savefile_part *part, const char *damage)
{
	part->damage = damage;
	return SAVEFILE_LOST;
}

static inline enum savefile_status savefile_more(struct savefile_part *part, size_t size)
{
	part->size = size;
	return SAVEFILE_MORE;
}
