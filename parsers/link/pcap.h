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

/*! \brief The state of the reader, most of which comes from the file's header. */
struct pcap_reader {
	bool little;          /*!< Integers are little-endian. */
	uint8_t header;       /*!< The size of a packet header in octets. */
	uint16_t minor;       /*!< Minor version of the format. */
	uint32_t fraction_ns; /*!< Unit of the fraction of a time stamp: 1000 or 1. */
	int link;             /*!< DLT_* number. */
	/*! Time of the packet read last, in seconds since 1970; 0: none was read. */
	int64_t last_s;
};

/*! \brief Returns true if a file that begins with these octets is in pcap format. */
bool pcap_reader_magic(const uint8_t magic[PCAP_READER_MAGIC_SIZE]);

/*!
 * \brief Returns true if the octets begin with a file header, as in the middle of files that cat(1)
 *        has joined.
 */
bool pcap_reader_begins(const uint8_t *bytes, size_t size);

/*!
 * \brief Searches for packets after damage.
 *
 * \param bytes  The damaged header and the octets after it.
 * \param last   The file ends after these octets.
 *
 * \return The offset, greater than 0, at which SAVEFILE_CHAIN plausible packets follow each other,
 *         or fewer up to the end of the file; `size` if there is none.
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
