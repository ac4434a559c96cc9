/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/calls.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The other process wrote the octets, so texts may lack their NUL, and numbers may be anything. */
static bool is_valid(const struct console_call *call)
{
	const struct history_query *query = &call->request.query;
	return call->request.page <= CONSOLE_DNSDB_RATE &&
	       memchr(call->request.text, '\0', sizeof(call->request.text)) != NULL &&
	       query->limit > 0 && query->limit <= CONSOLE_LIMIT_MAX &&
	       call->request.offset <= CONSOLE_OFFSET_MAX &&
	       query->types_count <= HISTORY_TYPES_MAX && query->prefix <= 128 &&
	       query->local_size <= HISTORY_LOCAL_MAX && query->data_size <= HISTORY_ASK_DATA_MAX &&
	       (query->name.size == 0 || dns_name_is_whole(query->name.wire, query->name.size)) &&
	       (call->request.bailiwick.size == 0 ||
	        dns_name_is_whole(call->request.bailiwick.wire, call->request.bailiwick.size));
}

bool calls_take(int fd, struct console_call *call)
{
	for (;;) {
		ssize_t size = recv(fd, call, sizeof(*call), 0);
		if (size == (ssize_t)sizeof(*call) && is_valid(call)) {
			return true;
		}
		if (size == 0 || (size < 0 && errno != EINTR)) {
			return false;
		}
	}
}

static bool send_part(int fd, struct console_head *head, const char *octets, size_t size)
{
	struct iovec parts[] = { { head, sizeof(*head) }, { (void *)octets, size } };
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	return TEMP_FAILURE_RETRY(sendmsg(fd, &message, MSG_NOSIGNAL)) >= 0;
}

bool calls_reply(int fd, uint32_t number, const struct console_answer *answer)
{
	size_t size = writer_size(&answer->body), at = 0;
	bool sent = true;
	do {
		size_t part = size - at < CONSOLE_PART_MAX ? size - at : CONSOLE_PART_MAX;
		struct console_head head = { number, (uint16_t)answer->status,
			                     (uint8_t)answer->type, at + part == size };
		sent = send_part(fd, &head, answer->body.start + at, part);
		at += part;
	} while (sent && at < size);
	return sent;
}
