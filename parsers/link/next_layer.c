/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the next header by link type, EtherType and UDP port. */
#include "parsers/link/layers.h"

/*
 * The first header of each link type. The numbers are those of the registry of link types,
 * and those that libpcap gives on live captures where they differ.
 */
static const struct {
	uint16_t number;
	uint16_t first; /* enum layer */
} LINK_TYPES[] = {
	{ 1, LAYER_ETHERNET },
	{ 0, LAYER_NULL },
	{ 6, LAYER_TOKEN_RING },
	{ 9, LAYER_PPP },
	{ 10, LAYER_FDDI },
	{ 11, LAYER_LLC }, /* ATM, RFC 2684 */
	{ 12, LAYER_IP },
	{ 14, LAYER_IP },
	{ 50, LAYER_PPP },
	{ 51, LAYER_PPPOE },
	{ 101, LAYER_IP },
	{ 104, LAYER_PPP }, /* Cisco HDLC */
	{ 105, LAYER_80211 },
	{ 107, LAYER_FRAME_RELAY },
	{ 108, LAYER_LOOP },
	{ 109, LAYER_ENC },
	{ 113, LAYER_SLL },
	{ 117, LAYER_PFLOG },
	{ 119, LAYER_PRISM },
	{ 122, LAYER_IP_FC },
	{ 123, LAYER_SUNATM },
	{ 127, LAYER_RADIOTAP },
	{ 138, LAYER_FIREWIRE },
	{ 149, LAYER_PKTAP }, /* as captured by Darwin */
	{ 163, LAYER_AVS },
	{ 166, LAYER_PPPD },
	{ 178, LAYER_JUNIPER }, /* Ethernet */
	{ 179, LAYER_JUNIPER }, /* PPP */
	{ 180, LAYER_JUNIPER }, /* Frame Relay */
	{ 181, LAYER_JUNIPER }, /* Cisco HDLC */
	{ 192, LAYER_PPI },
	{ 197, LAYER_ERF },
	{ 204, LAYER_DIRECTION }, /* PPP */
	{ 205, LAYER_DIRECTION }, /* Cisco HDLC */
	{ 206, LAYER_DIRECTION }, /* Frame Relay */
	{ 219, LAYER_MPLS },
	{ 226, LAYER_IPNET },
	{ 228, LAYER_IP },
	{ 229, LAYER_IP },
	{ 239, LAYER_NFLOG },
	{ 240, LAYER_NETANALYZER },
	{ 241, LAYER_NETANALYZER },
	{ 242, LAYER_IPOIB },
	{ 258, LAYER_PKTAP },
	{ 274, LAYER_PREAMBLE },
	{ 276, LAYER_SLL2 },
	{ 281, LAYER_BRCM_TAG },
	{ 282, LAYER_BRCM_PREPEND },
	{ 284, LAYER_DSA },
	{ 285, LAYER_EDSA },
};

enum layer next_by_link_type(int dlt)
{
	for (size_t i = 0; i < sizeof(LINK_TYPES) / sizeof(LINK_TYPES[0]); i++) {
		if (LINK_TYPES[i].number == dlt) {
			return (enum layer)LINK_TYPES[i].first;
		}
	}
	return LAYER_END;
}

/* Returns the header of an EtherType other than IPv4 and IPv6. */
static enum layer next_by_ethertype(uint16_t ethertype)
{
	if (is_vlan_type(ethertype)) {
		return LAYER_VLAN;
	}
	switch (ethertype) {
	case 0x8847: /* unicast */
	case 0x8848: /* multicast */
		return LAYER_MPLS;
	case 0x8864: /* session data */
		return LAYER_PPPOE;
	case 0x880b:
		return LAYER_PPP;
	case 0x8926:
		return LAYER_VN_TAG;
	case 0x893f:
		return LAYER_E_TAG;
	case 0x88e7:
		return LAYER_I_TAG;
	case 0x892f:
		return LAYER_HSR;
	case 0x8903:
		return LAYER_FABRIC_PATH;
	case 0x8909:
		return LAYER_CMD;
	case 0x8988:
		return LAYER_TTAG;
	case 0xd28b:
		return LAYER_ARISTA;
	case 0x88e5:
		return LAYER_MACSEC;
	case 0x22f3:
		return LAYER_TRILL;
	case 0x894f:
		return LAYER_NSH;
	case 0x6558: /* transparent Ethernet bridging */
		return LAYER_ETHERNET;
	default:
		return LAYER_END;
	}
}

void layer_ethertype(struct decoder *decoder)
{
	decoder->next = next_by_ethertype(decoder->number);
	if (decoder->next == LAYER_END) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* Returns the header of a tunnel whose port can be set. */
static enum layer next_by_tunnel(enum tunnel_kind tunnel)
{
	switch (tunnel) {
	case TUNNEL_VXLAN:
		return LAYER_VXLAN;
	case TUNNEL_VXLAN_GPE:
		return LAYER_VXLAN_GPE;
	case TUNNEL_GENEVE:
		return LAYER_GENEVE;
	case TUNNEL_GTP:
		return LAYER_GTP;
	case TUNNEL_TEREDO:
		return LAYER_TEREDO;
	case TUNNEL_TZSP:
		return LAYER_TZSP;
	case TUNNEL_L2TP:
		return LAYER_L2TP;
	case TUNNEL_LISP:
		return LAYER_LISP;
	case TUNNEL_CAPWAP:
		return LAYER_CAPWAP;
	case TUNNEL_GRE:
		return LAYER_GRE;
	case TUNNEL_MPLS:
		return LAYER_MPLS_IP;
	case TUNNEL_GUE:
		return LAYER_GUE;
	case TUNNEL_HP_ERM:
		return LAYER_HP_ERM;
	default:
		return LAYER_END;
	}
}

/* Returns the tunnel of a registered port, which must be the receiver's port. */
static enum layer next_by_registered_port(uint16_t port)
{
	switch (port) {
	case 1701: /* RFC 2661, RFC 3931 */
		return LAYER_L2TP;
	case 2152: /* 3GPP TS 29.281 */
		return LAYER_GTP;
	case 3544: /* RFC 4380 */
		return LAYER_TEREDO;
	case 4341: /* RFC 9300 */
		return LAYER_LISP;
	case 4754: /* RFC 8086 */
		return LAYER_GRE;
	case 4789: /* RFC 7348 */
	case 8472: /* Linux's default before IANA assigned a port */
		return LAYER_VXLAN;
	case 4790: /* draft-ietf-nvo3-vxlan-gpe */
		return LAYER_VXLAN_GPE;
	case 5247: /* RFC 5415 */
		return LAYER_CAPWAP;
	case 6080: /* draft-ietf-intarea-gue */
		return LAYER_GUE;
	case 6081: /* RFC 8926 */
		return LAYER_GENEVE;
	case 6635: /* RFC 7510 */
		return LAYER_MPLS_IP;
	case 7932: /* the default of HP's switches, not registered */
		return LAYER_HP_ERM;
	case 37008: /* TaZmen Sniffer Protocol, as registered by its users */
		return LAYER_TZSP;
	default:
		return LAYER_END;
	}
}

/* Returns true if the replies in a tunnel come from the registered port. */
static bool is_two_way(uint16_t port)
{
	return port == 1701 || port == 3544 || port == 5247;
}

static const struct tunnel_ports *tunnel_ports;
static const struct port_set *dns_ports;

void frame_set_tunnel_ports(const struct tunnel_ports *ports, const struct port_set *dns)
{
	tunnel_ports = ports;
	dns_ports = dns;
}

static bool is_dns(uint16_t port)
{
	return dns_ports != NULL && port_set_has(dns_ports, port);
}

static enum layer next_by_set_port(uint16_t port)
{
	for (unsigned i = 0; tunnel_ports != NULL && i < tunnel_ports->count; i++) {
		if (tunnel_ports->extra[i].port == port) {
			return next_by_tunnel((enum tunnel_kind)tunnel_ports->extra[i].tunnel);
		}
	}
	return LAYER_END;
}

enum layer next_by_udp_port(uint16_t sport, uint16_t dport)
{
	if (is_dns(sport)) {
		return LAYER_END;
	}
	enum layer layer = next_by_set_port(dport);
	/* A question may come from any port, too. */
	if (layer != LAYER_END || is_dns(dport)) {
		return layer;
	}
	layer = next_by_registered_port(dport);
	if (layer == LAYER_END && is_two_way(sport)) {
		layer = next_by_registered_port(sport);
	}
	return layer;
}
