/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Frames written as text.
 *
 * A frame is written as a list of words:
 *   eth:TYPE     an Ethernet header            tag:ID:TYPE  a VLAN tag
 *   ip4:PROTO    an IPv4 header                ip6:PROTO    an IPv6 header
 *   udp:PORT     a UDP header to that port     tcp          a TCP header
 *   dns          what all of this is about: IPv4, UDP from port 53, twelve octets
 *   dns6         the same over IPv6            other        octets, in hex
 * Numbers are hexadecimal but for ports. Lengths of IP and UDP are put right at the end.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/wire.h"

static struct {
	struct wire wire; /*!< The frame, once put. */
	struct {
		size_t field, start;
	} lengths[32];
	size_t count;
} layered;

static inline void layered_note_length(size_t field, size_t start)
{
	assert_true(layered.count < sizeof(layered.lengths) / sizeof(layered.lengths[0]));
	layered.lengths[layered.count].field = field;
	layered.lengths[layered.count++].start = start;
}

static inline void layered_put_ip4(unsigned protocol)
{
	size_t start = layered.wire.size;
	layered_note_length(start + 2, start);
	wire_put(&layered.wire, "\x45\0\0\0\0\1\0\0\x40", 9);
	wire_u8(&layered.wire, protocol);
	wire_u16(&layered.wire, 0);
	wire_put(&layered.wire, "\xc0\0\2\1\xc0\0\2\2", 8);
}

static inline void layered_put_ip6(unsigned protocol)
{
	size_t start = layered.wire.size;
	layered_note_length(start + 4, start + 40);
	wire_put(&layered.wire, "\x60\0\0\0\0\0", 6);
	wire_u8(&layered.wire, protocol);
	wire_u8(&layered.wire, 64);
	/* 2001:0::/32 is Teredo's; nobody else minds. */
	wire_put(&layered.wire, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	wire_put(&layered.wire, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
}

static inline void layered_put_udp(unsigned sport, unsigned dport)
{
	size_t start = layered.wire.size;
	wire_u16(&layered.wire, sport);
	wire_u16(&layered.wire, dport);
	layered_note_length(start + 4, start);
	wire_u16(&layered.wire, 0);
	wire_u16(&layered.wire, 0);
}

static inline void layered_put_dns(bool ipv6)
{
	if (ipv6) {
		layered_put_ip6(IPPROTO_UDP);
	} else {
		layered_put_ip4(IPPROTO_UDP);
	}
	layered_put_udp(53, 40000);
	wire_fill(&layered.wire, 'd', 12);
}

static inline void layered_put_hex(const char *word)
{
	for (; word[0] != '\0'; word += 2) {
		char octet[3] = { word[0], word[1], '\0' };
		wire_u8(&layered.wire, (unsigned)strtoul(octet, NULL, 16));
	}
}

static inline void layered_put_word(const char *word)
{
	unsigned a = 0, b = 0;
	if (sscanf(word, "eth:%x", &a) == 1) {
		wire_fill(&layered.wire, 2, 12);
		wire_u16(&layered.wire, a);
	} else if (sscanf(word, "tag:%x:%x", &a, &b) == 2) {
		wire_u16(&layered.wire, a);
		wire_u16(&layered.wire, b);
	} else if (sscanf(word, "ip4:%x", &a) == 1) {
		layered_put_ip4(a);
	} else if (sscanf(word, "ip6:%x", &a) == 1) {
		layered_put_ip6(a);
	} else if (sscanf(word, "udp:%u", &a) == 1) {
		layered_put_udp(40001, a);
	} else if (strncmp(word, "dns", 3) == 0) {
		layered_put_dns(word[3] == '6');
	} else {
		layered_put_hex(word);
	}
}

static inline void layered_put(const char *text)
{
	char words[512];
	layered.wire.size = 0;
	layered.count = 0;
	(void)snprintf(words, sizeof(words), "%s", text);
	for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;) {
		layered_put_word(word);
	}
	for (size_t i = 0; i < layered.count; i++) {
		wire_patch_u16(&layered.wire, layered.lengths[i].field,
		               (unsigned)(layered.wire.size - layered.lengths[i].start));
	}
}
