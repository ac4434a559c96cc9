/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Verifies the checksum of TCP segments (RFC 1071; RFC 9293, section 3.1; RFC 8200, section
 *         8.1). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/flow_key.h"

/*!
 * \brief Returns true if the checksum in a TCP segment is correct.
 *
 * \param key      Addresses and protocol of the packet.
 * \param segment  The whole TCP header and payload.
 */
bool checksum_is_right(const struct flow_key *key, const uint8_t *segment, size_t size);

/*!
 * \brief Returns true if a checksum covers the pseudo-header only. Linux writes such a checksum to
 *        segments that it has merged (GRO), and to segments whose checksum the network card will
 *        compute.
 *
 * \param size      Octets of the TCP header and payload.
 * \param checksum  The two octets of the checksum field.
 */
bool checksum_is_partial(const struct flow_key *key, size_t size, const uint8_t *checksum);
