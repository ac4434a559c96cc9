/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/transfer.h"

#include <errno.h>
#include <unistd.h>

#include "history/table.h"

/* Before each batch. */
struct head {
	uint64_t size;
	uint64_t rows;
};

int history_write_all(int fd, const void *octets, size_t size)
{
	const uint8_t *at = octets;
	while (size > 0) {
		ssize_t written = write(fd, at, size);
		if (written < 0 && errno != EINTR) {
			return -errno;
		}
		at += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static bool read_all(int fd, void *octets, size_t size)
{
	uint8_t *at = octets;
	while (size > 0) {
		ssize_t got = read(fd, at, size);
		if (got == 0 || (got < 0 && errno != EINTR)) {
			return false;
		}
		at += got > 0 ? got : 0;
		size -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

bool history_send(int fd, const uint8_t *batch, size_t size, size_t rows)
{
	const struct head head = { .size = size, .rows = rows };
	return history_write_all(fd, &head, sizeof(head)) == 0 &&
	       history_write_all(fd, batch, size) == 0;
}

bool history_receive(int fd, uint8_t *batch, size_t *size, size_t *rows)
{
	struct head head;
	if (!read_all(fd, &head, sizeof(head)) || head.size > HISTORY_TRANSFER_MAX ||
	    head.rows > HISTORY_TABLE_ROWS || !read_all(fd, batch, head.size)) {
		return false;
	}
	*size = head.size;
	*rows = head.rows;
	return true;
}
