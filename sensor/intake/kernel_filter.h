/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the kernel filter of a live capture, which passes only packets that nsmx can use.
 *
 * The filter `port 53` alone would reject packets with VLAN tags, fragments, packets with IPv6
 * extension headers and tunnels. This filter therefore rejects only ARP, and IPv4 and IPv6 packets
 * that are neither fragments nor tunnels nor on a watched port. All other packets pass, including
 * those that a filter cannot examine (MPLS, PPPoE, a second VLAN tag, GRE, ...) and those of link
 * layers for which the filter language has no name.
 */
#pragma once

#include <stddef.h>

#include "sensor/intake/ports.h"

#define KERNEL_FILTER_TEXT_MAX 32768

/*!
 * \brief Writes the filter, in libpcap's language.
 *
 * The kernel removes the outermost VLAN tag before it runs the filter, so the filter examines a
 * tagged packet like an untagged one.
 *
 * \return False if there are too many ports for a filter; the caller then uses no filter.
 */
bool kernel_filter_write(const struct ports *ports, char text[KERNEL_FILTER_TEXT_MAX]);
