/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcapng format (draft-ietf-opsawg-pcapng).
 *
 * Any number of sections, each in either byte order; interfaces with a link type, time
 * resolution and snap length of their own; enhanced, simple and obsolete packet blocks.
 * Other blocks of any size are skipped.
 *
 * A fault inside a block whose two lengths agree costs this block alone
 * (SAVEFILE_DAMAGED). When the lengths disagree, a chain of blocks whose lengths agree is
 * searched for. One block is not enough, since the payload of a packet may look like one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAPNG_READER_MAGIC_SIZE 4

#define PCAPNG_INTERFACES_MAX 4096       /*!< In a section; further ones are damaged. */
#define PCAPNG_BLOCK_MAX      (16 << 20) /*!< Octets of a block that must be understood. */

struct pcapng_interface {
	int64_t offset_s;   /*!< if_tsoffset: added to every time. */
	int link;           /*!< DLT_* number. */
	uint32_t snaplen;   /*!< 0: no limit. */
	uint8_t resolution; /*!< if_tsresol. */
};

/*! \brief About 100 KiB; to be zeroed before use. */
struct pcapng_reader {
	bool little;
	uint32_t trailer; /*!< Length of the block whose end comes next, or 0. */
	uint32_t interfaces_count;
	int64_t last_ns; /*!< Time of the packet read last. */
	struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
};

/*! \brief True for the first octets of a pcapng file. */
bool pcapng_reader_magic(const uint8_t magic[PCAPNG_READER_MAGIC_SIZE]);

/*!
 * \brief Reads the block, or the end of the block, at the start of `bytes`.
 *
 * Times are rounded down to nanoseconds. A simple packet has no time: it gets that of the
 * packet before it, or 0.
 */
enum savefile_status pcapng_reader_next(struct pcapng_reader *reader, const uint8_t *bytes,
                                        size_t size, struct savefile_part *part);

/*! \brief As pcap_reader_find(), for blocks of any kind. */
size_t pcapng_reader_find(const struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
                          bool last);

/*! \brief True if a section begins here, as in files that cat(1) has joined. */
bool pcapng_reader_begins(const uint8_t *bytes, size_t size);

/*! \brief True inside a block: a file that ends here is cut. */
static inline bool pcapng_reader_inside(const struct pcapng_reader *reader)
{
	return reader->trailer != 0;
}
