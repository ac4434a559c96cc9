/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The kernel filter of a live capture, which passes only packets of use to the sensor.
 *
 * `port 53` alone misses tagged packets, fragments, packets with IPv6 extension headers
 * and all tunnels, so there is a clause for each of them. Encapsulations whose contents
 * a filter cannot examine (GRE, VXLAN, MPLS, ...) pass regardless of their contents.
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
 * \return False when too many ports are watched for a filter: then every packet passes.
 */
bool kernel_filter_write(const struct ports *ports, bool tags, char text[KERNEL_FILTER_TEXT_MAX]);
