/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Verifies the checksum of TCP segments (RFC 1071; RFC 9293, 3.1; RFC 8200, 8.1). */
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
