/* SPDX-License-Identifier: GPL-3.0-or-later */
/* null_loop FILE: the least that reading a capture through libpcap costs. */
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

struct totals {
	uint64_t packets, bytes;
};

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct totals *totals = (struct totals *)(void *)user;
	(void)bytes;
	totals->packets++;
	totals->bytes += header->caplen;
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct totals totals = { 0, 0 };
	pcap_t *pcap = pcap_open_offline(argc == 2 ? argv[1] : "-", error);
	if (pcap == NULL) {
		(void)fprintf(stderr, "%s\n", error);
		return EXIT_FAILURE;
	}
	int ret = pcap_loop(pcap, -1, count, (u_char *)&totals);
	if (ret != 0) {
		(void)fprintf(stderr, "%s\n", pcap_geterr(pcap));
	}
	pcap_close(pcap);
	(void)printf("%" PRIu64 " %" PRIu64 "\n", totals.packets, totals.bytes);
	return ret == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
