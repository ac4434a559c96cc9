/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <pcap/pcap.h>
#include <string.h>

#include "sensor/intake/kernel_filter.h"
#include "tests/unit/layered.h"

#define SNAPLEN 65535

struct row {
	const char *label;
	int link;
	const char *words;
	bool passes;
};

/* clang-format off */
static const struct row ROWS[] = {
	/* what the sensor reads */
	{ "dns", DLT_EN10MB, "eth:0800 dns", true },
	{ "dns over v6", DLT_EN10MB, "eth:86dd dns6", true },
	{ "dns on a raw link", DLT_RAW, "dns", true },
	{ "smtp", DLT_EN10MB, "eth:0800 ip4:06 0400 0019 00000000 00000000 5010 ffff 0000 0000", true },
	{ "one tag", DLT_EN10MB, "eth:8100 tag:0001:0800 dns", true },
	{ "two tags", DLT_EN10MB, "eth:88a8 tag:0001:8100 tag:0002:86dd dns6", true },
	{ "three tags", DLT_EN10MB, "eth:9100 tag:0001:88a8 tag:0002:8100 tag:0003:0800 dns", true },
	{ "a later fragment", DLT_EN10MB, "eth:0800 4500001600010003401100000a0000010a000002 6161", true },
	{ "a later fragment, tagged", DLT_EN10MB,
	  "eth:8100 tag:0001:0800 4500001600010003401100000a0000010a000002 6161", true },
	{ "a fragment, v6", DLT_EN10MB, "eth:86dd ip6:2c 11 00 0008 00000001 6161", true },
	{ "destination options, v6", DLT_EN10MB, "eth:86dd ip6:3c 1100000000000000", true },
	{ "ip in ip", DLT_EN10MB, "eth:0800 ip4:04 dns", true },
	{ "gre", DLT_EN10MB, "eth:0800 ip4:2f 0000 0800 dns", true },
	{ "vxlan", DLT_EN10MB, "eth:0800 ip4:11 udp:4789 08000000 00002a00 eth:0800 dns", true },
	{ "gtp-u, tagged", DLT_EN10MB, "eth:8100 tag:0001:0800 ip4:11 udp:2152 30ff 0000 0000002c dns", true },
	{ "mpls", DLT_EN10MB, "eth:8847 00064140 dns", true },
	{ "mpls, tagged", DLT_EN10MB, "eth:8100 tag:0001:8847 00064140 dns", true },
	{ "pppoe", DLT_EN10MB, "eth:8864 1100 0001 0000 0021 dns", true },
	{ "snap", DLT_EN10MB, "eth:0026 aaaa03 000000 0800 dns", true },
	{ "vn-tag", DLT_EN10MB, "eth:8926 80000000 0800 dns", true },
	{ "l2tp v3", DLT_EN10MB, "eth:0800 ip4:73 00000005 eth:0800 dns", true },
	{ "tzsp", DLT_EN10MB, "eth:0800 ip4:11 udp:37008 0100 0001 01 eth:0800 dns", true },
	{ "gue", DLT_EN10MB, "eth:0800 ip4:11 udp:6080 0004 0000 dns", true },
	{ "hp-erm", DLT_EN10MB, "eth:0800 ip4:11 udp:7932 00000000 00000000 00000000 eth:0800 dns", true },
	{ "vxlan on a port of the user's", DLT_EN10MB,
	  "eth:0800 ip4:11 udp:48879 08000000 00002a00 eth:0800 dns", true },
	{ "mpls, cooked", DLT_LINUX_SLL, "0000 0001 0006 020202020202 0000 8847 00064140 dns", true },
	{ "dns, cooked", DLT_LINUX_SLL, "0000 0001 0006 020202020202 0000 0800 dns", true },
	{ "mpls, cooked v2", DLT_LINUX_SLL2,
	  "8847 0000 00000001 0001 00 06 0202020202020000 00064140 dns", true },
	/* what it has no use for */
	{ "https", DLT_EN10MB, "eth:0800 ip4:06 0400 01bb 00000000 00000000 5010 ffff 0000 0000", false },
	{ "ntp", DLT_EN10MB, "eth:0800 ip4:11 udp:123 6161", false },
	{ "ntp over v6", DLT_EN10MB, "eth:86dd ip6:11 udp:123 6161", false },
	{ "ntp, cooked", DLT_LINUX_SLL,
	  "0000 0001 0006 020202020202 0000 0800 ip4:11 udp:123 6161", false },
	{ "ntp on a raw link", DLT_RAW, "ip4:11 udp:123 6161", false },
	{ "arp", DLT_EN10MB, "eth:0806 0001", false },
	{ "icmp", DLT_EN10MB, "eth:0800 ip4:01 0800", false },
};
/* clang-format on */

static bool passes(const struct row *row)
{
	static char text[KERNEL_FILTER_TEXT_MAX];
	struct bpf_program program;
	struct ports ports;
	char error[256];
	memset(&ports, 0, sizeof(ports));
	assert_true(ports_parse(&ports, PORTS_DEFAULT, error, sizeof(error)));
	assert_true(ports_parse_tunnels(&ports.tunnels, "vxlan=48879", error, sizeof(error)));
	assert_true(kernel_filter_write(&ports, text));
	pcap_t *dead = pcap_open_dead(row->link, SNAPLEN);
	assert_non_null(dead);
	if (pcap_compile(dead, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		fail_msg("%s", pcap_geterr(dead));
	}
	layered_put(row->words);
	const struct pcap_pkthdr header = { .caplen = (bpf_u_int32)layered.wire.size,
		                            .len = (bpf_u_int32)layered.wire.size };
	bool passed = pcap_offline_filter(&program, &header, layered.wire.bytes) != 0;
	pcap_freecode(&program);
	pcap_close(dead);
	return passed;
}

static void passes_packets_of_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		if (passes(&ROWS[i]) != ROWS[i].passes) {
			fail_msg("%s", ROWS[i].label);
		}
	}
}

static void too_many_ports_are_not_filtered(void **state)
{
	(void)state;
	static char text[KERNEL_FILTER_TEXT_MAX];
	struct ports ports;
	memset(&ports, 0, sizeof(ports));
	memset(&ports.dns, 0xff, sizeof(ports.dns));
	assert_false(kernel_filter_write(&ports, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passes_packets_of_use),
		cmocka_unit_test(too_many_ports_are_not_filtered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
