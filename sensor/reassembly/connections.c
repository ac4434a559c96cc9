/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/secret_hash.h"

_Static_assert(offsetof(struct connection, doubt) <= 4 * CACHE_LINE,
               "most segments read four lines");

/* The same for both directions. */
static uint32_t hash_key(const struct flow_key *key)
{
	const struct flow_key sorted = flow_key_sorted(key);
	return (uint32_t)secret_hash(&sorted, sizeof(sorted));
}

int connections_init(struct connections *connections, size_t expected, struct memory_share *share)
{
	size_t buckets = 1024;
	while (buckets < expected) {
		buckets *= 2;
	}
	connections->buckets = calloc(buckets, sizeof(*connections->buckets));
	if (connections->buckets == NULL) {
		return -ENOMEM;
	}
	connections->mask = buckets - 1;
	connections->count = 0;
	pool_init(&connections->pool, sizeof(struct connection), share);
	for (size_t i = 0; i < CONNECTIONS_LISTS; i++) {
		TAILQ_INIT(&connections->lists[i]);
	}
	return 0;
}

void connections_deinit(struct connections *connections)
{
	free(connections->buckets);
	connections->buckets = NULL;
	pool_end(&connections->pool);
}

struct connection *connections_find(const struct connections *connections,
                                    const struct segment *seg, enum stream_side *side)
{
	uint32_t hash = hash_key(seg->key);
	struct connection *connection = connections->buckets[hash & connections->mask];
	for (; connection != NULL; connection = connection->next_in_bucket) {
		if (connection->hash != hash) {
			continue;
		}
		if (flow_key_equal(&connection->stream.key, seg->key)) {
			*side = STREAM_CLIENT;
			return connection;
		}
		if (flow_key_is_reverse(&connection->stream.key, seg->key)) {
			*side = STREAM_SERVER;
			return connection;
		}
	}
	return NULL;
}

struct connection *connections_add(struct connections *connections, const struct segment *seg,
                                   bool from_client, int64_t now_ns)
{
	struct connection *connection = pool_get(&connections->pool);
	if (connection == NULL) {
		return NULL;
	}
	memset(connection, 0, sizeof(*connection));
	connection->stream = (struct stream){
		.key = from_client ? *seg->key : flow_key_reverse(seg->key),
		.encapsulation = seg->encapsulation,
	};
	connection->hash = hash_key(seg->key);
	connection->next_in_bucket = connections->buckets[connection->hash & connections->mask];
	connections->buckets[connection->hash & connections->mask] = connection;
	connection->touched_ns = now_ns;
	connection->list = CONNECTIONS_WAITING;
	TAILQ_INSERT_TAIL(&connections->lists[CONNECTIONS_WAITING], connection, in_list);
	connections->count++;
	return connection;
}

void connections_move(struct connections *connections, struct connection *connection,
                      enum connections_list list, int64_t now_ns)
{
	TAILQ_REMOVE(&connections->lists[connection->list], connection, in_list);
	connection->list = (uint8_t)list;
	connection->touched_ns = now_ns;
	connection->heard = false;
	TAILQ_INSERT_TAIL(&connections->lists[list], connection, in_list);
}

void connections_remove(struct connections *connections, struct connection *connection)
{
	struct connection **link = &connections->buckets[connection->hash & connections->mask];
	while (*link != connection) {
		link = &(*link)->next_in_bucket;
	}
	*link = connection->next_in_bucket;
	TAILQ_REMOVE(&connections->lists[connection->list], connection, in_list);
	ranges_clear(&connection->half[STREAM_CLIENT].queue);
	ranges_clear(&connection->half[STREAM_SERVER].queue);
	connections->count--;
	pool_put(&connections->pool, connection);
}

enum stream_side connection_side(const struct connection *connection, const struct segment *seg)
{
	return flow_key_equal(&connection->stream.key, seg->key) ? STREAM_CLIENT : STREAM_SERVER;
}
