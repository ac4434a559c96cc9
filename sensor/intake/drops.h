/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the kernel's counters of a packet socket and of an interface.
 *
 * Any process that has the socket can read its counters, even if the process that read its packets
 * has died. Reading them sets them to zero, so only one process may do it: libpcap's pcap_stats()
 * must not be called for the same socket.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct drops {
	/*! The number of packets that passed the filter of the socket, including dropped ones. */
	uint64_t received;
	/*! The number of these packets that were dropped because the buffer was full. */
	uint64_t dropped;
};

/*! \brief Returns whether a descriptor is a packet socket. */
bool drops_has_packets(int fd);

/*!
 * \brief Returns whether the kernel may count a packet twice for a socket, although libpcap passes
 * it on once. A packet on the loopback interface reaches a socket as it leaves and as it arrives;
 * libpcap ignores the first.
 */
bool drops_counts_twice(int fd);

/*! \brief Adds to the fields of `drops` the numbers of packets since the last call. */
void drops_add(int fd, struct drops *drops);

/*! \brief Makes the socket's filter reject all further packets. Packets in its buffer can still be
 * read. */
void drops_stop(int fd);

/*!
 * \brief Returns the number of packets that an interface has lost since it was created; 0 if it is
 *        unknown.
 */
uint64_t drops_of_interface(const char *name);
