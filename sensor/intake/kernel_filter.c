/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/kernel_filter.h"

#include <stdarg.h>
#include <stdio.h>

/* libpcap fails on much longer filters, and the kernel accepts 4096 instructions. */
#define PORTS_MAX 32

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

/* IP in IP, 6in4, GRE, AH, EtherIP, L2TP, MPLS. */
static const int TUNNEL_PROTOCOLS[] = { 4, 41, 47, 51, 97, 115, 137 };

/* Hop-by-hop, routing, fragment and destination options precede the ports. */
static const int EXTENSION_HEADERS[] = { 0, 43, 44, 60 };

static const int TUNNEL_UDP_PORTS[] = { 1701, 2152, 3544, 4341, 4754, 4789, 4790,
	                                5247, 6080, 6081, 6635, 7932, 8472, 37008 };

static void put_numbers(struct text *text, const char *prefix, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		put(text, " or %s %d", prefix, numbers[i]);
	}
}

#define PUT_NUMBERS(text, prefix, numbers)                                                         \
	put_numbers(text, prefix, numbers, sizeof(numbers) / sizeof((numbers)[0]))

static void put_tunnel_ports(struct text *text, const struct tunnel_ports *tunnels)
{
	PUT_NUMBERS(text, "udp port", TUNNEL_UDP_PORTS);
	for (unsigned i = 0; i < tunnels->count; i++) {
		put(text, " or udp port %u", tunnels->extra[i].port);
	}
}

bool kernel_filter_write(const struct ports *ports, char text[KERNEL_FILTER_TEXT_MAX])
{
	struct text out = { .at = text, .room = KERNEL_FILTER_TEXT_MAX };
	bool fits = put_ports(&out, ports);
	put_tunnel_ports(&out, &ports->tunnels);
	/* Later fragments carry no ports. */
	put(&out, " or (ip and (ip[6:2] & 0x1fff != 0");
	PUT_NUMBERS(&out, "ip[9] ==", TUNNEL_PROTOCOLS);
	put(&out, ")) or (ip6 and (ip6[6] == 0");
	PUT_NUMBERS(&out, "ip6[6] ==", EXTENSION_HEADERS);
	PUT_NUMBERS(&out, "ip6[6] ==", TUNNEL_PROTOCOLS);
	put(&out, ")) or not (ip or ip6 or arp)");
	return fits && out.room > 0;
}
