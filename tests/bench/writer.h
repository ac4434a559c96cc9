/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Ethernet frames into a capture file (pcap, microseconds).
 *
 * Headers are complete and checksums right: what reads the file does the work
 * that it does on a link. Errors of the file are kept for writer_close().
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WRITER_PAYLOAD_MAX 1460 /*!< Octets after a UDP or TCP header. */
#define WRITER_MSS         1448 /*!< TCP with timestamps over Ethernet, IPv4. */
#define WRITER_MSS6        1428 /*!< The same over IPv6. */

enum writer_tcp_flag {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
};

/*! \brief An address, IPv4 as ::ffff:a.b.c.d, and a port. */
struct endpoint {
	struct in6_addr address;
	uint16_t port;
};

/*! \brief The fields of a TCP header besides the ports. */
struct segment {
	uint32_t seq, ack;
	uint8_t flags; /*!< enum writer_tcp_flag */
};

struct writer {
	FILE *file;
	uint64_t packets, limit; /*!< Packets beyond the limit are left out. */
	uint64_t bytes;
	int64_t time_us;
	uint16_t ip_id;
};

/*! \brief False when the file cannot be made, see errno. `limit` 0: none. */
bool writer_open(struct writer *writer, const char *path, uint64_t limit);

/*! \brief False when anything was not written. */
bool writer_close(struct writer *writer);

bool writer_is_full(const struct writer *writer);

/*! \brief The next packet comes so much later. */
void writer_wait(struct writer *writer, uint32_t us);

void writer_udp(struct writer *writer, const struct endpoint *src, const struct endpoint *dst,
                const uint8_t *payload, size_t size);

void writer_tcp(struct writer *writer, const struct endpoint *src, const struct endpoint *dst,
                const struct segment *segment, const uint8_t *payload, size_t size);

/*! \brief An endpoint of 10.0.0.0/8 for `number`, or of fd00::/8. */
struct endpoint endpoint_inside(bool v6, uint32_t number, uint16_t port);

/*! \brief The same out in the Internet: 1.0.0.0 to 126.255.255.255, or 2a00::/16. */
struct endpoint endpoint_outside(bool v6, uint32_t number, uint16_t port);

bool endpoint_is_v6(const struct endpoint *endpoint);
