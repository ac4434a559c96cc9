/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/redis/redis_redirect.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

static bool is_same(const struct redis_place *one, const struct redis_place *other)
{
	return one->port == other->port && strcmp(one->host, other->host) == 0;
}

bool redis_redirect_is_named(const struct redis_url *url, const struct redis_place *place)
{
	for (size_t i = 0; i < url->place_count; i++) {
		if (is_same(&url->places[i], place)) {
			return true;
		}
	}
	return false;
}

/* Compares a node of the reply, which has a host, a port and more. An empty host means the host of
 * the sender. */
static bool is_node(const redisReply *node, const struct redis_place *sender,
                    const struct redis_place *place)
{
	if (node->type != REDIS_REPLY_ARRAY || node->elements < 2 ||
	    node->element[1]->type != REDIS_REPLY_INTEGER ||
	    node->element[1]->integer != place->port) {
		return false;
	}
	const redisReply *host = node->element[0];
	bool named = host->type == REDIS_REPLY_STRING && host->len > 0;
	return strcmp(named ? host->str : sender->host, place->host) == 0;
}

/* Each element is a range of slots: its first, its last, and the nodes that have it. */
bool redis_redirect_is_listed(const redisReply *reply, const struct redis_place *sender,
                              const struct redis_place *place)
{
	bool found = false;
	size_t ranges = reply->type == REDIS_REPLY_ARRAY ? reply->elements : 0;
	for (size_t i = 0; i < ranges && !found; i++) {
		const redisReply *range = reply->element[i];
		size_t count = range->type == REDIS_REPLY_ARRAY ? range->elements : 0;
		for (size_t node = 2; node < count && !found; node++) {
			found = is_node(range->element[node], sender, place);
		}
	}
	return found;
}

static bool has_address(const char *host, const struct sockaddr *peer)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	bool found = false;
	if (getaddrinfo(host, NULL, &hints, &list) != 0) {
		return false;
	}
	for (const struct addrinfo *at = list; at != NULL && !found; at = at->ai_next) {
		found = redis_networks_same(at->ai_addr, peer);
	}
	freeaddrinfo(list);
	return found;
}

/* Compares addresses, because the URL may have names of hosts, and redirections have addresses. */
static bool is_host_of_url(const struct redis_url *url, const struct sockaddr *peer)
{
	bool found = false;
	for (size_t i = 0; i < url->place_count && !found; i++) {
		found = has_address(url->places[i].host, peer);
	}
	return found;
}

bool redis_redirect_may_have_password(const struct redis *redis, const struct redis_place *place)
{
	const struct redis_url *url = redis->url;
	struct sockaddr_storage storage = { .ss_family = AF_UNSPEC };
	struct sockaddr *peer = (struct sockaddr *)&storage;
	socklen_t size = sizeof(storage);
	if (url->scheme != REDIS_URL_TCP || redis_redirect_is_named(url, place)) {
		return true;
	}
	return getpeername(redis->transport.fd, peer, &size) == 0 &&
	       (redis_networks_have(&url->redirect, peer) || is_host_of_url(url, peer));
}
