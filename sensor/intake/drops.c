/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/drops.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool drops_has_packets(int fd)
{
	int family;
	socklen_t size = sizeof(family);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 && family == AF_PACKET;
}

bool drops_counts_twice(int fd)
{
	struct sockaddr_ll address = { .sll_ifindex = 0 };
	socklen_t size = sizeof(address);
	struct ifreq request = { .ifr_flags = 0 };
	if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		return false;
	}
	request.ifr_ifindex = address.sll_ifindex;
	bool is_any = address.sll_ifindex <= 0;
	return is_any ||
	       (ioctl(fd, SIOCGIFNAME, &request) == 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	        (request.ifr_flags & IFF_LOOPBACK) != 0);
}

void drops_add(int fd, struct drops *drops)
{
	/* The kernel's structure for TPACKET_V3; that for other versions is its beginning. */
	struct tpacket_stats_v3 stats = { .tp_packets = 0 };
	socklen_t size = sizeof(stats);
	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) {
		drops->received += stats.tp_packets;
		drops->dropped += stats.tp_drops;
	}
}

void drops_stop(int fd)
{
	struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	const struct sock_fprog program = { .len = 1, .filter = none };
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static uint64_t read_statistic(const char *name, const char *statistic)
{
	char path[128], text[32];
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", name, statistic);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return 0;
	}
	ssize_t size = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[size > 0 ? size : 0] = '\0';
	return strtoull(text, NULL, 10);
}

uint64_t drops_of_interface(const char *name)
{
	return read_statistic(name, "rx_missed_errors") + read_statistic(name, "rx_fifo_errors");
}
