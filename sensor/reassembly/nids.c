/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/nids.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <nids.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

#include "base/cache.h"
#include "base/log.h"

/* libnids does not read this protocol: the datagram only reaches our callback. */
#define PROTOCOL_FRAGMENT 255
/* The first octet of the second address, so that this is never 0.0.0.0. */
#define NET_FAR       0x0a000000u
#define PORT_CLIENT   1
#define PORT_SERVER   2
#define HOSTS_BUCKETS 4096
/* RFC 7323, 2.2: the largest shift, for a window of 1 GiB. */
#define OPTIONS_SYN  "\x01\x03\x03\x0e"
#define OPTIONS_SIZE 4

#define HUGE_PAGE ((size_t)2 << 20)

/* The state of this interface is global, because libnids has global state. */
static struct {
	pcap_t *pcap;
	bool running, inside;
	bool secret; /* The packet holds credentials. */
	size_t streams_max;
	libnids_data *data;
	libnids_whole *whole;
	void *whole_user;
	size_t pending; /* Datagrams begun and not ended. */
	bool forgetting, was_whole;
	void *opening_user;
	struct tcp_stream *opened;
	uint64_t warnings;
	char lent[LIBNIDS_FEED_MAX];
	union {
		struct ip ip;
		uint8_t bytes[65536];
	} packet;
} nids;

/*
 * libnids ages fragments by the wall clock, which is meaningless for a file, and its
 * milliseconds wrap after 24.8 days. fragments.c ages them instead.
 */
__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict tv,
                                                        void *restrict tz)
{
	(void)tz;
	struct timespec ts = { 0, 0 };
	if (!nids.inside) {
		clock_gettime(CLOCK_REALTIME, &ts);
	}
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

static void take_warning(int type, int number, struct ip *ip, void *data)
{
	(void)type;
	(void)number;
	(void)ip;
	(void)data;
	nids.warnings++;
}

static void no_memory(char *where)
{
	/* libnids would continue with a null pointer. */
	log_error("libnids is out of memory in its function %s; nsmx ends", where);
	__builtin_trap();
}

static void take_side(struct tcp_stream *stream, struct half_stream *to, bool from_client)
{
	if (to->count_new <= 0) {
		return;
	}
	char *bytes = to->data + (to->count - to->offset - to->count_new);
	nids.inside = false;
	bool secret =
	        nids.data(stream->user, from_client, (const uint8_t *)bytes, (size_t)to->count_new);
	nids.inside = true;
	if (secret) {
		explicit_bzero(bytes, (size_t)to->count_new);
		nids.secret = true;
	}
}

static void take_tcp(struct tcp_stream *stream, void **param)
{
	(void)param;
	if (stream->nids_state == NIDS_JUST_EST) {
		stream->client.collect++;
		stream->server.collect++;
		stream->user = nids.opening_user;
		nids.opened = stream;
	} else if (stream->nids_state == NIDS_DATA) {
		/* libnids names a half stream after its receiver. */
		take_side(stream, &stream->server, true);
		take_side(stream, &stream->client, false);
	}
}

static void take_ip(struct ip *ip, int size)
{
	(void)size;
	if (ip->ip_p != PROTOCOL_FRAGMENT || nids.forgetting) {
		return;
	}
	nids.was_whole = true;
	nids.inside = false;
	nids.whole(nids.whole_user, (const uint8_t *)(ip + 1), ntohs(ip->ip_len) - sizeof(*ip));
	nids.inside = true;
}

static void run(size_t size)
{
	struct pcap_pkthdr header = { .caplen = (bpf_u_int32)size, .len = (bpf_u_int32)size };
	nids.inside = true;
	nids_pcap_handler(NULL, &header, nids.packet.bytes);
	nids.inside = false;
	nids_last_pcap_header = NULL;
}

/*
 * libnids writes to the memory of all its streams when it starts: 9,200 small pages, which the
 * kernel adds one by one. Huge pages are asked for in a block that is freed at once: libnids then
 * gets this block. For that, malloc() must take it from the heap, and keep it there.
 */
static void offer_huge_pages(size_t size)
{
	(void)mallopt(M_MMAP_MAX, 0);
	(void)mallopt(M_TRIM_THRESHOLD, INT_MAX);
	uint8_t *block = malloc(size);
	if (block != NULL) {
		size_t before = (uintptr_t)block % HUGE_PAGE;
		(void)madvise(block + (HUGE_PAGE - before), size - HUGE_PAGE, MADV_HUGEPAGE);
	}
	free(block);
}

/* The default, and the largest thresholds that malloc() chooses by itself. */
static void reset_malloc(void)
{
	(void)mallopt(M_MMAP_MAX, 1 << 16);
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

static int init(void)
{
	size_t size = nids.streams_max * sizeof(struct tcp_stream);
	if (size > HUGE_PAGE) {
		offer_huge_pages(size);
	}
	nids.inside = true;
	int ok = nids_init();
	nids.inside = false;
	if (size > HUGE_PAGE) {
		reset_malloc();
	}
	return ok;
}

static int start(void)
{
	/* libnids keeps the pointer. */
	static struct nids_chksum_ctl no_checksums = { 0, 0, NIDS_DONT_CHKSUM, 0 };

	nids.pcap = pcap_open_dead(DLT_RAW, 65535);
	if (nids.pcap == NULL) {
		return -ENOMEM;
	}
	nids_params.pcap_desc = nids.pcap;
	/* libnids evicts by itself once three quarters are in use. */
	nids_params.n_tcp_streams = (int)(nids.streams_max + nids.streams_max / 3 + 16);
	nids_params.n_hosts = HOSTS_BUCKETS;
	nids_params.dev_addon = 0;
	nids_params.scan_num_hosts = 0;
	nids_params.syslog = take_warning;
	nids_params.no_mem = no_memory;
	nids_params.tcp_workarounds = 0;
	nids_params.multiproc = 0;
	nids_params.tcp_flow_timeout = 0;
	nids_params.one_loop_less = 0;
	if (!init()) {
		pcap_close(nids.pcap);
		return -EINVAL;
	}
	nids_register_chksum_ctl(&no_checksums, 1);
	nids_register_tcp(take_tcp);
	nids_register_ip(take_ip);
	nids.running = true;
	return 0;
}

static void stop(void)
{
	if (!nids.running) {
		return;
	}
	/* nids_exit() frees only the first callback of each list, so only one may be left. */
	nids_unregister_tcp(take_tcp);
	nids_unregister_ip(take_ip);
	nids_exit();
	nids_params.pcap_desc = NULL;
	pcap_close(nids.pcap);
	nids.running = false;
}

int libnids_claim_tcp(size_t streams_max, libnids_data *data)
{
	if (streams_max == 0 || streams_max > 1 << 24 || data == NULL) {
		return -EINVAL;
	}
	/* Stale timers of pending datagrams would outlive a restart. */
	if (nids.data != NULL || nids.pending > 0) {
		return -EBUSY;
	}
	stop();
	nids.streams_max = streams_max;
	nids.data = data;
	int ret = start();
	if (ret != 0) {
		nids.data = NULL;
	}
	return ret;
}

void libnids_release_tcp(void)
{
	nids.data = NULL;
	if (nids.whole == NULL) {
		stop();
	}
}

int libnids_claim_fragments(libnids_whole *whole, void *user)
{
	if (nids.whole != NULL) {
		return -EBUSY;
	}
	nids.whole = whole;
	nids.whole_user = user;
	int ret = nids.running ? 0 : start();
	if (ret != 0) {
		nids.whole = NULL;
	}
	return ret;
}

void libnids_release_fragments(void)
{
	nids.whole = NULL;
	if (nids.data == NULL) {
		stop();
	}
}

static struct ip *put_ip(uint8_t protocol, uint32_t src, uint32_t dst, size_t size)
{
	struct ip *ip = &nids.packet.ip;
	*ip = (struct ip){
		.ip_v = 4,
		.ip_hl = sizeof(*ip) / 4,
		.ip_len = htons((uint16_t)size),
		.ip_ttl = 64,
		.ip_p = protocol,
		.ip_src.s_addr = htonl(src),
		.ip_dst.s_addr = htonl(dst),
	};
	return ip;
}

struct addresses {
	uint32_t near, far;
};

static void send_tcp(struct addresses a, bool from_client, uint32_t seq, uint32_t ack,
                     uint8_t flags, const uint8_t *bytes, size_t size)
{
	size_t options = (flags & TH_SYN) != 0 ? OPTIONS_SIZE : 0;
	size_t whole = sizeof(struct ip) + sizeof(struct tcphdr) + options + size;
	struct ip *ip = put_ip(IPPROTO_TCP, from_client ? a.near : a.far,
	                       from_client ? a.far : a.near, whole);
	struct tcphdr *tcp = (struct tcphdr *)(ip + 1);
	*tcp = (struct tcphdr){
		.th_sport = htons(from_client ? PORT_CLIENT : PORT_SERVER),
		.th_dport = htons(from_client ? PORT_SERVER : PORT_CLIENT),
		.th_seq = htonl(seq),
		.th_ack = htonl(ack),
		.th_off = (uint8_t)((sizeof(*tcp) + options) / 4) & 0xf,
		.th_flags = flags,
		.th_win = 0xffff,
	};
	memcpy(tcp + 1, OPTIONS_SYN, options);
	if (size > 0) {
		memcpy(tcp + 1, bytes, size);
	}
	/*
	 * libnids drops a queue whose segments add up to more than 64 KiB. Let each count
	 * as 1 octet (with the rounding that it applies): the limits are those of streams.c.
	 */
	nids_params.sk_buff_size = 1 - (int)((whole + 16 + 15) & ~(size_t)15);
	run(whole);
}

struct tcp_stream *libnids_stream_open(uint64_t number, void *user)
{
	struct addresses a = { (uint32_t)number, NET_FAR | (uint32_t)(number >> 32 & 0xffffff) };

	nids.opened = NULL;
	nids.opening_user = user;
	send_tcp(a, true, 0, 0, TH_SYN, NULL, 0);
	send_tcp(a, false, 0, 1, TH_SYN | TH_ACK, NULL, 0);
	send_tcp(a, true, 1, 1, TH_ACK, NULL, 0);
	return nids.opened;
}

void libnids_stream_expect(const struct tcp_stream *stream)
{
	cache_expect(stream, sizeof(*stream));
}

/*
 * libnids would allocate 4 KiB or more for each direction. Bytes are taken at once, so a
 * direction never has more than one segment, and all directions can share one buffer.
 */
static void lend_buffer(struct half_stream *half)
{
	half->data = nids.lent;
	half->bufsize = sizeof(nids.lent);
}

/* libnids would free the buffer. The size is set again with the next buffer. */
static void take_back_buffer(struct half_stream *half)
{
	half->data = NULL;
}

void libnids_stream_feed(struct tcp_stream *stream, bool from_client, uint32_t seq, uint32_t ack,
                         const uint8_t *bytes, size_t size)
{
	if (size == 0 || size > LIBNIDS_FEED_MAX) {
		return;
	}
	struct addresses a = { ntohl(stream->addr.saddr), ntohl(stream->addr.daddr) };
	struct half_stream *half = from_client ? &stream->server : &stream->client;
	lend_buffer(half);
	send_tcp(a, from_client, seq, ack, TH_ACK, bytes, size);
	take_back_buffer(half);
	if (nids.secret) {
		explicit_bzero(&nids.packet, sizeof(struct ip) + sizeof(struct tcphdr) + size);
		nids.secret = false;
	}
}

void libnids_stream_free(struct tcp_stream *stream)
{
	nids_free_tcp_stream(stream);
}

bool libnids_fragment_feed(uint32_t number, bool first, uint32_t offset, bool more,
                           const uint8_t *payload, size_t size)
{
	if (size == 0 || (first && size < 8) || offset + size > LIBNIDS_DATAGRAM_MAX ||
	    offset % 8 != 0) {
		return false;
	}
	size_t whole = sizeof(struct ip) + size;
	struct ip *ip = put_ip(PROTOCOL_FRAGMENT, NET_FAR, number, whole);
	ip->ip_off = htons((uint16_t)(offset / 8 | (more ? IP_MF : 0)));
	memcpy(ip + 1, payload, size);
	nids_params.sk_buff_size = 0;
	nids.was_whole = false;
	nids.pending += first;
	run(whole);
	nids.pending -= nids.was_whole;
	return nids.was_whole;
}

void libnids_fragment_forget(uint32_t number)
{
	/* A whole datagram of the same identity replaces the pieces. */
	put_ip(PROTOCOL_FRAGMENT, NET_FAR, number, sizeof(struct ip));
	nids_params.sk_buff_size = 0;
	nids.forgetting = true;
	run(sizeof(struct ip));
	nids.forgetting = false;
	nids.pending--;
}

uint64_t libnids_warnings(void)
{
	return nids.warnings;
}
