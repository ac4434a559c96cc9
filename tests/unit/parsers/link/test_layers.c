/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link types, tags and tunnels: the headers before an IP datagram. */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/link/frame.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/* A UDP datagram of 192.0.2.1 port 53 with four octets, in IPv4. */
#define INNER                                                                                      \
	"\x45\0\0\x20\0\7\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"                                     \
	"\0\x35\x9c\x40\0\x0c\0\0data"

/* The same in IPv6, from a Teredo address. */
#define INNER6                                                                                     \
	"\x60\0\0\0\0\x0c\x11\x40\x20\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1"                               \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2\0\x35\x9c\x40\0\x0c\0\0data"

#define MACS "\2\2\2\2\2\2\2\2\2\2\2\2"

/* Outer headers have a length of zero, as with segmentation offload: all octets belong to them. */
#define OUTER(protocol) "\x45\0\0\0\0\1\0\0\x40" protocol "\0\0\x0a\0\0\1\x0a\0\0\2"
#define OUTER6(next)    "\x60\0\0\0\0\0" next "\x40" OUTER6_ADDRESS OUTER6_ADDRESS
#define OUTER6_ADDRESS  "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x0a"

/* The addresses of an Ethernet header, from the first octet on. */
#define AT(first)            first "\2\2\2\2\2\2\2\2\2\2\2"
#define ETHERNET             MACS "\x08\0"
#define IN(protocol, header) ETHERNET OUTER(protocol) header
#define IN_UDP(port, header) IN("\x11", "\x10\x00" port "\0\0\0\0" header)

#define SNAP "\xaa\xaa\3\0\0\0"

struct row {
	const char *label;
	int link;
	const char *bytes;
	size_t size;
	enum tunnel_kind tunnel;
	uint32_t id;
	int32_t vlan;
};

#define ZERO4     "\0\0\0\0"
#define ZERO40    ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4
#define ZERO56    ZERO40 ZERO4 ZERO4 ZERO4 ZERO4
#define WLAN_REST "\0\0\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0\0"
#define WLAN      "\x08\2" WLAN_REST
#define PREAMBLE  "\x55\x55\x55\x55\x55\x55\x55"
#define ERF(type) ZERO4 ZERO4 type "\4\0\x60\0\0\0\x50"
#define TAGS2     "\x81\0\0\x09\x88\xa8\0\x0a"
#define TAGS10    TAGS2 TAGS2 TAGS2 TAGS2 TAGS2
#define LABELS3   "\0\1\0\x40\0\1\0\x40\0\1\0\x40"

#define LABEL(label, link, bytes) label, link, bytes, sizeof(bytes) - 1
#define ROW(label, link, bytes)                                                                    \
	{                                                                                          \
		label, link, bytes, sizeof(bytes) - 1, 0, 0, VLAN_NONE                             \
	}
#define VIA(label, bytes, tunnel, id)                                                              \
	{                                                                                          \
		label, 1, bytes, sizeof(bytes) - 1, TUNNEL_##tunnel, id, VLAN_NONE                 \
	}
#define TAG(label, bytes, vlan)                                                                    \
	{                                                                                          \
		label, 1, bytes, sizeof(bytes) - 1, 0, 0, vlan                                     \
	}

static const struct row ROWS[] = {
	/* link types */
	ROW("ethernet", 1, ETHERNET INNER),
	ROW("802.3 with SNAP", 1, MACS "\0\x28" SNAP "\x08\0" INNER),
	ROW("null, little-endian", 0, "\2\0\0\0" INNER),
	ROW("null, big-endian", 0, "\0\0\0\2" INNER),
	ROW("null, IPv6 of Darwin", 0, "\x1e\0\0\0" INNER6),
	ROW("loop", 108, "\0\0\0\2" INNER),
	ROW("cooked", 113, "\0\0\0\1\0\6\2\2\2\2\2\2\0\0\x08\0" INNER),
	ROW("cooked v2", 276, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\2\2\2\2\2\0\0" INNER),
	ROW("raw, as captured", 12, INNER),
	ROW("raw, as registered", 101, INNER),
	ROW("raw IPv4", 228, INNER),
	ROW("raw IPv6", 229, INNER6),
	ROW("ppp", 9, "\xff\3\0\x21" INNER),
	ROW("ppp, compressed", 9, "\x21" INNER),
	ROW("ppp, IPv6", 50, "\xff\3\0\x57" INNER6),
	ROW("cisco hdlc", 104, "\x0f\0\x08\0" INNER),
	ROW("pppoe link", 51, "\x11\0\0\1\0\x22\0\x21" INNER),
	ROW("802.11", 105,
	    "\x08\2\0\0\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0\0" SNAP "\x08\0" INNER),
	ROW("radiotap", 127,
	    "\0\0\x08\0\0\0\0\0\x08\2\0\0\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0\0" SNAP
	    "\x08\0" INNER),
	ROW("radiotap, flags, padding", 127,
	    "\0\0\x09\0\2\0\0\0\x20\x88\2" WLAN_REST "\0\0"
	    "\0\0" SNAP "\x08\0" INNER),
	ROW("radiotap, flags, no padding", 127,
	    "\0\0\x09\0\2\0\0\0\0\x88\2" WLAN_REST "\0\0" SNAP "\x08\0" INNER),
	ROW("radiotap, time, flags, padding", 127,
	    "\0\0\x11\0\3\0\0\0" ZERO4 ZERO4 "\x20\x88\2" WLAN_REST "\0\0"
	    "\0\0" SNAP "\x08\0" INNER),
	ROW("radiotap, two words, aligned time, flags, padding", 127,
	    "\0\0\x19\0\3\0\0\x80" ZERO4 ZERO4 ZERO4 ZERO4 "\x20\x88\2" WLAN_REST "\0\0"
	    "\0\0" SNAP "\x08\0" INNER),
	ROW("nflog", 239, "\2\0\0\0\x08\0\1\0\0\0\0\0\x24\0\x09\0" INNER),
	ROW("nflog, big-endian", 239, "\2\0\0\0\0\x08\0\1\0\0\0\0\0\x24\0\x09" INNER),
	ROW("nflog, big-endian, a flag", 239, "\2\0\0\0\0\x08\x80\1\0\0\0\0\0\x24\0\x09" INNER),
	ROW("cisco hdlc, multicast", 104, "\x8f\0\x08\0" INNER),
	ROW("cisco hdlc, mpls", 104, "\x0f\0\x88\x47\0\1\1\x40" INNER),
	ROW("pppd, received", 166, "\0\3\0\x21" INNER),
	ROW("pppd, sent, compressed", 166, "\1\x21" INNER),
	ROW("Sun ATM", 123, "\x82\0\0\x20" SNAP "\x08\0" INNER),
	ROW("IP over Fibre Channel", 122, ZERO4 ZERO4 ZERO4 ZERO4 SNAP "\x08\0" INNER),
	ROW("IP over IEEE 1394", 138, ZERO4 ZERO4 ZERO4 ZERO4 "\x08\0" INNER),
	ROW("802.11, protocol of Prism", 119, "\0\0\0\x44\x0c\0\0\0dev0" WLAN SNAP "\x08\0" INNER),
	ROW("802.11, AVS", 163, "\x80\x21\x10\1\0\0\0\x0c" ZERO4 WLAN SNAP "\x08\0" INNER),
	ROW("802.11, AVS as Prism", 119, "\x80\x21\x10\1\0\0\0\x0c" ZERO4 WLAN SNAP "\x08\0" INNER),
	ROW("IP over LLC", 1, MACS "\0\x23\6\6\3" INNER),
	ROW("SNAP, bridged frame", 1, MACS "\0\x36\xaa\xaa\3\0\x80\xc2\0\7" ETHERNET INNER),
	ROW("ATM", 11, SNAP "\x08\0" INNER),
	ROW("FDDI", 10, "\x50" MACS SNAP "\x08\0" INNER),
	ROW("token ring", 6, "\x10\x40" MACS SNAP "\x08\0" INNER),
	ROW("token ring, routed", 6,
	    "\x10\x40\2\2\2\2\2\2\x82\2\2\2\2\2\6\x30\0\x11\0\x20" SNAP "\x08\0" INNER),
	ROW("frame relay", 107, "\x18\x41\3\xcc" INNER),
	ROW("frame relay, IPv6", 107, "\x18\x41\3\x8e" INNER6),
	ROW("frame relay, SNAP", 107, "\x18\x41\3\0\x80\0\0\0\x08\0" INNER),
	ROW("frame relay, bridged", 107, "\x18\x41\3\0\x80\0\x80\xc2\0\7" ETHERNET INNER),
	ROW("frame relay, four octets of address", 107, "\x18\x40\0\1\3\xcc" INNER),
	ROW("frame relay, Cisco", 107, "\x18\x41\x08\0" INNER),
	ROW("frame relay, direction", 206, "\0\x18\x41\3\xcc" INNER),
	ROW("ppp, direction", 204, "\1\xff\3\0\x21" INNER),
	ROW("cisco hdlc, direction", 205, "\0\x0f\0\x08\0" INNER),
	ROW("IPoIB", 242, ZERO40 "\x08\0\0\0" INNER),
	ROW("MPLS", 219, "\0\1\1\x40" INNER),
	ROW("PPI", 192, "\0\0\x08\0\1\0\0\0" ETHERNET INNER),
	ROW("PPI, fields, 802.11", 192,
	    "\0\0\x10\0\x69\0\0\0\4\0\4\0" ZERO4 WLAN SNAP "\x08\0" INNER),
	ROW("PFLOG", 117, "\x3d\2\0\0em0\0" ZERO56 INNER),
	ROW("PFLOG, IPv6", 117, "\x40\x1e\0\0em0\0" ZERO56 INNER6),
	ROW("ERF, ethernet", 197, ERF("\2") "\0\0" ETHERNET INNER),
	ROW("ERF, two extension headers", 197,
	    ERF("\x82") "\x81" ZERO4 "\0\0\0\1" ZERO4 "\0\0\0"
	                "\0\0" ETHERNET INNER),
	ROW("ERF, HDLC", 197, ERF("\1") "\x0f\0\x08\0" INNER),
	ROW("ERF, multi-channel HDLC", 197, ERF("\5") ZERO4 "\xff\3\0\x21" INNER),
	ROW("ERF, IPv6", 197, ERF("\x17") INNER6),
	ROW("PKTAP", 258, "\x10\0\0\0\1\0\0\0\1\0\0\0" ZERO4 ETHERNET INNER),
	ROW("PKTAP of Darwin, raw IP", 149, "\x10\0\0\0\1\0\0\0\x0c\0\0\0" ZERO4 INNER),
	ROW("IPNET", 226, "\1\2" ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 "\0\0" INNER),
	ROW("ENC", 109, "\2\0\0\0\0\0\0\1\0\0\0\0" INNER),
	ROW("Juniper ethernet", 178, "MGC\0" ETHERNET INNER),
	ROW("Juniper ethernet, extensions", 178, "MGC\x81\0\4abcd" ETHERNET INNER),
	ROW("Juniper, no link layer", 178, "MGC\2\0\0\0\2" INNER),
	ROW("Juniper PPP", 179, "MGC\0\xff\3\0\x21" INNER),
	ROW("Juniper frame relay", 180, "MGC\0\x18\x41\3\xcc" INNER),
	ROW("Juniper HDLC", 181, "MGC\0\x0f\0\x08\0" INNER),
	ROW("netANALYZER", 240, ZERO4 ETHERNET INNER),
	ROW("netANALYZER, transparent", 241, ZERO4 PREAMBLE "\xd5" ETHERNET INNER),
	ROW("mPacket", 274, PREAMBLE "\xd5" ETHERNET INNER),
	ROW("mPacket, start of an interrupted frame", 274, PREAMBLE "\x4c" ETHERNET INNER),
	/* tags */
	TAG("802.1Q", MACS "\x81\0\x20\x64\x08\0" INNER, 100),
	TAG("priority tag", MACS "\x81\0\xe0\0\x08\0" INNER, 0),
	TAG("802.1ad, the outer counts", MACS "\x88\xa8\0\1\x81\0\0\2\x08\0" INNER, 1),
	TAG("tag before SNAP", MACS "\x81\0\0\7\0\x28" SNAP "\x08\0" INNER, 7),
	TAG("0x8200", MACS "\x82\0\0\5\x08\0" INNER, 5),
	TAG("0x9100", MACS "\x91\0\0\5\x08\0" INNER, 5),
	TAG("0x9200", MACS "\x92\0\0\5\x81\0\0\6\x08\0" INNER, 5),
	TAG("0x9300", MACS "\x93\0\0\5\x08\0" INNER, 5),
	TAG("forty tags", MACS TAGS10 TAGS10 TAGS10 TAGS10 "\x08\0" INNER, 9),
	TAG("the last type after the first of two tags",
	    MACS "\x88\xa8\0\x65\x08\0\0\7\x08\0" INNER, 101),
	TAG("the last type after the first of three tags, IPv6",
	    MACS "\x88\xa8\0\x65\x86\xdd\0\7\x81\0\0\x08\x86\xdd" INNER6, 101),
	TAG("the last type after the first of two tags, IPv6",
	    MACS "\x88\xa8\0\x65\x86\xdd\0\7\x86\xdd" INNER6, 101),
	TAG("no type after the first of two tags", MACS "\x81\0\0\x09\0\0\0\7\x08\0" INNER, 9),
	TAG("no type after the first of two tags, IPv6", MACS "\x81\0\0\x09\0\0\0\7\x86\xdd" INNER6,
	    9),
	TAG("no type after the first of many tags",
	    MACS "\x81\0\0\x09\0\0\0\7" TAGS10 "\x08\0" INNER, 9),
	TAG("ISL, the other address",
	    "\3\0\x0c\0\0\0\2\2\2\2\2\2\0\x40\xaa\xaa\3\0\0\x0c\0\x0f\0\0\0\0" ETHERNET INNER, 7),
	TAG("ISL",
	    "\1\0\x0c\0\0\0\2\2\2\2\2\2\0\x40\xaa\xaa\3\0\0\x0c\0\x0f\0\0\0\0" ETHERNET INNER, 7),
	ROW("VN-Tag", 1, MACS "\x89\x26\x80\0\0\0\x08\0" INNER),
	TAG("VN-Tag, then 802.1Q", MACS "\x89\x26\x80\0\0\0\x81\0\0\5\x08\0" INNER, 5),
	ROW("E-Tag", 1, MACS "\x89\x3f\0\0\0\0\0\0\x08\0" INNER),
	ROW("802.1ah", 1, MACS "\x88\xe7\0\0\0\7" ETHERNET INNER),
	TAG("802.1ah after its 802.1ad tag", MACS "\x88\xa8\0\5\x88\xe7\0\0\0\7" ETHERNET INNER, 5),
	ROW("HSR", 1, MACS "\x89\x2f\0\x3c\0\1\x08\0" INNER),
	ROW("PRP, after the payload", 1, ETHERNET INNER "\0\1\xa0\x34\x88\xfb"),
	ROW("Cisco MetaData", 1, MACS "\x89\x09\1\1\0\1\0\x0f\x08\0" INNER),
	ROW("Cisco MetaData, two options", 1, MACS "\x89\x09\1\2\0\1\0\x0f\0\1\0\x0f\x08\0" INNER),
	ROW("FabricPath", 1, MACS "\x89\3\0\x41" ETHERNET INNER),
	TAG("FabricPath, tagged", MACS "\x89\3\0\x41" MACS "\x81\0\0\7\x08\0" INNER, 7),
	ROW("Cisco TTag", 1, MACS "\x89\x88" ZERO4 "\0\0\x08\0" INNER),
	ROW("Arista, 64 bits", 1, MACS "\xd2\x8b\0\1\0\x10" ZERO4 ZERO4 "\x08\0" INNER),
	ROW("Arista, 48 bits, hardware", 1, MACS "\xd2\x8b\0\1\0\x21" ZERO4 "\0\0\x08\0" INNER),
	TAG("Arista, tagged", MACS "\xd2\x8b\0\1\0\x20" ZERO4 "\0\0\x81\0\0\7\x08\0" INNER, 7),
	ROW("MACsec, integrity only", 1,
	    MACS "\x88\xe5\0\0\0\0\0\1\x08\0" INNER ZERO4 ZERO4 ZERO4 ZERO4),
	ROW("MACsec, channel", 1,
	    MACS "\x88\xe5\x20\0\0\0\0\1\2\2\2\2\2\2\0\1\x08\0" INNER ZERO4 ZERO4 ZERO4 ZERO4),
	ROW("TRILL", 1, MACS "\x22\xf3\0\x3f\0\1\0\2" ETHERNET INNER),
	ROW("TRILL, options", 1, MACS "\x22\xf3\0\x7f\0\1\0\2" ZERO4 ETHERNET INNER),
	ROW("NSH", 1, MACS "\x89\x4f\x0f\xc2\2\1\0\0\1\xff" INNER),
	ROW("NSH, metadata, ethernet", 1,
	    MACS "\x89\x4f\x0f\xc3\2\3\0\0\1\xff" ZERO4 ETHERNET INNER),
	ROW("NSH in NSH, IPv6", 1,
	    MACS "\x89\x4f\x0f\xc2\2\4\0\0\1\xff\x0f\xc2\2\2\0\0\1\xff" INNER6),
	ROW("NSH, MPLS", 1, MACS "\x89\x4f\x0f\xc2\2\5\0\0\1\xff\0\1\1\x40" INNER),
	ROW("Broadcom tag", 281, MACS "\0\0\0\1\x08\0" INNER),
	ROW("Broadcom tag in front", 282, "\0\0\0\1" ETHERNET INNER),
	ROW("DSA", 284, MACS "\xc0\0\0\1\x08\0" INNER),
	{ LABEL("DSA, tagged", 284, MACS "\xe0\0\x20\5\x08\0" INNER), 0, 0, 5 },
	{ LABEL("EDSA, tagged", 285, MACS "\xda\xda\0\0\xe0\0\0\5\x08\0" INNER), 0, 0, 5 },
	ROW("mpls, ten labels", 1, MACS "\x88\x47" LABELS3 LABELS3 LABELS3 "\0\1\1\x40" INNER),
	ROW("mpls", 1, MACS "\x88\x47\0\1\0\x40\0\1\1\x40" INNER),
	ROW("mpls, pseudowire", 1, MACS "\x88\x47\0\1\1\x40\0\0\0\0" ETHERNET INNER),
	ROW("mpls, pseudowire with a control word, address 0", 1,
	    MACS "\x88\x47\0\1\1\x40\0\0\0\0" AT("\0") "\x08\0" INNER),
	ROW("mpls, pseudowire without a control word", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\x90") "\x08\0" INNER),
	ROW("mpls, pseudowire without a control word, address 0", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\0") "\x08\0" INNER),
	ROW("mpls, pseudowire without a control word, address 4", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\x45") "\x08\0" INNER),
	ROW("mpls, pseudowire without a control word, address 4, no header of IPv4", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\x40") "\x08\0" INNER),
	ROW("mpls, pseudowire without a control word, address 6, IPv6", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\x60") "\x86\xdd" INNER6),
	TAG("mpls, pseudowire without a control word, tagged",
	    MACS "\x88\x47\0\1\1\x40" AT("\x6c") "\x81\0\0\7\x08\0" INNER, 7),
	ROW("mpls, pseudowire without a control word, PPPoE", 1,
	    MACS "\x88\x47\0\1\1\x40" AT("\0") "\x88\x64\x11\0\0\1\0\x22\0\x21" INNER),
	ROW("mpls, IPv4 of a sender whose address is like a type", 1,
	    MACS "\x88\x47\0\1\1\x40\x45\0\0\x20\0\7\0\0\x40\x11\x35\xc3\x81\0\2\1\xc0\0"
	         "\2\2\0\x35\x9c\x40\0\x0c\0\0data"),
	ROW("mpls, IPv6 of a sender whose address is like a type", 1,
	    MACS "\x88\x47\0\1\1\x40\x60\0\0\0\0\x0c\x11\x40\x20\1\0\0\x81\0\0\0\0\0\0\0\0\0"
	         "\0\1\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2\0\x35\x9c\x40\0\x0c\0\0"
	         "data"),
	VIA("mpls in IPv4", IN("\x89", "\0\1\1\x40" INNER), MPLS, 0),
	VIA("mpls in IPv6", MACS "\x86\xdd" OUTER6("\x89") "\0\1\0\x40\0\1\1\x40" INNER6, MPLS, 0),
	VIA("mpls in IPv4, pseudowire", IN("\x89", "\0\1\1\x40\0\0\0\0" ETHERNET INNER), MPLS, 0),
	ROW("pppoe", 1, MACS "\x88\x64\x11\0\0\1\0\x22\0\x21" INNER),
	/* tunnels */
	VIA("IPv4 in IPv4", IN("\4", INNER), IP, 0),
	VIA("IPv6 in IPv4", IN("\x29", INNER6), IP, 0),
	VIA("IPv4 in IPv6", MACS "\x86\xdd" OUTER6("\4") INNER, IP, 0),
	VIA("twice", IN("\4", OUTER("\4") INNER), IP, 0),
	VIA("gre", IN("\x2f", "\0\0\x08\0" INNER), GRE, 0),
	VIA("gre with all", IN("\x2f", "\xb0\0\x08\0\0\0\0\0\0\0\0\7\0\0\0\1" INNER), GRE, 7),
	VIA("gre, ethernet", IN("\x2f", "\0\0\x65\x58" ETHERNET INNER), GRE, 0),
	VIA("gre, routing, no route", IN("\x2f", "\x40\0\x08\0" ZERO4 ZERO4 INNER), GRE, 0),
	VIA("gre, checksum, key, two routes",
	    IN("\x2f",
	       "\xe0\0\x08\0" ZERO4 "\0\0\0\7\x08\0\0\4\x0a\0\0\1\x08\0\0\4\x0a\0\0\2" ZERO4 INNER),
	    GRE, 7),
	VIA("gre, Aruba", IN("\x2f", "\0\0\x82\0" WLAN SNAP "\x08\0" INNER), GRE, 0),
	VIA("gre, Aruba, last queue", IN("\x2f", "\0\0\x83\x70" WLAN SNAP "\x08\0" INNER), GRE, 0),
	VIA("gre, MikroTik", IN("\x2f", "\x20\1\x64\0\0\x2e\7\0" ETHERNET INNER), GRE, 7),
	VIA("gre, pptp", IN("\x2f", "\x30\x81\x88\x0b\0\x24\0\7\0\0\0\1\0\0\0\1\0\x21" INNER), GRE,
	    7),
	VIA("erspan I", IN("\x2f", "\0\0\x88\xbe" ETHERNET INNER), ERSPAN, 0),
	VIA("erspan II", IN("\x2f", "\x10\0\x88\xbe\0\0\0\1\x10\0\x0c\5\0\0\0\0" ETHERNET INNER),
	    ERSPAN, 5),
	VIA("erspan III",
	    IN("\x2f", "\x10\0\x22\xeb\0\0\0\1\x20\0\0\5\0\0\0\0\0\0\0\0" ETHERNET INNER), ERSPAN,
	    5),
	VIA("erspan III, sub-header",
	    IN("\x2f",
	       "\x10\0\x22\xeb\0\0\0\1\x20\0\0\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0" ETHERNET INNER),
	    ERSPAN, 5),
	{ LABEL("erspan II, mirrored VLAN", 1,
	        MACS "\x81\0\0\x63\x08\0" OUTER(
	                "\x2f") "\x10\0\x88\xbe\0\0\0\1\x10\x64\x0c\5\0\0\0\0" ETHERNET INNER),
	  TUNNEL_ERSPAN, 5, 100 },
	{ LABEL("erspan III, mirrored VLAN", 1,
	        IN("\x2f", "\x10\0\x22\xeb\0\0\0\1\x20\x64\0\5\0\0\0\0\0\0\0\0" ETHERNET INNER)),
	  TUNNEL_ERSPAN, 5, 100 },
	VIA("wccp 1", IN("\x2f", "\0\0\x88\x3e" INNER), GRE, 0),
	VIA("wccp 2", IN("\x2f", "\0\0\x88\x3e\0\0\0\0" INNER), GRE, 0),
	VIA("gre, NSH", IN("\x2f", "\0\0\x89\x4f\x0f\xc2\2\1\0\0\1\xff" INNER), GRE, 0),
	VIA("gre, MPLS", IN("\x2f", "\0\0\x88\x47\0\1\1\x40" INNER), GRE, 0),
	VIA("gre in UDP", IN_UDP("\x12\x92", "\0\0\x08\0" INNER), GRE, 0),
	VIA("mpls in UDP", IN_UDP("\x19\xeb", "\0\1\1\x40" INNER), MPLS, 0),
	VIA("l2tp v3, no cookie", IN("\x73", "\0\0\0\5" ETHERNET INNER), L2TP, 5),
	VIA("l2tp v3, cookie of 4", IN("\x73", "\0\0\0\5\1\2\3\4" ETHERNET INNER), L2TP, 5),
	VIA("l2tp v3, cookie of 8, sublayer, IPv6",
	    IN("\x73", "\0\0\0\5\1\2\3\4\5\6\7\x08\0\0\0\0" MACS "\x86\xdd" INNER6), L2TP, 5),
	VIA("l2tp v3, HDLC", IN("\x73", "\0\0\0\5\x0f\0\x08\0" INNER), L2TP, 5),
	VIA("l2tp v3, HDLC, IPv6", IN("\x73", "\0\0\0\5\x0f\0\x86\xdd" INNER6), L2TP, 5),
	VIA("l2tp v3, PPP, IPv6", IN("\x73", "\0\0\0\5\xff\3\0\x57" INNER6), L2TP, 5),
	VIA("l2tp v3, PPP", IN("\x73", "\0\0\0\5\1\2\3\4\xff\3\0\x21" INNER), L2TP, 5),
	VIA("l2tp v3 in UDP", IN_UDP("\6\xa5", "\0\3\0\0\0\0\0\5" ETHERNET INNER), L2TP, 5),
	VIA("l2tp v2", IN_UDP("\6\xa5", "\0\2\0\1\0\2\xff\3\0\x21" INNER), L2TP, 0x00010002),
	VIA("l2tp v2, all fields",
	    IN_UDP("\6\xa5", "\x4a\2\0\x34\0\1\0\2\0\0\0\0\0\2\0\0\xff\3\0\x21" INNER), L2TP,
	    0x00010002),
	VIA("tzsp", IN_UDP("\x90\x90", "\1\0\0\1\1" ETHERNET INNER), TZSP, 0),
	VIA("tzsp, tags", IN_UDP("\x90\x90", "\1\1\0\1\0\x0a\2\0\0\x0b\1\1\1" ETHERNET INNER), TZSP,
	    0),
	VIA("tzsp, AVS",
	    IN_UDP("\x90\x90",
	           "\1\0\0\x7f\1\x80\x21\x10\1\0\0\0\x0c" ZERO4 WLAN SNAP "\x08\0" INNER),
	    TZSP, 0),
	VIA("tzsp, Prism",
	    IN_UDP("\x90\x90", "\1\0\0\x77\1\0\0\0\x44\x0c\0\0\0dev0" WLAN SNAP "\x08\0" INNER),
	    TZSP, 0),
	VIA("tzsp, 802.11", IN_UDP("\x90\x90", "\1\0\0\x12\1" WLAN SNAP "\x08\0" INNER), TZSP, 0),
	VIA("lisp", IN_UDP("\x10\xf5", "\xc0\0\0\1\0\0\1\0" INNER), LISP, 1),
	VIA("lisp-gpe, ethernet", IN_UDP("\x10\xf5", "\x0c\0\0\3\0\0\7\0" ETHERNET INNER), LISP, 7),
	VIA("capwap, 802.3", IN_UDP("\x14\x7f", "\0\x10\2\0\0\0\0\0" ETHERNET INNER), CAPWAP, 0),
	VIA("capwap, 802.11", IN_UDP("\x14\x7f", "\0\x10\3\0\0\0\0\0" WLAN SNAP "\x08\0" INNER),
	    CAPWAP, 0),
	VIA("capwap, 802.11 with its two control octets swapped",
	    IN_UDP("\x14\x7f", "\0\x10\3\0\0\0\0\0\2\x08" WLAN_REST SNAP "\x08\0" INNER), CAPWAP,
	    0),
	VIA("capwap, radio address",
	    IN_UDP("\x14\x7f", "\0\x20\2\x10\0\0\0\0\6\2\2\2\2\2\2\0" ETHERNET INNER), CAPWAP, 0),
	VIA("etherip", IN("\x61", "\x30\0" ETHERNET INNER), ETHERIP, 0),
	VIA("vxlan", IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\7\0" ETHERNET INNER), VXLAN, 7),
	VIA("vxlan, reserved bits", IN_UDP("\x12\xb5", "\xff\1\2\3\0\0\7\xff" ETHERNET INNER),
	    VXLAN, 7),
	VIA("vxlan, policy", IN_UDP("\x12\xb5", "\x88\0\0\x0f\0\0\7\0" ETHERNET INNER), VXLAN, 7),
	VIA("vxlan-gpe", IN_UDP("\x12\xb6", "\x0c\0\0\1\0\0\7\0" INNER), VXLAN_GPE, 7),
	VIA("vxlan-gpe, ethernet", IN_UDP("\x12\xb6", "\x0c\0\0\3\0\0\7\0" ETHERNET INNER),
	    VXLAN_GPE, 7),
	VIA("vxlan-gpe, none given", IN_UDP("\x12\xb6", "\x08\0\0\0\0\0\7\0" ETHERNET INNER),
	    VXLAN_GPE, 7),
	VIA("vxlan-gpe, NSH", IN_UDP("\x12\xb6", "\x0c\0\0\4\0\0\7\0\x0f\xc2\2\1\0\0\1\xff" INNER),
	    VXLAN_GPE, 7),
	VIA("vxlan-gpe, MPLS", IN_UDP("\x12\xb6", "\x0c\0\0\5\0\0\7\0\0\1\1\x40" INNER), VXLAN_GPE,
	    7),
	VIA("geneve, NSH", IN_UDP("\x17\xc1", "\0\0\x89\x4f\0\0\7\0\x0f\xc2\2\1\0\0\1\xff" INNER),
	    GENEVE, 7),
	VIA("geneve", IN_UDP("\x17\xc1", "\0\0\x65\x58\0\0\7\0" ETHERNET INNER), GENEVE, 7),
	VIA("geneve, options", IN_UDP("\x17\xc1", "\1\0\x08\0\0\0\7\0\0\0\0\0" INNER), GENEVE, 7),
	VIA("gtp-u", IN_UDP("\x08\x68", "\x30\xff\0\x20\0\0\0\7" INNER), GTP, 7),
	VIA("gtp-u, ethernet", IN_UDP("\x08\x68", "\x30\xff\0\x2e\0\0\0\7" ETHERNET INNER), GTP, 7),
	VIA("gtp-u, ethernet, address 4",
	    IN_UDP("\x08\x68", "\x30\xff\0\x2e\0\0\0\7" AT("\x45") "\x08\0" INNER), GTP, 7),
	VIA("gtp-u, extension",
	    IN_UDP("\x08\x68", "\x34\xff\0\x28\0\0\0\7\0\0\0\x85\1\0\0\0" INNER), GTP, 7),
	VIA("gue", IN_UDP("\x17\xc0", "\0\4\0\0" INNER), GUE, 0),
	VIA("gue, extension, IPv6", IN_UDP("\x17\xc0", "\1\x29\0\0" ZERO4 INNER6), GUE, 0),
	VIA("gue, version 1", IN_UDP("\x17\xc0", INNER), GUE, 0),
	VIA("gue, version 1, IPv6", IN_UDP("\x17\xc0", INNER6), GUE, 0),
	VIA("hp-erm", IN_UDP("\x1e\xfc", ZERO4 ZERO4 "\0\0\7\0" ETHERNET INNER), HP_ERM, 0),
	{ LABEL("hp-erm, tagged", 1, IN_UDP("\x1e\xfc", ZERO4 ZERO4 "\0\0\7\x80" ETHERNET INNER)),
	  TUNNEL_HP_ERM, 0, 7 },
	VIA("teredo", IN_UDP("\x0d\xd8", INNER6), TEREDO, 0),
	VIA("teredo, indications",
	    IN_UDP("\x0d\xd8", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\1\2\3\4\5\6" INNER6), TEREDO, 0),
	VIA("vxlan in gre, the outer counts",
	    IN("\x2f", "\x20\0\x08\0\0\0\0\x09" OUTER("\x11") "\x10\0\x12\xb5\0\0\0\0"
	                                                      "\x08\0\0\0\0\0\7\0" ETHERNET INNER),
	    GRE, 9),
};

static void decodes_to_the_innermost(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct row *row = &ROWS[i];
		struct frame frame;
		const uint8_t *bytes = guard_lay(&guard, row->bytes, row->size);
		enum frame_status status = frame_decode(&frame, row->link, bytes, row->size);
		if (status != FRAME_UDP || frame.key.sport != 53 || frame.key.dport != 40000 ||
		    frame.size != 4) {
			fail_msg("%s: status %d, port %u, %zu octets", row->label, status,
			         frame.key.sport, frame.size);
		}
		assert_memory_equal(frame.payload, "data", 4);
		if (frame.encapsulation.tunnel != row->tunnel ||
		    frame.encapsulation.tunnel_id != row->id) {
			fail_msg("%s: tunnel %d, id %u", row->label, frame.encapsulation.tunnel,
			         frame.encapsulation.tunnel_id);
		}
		assert_int_equal(frame.encapsulation.vlan, row->vlan);
		assert_true(frame_link_known(row->link));
	}
	guard_close(&guard);
}

/* Cut anywhere, or with any octet wrong, the payload is inside the frame and nothing outside of
 * it is read. */
static void stays_inside(void **state)
{
	(void)state;
	static struct wire wire;
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		for (size_t n = 0; n < ROWS[i].size * 257; n++) {
			struct frame frame;
			wire.size = 0;
			wire_put(&wire, ROWS[i].bytes, ROWS[i].size);
			if (n % 257 < 256) {
				wire.bytes[n / 257] = (uint8_t)(n % 257);
			} else {
				wire.size = n / 257;
			}
			const uint8_t *bytes = guard_lay(&guard, wire.bytes, wire.size);
			if (frame_decode(&frame, ROWS[i].link, bytes, wire.size) > FRAME_FRAGMENT) {
				continue;
			}
			assert_true(frame.payload >= bytes);
			assert_true(frame.size <= (size_t)(bytes + wire.size - frame.payload));
		}
	}
	guard_close(&guard);
}

/* A datagram to a tunnel's port that holds no valid packet is decoded as UDP. */
static void port_is_only_a_hint(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
	} tests[] = {
#define FRAME(bytes) { bytes, sizeof(bytes) - 1 }
		FRAME(IN_UDP("\x12\xb5", "\x12\x34\x81\x80\0\1\0\0\0\0\0\0")),
		FRAME(IN_UDP("\x17\xc1", "")),
		FRAME(IN_UDP("\x17\xc0", "\x20\4\0\0" INNER)),
		FRAME(IN_UDP("\x17\xc0", "\0\x3b\0\0" INNER)),
		FRAME(IN_UDP("\x17\xc0", "\x85\4\0\0" INNER)),
		FRAME(IN_UDP("\x08\x68", "\x32\1\0\4\0\0\0\0\0\0\0\0")),
		FRAME(IN_UDP("\x0d\xd8", "\0\1\xff\xff")),
		FRAME(IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\7\0" MACS "\x08\x06")),
#undef FRAME
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		enum frame_status status =
		        frame_decode(&frame, 1, (const uint8_t *)tests[i].bytes, tests[i].size);
		assert_int_equal(status, FRAME_UDP);
		assert_int_equal(frame.key.sport, 0x1000);
		assert_int_equal(frame.encapsulation.tunnel, TUNNEL_NONE);
		assert_int_equal(frame.size, tests[i].size - 42);
	}
}

/* What does not lead to UDP or TCP is counted by its reason. */
static void reasons(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		int link;
		const char *bytes;
		size_t size;
		enum frame_status status;
		enum frame_reason reason;
	} tests[] = {
#define OTHER(label, link, bytes, reason)                                                          \
	{ LABEL(label, link, bytes), FRAME_OTHER, FRAME_BY_##reason }
		OTHER("link type", 147, INNER, LINK_TYPE),
		OTHER("PPI, link type", 192, "\0\0\x08\0\x93\0\0\0" INNER, LINK_TYPE),
		OTHER("PPI, impossible length", 192, "\0\0\7\0\1\0\0\0" ETHERNET INNER, LINK_TYPE),
		OTHER("ERF, infiniband", 197, ERF("\x15") INNER, LINK_TYPE),
		OTHER("ARP", 1, MACS "\x08\6", LINK_PROTOCOL),
		OTHER("Arista, another format", 1, MACS "\xd2\x8b\0\1\0\x30" ZERO40, LINK_PROTOCOL),
		OTHER("Arista, no time", 1, MACS "\xd2\x8b\0\2\0\x10" ZERO40, LINK_PROTOCOL),
		OTHER("Sun ATM, LAN emulation", 123, "\1\0\0\x20" ZERO40, LINK_PROTOCOL),
		OTHER("spanning tree", 1, MACS "\0\x26\x42\x42\3\0\0", LINK_PROTOCOL),
		OTHER("WLAN, A-MSDU", 105, "\x88\2" WLAN_REST "\x80\0", LINK_PROTOCOL),
		OTHER("mPacket, later part", 274, PREAMBLE "\x61" INNER, LINK_PROTOCOL),
		OTHER("ICMP", 12, OUTER("\1"), IP_PROTOCOL),
		OTHER("ESP", 12, OUTER("\x32"), IP_PROTOCOL),
		OTHER("GRE version 2", 12, OUTER("\x2f") "\0\2\x08\0" INNER, TUNNEL),
		OTHER("L2TP v3, control", 12, OUTER("\x73") ZERO4 INNER, TUNNEL),
		OTHER("L2TP v3, no frame found", 12, OUTER("\x73") "\0\0\0\1" ZERO40, TUNNEL),
		OTHER("L2TP v3, another version of IP", 12,
		      OUTER("\x73") "\0\0\0\1" MACS "\x08\0\x60" ZERO40, TUNNEL),
		OTHER("L2TP v3, another version of IPv6", 12,
		      OUTER("\x73") "\0\0\0\1" MACS "\x86\xdd\x45" ZERO40, TUNNEL),
		OTHER("L2TP v3, PPP, another version of IP", 12,
		      OUTER("\x73") "\0\0\0\1\xff\3\0\x21\x60" ZERO40, TUNNEL),
		OTHER("L2TP v3, PPP, another version of IPv6", 12,
		      OUTER("\x73") "\0\0\0\1\xff\3\0\x57\x45" ZERO40, TUNNEL),
		OTHER("L2TP v3, HDLC, another version of IP", 12,
		      OUTER("\x73") "\0\0\0\1\x0f\0\x08\0\x60" ZERO40, TUNNEL),
		OTHER("NSH version 1", 1, MACS "\x89\x4f\x4f\xc2\2\1\0\0\1\xff" INNER, TUNNEL),
		OTHER("NSH, shorter than its header", 1,
		      MACS "\x89\x4f\x0f\xc1\2\1\0\0\1\xff" INNER, TUNNEL),
		OTHER("TRILL version 1", 1, MACS "\x22\xf3\x40\x3f\0\1\0\2" ETHERNET INNER, TUNNEL),
		OTHER("WLAN, protected", 105, "\x08\x42" WLAN_REST, ENCRYPTED),
		OTHER("MACsec, encrypted", 1, MACS "\x88\xe5\x0c\0\0\0\0\1", ENCRYPTED),
		OTHER("MACsec, changed", 1, MACS "\x88\xe5\4\0\0\0\0\1", ENCRYPTED),
#undef OTHER
		{ LABEL("cut", 1, MACS "\x08"), FRAME_CUT, FRAME_BY_CUT },
		{ LABEL("labels without an end", 1, MACS "\x88\x47" LABELS3), FRAME_CUT,
		  FRAME_BY_CUT },
		{ LABEL("IP version", 12, "\x55\0"), FRAME_MALFORMED, FRAME_BY_MALFORMED },
		{ LABEL("UDP, shorter than its header", 12,
		        "\x45\0\0\x1c\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\0\0\0\0\7\0\0"),
		  FRAME_MALFORMED, FRAME_BY_MALFORMED },
		{ LABEL("UDP beyond IP", 12,
		        "\x45\0\0\x1b\0\0\0\0\x40\x11\0\0\1\1\1\1\2\2\2\2\0\0\0\0\0\0\0"),
		  FRAME_MALFORMED, FRAME_BY_MALFORMED },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		enum frame_status status = frame_decode(
		        &frame, tests[i].link, (const uint8_t *)tests[i].bytes, tests[i].size);
		if (status != tests[i].status || frame.reason != tests[i].reason) {
			fail_msg("%s: status %d, reason %s", tests[i].label, status,
			         frame_reason_name(frame.reason));
		}
	}
}

/* All tags and tunnels, of which events report the outermost only. */
static void networks(void **state)
{
	(void)state;
#define TUNNEL(kind, id) ((uint64_t)(kind) << 32 | (id))
#define NET(bytes, vlans, ...)                                                                     \
	{                                                                                          \
		bytes, sizeof(bytes) - 1,                                                          \
		{                                                                                  \
			vlans,                                                                     \
			{                                                                          \
				__VA_ARGS__                                                        \
			}                                                                          \
		}                                                                                  \
	}
	static const struct {
		const char *bytes;
		size_t size;
		struct network_id id;
	} tests[] = {
		NET(ETHERNET INNER, 0, 0),
		NET(MACS "\x81\0\0\0\x08\0" INNER, 0, 0),
		NET(MACS "\x81\0\xe0\x09\x08\0" INNER, 9, 0),
		NET(MACS TAGS2 "\x08\0" INNER, 9 << 12 | 10, 0),
		/* the outermost five */
		NET(MACS "\x81\0\0\1\x81\0\0\0" TAGS10 "\x08\0" INNER, 0x00100900a00900aULL, 0),
		NET(IN("\x2f", "\x20\0\x08\0\0\0\0\5") INNER, 0, TUNNEL(TUNNEL_GRE, 5)),
		NET(IN("\x2f", "\0\0\x08\0") INNER, 0, 0),
		NET(IN("\x2f", "\x20\0\x65\x58\0\0\0\5") IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\7\0")
		            IN_UDP("\x12\xb5", "\x08\0\0\0\0\0\x08\0") ETHERNET INNER,
		    0, TUNNEL(TUNNEL_GRE, 5), TUNNEL(TUNNEL_VXLAN, 7)),
		NET(IN("\x2f", "\x10\0\x88\xbe\0\0\0\1\x10\x09\0\5\0\0\0\0") MACS
		    "\x81\0\0\x0a\x08\0" INNER,
		    9 << 12 | 10, TUNNEL(TUNNEL_ERSPAN, 5)),
		/* the frame still has its tag */
		NET(IN("\x2f", "\x10\0\x88\xbe\0\0\0\1\x10\x09\x18\5\0\0\0\0") MACS
		    "\x81\0\0\x0a\x08\0" INNER,
		    10, TUNNEL(TUNNEL_ERSPAN, 5)),
		/* the tag of the network that carries the copies is replaced */
		NET(MACS "\x81\0\0\x07\x08\0" OUTER("\x2f") "\x10\0\x88\xbe\0\0\0\1"
		                                            "\x10\x09\0\5\0\0\0\0" ETHERNET INNER,
		    9, TUNNEL(TUNNEL_ERSPAN, 5)),
		/* within another tunnel */
		NET(IN("\x2f", "\x20\0\x65\x58\0\0\0\5")
		            IN("\x2f", "\x10\0\x88\xbe\0\0\0\1\x10\x09\0\6\0\0\0\0") ETHERNET INNER,
		    0, TUNNEL(TUNNEL_GRE, 5), TUNNEL(TUNNEL_ERSPAN, 6)),
		NET(MACS "\x88\xe7\x80\0\1\2" ETHERNET INNER, 0, TUNNEL(NETWORK_SERVICE, 0x102)),
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		assert_int_equal(
		        frame_decode(&frame, 1, (const uint8_t *)tests[i].bytes, tests[i].size),
		        FRAME_UDP);
		if (memcmp(&frame.network_id, &tests[i].id, sizeof(tests[i].id)) != 0) {
			fail_msg("%zu: vlans %lx, tunnels %lx %lx", i,
			         (unsigned long)frame.network_id.vlans,
			         (unsigned long)frame.network_id.tunnels[0],
			         (unsigned long)frame.network_id.tunnels[1]);
		}
		assert_int_equal(frame.key.network, 0);
	}
#undef NET
#undef TUNNEL
}

/* A question from the port of a tunnel and its answer, whose payload might be a label stack that a
 * fragment of IPv4 follows. */
static void dns_is_no_tunnel(void **state)
{
	(void)state;
#define DNS                                                                                        \
	"\x31\x66\x84\0\0\1\0\1\0\0\0\1\x07\x65\x64\x47\x65\x2d\x30\x37"                           \
	"\x09\x47\x45\x74\x49\x6d\x61\x44\x4f\x4e\2CO\2jp\0\0\1\0\1"                               \
	"\xc0\x0c\0\1\0\1\0\1\x51\x80\0\4\x19\x9f\x69\xdb\0\0\x29\4\xd0\0\0\0\0\0\0"
#define DATAGRAM(ports) IN("\x11", ports "\0\0\0\0" DNS)
	static const struct {
		const char *bytes;
		size_t size;
		uint16_t sport, dport;
	} tests[] = {
		{ DATAGRAM("\0\x35\x19\xeb"), sizeof(DATAGRAM("12\x19\xeb")) - 1, 53, 6635 },
		{ DATAGRAM("\6\xa5\0\x35"), sizeof(DATAGRAM("12\0\x35")) - 1, 1701, 53 },
		{ DATAGRAM("\0\x36\x19\xeb"), sizeof(DATAGRAM("12\x19\xeb")) - 1, 54, 6635 },
	};
	static const struct port_set dns = { { [53 / 8] = 1 << 53 % 8 | 1 << 54 % 8 } };
	struct frame frame;
	frame_set_tunnel_ports(NULL, &dns);
	for (size_t i = 0; i < 3; i++) {
		const uint8_t *bytes = (const uint8_t *)tests[i].bytes;
		assert_int_equal(frame_decode(&frame, 1, bytes, tests[i].size), FRAME_UDP);
		assert_int_equal(frame.key.sport, tests[i].sport);
		assert_int_equal(frame.key.dport, tests[i].dport);
		assert_int_equal(frame.encapsulation.tunnel, TUNNEL_NONE);
		assert_int_equal(frame.size, sizeof(DNS) - 1);
	}
	/* They do look like tunnels. */
	frame_set_tunnel_ports(NULL, NULL);
	static const char other[] = DATAGRAM("\0\x36\x19\xeb");
	assert_int_equal(frame_decode(&frame, 1, (const uint8_t *)other, sizeof(other) - 1),
	                 FRAME_FRAGMENT);
	/* A port that the user sets is one, also if it is that of a server. */
	static const struct tunnel_ports set = { .extra = { { 53, TUNNEL_MPLS } }, .count = 1 };
	static const char to_server[] = DATAGRAM("\x10\0\0\x35");
	frame_set_tunnel_ports(&set, &dns);
	enum frame_status status =
	        frame_decode(&frame, 1, (const uint8_t *)to_server, sizeof(to_server) - 1);
	frame_set_tunnel_ports(NULL, NULL);
	assert_int_equal(status, FRAME_FRAGMENT);
#undef DATAGRAM
#undef DNS
}

/* A tunnel on a port of the user's, which comes before the registered one. */
static void set_ports(void **state)
{
	(void)state;
	static const char bytes[] = IN_UDP("\xbe\xef", "\x08\0\0\0\0\0\7\0" ETHERNET INNER);
	static const char gtp[] = IN_UDP("\x08\x68", "\x08\0\0\0\0\0\7\0" ETHERNET INNER);
	static const struct tunnel_ports ports = {
		.extra = { { 6081, TUNNEL_GENEVE },
		           { 0xbeef, TUNNEL_VXLAN },
		           { 2152, TUNNEL_VXLAN } },
		.count = 3,
	};
	struct frame frame;
	assert_int_equal(frame_decode(&frame, 1, (const uint8_t *)bytes, sizeof(bytes) - 1),
	                 FRAME_UDP);
	assert_int_equal(frame.key.dport, 0xbeef);
	frame_set_tunnel_ports(&ports, NULL);
	assert_int_equal(frame_decode(&frame, 1, (const uint8_t *)bytes, sizeof(bytes) - 1),
	                 FRAME_UDP);
	assert_int_equal(frame.key.sport, 53);
	assert_int_equal(frame.encapsulation.tunnel, TUNNEL_VXLAN);
	assert_int_equal(frame_decode(&frame, 1, (const uint8_t *)gtp, sizeof(gtp) - 1), FRAME_UDP);
	assert_int_equal(frame.encapsulation.tunnel, TUNNEL_VXLAN);
	frame_set_tunnel_ports(NULL, NULL);
	assert_int_equal(frame_decode(&frame, 1, (const uint8_t *)bytes, sizeof(bytes) - 1),
	                 FRAME_UDP);
	assert_int_equal(frame.key.dport, 0xbeef);
}

/* Each row of a tunnel in UDP, at another port. */
static void each_tunnel_has_its_port(void **state)
{
	(void)state;
	static uint8_t bytes[512];
	unsigned kinds = 0;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		const struct row *row = &ROWS[i];
		const struct tunnel_ports ports = { .extra = { { 0xbeef, row->tunnel } },
			                            .count = 1 };
		struct frame frame;
		if (row->tunnel == TUNNEL_NONE || memcmp(row->bytes, ETHERNET "\x45", 15) != 0 ||
		    row->bytes[14 + 9] != IPPROTO_UDP) {
			continue;
		}
		memcpy(bytes, row->bytes, row->size);
		memcpy(bytes + 14 + 20 + 2, "\xbe\xef", 2);
		frame_set_tunnel_ports(&ports, NULL);
		enum frame_status status = frame_decode(&frame, row->link, bytes, row->size);
		frame_set_tunnel_ports(NULL, NULL);
		if (status != FRAME_UDP || frame.key.sport != 53 ||
		    frame.encapsulation.tunnel != row->tunnel) {
			fail_msg("%s: status %d, tunnel %d", row->label, status,
			         frame.encapsulation.tunnel);
		}
		kinds |= 1U << row->tunnel;
	}
	assert_int_equal(__builtin_popcount(kinds), 13);
}

/* Nested headers are decoded up to the limit. */
static void depth_is_limited(void **state)
{
	(void)state;
	static const uint8_t outer[] = OUTER("\4");
	static struct wire wire;
	struct frame frame;
	enum frame_status last = FRAME_UDP;
	for (unsigned depth = 0; depth < 3 * FRAME_LAYERS_MAX; depth++) {
		wire.size = 0;
		for (unsigned i = 0; i < depth; i++) {
			wire_put(&wire, outer, sizeof(outer) - 1);
		}
		wire_put(&wire, INNER, sizeof(INNER) - 1);
		enum frame_status status = frame_decode(&frame, 101, wire.bytes, wire.size);
		/* Each level takes two steps, the header and the choice of the next one. */
		assert_int_equal(status,
		                 2 * depth + 2 <= FRAME_LAYERS_MAX ? FRAME_UDP : FRAME_MALFORMED);
		assert_true(status == FRAME_UDP || frame.reason == FRAME_BY_HEADERS);
		last = status;
	}
	assert_int_equal(last, FRAME_MALFORMED);
}

/* Fragments of a protocol that is not read are not kept, those of all others are. */
static void carriers_are_what_is_read(void **state)
{
	(void)state;
	static const uint8_t cut[1];
	for (unsigned protocol = 0; protocol <= UINT8_MAX; protocol++) {
		struct frame frame = { .key.protocol = (uint8_t)protocol };
		enum frame_status status = frame_decode_transport(&frame, cut, sizeof(cut), 0);
		bool read = status != FRAME_OTHER;
		if (frame_is_carrier((uint8_t)protocol) != read) {
			fail_msg("protocol %u: status %d", protocol, status);
		}
	}
}

/* A datagram without the header of a tunnel remains a datagram. */
static void no_tunnels(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		const char *bytes;
		size_t size;
	} tests[] = {
#define TEST(label, port, wrong, right)                                                            \
	{ label, IN_UDP(port, wrong right), sizeof(IN_UDP(port, wrong right)) - 1 }
		TEST("VXLAN, no identifier", "\x12\xb5", "\0\0\0\0\0\0\7\0",
		     "\x08\0\0\0\0\0\7\0" ETHERNET INNER),
		TEST("VXLAN GPE, version", "\x12\xb6", "\x1c\0\0\1\0\0\7\0",
		     "\x0c\0\0\1\0\0\7\0" INNER),
		TEST("VXLAN GPE, OAM", "\x12\xb6", "\x0d\0\0\1\0\0\7\0",
		     "\x0c\0\0\1\0\0\7\0" INNER),
		TEST("Geneve, version", "\x17\xc1", "\x40\0\x08\0\0\0\7\0",
		     "\0\0\x08\0\0\0\7\0" INNER),
		TEST("GTP, version", "\x08\x68", "\x40\xff\0\x20\0\0\0\7",
		     "\x30\xff\0\x20\0\0\0\7" INNER),
		TEST("GTP, echo", "\x08\x68", "\x30\1\0\x20\0\0\0\7",
		     "\x30\xff\0\x20\0\0\0\7" INNER),
		TEST("CAPWAP, DTLS", "\x14\x7f", "\1\x10\2\0\0\0\0\0",
		     "\0\x10\2\0\0\0\0\0" ETHERNET INNER),
		TEST("CAPWAP, preamble", "\x14\x7f", "\2\x10\2\0\0\0\0\0",
		     "\0\x10\2\0\0\0\0\0" ETHERNET INNER),
		TEST("CAPWAP, short header", "\x14\x7f", "\0\x08\2\0\0\0\0\0",
		     "\0\x10\2\0\0\0\0\0" ETHERNET INNER),
		TEST("CAPWAP, later part", "\x14\x7f", "\0\x10\2\0\0\0\0\x08",
		     "\0\x10\2\0\0\0\0\0" ETHERNET INNER),
#undef TEST
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct frame frame;
		const uint8_t *bytes = (const uint8_t *)tests[i].bytes;
		enum frame_status status = frame_decode(&frame, 1, bytes, tests[i].size);
		if (status != FRAME_UDP || frame.encapsulation.tunnel != 0 ||
		    frame.payload != bytes + 14 + 20 + 8) {
			fail_msg("%s: status %d, tunnel %d", tests[i].label, status,
			         frame.encapsulation.tunnel);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_to_the_innermost),
		cmocka_unit_test(stays_inside),
		cmocka_unit_test(port_is_only_a_hint),
		cmocka_unit_test(reasons),
		cmocka_unit_test(networks),
		cmocka_unit_test(dns_is_no_tunnel),
		cmocka_unit_test(set_ports),
		cmocka_unit_test(each_tunnel_has_its_port),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(carriers_are_what_is_read),
		cmocka_unit_test(no_tunnels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
