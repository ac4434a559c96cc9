/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A pair of sockets between the supervisor and a worker, for descriptors and signs.
 *
 * A message is one octet, and descriptors. Neither side waits for the other: a message that
 * does not fit, or that has no descriptor where one was expected, is the sender's loss.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define CHANNEL_FDS_MAX 64

/*! \brief Received descriptors; the receiver closes them. */
struct channel_fds {
	int items[CHANNEL_FDS_MAX];
	size_t count;
};

enum channel_status {
	CHANNEL_NONE,    /*!< No message yet. */
	CHANNEL_MESSAGE, /*!< A message. */
	CHANNEL_END,     /*!< The other side is closed. */
};

/*! \return False with errno set. */
bool channel_open(int ends[2]);

/*! \return False when it could not be sent, with errno set. */
bool channel_send(int fd, const int *fds, size_t count);

/*! \brief Sends a message without descriptors, by write(2), which a sandbox allows. */
bool channel_sign(int fd);

enum channel_status channel_receive(int fd, struct channel_fds *fds);

void channel_close_fds(struct channel_fds *fds);
