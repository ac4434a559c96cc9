/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The checksum of TCP and UDP (RFC 1071; RFC 9293, 3.1; RFC 8200, 8.1).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/flow_key.h"

/*!
 * \brief True if the checksum in a TCP segment is right.
 *
 * \param key      Addresses and protocol of the packet.
 * \param segment  The TCP header and payload, all of it.
 */
bool checksum_is_right(const struct flow_key *key, const uint8_t *segment, size_t size);
