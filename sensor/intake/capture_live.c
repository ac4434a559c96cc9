/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <linux/filter.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>

#include "base/time_ns.h"
#include "parsers/link/frame.h"
#include "sensor/intake/capture_private.h"
#include "sensor/intake/drops.h"
#include "sensor/intake/fanout.h"
#include "sensor/intake/kernel_filter.h"

#define DISCARD_MAX_NS NS_PER_S

#define TIMEOUT 100 /* milliseconds until the kernel hands over a block that is not full */

/*
 * Attaches the kernel filter. On Ethernet, pcap_setfilter() is not used: it blocks all packets
 * while it empties the socket, but the packets that came before the filter are also needed.
 */
static bool attach(pcap_t *pcap, struct bpf_program *program, bool ethernet)
{
	/* The structures of the kernel and of libpcap have the same layout. */
	const struct sock_fprog code = {
		.len = (unsigned short)program->bf_len,
		.filter = (struct sock_filter *)(void *)program->bf_insns,
	};
	return (ethernet && setsockopt(pcap_fileno(pcap), SOL_SOCKET, SO_ATTACH_FILTER, &code,
	                               sizeof(code)) == 0) ||
	       pcap_setfilter(pcap, program) == 0;
}

/* The kernel filter only saves work. If libpcap cannot compile it for the link type, the capture
 * has no kernel filter. */
static bool set_kernel_filter(struct capture *capture, const struct ports *ports,
                              char error[CAPTURE_ERROR_MAX])
{
	struct bpf_program program;
	char text[KERNEL_FILTER_TEXT_MAX];
	bool ethernet = pcap_datalink(capture->pcap) == DLT_EN10MB;
	if (!kernel_filter_write(ports, text) ||
	    pcap_compile(capture->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		return true;
	}
	bool set = attach(capture->pcap, &program, ethernet);
	if (!set) {
		capture_set_error(error, "%s: %s", capture->name, pcap_geterr(capture->pcap));
	}
	pcap_freecode(&program);
	return set;
}

/* The user's filter does not run in the kernel, where a VLAN tag may be stored outside of the
 * packet, and where `vlan` in one filter would shift the offsets in the other. */
static bool set_filter(struct capture *capture, char error[CAPTURE_ERROR_MAX])
{
	int link = pcap_datalink(capture->pcap);
	return !link_filters_add(&capture->filters, link, error)->rejects;
}

static bool check_link(struct capture *capture, char error[CAPTURE_ERROR_MAX])
{
	int link = pcap_datalink(capture->pcap);
	if (!frame_link_known(link)) {
		capture_set_error(error, "%s: link type %d (%s) is not supported", capture->name,
		                  link, capture_link_name(link));
		return false;
	}
	return true;
}

static void set_interface_error(struct capture *capture, int status, char error[CAPTURE_ERROR_MAX])
{
	pcap_if_t *found = NULL;
	char reason[PCAP_ERRBUF_SIZE];
	const char *detail = pcap_geterr(capture->pcap);

	if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED) {
		capture_set_error(
		        error,
		        "%s: no permission to capture: run as root, or give the program the right: "
		        "setcap cap_net_raw,cap_net_admin=eip nsmx",
		        capture->name);
		return;
	}
	if (status == PCAP_ERROR_IFACE_NOT_UP) {
		capture_set_error(error, "%s: the interface is down: ip link set %s up",
		                  capture->name, capture->name);
		return;
	}
	capture_set_error(error, "%s: %s%s%s", capture->name, pcap_statustostr(status),
	                  detail[0] != '\0' ? ": " : "", detail);
	if (status != PCAP_ERROR_NO_SUCH_DEVICE || pcap_findalldevs(&found, reason) != 0) {
		return;
	}
	capture_set_error(error, "%s: no such interface; available:", capture->name);
	for (pcap_if_t *one = found; one != NULL; one = one->next) {
		size_t size = strlen(error);
		(void)snprintf(error + size, CAPTURE_ERROR_MAX - size, " %s", one->name);
	}
	pcap_freealldevs(found);
}

static bool activate(struct capture *capture, const struct capture_live_config *config,
                     char error[CAPTURE_ERROR_MAX])
{
	char reason[PCAP_ERRBUF_SIZE];
	/* None of these can fail before activation. */
	(void)pcap_set_snaplen(capture->pcap, (int)config->snaplen);
	(void)pcap_set_promisc(capture->pcap, config->promiscuous);
	(void)pcap_set_timeout(capture->pcap, TIMEOUT);
	(void)pcap_set_buffer_size(capture->pcap, (int)(config->buffer_mib << 20));
	(void)pcap_set_tstamp_precision(capture->pcap, PCAP_TSTAMP_PRECISION_NANO);
	int status = pcap_activate(capture->pcap);
	if (status < 0) {
		set_interface_error(capture, status, error);
		return false;
	}
	if (pcap_setnonblock(capture->pcap, 1, reason) != 0) {
		capture_set_error(error, "%s: %s", capture->name, reason);
		return false;
	}
	return true;
}

/* The number of packets that the kernel has put into the buffer since the last call. The supervisor
 * does not count them, because it reads the kernel's counters only later. */
static uint64_t count_queued(struct capture *capture)
{
	struct drops drops = { 0 };
	drops_add(pcap_fileno(capture->pcap), &drops);
	return drops.received - drops.dropped;
}

/* Reads the packets that came before the filter. Otherwise libpcap would filter them later, and
 * their number would not be known. The kernel passes on a block that is not full after TIMEOUT. */
static void discard_queued(struct capture *capture)
{
	struct pollfd fd = { .fd = pcap_fileno(capture->pcap), .events = POLLIN };
	struct pcap_pkthdr *header;
	const u_char *bytes;
	drops_stop(fd.fd);
	uint64_t queued = count_queued(capture);
	int64_t deadline_ns = monotonic_ns() + DISCARD_MAX_NS;
	while (queued > 0 && monotonic_ns() < deadline_ns) {
		if (pcap_next_ex(capture->pcap, &header, &bytes) == 1) {
			queued--;
		} else {
			(void)poll(&fd, 1, TIMEOUT);
		}
	}
}

/* A socket gets all packets until it joins its group. These packets belong to other workers, and
 * are skipped by their number and not by their time, because the clock may be set back. */
static bool join_group(struct capture *capture, int group, char error[CAPTURE_ERROR_MAX])
{
	if (group == CAPTURE_ALONE) {
		return true;
	}
	capture->foreign = count_queued(capture);
	int ret = fanout_join(pcap_fileno(capture->pcap), (uint16_t)group);
	if (ret != 0) {
		capture_set_error(error, "%s: cannot be shared among workers: %s", capture->name,
		                  strerror(-ret));
	}
	return ret == 0;
}

/* With nanosecond precision libpcap stores nanoseconds in tv_usec. */
static int64_t time_of(const struct pcap_pkthdr *header)
{
	return (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec;
}

static bool is_wanted(const struct capture *capture, const struct pcap_pkthdr *header,
                      const u_char *bytes)
{
	return link_filters_pass(&capture->filters, capture->filters.last, bytes, header->caplen,
	                         header->len);
}

/* Only this process adds to it. */
static void count_passed(struct capture *capture)
{
	uint64_t count = atomic_load_explicit(capture->passed, memory_order_relaxed);
	atomic_store_explicit(capture->passed, count + 1, memory_order_relaxed);
}

struct batch {
	struct capture *capture;
	capture_take *take;
	void *ctx;
};

/* A callback of pcap_dispatch() */
static void take_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	const struct batch *batch = (const void *)user;
	struct capture *capture = batch->capture;
	if (capture->foreign > 0) {
		capture->foreign--;
		return;
	}
	if (!is_wanted(capture, header, bytes)) {
		count_passed(capture);
		return;
	}
	const struct packet packet = {
		.bytes = bytes,
		.captured = MIN(header->caplen, header->len),
		.length = header->len,
		.time_ns = time_of(header),
		.link = pcap_datalink(capture->pcap),
		.interface = capture->name,
	};
	batch->take(batch->ctx, &packet);
}

bool capture_batch(struct capture *capture, int most, capture_take *take, void *ctx,
                   char error[CAPTURE_ERROR_MAX])
{
	struct batch batch = { capture, take, ctx };
	int ret = pcap_dispatch(capture->pcap, most, take_packet, (u_char *)&batch);
	if (ret < 0) {
		capture_set_error(error, "%s: %s", capture->name, pcap_geterr(capture->pcap));
	}
	return ret >= 0;
}

static void close_live(struct capture *capture)
{
	if (capture->pcap != NULL) {
		pcap_close(capture->pcap);
	}
}

struct capture *capture_open_live(const char *interface, const struct capture_live_config *config,
                                  char error[CAPTURE_ERROR_MAX])
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	struct capture *capture = capture_new(close_live, interface, config->filter, error);
	if (capture == NULL) {
		return NULL;
	}
	capture->passed = config->passed;
	capture->pcap = pcap_create(interface, reason);
	if (capture->pcap == NULL) {
		capture_set_error(error, "%s: %s", interface, reason);
		capture_close(capture);
		return NULL;
	}
	if (!activate(capture, config, error) || !check_link(capture, error)) {
		capture_close(capture);
		return NULL;
	}
	if (config->group != CAPTURE_ALONE) {
		discard_queued(capture);
	}
	if (!set_kernel_filter(capture, config->ports, error) || !set_filter(capture, error) ||
	    !join_group(capture, config->group, error)) {
		capture_close(capture);
		return NULL;
	}
	return capture;
}

int capture_fd(const struct capture *capture)
{
	return pcap_get_selectable_fd(capture->pcap);
}
