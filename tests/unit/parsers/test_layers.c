/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/frame.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/*
 * A frame is written as a list of words:
 *   eth:TYPE     an Ethernet header            tag:ID:TYPE  a VLAN tag
 *   ip4:PROTO    an IPv4 header                ip6:PROTO    an IPv6 header
 *   udp:PORT     a UDP header to that port     tcp          a TCP header
 *   dns          what all of this is about: IPv4, UDP from port 53, twelve octets
 *   dns6         the same over IPv6            other        octets as they stand, in hex
 * Numbers are hexadecimal but for ports. Lengths of IP and UDP are put right at the end.
 */
static struct wire wire;

static struct {
	size_t field, start;
} lengths[32];
static size_t lengths_count;

static void note_length(size_t field, size_t start)
{
	assert_true(lengths_count < sizeof(lengths) / sizeof(lengths[0]));
	lengths[lengths_count].field = field;
	lengths[lengths_count++].start = start;
}

static void put_ip4(unsigned protocol)
{
	size_t start = wire.size;
	note_length(start + 2, start);
	wire_put(&wire, "\x45\0\0\0\0\1\0\0\x40", 9);
	wire_u8(&wire, protocol);
	wire_u16(&wire, 0);
	wire_put(&wire, "\xc0\0\2\1\xc0\0\2\2", 8);
}

static void put_ip6(unsigned protocol)
{
	size_t start = wire.size;
	note_length(start + 4, start + 40);
	wire_put(&wire, "\x60\0\0\0\0\0", 6);
	wire_u8(&wire, protocol);
	wire_u8(&wire, 64);
	/* 2001:0::/32 is Teredo's; nobody else minds. */
	wire_put(&wire, "\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	wire_put(&wire, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
}

static void put_udp(unsigned sport, unsigned dport)
{
	size_t start = wire.size;
	wire_u16(&wire, sport);
	wire_u16(&wire, dport);
	note_length(start + 4, start);
	wire_u16(&wire, 0);
	wire_u16(&wire, 0);
}

static void put_dns(bool ipv6)
{
	if (ipv6) {
		put_ip6(IPPROTO_UDP);
	} else {
		put_ip4(IPPROTO_UDP);
	}
	put_udp(53, 40000);
	wire_fill(&wire, 'd', 12);
}

static void put_hex(const char *word)
{
	for (; word[0] != '\0'; word += 2) {
		char octet[3] = { word[0], word[1], '\0' };
		wire_u8(&wire, (unsigned)strtoul(octet, NULL, 16));
	}
}

static void put_word(const char *word)
{
	unsigned a = 0, b = 0;
	if (sscanf(word, "eth:%x", &a) == 1) {
		wire_fill(&wire, 2, 12);
		wire_u16(&wire, a);
	} else if (sscanf(word, "tag:%x:%x", &a, &b) == 2) {
		wire_u16(&wire, a);
		wire_u16(&wire, b);
	} else if (sscanf(word, "ip4:%x", &a) == 1) {
		put_ip4(a);
	} else if (sscanf(word, "ip6:%x", &a) == 1) {
		put_ip6(a);
	} else if (sscanf(word, "udp:%u", &a) == 1) {
		put_udp(40001, a);
	} else if (strncmp(word, "dns", 3) == 0) {
		put_dns(word[3] == '6');
	} else {
		put_hex(word);
	}
}

static void put_frame(const char *text)
{
	char words[512];
	wire.size = 0;
	lengths_count = 0;
	(void)snprintf(words, sizeof(words), "%s", text);
	for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL;) {
		put_word(word);
	}
	for (size_t i = 0; i < lengths_count; i++) {
		wire_patch_u16(&wire, lengths[i].field, (unsigned)(wire.size - lengths[i].start));
	}
}

struct row {
	const char *label;
	int link;
	const char *words;
	enum frame_status status;
	enum frame_tunnel tunnel;
	uint32_t id;
	int32_t vlan; /* 0: none */
};

#define ETH       1
#define NO_TUNNEL FRAME_TUNNEL_NONE, 0, 0
#define RADIOTAP  "00000800 00000000"
#define DATA      "0802 0000 000000000001 000000000002 000000000003 0000"
#define SNAP      "aaaa03000000"

/* clang-format off */
static const struct row ROWS[] = {
	/* link types */
	{ "ethernet", ETH, "eth:0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "ethernet, v6", ETH, "eth:86dd dns6", FRAME_UDP, NO_TUNNEL },
	{ "802.3 with SNAP", ETH, "eth:0040 " SNAP "0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "802.3 without", ETH, "eth:0040 4242030000000800 dns", FRAME_OTHER, NO_TUNNEL },
	{ "arp", ETH, "eth:0806 00010800", FRAME_OTHER, NO_TUNNEL },
	{ "null, little-endian", 0, "02000000 dns", FRAME_UDP, NO_TUNNEL },
	{ "null, big-endian", 0, "00000002 dns", FRAME_UDP, NO_TUNNEL },
	{ "null, Darwin's v6", 0, "1e000000 dns6", FRAME_UDP, NO_TUNNEL },
	{ "null, FreeBSD's v6", 0, "0000001c dns6", FRAME_UDP, NO_TUNNEL },
	{ "null, neither", 0, "07000000 dns", FRAME_OTHER, NO_TUNNEL },
	{ "loop", 108, "00000002 dns", FRAME_UDP, NO_TUNNEL },
	{ "raw 12", 12, "dns", FRAME_UDP, NO_TUNNEL },
	{ "raw 14", 14, "dns6", FRAME_UDP, NO_TUNNEL },
	{ "raw 101", 101, "dns", FRAME_UDP, NO_TUNNEL },
	{ "ipv4 only", 228, "dns", FRAME_UDP, NO_TUNNEL },
	{ "ipv6 only", 229, "dns6", FRAME_UDP, NO_TUNNEL },
	{ "raw, no version", 101, "00", FRAME_MALFORMED, NO_TUNNEL },
	{ "cooked", 113, "0000 0001 0006 0000000000020000 0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "cooked, tagged", 113, "0000 0001 0006 0000000000020000 8100 tag:0064:0800 dns", FRAME_UDP,
	  FRAME_TUNNEL_NONE, 0, 0x64 },
	{ "cooked, arp", 113, "0000 0001 0006 0000000000020000 0806", FRAME_OTHER, NO_TUNNEL },
	{ "cooked v2", 276, "86dd 0000 00000001 0001 00 06 0000000000020000 dns6", FRAME_UDP, NO_TUNNEL },
	{ "ppp, framed", 9, "ff03 0021 dns", FRAME_UDP, NO_TUNNEL },
	{ "ppp, compressed", 9, "21 dns", FRAME_UDP, NO_TUNNEL },
	{ "ppp, v6", 50, "ff03 0057 dns6", FRAME_UDP, NO_TUNNEL },
	{ "ppp, mpls", 9, "ff03 0281 00064140 dns", FRAME_UDP, NO_TUNNEL },
	{ "ppp, lcp", 9, "ff03 c021", FRAME_OTHER, NO_TUNNEL },
	{ "cisco hdlc", 104, "0f00 0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "pppoe link", 51, "1100 0001 0000 0021 dns", FRAME_UDP, NO_TUNNEL },
	{ "radiotap", 127, RADIOTAP " " DATA " " SNAP "0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "radiotap, time stamp and pad", 127,
	  "00001100 03000000 0000000000000000 20 8802 0000 000000000001 000000000002 000000000003 "
	  "0000 0000 0000 " SNAP "0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "802.11, qos", 105, "8802 0000 000000000001 000000000002 000000000003 0000 0000 " SNAP "0800 dns",
	  FRAME_UDP, NO_TUNNEL },
	{ "802.11, four addresses", 105,
	  "0803 0000 000000000001 000000000002 000000000003 0000 000000000004 " SNAP "86dd dns6",
	  FRAME_UDP, NO_TUNNEL },
	{ "802.11, encrypted", 105, "0842 0000 000000000001 000000000002 000000000003 0000 " SNAP "0800 dns",
	  FRAME_OTHER, NO_TUNNEL },
	{ "802.11, beacon", 105, "8000 0000 ffffffffffff", FRAME_OTHER, NO_TUNNEL },
	{ "802.11, null data", 105, "4801 0000 000000000001", FRAME_OTHER, NO_TUNNEL },
	{ "nflog", 239, "02 00 0000 0600 0a00 6e730000 0c00 0900 dns", FRAME_UDP, NO_TUNNEL },
	{ "nflog, no payload", 239, "02 00 0000 0600 0a00 6e730000", FRAME_OTHER, NO_TUNNEL },
	{ "nflog, length below its head", 239, "02 00 0000 0300 0a00 0900", FRAME_OTHER, NO_TUNNEL },
	/* tags */
	{ "802.1Q", ETH, "eth:8100 tag:e064:0800 dns", FRAME_UDP, FRAME_TUNNEL_NONE, 0, 0x64 },
	{ "802.1ad in 0x9100", ETH, "eth:9100 tag:0001:88a8 tag:0002:8100 tag:0003:0800 dns", FRAME_UDP,
	  FRAME_TUNNEL_NONE, 0, 1 },
	{ "four tags", ETH, "eth:8100 tag:0001:8100 tag:0002:8100 tag:0003:8100 tag:0004:0800 dns",
	  FRAME_MALFORMED, FRAME_TUNNEL_NONE, 0, 1 },
	{ "pppoe session", ETH, "eth:8864 1100 0001 0000 0021 dns", FRAME_UDP, NO_TUNNEL },
	{ "pppoe control", ETH, "eth:8864 1109 0001 0000", FRAME_OTHER, NO_TUNNEL },
	/* MPLS */
	{ "one label", ETH, "eth:8847 00064140 dns", FRAME_UDP, NO_TUNNEL },
	{ "three labels, v6", ETH, "eth:8848 00064040 00065040 00066140 dns6", FRAME_UDP, NO_TUNNEL },
	{ "pseudowire", ETH, "eth:8847 00064140 00000000 eth:0800 dns", FRAME_UDP, NO_TUNNEL },
	{ "labels without end", ETH,
	  "eth:8847 00064040 00064040 00064040 00064040 00064040 00064040 00064040 00064040 dns",
	  FRAME_OTHER, NO_TUNNEL },
	/* IP in IP */
	{ "4 in 4", ETH, "eth:0800 ip4:04 dns", FRAME_UDP, FRAME_TUNNEL_IP, 0, 0 },
	{ "6 in 4", ETH, "eth:0800 ip4:29 dns6", FRAME_UDP, FRAME_TUNNEL_IP, 0, 0 },
	{ "4 in 6", ETH, "eth:86dd ip6:04 dns", FRAME_UDP, FRAME_TUNNEL_IP, 0, 0 },
	{ "authenticated", ETH, "eth:0800 ip4:33 110400000000000100000001000000000000000000000000 udp:53",
	  FRAME_UDP, NO_TUNNEL },
	/* GRE */
	{ "gre", ETH, "eth:0800 ip4:2f 0000 0800 dns", FRAME_UDP, FRAME_TUNNEL_GRE, 0, 0 },
	{ "gre, all fields", ETH, "eth:0800 ip4:2f b000 86dd 00000000 0000002a 00000001 dns6", FRAME_UDP,
	  FRAME_TUNNEL_GRE, 42, 0 },
	{ "gre, ethernet, tagged", ETH, "eth:8100 tag:0007:0800 ip4:2f 0000 6558 eth:8100 tag:0008:0800 dns",
	  FRAME_UDP, FRAME_TUNNEL_GRE, 0, 7 },
	{ "gre, pptp", ETH, "eth:0800 ip4:2f 3081 880b 00100001 00000001 00000002 ff03 0021 dns", FRAME_UDP,
	  FRAME_TUNNEL_GRE, 0x100001, 0 },
	{ "gre, routing", ETH, "eth:0800 ip4:2f 4000 0800 00000000 dns", FRAME_OTHER, NO_TUNNEL },
	{ "erspan I", ETH, "eth:0800 ip4:2f 0000 88be eth:0800 dns", FRAME_UDP, FRAME_TUNNEL_ERSPAN, 0, 0 },
	{ "erspan II", ETH, "eth:0800 ip4:2f 1000 88be 00000001 10640065 00000000 eth:0800 dns", FRAME_UDP,
	  FRAME_TUNNEL_ERSPAN, 0x65, 0 },
	{ "erspan III", ETH, "eth:0800 ip4:2f 1000 22eb 00000001 20000001 00000000 00000000 eth:0800 dns",
	  FRAME_UDP, FRAME_TUNNEL_ERSPAN, 1, 0 },
	{ "erspan III, subheader", ETH,
	  "eth:0800 ip4:2f 1000 22eb 00000001 20000001 00000000 00000001 0000000000000000 eth:0800 dns",
	  FRAME_UDP, FRAME_TUNNEL_ERSPAN, 1, 0 },
	{ "etherip", ETH, "eth:0800 ip4:61 3000 eth:0800 dns", FRAME_UDP, FRAME_TUNNEL_ETHERIP, 0, 0 },
	{ "mpls in ip", ETH, "eth:0800 ip4:89 00064140 dns", FRAME_UDP, NO_TUNNEL },
	/* over UDP */
	{ "vxlan", ETH, "eth:0800 ip4:11 udp:4789 08000000 00002a00 eth:0800 dns", FRAME_UDP,
	  FRAME_TUNNEL_VXLAN, 42, 0 },
	{ "geneve", ETH, "eth:0800 ip4:11 udp:6081 0000 6558 00002b00 eth:86dd dns6", FRAME_UDP,
	  FRAME_TUNNEL_GENEVE, 43, 0 },
	{ "geneve, options, ip", ETH, "eth:0800 ip4:11 udp:6081 0200 0800 00002b00 0000000000000000 dns",
	  FRAME_UDP, FRAME_TUNNEL_GENEVE, 43, 0 },
	{ "gtp-u", ETH, "eth:0800 ip4:11 udp:2152 30ff 0000 0000002c dns", FRAME_UDP, FRAME_TUNNEL_GTP, 44, 0 },
	{ "gtp-u, extensions", ETH,
	  "eth:0800 ip4:11 udp:2152 34ff 0000 0000002c 0000 00 85 01 0000 85 01 0000 00 dns6", FRAME_UDP,
	  FRAME_TUNNEL_GTP, 44, 0 },
	{ "teredo", ETH, "eth:0800 ip4:11 udp:3544 dns6", FRAME_UDP, FRAME_TUNNEL_TEREDO, 0, 0 },
	{ "teredo, authentication and origin", ETH,
	  "eth:0800 ip4:11 udp:3544 00010000 000000000000000000 0000 0000 00000000 dns6", FRAME_UDP,
	  FRAME_TUNNEL_TEREDO, 0, 0 },
	{ "vxlan in gre in ip", ETH,
	  "eth:0800 ip4:04 ip4:2f 0000 0800 ip4:11 udp:4789 08000000 00002a00 eth:0800 dns", FRAME_UDP,
	  FRAME_TUNNEL_IP, 0, 0 },
	{ "deeper than is read", 12,
	  "ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 ip4:04 "
	  "ip4:04 ip4:04 ip4:04 ip4:04", FRAME_MALFORMED, FRAME_TUNNEL_IP, 0, 0 },
};

/* A port alone makes no tunnel: the datagram stands for itself. */
static const struct row PLAIN[] = {
	{ "vxlan, other flags", ETH, "eth:0800 ip4:11 udp:4789 00000000 00002a00 eth:0800 dns", FRAME_UDP,
	  NO_TUNNEL },
	{ "vxlan, arp inside", ETH, "eth:0800 ip4:11 udp:4789 08000000 00002a00 eth:0806 0001", FRAME_UDP,
	  NO_TUNNEL },
	{ "geneve, version 1", ETH, "eth:0800 ip4:11 udp:6081 4000 6558 00002b00 eth:0800 dns", FRAME_UDP,
	  NO_TUNNEL },
	{ "gtp-u, echo", ETH, "eth:0800 ip4:11 udp:2152 3001 0000 0000002c dns", FRAME_UDP, NO_TUNNEL },
	{ "gtp-u, empty extension", ETH, "eth:0800 ip4:11 udp:2152 34ff 0000 0000002c 0000 00 85 00 dns",
	  FRAME_UDP, NO_TUNNEL },
	{ "teredo's port, v4", ETH, "eth:0800 ip4:11 udp:3544 dns", FRAME_UDP, NO_TUNNEL },
};
/* clang-format on */

static void check_row(const struct row *row, uint16_t sport, struct guard *guard)
{
	struct frame frame;
	put_frame(row->words);
	const uint8_t *bytes = guard_lay(guard, wire.bytes, wire.size);
	enum frame_status status = frame_decode(&frame, row->link, bytes, wire.size);
	if (status != row->status || frame.tunnel != row->tunnel || frame.tunnel_id != row->id ||
	    frame.vlan != (row->vlan != 0 ? row->vlan : FRAME_VLAN_NONE)) {
		fail_msg("%s: status %d, tunnel %d, id %u, vlan %d", row->label, status,
		         frame.tunnel, frame.tunnel_id, frame.vlan);
	}
	if (status == FRAME_UDP && frame.dport != 53 && frame.sport != sport) {
		fail_msg("%s: from port %u", row->label, frame.sport);
	}
}

static void layers(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		check_row(&ROWS[i], 53, &guard);
	}
	for (size_t i = 0; i < sizeof(PLAIN) / sizeof(PLAIN[0]); i++) {
		check_row(&PLAIN[i], 40001, &guard);
	}
	guard_close(&guard);
}

/* A cut frame never yields payload that is not there, and never reads past its end. */
static void layers_cut_at_every_octet(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		put_frame(ROWS[i].words);
		for (size_t size = 0; size < wire.size; size++) {
			struct frame frame;
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, size);
			enum frame_status status = frame_decode(&frame, ROWS[i].link, bytes, size);
			if (status <= FRAME_FRAGMENT) {
				assert_true(frame.payload >= bytes);
				assert_true(frame.payload + frame.size <= bytes + size);
				assert_true(frame.cut > 0);
			}
		}
	}
	guard_close(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layers),
		cmocka_unit_test(layers_cut_at_every_octet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
