/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the readers of capture files have in common.
 *
 * A reader is fed the bytes at the place where it stands and answers with one
 * part of the file: a packet, something else, or how many octets it must see at
 * once. It reads nothing itself, keeps no views and does not allocate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*! \brief Octets of one packet; who claims more is damaged. libpcap's limit too. */
#define SAVEFILE_PACKET_MAX 262144

/*! \brief The year 2191: a time to which the longest TTL can be added. */
#define SAVEFILE_TIME_MAX_NS 7000000000000000000LL

enum savefile_status {
	SAVEFILE_PACKET,  /*!< `packet` is filled in. `damage` may be set all the same. */
	SAVEFILE_OTHER,   /*!< No packet. */
	SAVEFILE_MORE,    /*!< `size` octets are needed at once, more than there were. */
	SAVEFILE_DAMAGED, /*!< This part cannot be used; what follows it can. */
	SAVEFILE_LOST,    /*!< Damaged so that nothing behind it can be found. */
};

struct savefile_packet {
	const uint8_t *bytes; /*!< A view into what the reader was fed. */
	uint32_t captured;    /*!< Octets in `bytes`. */
	uint32_t length;      /*!< Octets on the wire, not below `captured`. */
	int64_t time_ns;      /*!< Nanoseconds since 1970 UTC, 0 to SAVEFILE_TIME_MAX_NS. */
	int link;             /*!< DLT_* number. */
};

/*! \brief One part of a file. */
struct savefile_part {
	/*! Octets to pass over, possibly more than were fed; SAVEFILE_MORE: to have. */
	size_t size;
	const char *damage; /*!< What is wrong, or NULL; static. */
	struct savefile_packet packet;
};

/*! \brief From the link type in a file to libpcap's DLT_* number of it. */
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

/*! \brief Reports damage; the names of the two kinds say how to go on. */
static inline enum savefile_status savefile_damaged(struct savefile_part *part, const char *what)
{
	part->damage = what;
	return SAVEFILE_DAMAGED;
}

static inline enum savefile_status savefile_lost(struct savefile_part *part, const char *what)
{
	part->damage = what;
	return SAVEFILE_LOST;
}

static inline enum savefile_status savefile_more(struct savefile_part *part, size_t size)
{
	part->size = size;
	return SAVEFILE_MORE;
}
