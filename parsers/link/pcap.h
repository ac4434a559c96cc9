/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcap format (draft-ietf-opsawg-pcap).
 *
 * Both byte orders; micro- and nanoseconds; the "modified" format of old Linux
 * distributions, whose packet headers are longer. The format has no marks to
 * resynchronise at: after a damaged header a chain of headers that look right is searched.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAP_READER_MAGIC_SIZE 4

/*! \brief What the file's header states. */
struct pcap_reader {
	bool little;          /*!< Integers are little-endian. */
	uint8_t header;       /*!< Octets of the header of a packet. */
	uint16_t minor;       /*!< Minor version of the format. */
	uint32_t fraction_ns; /*!< Unit of the fraction of a time stamp: 1000 or 1. */
	int link;             /*!< DLT_* number. */
	int64_t last_s;       /*!< Time of the packet read last; 0: none. */
};

/*! \brief True if a file that begins with these octets is in pcap format. */
bool pcap_reader_magic(const uint8_t magic[PCAP_READER_MAGIC_SIZE]);

/*! \brief True if a file's header begins here, as in files that cat(1) has joined. */
bool pcap_reader_begins(const uint8_t *bytes, size_t size);

/*!
 * \brief Searches for packets after damage.
 *
 * \param bytes  The damaged header, and what follows it.
 * \param last   The file ends after these octets.
 *
 * \return The offset, above 0, of a chain of SAVEFILE_CHAIN packets, or of fewer that reach
 *         the end of the file; `size` if there is none.
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
