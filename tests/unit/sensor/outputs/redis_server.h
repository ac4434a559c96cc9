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
	             "--dir", server->dir, "--save", "", "--appendonly", "yes", "--appendfsync",
	             "always", "--aof-load-truncated", "no", "--auto-aof-rewrite-percentage", "0",
	             (char *)NULL);
	_exit(127);
}

/*! \brief Cuts off the transaction that a kill left half-written: Redis 7.0 cuts off its last
 *         command alone, and takes the rest for a part of the next one. See docs/scaling.md. */
static inline void redis_server_mend(const struct redis_server *server)
{
	char path[160], command[256];
	(void)snprintf(path, sizeof(path), "%s/appendonlydir/appendonly.aof.manifest", server->dir);
	(void)snprintf(command, sizeof(command), "yes | redis-check-aof --fix '%s' >/dev/null",
	               path);
	if (access(path, F_OK) == 0) {
		assert_int_equal(system(command), 0);
	}
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
	redis_server_mend(server);
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
