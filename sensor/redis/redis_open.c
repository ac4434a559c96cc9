/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/redis/redis_redirect.h"

static int do_command(struct redis *redis, int argc, const char **argv)
{
	redisReply *reply;
	int ret = redis_ask(redis, argc, argv, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	}
	return ret;
}

static int authenticate(struct redis *redis)
{
	const struct redis_url *url = redis->url;
	if (url->user[0] != '\0') {
		const char *argv[] = { "AUTH", url->user, url->password };
		return do_command(redis, 3, argv);
	}
	if (url->password[0] != '\0') {
		const char *argv[] = { "AUTH", url->password };
		return do_command(redis, 2, argv);
	}
	return 0;
}

static int select_db(struct redis *redis)
{
	char number[16];
	if (redis->url->db == 0) {
		return 0;
	}
	(void)snprintf(number, sizeof(number), "%u", redis->url->db);
	const char *argv[] = { "SELECT", number };
	return do_command(redis, 2, argv);
}

static int open_at(struct redis *redis, const struct redis_place *place)
{
	const struct redis_url *url = redis->url;
	bool free = redis_redirect_is_named(url, place) || url->redirect.count == 0;
	int ret = redis_connect(redis, place, free ? NULL : &url->redirect);
	if (ret == 0 && url->password[0] != '\0' &&
	    !redis_redirect_may_have_password(redis, place)) {
		return redis_refuse_place(redis, place,
		                          "the password is not sent to this server without TLS: "
		                          "use TLS, or add the server's network to redirect=");
	}
	if (ret == 0) {
		ret = authenticate(redis);
	}
	return ret == 0 ? select_db(redis) : ret;
}

/* The master in a sentinel's reply: host and port, two texts. */
static int take_master(struct redis *redis, const redisReply *reply, struct redis_place *master)
{
	if (reply->type == REDIS_REPLY_NIL) {
		return redis_fail(redis, TROUBLE_CONFIG, "the sentinel does not know this master");
	}
	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    reply->element[0]->type != REDIS_REPLY_STRING ||
	    reply->element[1]->type != REDIS_REPLY_STRING) {
		return redis_fail(redis, TROUBLE_LINK, "no sentinel");
	}
	(void)snprintf(master->host, sizeof(master->host), "%s", reply->element[0]->str);
	master->port = (uint16_t)strtoul(reply->element[1]->str, NULL, 10);
	return 0;
}

static int ask_for_master(struct redis *redis, redisReply **reply)
{
	const char *argv[] = { "SENTINEL", "GET-MASTER-ADDR-BY-NAME", redis->url->master };
	return redis_ask(redis, 3, argv, reply);
}

static int ask_sentinel(struct redis *redis, const struct redis_place *sentinel,
                        struct redis_place *master)
{
	redisReply *reply;
	int ret = redis_connect(redis, sentinel, NULL);
	if (ret != 0) {
		return ret;
	}
	ret = ask_for_master(redis, &reply);
	/* Most sentinels have no password, even if their masters have one. */
	if (ret == TROUBLE_CONFIG && strncmp(redis->error, "NOAUTH", 6) == 0) {
		ret = authenticate(redis);
		if (ret == 0) {
			ret = ask_for_master(redis, &reply);
		}
	}
	if (ret == 0) {
		ret = take_master(redis, reply, master);
		freeReplyObject(reply);
	}
	redis_close(redis);
	return ret;
}

/* The answer of a sentinel may be outdated: a former master can still take events, and
 * drops them when it becomes a replica. */
static int check_role(struct redis *redis)
{
	const char *argv[] = { "ROLE" };
	redisReply *reply;
	int ret = redis_ask(redis, 1, argv, &reply);
	if (ret == TROUBLE_CONFIG && strncmp(redis->error, "NOPERM", 6) == 0) {
		return 0;
	}
	if (ret != 0) {
		return ret;
	}
	bool master = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
	              reply->element[0]->type == REDIS_REPLY_STRING &&
	              strcmp(reply->element[0]->str, "master") == 0;
	freeReplyObject(reply);
	return master ? 0 : redis_fail(redis, TROUBLE_WAIT, "the server is not the master now");
}

static int open_by_sentinel(struct redis *redis)
{
	struct redis_place master;
	const struct redis_url *url = redis->url;
	int ret = TROUBLE_LINK;
	for (size_t i = 0; i < url->place_count && ret != 0; i++) {
		ret = ask_sentinel(redis, &url->places[i], &master);
	}
	if (ret == 0) {
		ret = open_at(redis, &master);
	}
	return ret == 0 ? check_role(redis) : ret;
}

/* Checks whether the cluster lists a server, by asking the node that has redirected to the
 * server. */
static int check_listed(struct redis *redis, const struct redis_place *place)
{
	const char *argv[] = { "CLUSTER", "SLOTS" };
	const struct redis_place sender = redis->at;
	bool asking = redis->asking;
	redisReply *reply;
	redis->asking = false;
	int ret = open_at(redis, &sender);
	if (ret == 0) {
		ret = redis_ask(redis, 2, argv, &reply);
	}
	if (ret == 0) {
		bool listed = redis_redirect_is_listed(reply, &sender, place);
		freeReplyObject(reply);
		redis_close(redis);
		ret = listed ? 0
		             : redis_refuse_place(redis, place,
		                                  "the server is not a node of the cluster: to use "
		                                  "it, add its network to redirect=");
	}
	redis->asking = asking;
	return ret;
}

static int open_moved(struct redis *redis)
{
	const struct redis_place place = redis->moved;
	int ret = 0;
	redis->moved.host[0] = '\0';
	if (redis->url->redirect.count == 0 && !redis_redirect_is_named(redis->url, &place)) {
		ret = check_listed(redis, &place);
	}
	return ret == 0 ? open_at(redis, &place) : ret;
}

/* Starts with another node each time, because a node that answers may be cut off from the
 * others. */
static int open_in_cluster(struct redis *redis)
{
	const struct redis_url *url = redis->url;
	int ret = TROUBLE_LINK;
	if (redis->moved.host[0] != '\0') {
		return open_moved(redis);
	}
	redis->asking = false;
	for (size_t i = 0; i < url->place_count && ret == TROUBLE_LINK; i++) {
		ret = open_at(redis, &url->places[redis->seed++ % url->place_count]);
	}
	return ret;
}

int redis_open(struct redis *redis)
{
	int ret;
	redis_close(redis);
	if (redis->url->layout == REDIS_URL_SENTINEL) {
		ret = open_by_sentinel(redis);
	} else if (redis->url->layout == REDIS_URL_CLUSTER) {
		ret = open_in_cluster(redis);
	} else {
		ret = open_at(redis, &redis->url->places[0]);
	}
	if (ret != 0) {
		redis_close(redis);
	}
	return ret;
}
