/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/losses.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/time_ns.h"
#include "sensor/intake/drops.h"

#define INTERFACES_NS NS_PER_S /* the time between two reads of the interfaces' counters */

/* The sockets of one worker, and the counts of its predecessors. */
struct account {
	struct channel_fds sockets;
	struct drops drops; /* the counts of these sockets */
	uint64_t read;      /* the packets that the predecessors had read */
	uint64_t lost;      /* the packets that they had lost */
	bool counts_twice;  /* a socket may count packets that it does not pass on */
	bool ended;         /* the worker is dead, its sockets are kept */
	uint64_t read_end;  /* the packets that it had read when it ended */
};

struct losses {
	const struct options *options;
	struct counters *counters;
	const _Atomic uint64_t *passed;
	uint64_t interfaces_first; /* the packets that the interfaces had lost before the start */
	int64_t interfaces_ns;
	struct account accounts[OPTIONS_WORKERS_MAX];
};

static uint64_t count_interfaces(const struct losses *losses)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < losses->options->interfaces.count; i++) {
		sum += drops_of_interface(losses->options->interfaces.items[i]);
	}
	return sum;
}

struct losses *losses_new(const struct options *options, struct counters *counters,
                          const _Atomic uint64_t *passed)
{
	struct losses *losses = calloc(1, sizeof(*losses));
	if (losses != NULL) {
		losses->options = options;
		losses->counters = counters;
		losses->passed = passed;
		losses->interfaces_first = count_interfaces(losses);
	}
	return losses;
}

void losses_free(struct losses *losses)
{
	if (losses == NULL) {
		return;
	}
	for (unsigned i = 0; i < OPTIONS_WORKERS_MAX; i++) {
		channel_close_fds(&losses->accounts[i].sockets);
	}
	free(losses);
}

static uint64_t read_by(const struct losses *losses, unsigned worker)
{
	return counter_get(&losses->counters[worker].packets) +
	       counter_get(&losses->passed[worker]);
}

/* Packets that were received for a worker that has ended, and that it has not read. */
static uint64_t unread(const struct account *account)
{
	uint64_t read = account->read_end - account->read;
	uint64_t received = account->drops.received;
	/* A worker under attack may have written any number. */
	bool known = read <= received && !account->counts_twice;
	return known ? received - read : account->drops.dropped;
}

static void count(struct losses *losses, unsigned worker)
{
	struct account *account = &losses->accounts[worker];
	for (size_t i = 0; i < account->sockets.count; i++) {
		drops_add(account->sockets.items[i], &account->drops);
	}
	uint64_t lost = account->ended ? unread(account) : account->drops.dropped;
	counter_set(&losses->counters[worker].kernel_drops, account->lost + lost);
}

/* The account begins anew with the next sockets. */
static void settle(struct losses *losses, unsigned worker)
{
	struct account *account = &losses->accounts[worker];
	count(losses, worker);
	channel_close_fds(&account->sockets);
	if (account->ended) {
		account->lost += unread(account);
		account->read = account->read_end;
	}
	account->drops = (struct drops){ .received = 0 };
	account->ended = account->counts_twice = false;
}

void losses_take(struct losses *losses, unsigned worker, struct channel_fds *fds)
{
	struct account *account = &losses->accounts[worker];
	if (!account->ended && account->sockets.count > 0) {
		channel_close_fds(fds); /* a worker sends them once */
		return;
	}
	settle(losses, worker);
	for (size_t i = 0; i < fds->count; i++) {
		if (drops_has_packets(fds->items[i])) {
			account->counts_twice |= drops_counts_twice(fds->items[i]);
			account->sockets.items[account->sockets.count++] = fds->items[i];
			fds->items[i] = -1;
		}
	}
	channel_close_fds(fds);
}

void losses_count(struct losses *losses)
{
	int64_t now_ns = monotonic_ns();
	for (unsigned i = 0; i < losses->options->workers; i++) {
		count(losses, i);
	}
	if (now_ns - losses->interfaces_ns >= INTERFACES_NS) {
		uint64_t sum = count_interfaces(losses);
		losses->interfaces_ns = now_ns;
		counter_set(&losses->counters->interface_drops,
		            sum > losses->interfaces_first ? sum - losses->interfaces_first : 0);
	}
}

void losses_stop(struct losses *losses)
{
	for (unsigned i = 0; i < losses->options->workers; i++) {
		const struct channel_fds *sockets = &losses->accounts[i].sockets;
		for (size_t j = 0; j < sockets->count; j++) {
			drops_stop(sockets->items[j]);
		}
	}
}

void losses_end(struct losses *losses, unsigned worker)
{
	struct account *account = &losses->accounts[worker];
	if (account->ended) {
		return; /* its replacement does not capture yet */
	}
	account->ended = true;
	account->read_end = read_by(losses, worker);
	if (losses->options->workers > 1) {
		settle(losses, worker);
	}
}

void losses_finish(struct losses *losses)
{
	for (unsigned i = 0; i < losses->options->workers; i++) {
		settle(losses, i);
	}
}

void losses_leave(struct losses *losses, unsigned worker)
{
	for (unsigned i = 0; i < losses->options->workers; i++) {
		if (i != worker) {
			channel_close_fds(&losses->accounts[i].sockets);
		}
	}
}

void losses_replace(struct losses *losses, unsigned worker)
{
	struct channel_fds *sockets = &losses->accounts[worker].sockets;
	for (size_t i = 0; i < sockets->count; i++) {
		drops_stop(sockets->items[i]);
	}
	channel_close_fds(sockets);
}
