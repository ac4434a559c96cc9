/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcapng format (draft-ietf-opsawg-pcapng).
 *
 * A file may have any number of sections, each in either byte order. Interfaces have their own link
 * type, time resolution and snap length. Enhanced, simple and obsolete packet blocks are read;
 * other blocks, of any size, are skipped.
 *
 * If a block has a fault but its two lengths agree, the next block can be read (SAVEFILE_DAMAGED).
 * If the lengths disagree (SAVEFILE_LOST), pcapng_reader_find() searches for a chain of blocks
 * whose lengths agree. One block is not enough, because the payload of a packet may look like a
 * block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAPNG_READER_MAGIC_SIZE 4

/*!
 * \brief The largest number of interfaces in a section. Blocks that describe further interfaces
 *        count as damaged.
 */
#define PCAPNG_INTERFACES_MAX 4096
/*!
 * \brief The size of the largest block that is read, in octets. A larger block is a fault
 *        (SAVEFILE_LOST), unless all blocks of its kind are skipped.
 */
#define PCAPNG_BLOCK_MAX (16 << 20)

struct pcapng_interface {
	/*! if_tsoffset: the number of seconds that is added to every time stamp. */
	int64_t offset_s;
	int link;           /*!< DLT_* number. */
	uint32_t snaplen;   /*!< 0: no limit. */
	uint8_t resolution; /*!< if_tsresol: encodes the unit of time stamps. */
};

/*! \brief The state of the reader, about 100 KiB. It must be zeroed before the first call. */
struct pcapng_reader {
	bool little;
	/*! The length of a block, in octets, if the block was skipped up to its last field. The
	 * last field is read next. 0: there is no such block. */
	uint32_t trailer;
	uint32_t interfaces_count;
	int64_t last_ns; /*!< Time of the packet read last. */
	struct pcapng_interface interfaces[PCAPNG_INTERFACES_MAX];
};

/*! \brief Returns true if a file that begins with these octets is in pcapng format. */
bool pcapng_reader_magic(const uint8_t magic[PCAPNG_READER_MAGIC_SIZE]);

/*!
 * \brief Reads the block, or the end of the block, at the start of `bytes`.
 *
 * Times are rounded down to nanoseconds. A simple packet block has no time. Its packet gets the
 * time of the packet before it, or 0 if it is the first packet.
 */
enum savefile_status pcapng_reader_next(struct pcapng_reader *reader, const uint8_t *bytes,
                                        size_t size, struct savefile_part *part);

/*! \brief Does the same as pcap_reader_find() for a chain of blocks, which may be of any kind. */
size_t pcapng_reader_find(const struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
                          bool last);

/*!
 * \brief Returns true if the octets begin with a section header. It may be in the middle of a file,
 *        because files can be joined with cat(1).
 */
bool pcapng_reader_begins(const uint8_t *bytes, size_t size);

/*! \brief Returns true if the reader is inside a block. A file that ends there is truncated. */
static inline bool pcapng_reader_inside(const struct pcapng_reader *reader)
{
	return reader->trailer != 0;
}
