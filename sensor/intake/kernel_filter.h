/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The kernel filter of a live capture: what the sensor can use, and no more.
 *
 * `port 53` alone misses tagged packets, fragments, IPv6 extension headers and
 * everything in a tunnel, so it is said for each of them. What can be told only
 * by a look inside (GRE, VXLAN, MPLS, ...) is let through whole.
 */
#pragma once

#include <stddef.h>

#include "sensor/intake/ports.h"

#define KERNEL_FILTER_TEXT_MAX 32768

/*!
 * \brief Writes the filter for a link type, in libpcap's language.
 *
 * \param tags  The link type can have VLAN tags, MPLS and PPPoE (Ethernet).
 *
 * \return False when so many ports are watched that it does not fit: then nothing
 *         is filtered.
 */
bool kernel_filter_write(const struct ports *ports, bool tags, char text[KERNEL_FILTER_TEXT_MAX]);
