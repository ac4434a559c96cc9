/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcap format (draft-ietf-opsawg-pcap).
 *
 * It reads both byte orders, time stamps in micro- and nanoseconds, and the "modified" format of
 * old Linux distributions, whose packet headers are longer. The format has no synchronisation
 * marks. After a damaged header, the reader searches for a chain of plausible headers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAP_READER_MAGIC_SIZE 4

/*! \brief The state of the reader. Most of it comes from the header of the file. */
struct pcap_reader {
	bool little;    /*!< Integers are little-endian. */
	uint8_t header; /*!< The size of a packet header in octets. */
	uint16_t minor; /*!< Minor version of the format. */
	/*! The unit of the fraction of a time stamp in nanoseconds: 1000 or 1. */
	uint32_t fraction_ns;
	int link; /*!< DLT_* number. */
	/*! The time of the packet read last, in seconds since 1970; 0: no packet was read. */
	int64_t last_s;
};

/*! \brief Returns true if a file that begins with these octets is in pcap format. */
bool pcap_reader_magic(const uint8_t magic[PCAP_READER_MAGIC_SIZE]);

/*!
 * \brief Returns true if the octets begin with a file header. It may be in the middle of a file,
 *        because files can be joined with cat(1).
 */
bool pcap_reader_begins(const uint8_t *bytes, size_t size);

/*!
 * \brief Searches for the next packets after a damaged part of the file.
 *
 * \param bytes  The damaged header and the octets after it.
 * \param last   True if the file ends after these octets.
 *
 * \return The first offset greater than 0 at which a chain of plausible packets begins. The chain
 *         has SAVEFILE_CHAIN packets, or fewer if it reaches the end of the file. `size` if there
 *         is no such offset.
 */
size_t pcap_reader_find(const struct pcap_reader *reader, const uint8_t *bytes, size_t size,
                        bool last);

/*!
 * \brief Reads the file's header. Call it once, before pcap_reader_next().
 *
 * \return SAVEFILE_OTHER, SAVEFILE_MORE or SAVEFILE_LOST.
 */
enum savefile_status pcap_reader_start(struct pcap_reader *reader, const uint8_t *bytes,
                                       size_t size, struct savefile_part *part);

/*!
 * \brief Reads the packet at the start of `bytes`.
 *
 * \return SAVEFILE_PACKET, SAVEFILE_MORE or SAVEFILE_LOST.
 */
enum savefile_status pcap_reader_next(struct pcap_reader *reader, const uint8_t *bytes, size_t size,
                                      struct savefile_part *part);
