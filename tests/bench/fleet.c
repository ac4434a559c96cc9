/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fleet COUNT URL
 *
 * Plays COUNT sensors: each is a process that follows the rules in a Redis as a sensor's does
 * (fleet_process.h), and stores each set in a memory of its own. This process is the supervisor of
 * all, and accepts each set that is one. It runs until its standard input ends.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/fleet/fleet_process.h"
#include "sensor/system/child.h"

#define COUNT_MAX 4000
#define SET_ROOM  ((size_t)1 << 20)

static struct fleet_place place;
static struct pollfd polled[COUNT_MAX + 1];
static int boxes[COUNT_MAX];

static void fail(const char *call)
{
	perror(call);
	exit(1);
}

static int run(unsigned number, int socket, int parent)
{
	char name[32];
	const int kept[] = { boxes[number], socket };
	(void)snprintf(name, sizeof(name), "sensor-%u", number);
	const struct fleet_process process = {
		.place = &place, .sensor = name, .box = boxes[number], .socket = socket
	};
	return child_follow(name, parent) && child_keep_only(kept, 2) &&
	                       freopen("/dev/null", "w", stderr) != NULL
	               ? fleet_process_run(&process)
	               : 1;
}

static void start(unsigned number)
{
	int ends[2];
	pid_t parent = getpid();
	boxes[number] = memfd_create("box", MFD_CLOEXEC);
	if (boxes[number] < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		fail("sockets");
	}
	pid_t pid = fork();
	if (pid == 0) {
		_exit(run(number, ends[1], parent));
	}
	if (pid < 0) {
		fail("fork");
	}
	(void)close(ends[1]);
	polled[number] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
}

static void answer(unsigned number)
{
	static char octets[SET_ROOM];
	struct fleet_set set;
	struct fleet_verdict verdict = { .taken = false };
	char octet;
	if (recv(polled[number].fd, &octet, sizeof(octet), 0) != 1) {
		fail("a sensor has ended");
	}
	ssize_t got = pread(boxes[number], octets, sizeof(octets), 0);
	struct fleet_head head;
	if (got > 0 && fleet_head_read(octets, (size_t)got, &head) == NULL &&
	    head.at + head.size <= (size_t)got) {
		verdict.taken = fleet_set_read(octets, head.at + head.size, &set) == NULL;
	}
	if (send(polled[number].fd, &verdict, sizeof(verdict), MSG_NOSIGNAL) < 0) {
		fail("send");
	}
}

int main(int argc, char **argv)
{
	char error[1280];
	unsigned count = argc == 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	if (count == 0 || count > COUNT_MAX) {
		(void)fprintf(stderr, "usage: fleet COUNT URL\n");
		return 2;
	}
	if (!fleet_place_parse(&place, argv[2], error, sizeof(error))) {
		(void)fprintf(stderr, "fleet: %s\n", error);
		return 2;
	}
	for (unsigned i = 0; i < count; i++) {
		start(i);
	}
	polled[count] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	while (polled[count].revents == 0 && poll(polled, count + 1, -1) > 0) {
		for (unsigned i = 0; i < count; i++) {
			if (polled[i].revents != 0) {
				answer(i);
			}
		}
	}
	return 0;
}
