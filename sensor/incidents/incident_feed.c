/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time_ns.h"

enum { OF_PROCESS, OF_WORKER };

struct incident_sockets {
	unsigned workers;
	int ends[][2]; /* -1: closed */
};

static void close_end(struct incident_sockets *sockets, unsigned worker, int end)
{
	if (sockets->ends[worker][end] >= 0) {
		(void)close(sockets->ends[worker][end]);
		sockets->ends[worker][end] = -1;
	}
}

struct incident_sockets *incident_sockets_open(unsigned workers, bool live)
{
	struct incident_sockets *sockets =
	        calloc(1, sizeof(*sockets) + workers * sizeof(sockets->ends[0]));
	if (sockets == NULL) {
		return NULL;
	}
	bool good = true;
	for (; good && sockets->workers < workers; sockets->workers++) {
		int *ends = sockets->ends[sockets->workers];
		ends[OF_PROCESS] = ends[OF_WORKER] = -1;
		good = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 &&
		       fcntl(ends[OF_PROCESS], F_SETFL, O_NONBLOCK) == 0 &&
		       (!live || fcntl(ends[OF_WORKER], F_SETFL, O_NONBLOCK) == 0);
	}
	if (!good) {
		int error = errno;
		incident_sockets_close(sockets);
		errno = error;
		return NULL;
	}
	return sockets;
}

int incident_sockets_enter_worker(struct incident_sockets *sockets, unsigned worker)
{
	for (unsigned i = 0; i < sockets->workers; i++) {
		close_end(sockets, i, OF_PROCESS);
		if (i != worker) {
			close_end(sockets, i, OF_WORKER);
		}
	}
	return sockets->ends[worker][OF_WORKER];
}

void incident_sockets_enter_process(struct incident_sockets *sockets)
{
	for (unsigned i = 0; i < sockets->workers; i++) {
		close_end(sockets, i, OF_WORKER);
	}
}

int incident_sockets_of(const struct incident_sockets *sockets, unsigned worker, bool own)
{
	return sockets->ends[worker][own ? OF_WORKER : OF_PROCESS];
}

void incident_sockets_end(struct incident_sockets *sockets, unsigned worker)
{
	close_end(sockets, worker, OF_PROCESS);
}

void incident_sockets_close(struct incident_sockets *sockets)
{
	if (sockets == NULL) {
		return;
	}
	for (unsigned i = 0; i < sockets->workers; i++) {
		close_end(sockets, i, OF_PROCESS);
		close_end(sockets, i, OF_WORKER);
	}
	free(sockets);
}

/* Whole notes, as many as a message may have. */
static size_t message_size(const struct incident_feed *feed)
{
	size_t size = 0, next = 0;
	while (feed->sent + next < feed->size) {
		next += incident_note_size(feed->octets + feed->sent + next);
		if (next > INCIDENT_FEED_MAX) {
			break;
		}
		size = next;
	}
	return size;
}

static uint64_t count_hits(const uint8_t *octets, size_t size)
{
	uint64_t hits = 0;
	for (size_t at = 0; at < size; at += incident_note_size(octets + at)) {
		hits += octets[at + offsetof(struct incident_head, hit)];
	}
	return hits;
}

static void forget(struct incident_feed *feed)
{
	counter_add(&feed->counters->incident_hits_dropped,
	            count_hits(feed->octets + feed->sent, feed->size - feed->sent));
	feed->size = feed->sent = 0;
}

void incident_feed_send(struct incident_feed *feed)
{
	while (feed->sent < feed->size) {
		size_t size = message_size(feed);
		ssize_t put = write(feed->socket, feed->octets + feed->sent, size);
		if (put >= 0) {
			feed->sent += size;
		} else if (errno == EAGAIN) {
			return;
		} else if (errno != EINTR) {
			forget(feed);
		}
	}
	feed->size = feed->sent = 0;
}

void incident_feed_end(struct incident_feed *feed, int wait_ms)
{
	const int64_t until_ns = monotonic_ns() + wait_ms * NS_PER_MS;
	incident_feed_send(feed);
	while (feed->size > 0 && monotonic_ns() < until_ns) {
		struct pollfd socket = { .fd = feed->socket, .events = POLLOUT };
		(void)poll(&socket, 1, wait_ms);
		incident_feed_send(feed);
	}
	forget(feed);
}

/* \return False if there is no room. */
static bool make_room(struct incident_feed *feed)
{
	if (sizeof(feed->octets) - feed->size >= INCIDENT_NOTE_MAX) {
		return true;
	}
	incident_feed_send(feed);
	if (feed->sent == 0) {
		return feed->size == 0;
	}
	memmove(feed->octets, feed->octets + feed->sent, feed->size - feed->sent);
	feed->size -= feed->sent;
	feed->sent = 0;
	return sizeof(feed->octets) - feed->size >= INCIDENT_NOTE_MAX;
}

void incident_feed_put(struct incident_feed *feed, const struct incident_note *note)
{
	if (!make_room(feed)) {
		counter_add(&feed->counters->incident_hits_dropped, note->head.hit);
		return;
	}
	feed->size += incident_note_encode(note, feed->octets + feed->size,
	                                   sizeof(feed->octets) - feed->size);
	if (feed->size - feed->sent >= INCIDENT_FEED_MAX) {
		incident_feed_send(feed);
	}
}
