/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcapng format (draft-ietf-opsawg-pcapng).
 *
 * Sections in either byte order, one behind the other; interfaces with a link
 * type, time resolution and snap length of their own; enhanced, simple and the
 * obsolete packet blocks. Other blocks are passed over whatever their size.
 *
 * A block whose two lengths agree is a fence: what is wrong inside it costs this
 * block alone (SAVEFILE_DAMAGED). When the lengths are wrong the place is lost, and
 * it is not searched for: a packet's payload may hold what looks like blocks.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAPNG_READER_MAGIC_SIZE 4

#define PCAPNG_INTERFACES_MAX 4096       /*!< In a section; later ones are damaged. */
#define PCAPNG_BLOCK_MAX      (16 << 20) /*!< Octets of a block that must be understood. */

struct pcapng_interface {
	int64_t offset_s;   /*!< if_tsoffset: added to every time. */
	int link;           /*!< DLT_* number. */
	uint32_t snaplen;   /*!< 0: no limit. */
	uint8_t resolution; /*!< if_tsresol. */
};

/*! \brief About 100 KiB; begins as zeros. */
struct pcapng_reader {
	bool little;
	uint32_t trailer; /*!< Length of the block whose end comes next, or 0. */
	uint32_t interfaces_count;
	int64_t last_ns; /*!< Time of the packet read last. */
	struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
};

/*! \brief True when a file that begins so is pcapng. */
bool pcapng_reader_magic(const uint8_t magic[PCAPNG_READER_MAGIC_SIZE]);

/*!
 * \brief Reads the block, or the end of the block, at the start of `bytes`.
 *
 * Times finer than a nanosecond are cut down. A simple packet has no time: it gets
 * that of the packet before it, 0 when there is none.
 */
enum savefile_status pcapng_reader_next(struct pcapng_reader *reader, const uint8_t *bytes,
                                        size_t size, struct savefile_part *part);

/*! \brief True when a file must not end where the reader stands. */
static inline bool pcapng_reader_inside(const struct pcapng_reader *reader)
{
	return reader->trailer != 0;
}
