/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Room for a control message, aligned for its header. */
union control {
	struct cmsghdr head;
	char octets[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
};

bool channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
}

bool channel_send(int fd, const int *fds, size_t count)
{
	union control control = { .octets = { 0 } };
	char byte = 0;
	struct iovec octet = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &octet, .msg_iovlen = 1 };
	if (count > CHANNEL_FDS_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	if (count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(count * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(&control.head), fds, count * sizeof(int));
	}
	return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

bool channel_sign(int fd)
{
	return write(fd, "", 1) == 1;
}

/* The kernel writes the control message, so its lengths are right. */
static void take_fds(struct msghdr *message, struct channel_fds *fds)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
			fds->count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
			memcpy(fds->items, CMSG_DATA(part), fds->count * sizeof(int));
		}
	}
}

enum channel_status channel_receive(int fd, struct channel_fds *fds)
{
	union control control;
	char byte;
	struct iovec octet = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &octet,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	fds->count = 0;
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got < 0) {
		return errno == EAGAIN || errno == EINTR ? CHANNEL_NONE : CHANNEL_END;
	}
	take_fds(&message, fds);
	return got > 0 ? CHANNEL_MESSAGE : CHANNEL_END;
}

void channel_close_fds(struct channel_fds *fds)
{
	for (size_t i = 0; i < fds->count; i++) {
		if (fds->items[i] >= 0) {
			(void)close(fds->items[i]);
		}
	}
	fds->count = 0;
}
