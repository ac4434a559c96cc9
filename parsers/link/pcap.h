/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads capture files in the pcap format (draft-ietf-opsawg-pcap).
 *
 * Both byte orders; micro- and nanoseconds; the "modified" format of old Linux
 * distributions, whose packet headers are longer. The format has no marks to
 * resynchronise at: reading ends at the first damaged header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/link/savefile.h"

#define PCAP_READER_MAGIC_SIZE 4

struct pcap_reader {
	bool little;
	uint8_t header;       /*!< Octets of a packet's header. */
	uint16_t minor;       /*!< Minor version of the format. */
	uint32_t fraction_ns; /*!< Nanoseconds in a unit of the time's fraction. */
	int link;
};

/*! \brief True for the first octets of a pcap file. */
bool pcap_reader_magic(const uint8_t magic[PCAP_READER_MAGIC_SIZE]);

/*!
 * \brief Reads the file's header, once.
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
