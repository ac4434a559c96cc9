/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/interfaces.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory/shared.h"
#include "base/time_ns.h"
#include "sensor/system/signals.h"

#define WAIT_MS     200
#define HANDOVER_MS 200 /* twice the longest time for which the kernel holds back a packet */
/* The largest number of packets of one interface before the next interface is read. */
#define BURST 4096

struct interfaces_state *interfaces_state_new(void)
{
	return shared_new(sizeof(struct interfaces_state));
}

void interfaces_state_free(struct interfaces_state *state)
{
	shared_free(state, sizeof(*state));
}

static void mark_missing(struct interfaces *interfaces, size_t i, const char *error)
{
	interfaces->captures[i] = NULL;
	interfaces->polls[i] = (struct pollfd){ .fd = -1 };
	if (atomic_exchange(&interfaces->state->missing[i], 1) == 0) {
		log_warn("%s; capture continues when the interface is up again", error);
	}
}

bool interfaces_open(struct interfaces *interfaces, const struct options *options,
                     struct interfaces_state *state, unsigned worker, int fanout, bool restarted)
{
	char error[CAPTURE_ERROR_MAX];
	struct capture_live_config config = {
		.ports = &options->ports,
		.filter = options->filter,
		.buffer_mib = options->buffer_mib,
		.snaplen = options->snaplen,
		.promiscuous = options->promiscuous,
		.group = CAPTURE_ALONE,
		.passed = &state->passed[worker],
	};
	*interfaces = (struct interfaces){ .options = options, .state = state };
	for (size_t i = 0; i < options->interfaces.count; i++) {
		if (fanout != CAPTURE_ALONE) {
			config.group = (int)(((unsigned)fanout + i) & 0xffff);
		}
		interfaces->captures[i] =
		        capture_open_live(options->interfaces.items[i], &config, error);
		if (interfaces->captures[i] != NULL) {
			interfaces->polls[i] =
			        (struct pollfd){ .fd = capture_fd(interfaces->captures[i]),
				                 .events = POLLIN };
		} else if (restarted) {
			mark_missing(interfaces, i, error);
		} else {
			log_error("%s", error);
			return false;
		}
	}
	return true;
}

struct burst {
	struct worker *worker;
	bool any; /* a packet was taken */
};

static void take_packet(void *ctx, const struct packet *packet)
{
	struct burst *burst = ctx;
	burst->any = true;
	worker_packet(burst->worker, packet);
}

/* Reads the packets that one interface has, up to BURST. */
static void read_burst(struct interfaces *interfaces, struct burst *burst, size_t i)
{
	char error[CAPTURE_ERROR_MAX];
	struct capture *capture = interfaces->captures[i];
	if (!capture_batch(capture, BURST, take_packet, burst, error)) {
		capture_close(capture);
		mark_missing(interfaces, i, error);
	}
}

/* Returns whether there was any packet. */
static bool read_all(struct interfaces *interfaces, struct worker *worker, int wait_ms)
{
	struct burst burst = { .worker = worker };
	size_t count = interfaces->options->interfaces.count;
	(void)poll(interfaces->polls, count, wait_ms); /* the callers check for signals */
	for (size_t i = 0; i < count; i++) {
		if (interfaces->captures[i] != NULL) {
			read_burst(interfaces, &burst, i);
		}
	}
	return burst.any;
}

/*
 * Reads the packets that arrived before the signal: the kernel passes on a block of its buffer
 * when the block is full, or some time after its first packet.
 */
static void drain(struct interfaces *interfaces, struct worker *worker)
{
	int64_t end_ns = monotonic_ns() + HANDOVER_MS * NS_PER_MS;
	for (int64_t now_ns; (now_ns = monotonic_ns()) < end_ns;) {
		(void)read_all(interfaces, worker, (int)((end_ns - now_ns) / NS_PER_MS) + 1);
	}
}

static void report_returned(struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->options->interfaces.count; i++) {
		if (interfaces->captures[i] != NULL &&
		    atomic_exchange(&interfaces->state->returned[i], 0) != 0) {
			log_info("capturing on %s again", interfaces->options->interfaces.items[i]);
		}
	}
}

size_t interfaces_sockets(const struct interfaces *interfaces, int sockets[OPTIONS_LIST_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < interfaces->options->interfaces.count; i++) {
		if (interfaces->captures[i] != NULL) {
			sockets[count++] = interfaces->polls[i].fd;
		}
	}
	return count;
}

void interfaces_capture(struct interfaces *interfaces, struct worker *worker)
{
	report_returned(interfaces);
	while (!worker_should_stop(worker)) {
		bool any = read_all(interfaces, worker, WAIT_MS);
		if (signals_reload()) {
			worker_reload(worker);
		}
		worker_take_rules(worker);
		if (any) {
			worker_flush(worker);
		} else {
			worker_idle(worker);
		}
	}
	if (worker_has_outputs(worker)) {
		drain(interfaces, worker);
	}
}

static bool is_up(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
	          (request.ifr_flags & IFF_UP) != 0;
	if (fd >= 0) {
		(void)close(fd);
	}
	return up;
}

bool interfaces_any_returned(const struct options *options, struct interfaces_state *state)
{
	bool back = false;
	for (size_t i = 0; i < options->interfaces.count; i++) {
		const char *name = options->interfaces.items[i];
		if (atomic_load(&state->missing[i]) != 0 && is_up(name)) {
			atomic_store(&state->missing[i], 0);
			atomic_store(&state->returned[i], 1);
			log_info("%s is up again", name);
			back = true;
		}
	}
	return back;
}
