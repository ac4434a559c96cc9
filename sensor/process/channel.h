/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A pair of sockets between the supervisor and a worker, for descriptors and notifications.
 *
 * A message has one octet and may have descriptors. Neither side waits for the other: a message for
 * which the socket has no room is dropped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief The largest number of descriptors in a message. */
#define CHANNEL_FDS_MAX 64

/*! \brief The descriptors of a message, which the receiver closes. */
struct channel_fds {
	int items[CHANNEL_FDS_MAX];
	size_t count;
};

enum channel_status {
	CHANNEL_NONE,    /*!< No message has arrived. */
	CHANNEL_MESSAGE, /*!< A message was read. */
	CHANNEL_END,     /*!< The other side has closed its end. */
};

/*! \brief Creates both ends. \return False on failure, with errno set. */
bool channel_open(int ends[2]);

/*! \brief Sends a message with descriptors. \return False on failure, with errno set. */
bool channel_send(int fd, const int *fds, size_t count);

/*!
 * \brief Sends a message without descriptors. It uses write(2), which the seccomp filters allow.
 *
 * \return False on failure, with errno set.
 */
bool channel_sign(int fd);

/*! \brief Reads the next message if one has arrived. The call does not wait. */
enum channel_status channel_receive(int fd, struct channel_fds *fds);

void channel_close_fds(struct channel_fds *fds);
