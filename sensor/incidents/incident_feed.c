/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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

void incident_feed_send(struct incident_feed *feed)
{
	ssize_t sent = 0;
	if (feed->size == 0) {
		return;
	}
	do {
		sent = write(feed->socket, feed->octets, feed->size);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0) {
		counter_add(&feed->counters->incident_hits_dropped, feed->hits);
	}
	feed->size = 0;
	feed->hits = 0;
}

void incident_feed_put(struct incident_feed *feed, const struct incident_note *note)
{
	if (sizeof(feed->octets) - feed->size < INCIDENT_NOTE_MAX) {
		incident_feed_send(feed);
	}
	feed->size += incident_note_encode(note, feed->octets + feed->size,
	                                   sizeof(feed->octets) - feed->size);
	feed->hits += note->head.hit;
}
