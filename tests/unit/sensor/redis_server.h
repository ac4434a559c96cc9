/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief A redis-server of the test's own, on a unix socket in a temporary folder. */
#pragma once

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

/*! \brief How long a condition is waited for, in steps of 10 ms. */
#define PATIENCE_STEPS 1500

struct redis_server {
	char dir[64];
	char socket[80];
	pid_t pid; /*!< 0: not running. */
	redisContext *client;
};

static inline void redis_server_exec(const struct redis_server *server)
{
	int null = open("/dev/null", O_RDWR);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", server->socket,
	             "--dir", server->dir, "--save", "", "--appendonly", "yes", (char *)NULL);
	_exit(127);
}

static inline bool redis_server_answers(struct redis_server *server)
{
	server->client = redisConnectUnix(server->socket);
	if (server->client != NULL && server->client->err == 0) {
		redisReply *reply = redisCommand(server->client, "PING");
		/* -NOAUTH is an answer; -LOADING is not. */
		bool good = reply != NULL && (reply->type == REDIS_REPLY_STATUS ||
		                              strncmp(reply->str, "NOAUTH", 6) == 0);
		freeReplyObject(reply);
		if (good) {
			return true;
		}
	}
	if (server->client != NULL) {
		redisFree(server->client);
		server->client = NULL;
	}
	return false;
}

static inline void redis_server_start(struct redis_server *server)
{
	server->pid = fork();
	if (server->pid == 0) {
		redis_server_exec(server);
	}
	for (int i = 0; i < PATIENCE_STEPS; i++) {
		if (redis_server_answers(server)) {
			return;
		}
		(void)usleep(10000);
	}
	fail_msg("redis-server does not answer on %s", server->socket);
}

static inline void redis_server_kill(struct redis_server *server)
{
	if (server->client != NULL) {
		redisFree(server->client);
		server->client = NULL;
	}
	if (server->pid > 0) {
		(void)kill(server->pid, SIGKILL);
		(void)waitpid(server->pid, NULL, 0);
		server->pid = 0;
	}
	(void)unlink(server->socket);
}
