/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A server that follows a script: the commands it must receive, in order, and
 *        the bytes with which it replies to each.
 *
 * It runs in a thread and listens on 127.0.0.1, on a port of its own. The first
 * difference ends the script; `scripted_end()` reports it.
 */
#pragma once

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

/*! \brief How long the server waits for the client's next step. */
#define SCRIPT_PATIENCE_MS 10000

struct scripted_step {
	const char *command; /*!< Its words, separated by blanks. "": no command is read. */
	const char *reply;   /*!< As sent; NULL: the connection is closed instead. */
};

#define SCRIPT_ACCEPT                                                                              \
	{                                                                                          \
		NULL, NULL                                                                         \
	} /*!< The client connects. */
#define SCRIPT_CLOSE                                                                               \
	{                                                                                          \
		"", NULL                                                                           \
	} /*!< The server closes the connection. */

struct scripted_server {
	const struct scripted_step *steps;
	size_t count;
	int listener;
	uint16_t port;
	pthread_t thread;
	char failure[512]; /* Empty: none so far. */

	int fd;
	redisReader *reader;
};

static inline bool scripted_is_ready(int fd)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };
	return poll(&wanted, 1, SCRIPT_PATIENCE_MS) == 1;
}

static inline void scripted_close(struct scripted_server *server)
{
	if (server->fd >= 0) {
		(void)close(server->fd);
		redisReaderFree(server->reader);
		server->fd = -1;
	}
}

static inline bool scripted_accept(struct scripted_server *server)
{
	scripted_close(server);
	if (!scripted_is_ready(server->listener)) {
		return false;
	}
	server->fd = accept(server->listener, NULL, NULL);
	server->reader = redisReaderCreate();
	return server->fd >= 0;
}

/* The next command's words; false when the client sends none. */
static inline bool scripted_read(struct scripted_server *server, char *words, size_t size)
{
	redisReply *command = NULL;
	while (redisReaderGetReply(server->reader, (void **)&command) == REDIS_OK &&
	       command == NULL) {
		char bytes[4096];
		ssize_t got = scripted_is_ready(server->fd)
		                      ? recv(server->fd, bytes, sizeof(bytes), 0)
		                      : 0;
		if (got <= 0) {
			return false;
		}
		(void)redisReaderFeed(server->reader, bytes, (size_t)got);
	}
	size_t at = 0;
	words[0] = '\0';
	for (size_t i = 0; command != NULL && i < command->elements && at < size; i++) {
		at += (size_t)snprintf(words + at, size - at, "%s%s", i > 0 ? " " : "",
		                       command->element[i]->str);
	}
	freeReplyObject(command);
	return true;
}

static inline bool scripted_follow(struct scripted_server *server, const struct scripted_step *step)
{
	char words[256] = "";
	if (step->command == NULL) {
		if (!scripted_accept(server)) {
			(void)snprintf(server->failure, sizeof(server->failure),
			               "step %zu: nobody connected",
			               (size_t)(step - server->steps));
			return false;
		}
		return true;
	}
	if (step->command[0] != '\0' &&
	    (!scripted_read(server, words, sizeof(words)) || strcmp(words, step->command) != 0)) {
		(void)snprintf(server->failure, sizeof(server->failure),
		               "step %zu: `%s` instead of `%s`", (size_t)(step - server->steps),
		               words, step->command);
		return false;
	}
	if (step->reply == NULL) {
		scripted_close(server);
		return true;
	}
	/* A client that has seen enough may be gone. */
	(void)send(server->fd, step->reply, strlen(step->reply), MSG_NOSIGNAL);
	return true;
}

static inline void *scripted_run(void *ctx)
{
	struct scripted_server *server = ctx;
	for (size_t i = 0; i < server->count; i++) {
		if (!scripted_follow(server, &server->steps[i])) {
			break;
		}
	}
	/* The last connection stays open until the client closes it. */
	char words[256];
	if (server->fd >= 0 && server->failure[0] == '\0' &&
	    scripted_read(server, words, sizeof(words))) {
		(void)snprintf(server->failure, sizeof(server->failure), "after the script: `%s`",
		               words);
	}
	scripted_close(server);
	(void)close(server->listener);
	return NULL;
}

static inline int scripted_listen(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/*! \brief Opens the port: its number can go into another server's script. */
static inline void scripted_open(struct scripted_server *server)
{
	*server = (struct scripted_server){ .fd = -1 };
	server->listener = scripted_listen(&server->port);
}

static inline void scripted_start(struct scripted_server *server, const struct scripted_step *steps,
                                  size_t count)
{
	server->steps = steps;
	server->count = count;
	assert_int_equal(pthread_create(&server->thread, NULL, scripted_run, server), 0);
}

/*! \brief Waits for the end of the script, which the client must have followed whole. */
static inline void scripted_end(struct scripted_server *server)
{
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	if (server->failure[0] != '\0') {
		fail_msg("%s", server->failure);
	}
}
