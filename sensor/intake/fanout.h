/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Several workers on one interface: who gets which packet.
 *
 * A PACKET_FANOUT group with a program of ours instead of the kernel's hash. That one
 * counts ports in, which only the first of a datagram's fragments has, so that a message
 * in fragments and the rest of its flow come to different workers. Ours takes the two
 * addresses alone, the same for both directions, behind up to FANOUT_TAGS VLAN tags and
 * PPPoE. What is in a tunnel stays with its tunnel, by the outer addresses; what is not
 * IP, and MPLS, comes to the first worker.
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define FANOUT_TAGS        4
#define FANOUT_PROGRAM_MAX 128

/*! \brief Writes the program, and returns its length. */
size_t fanout_program(struct sock_filter program[FANOUT_PROGRAM_MAX]);

/*!
 * \brief Joins a packet socket, bound to its interface, to a group.
 *
 * \param group  The same for the sockets of one interface, another for each interface.
 *
 * \return 0, or a negative errno value.
 */
int fanout_join(int fd, uint16_t group);
