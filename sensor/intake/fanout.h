/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Distributes the packets of one interface among several workers.
 *
 * This is a PACKET_FANOUT group with a classic BPF program in place of the kernel's hash. The
 * kernel's hash includes ports, which only the first fragment of a datagram has, so that the other
 * fragments would reach another worker. The program therefore hashes only the two addresses, with
 * the same result for both directions. It finds the addresses after PPPoE and up to FANOUT_TAGS
 * VLAN tags. Packets in a tunnel are distributed by the outer addresses. MPLS packets, and packets
 * other than IP, go to the first worker.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define FANOUT_TAGS        4
#define FANOUT_PROGRAM_MAX 128

/*! \brief Writes the BPF program; returns the number of its instructions. */
size_t fanout_program(struct sock_filter program[FANOUT_PROGRAM_MAX]);

/*!
 * \brief Adds a packet socket, which is bound to its interface, to a group.
 *
 * \param group  The number of the group, the same for all sockets of one interface. The number must
 *               not be in use by another program in the network namespace, because the socket would
 *               join its group.
 *
 * \return 0, or a negative errno value.
 */
int fanout_join(int fd, uint16_t group);
