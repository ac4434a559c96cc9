/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/kernel_filter.h"

#include <stdarg.h>
#include <stdio.h>

/* libpcap fails on much longer filters, and the kernel accepts 4096 instructions. */
#define PORTS_MAX 32

#define TAGS_MAX 3

struct text {
	char *at;
	size_t room;
};

static void put(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *text, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int size = vsnprintf(text->at, text->room, fmt, args);
	va_end(args);
	if (size < 0 || (size_t)size >= text->room) {
		text->room = 0;
		return;
	}
	text->at += size;
	text->room -= (size_t)size;
}

static bool put_ports(struct text *text, const struct ports *ports)
{
	unsigned count = 0;
	for (unsigned port = 1; port < 65536; port++) {
		if (!port_set_has(&ports->dns, (uint16_t)port) &&
		    !port_set_has(&ports->smtp, (uint16_t)port)) {
			continue;
		}
		if (++count > PORTS_MAX) {
			return false;
		}
		put(text, "%sport %u", count > 1 ? " or " : "", port);
	}
	return count > 0;
}

/* The clauses for an IP packet, at any depth of VLAN tags. */
static bool put_packet(struct text *text, const struct ports *ports)
{
	put(text, "(");
	bool fits = put_ports(text, ports);
	/* Later fragments carry no ports. */
	put(text, " or (ip and ip[6:2] & 0x1fff != 0)");
	/* Hop-by-hop, routing, fragment, AH and destination options precede the ports. */
	put(text, " or (ip6 and (ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 51 or "
	          "ip6[6] == 60))");
	/* IP in IP, 6in4, GRE, AH, EtherIP, MPLS in IP. */
	put(text, " or (ip and (ip[9] == 4 or ip[9] == 41 or ip[9] == 47 or ip[9] == 51 or "
	          "ip[9] == 97 or ip[9] == 137))");
	put(text, " or (ip6 and (ip6[6] == 4 or ip6[6] == 41 or ip6[6] == 47 or ip6[6] == 97 or "
	          "ip6[6] == 137))");
	/* GTP-U, Teredo, VXLAN, GENEVE, VXLAN on the former port of Linux. */
	put(text, " or udp port 2152 or udp port 3544 or udp port 4789 or udp port 6081 or "
	          "udp port 8472");
	return fits;
}

bool kernel_filter_write(const struct ports *ports, bool tags, char text[KERNEL_FILTER_TEXT_MAX])
{
	struct text out = { .at = text, .room = KERNEL_FILTER_TEXT_MAX };
	bool fits = put_packet(&out, ports);
	/* `vlan` shifts the offsets of all clauses after it, so the depths are nested. */
	for (int depth = 0; tags && depth <= TAGS_MAX; depth++) {
		put(&out, " or ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864");
		if (depth < TAGS_MAX) {
			put(&out, " or (vlan and ");
			fits = put_packet(&out, ports) && fits;
		}
	}
	for (int depth = 0; depth < (tags ? 2 * TAGS_MAX + 1 : 1); depth++) {
		put(&out, ")");
	}
	return fits && out.room > 0;
}
