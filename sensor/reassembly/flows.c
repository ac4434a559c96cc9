/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/cache.h"

_Static_assert(offsetof(struct flow, doubt) <= 4 * CACHE_LINE, "what most segments look at");

struct key {
	struct in6_addr low, high;
	uint16_t low_port, high_port;
};

/* The same key for both directions. */
static struct key make_key(const struct segment *seg)
{
	int order = memcmp(seg->src, seg->dst, sizeof(*seg->src));
	if (order < 0 || (order == 0 && seg->sport <= seg->dport)) {
		return (struct key){ *seg->src, *seg->dst, seg->sport, seg->dport };
	}
	return (struct key){ *seg->dst, *seg->src, seg->dport, seg->sport };
}

static uint32_t hash_ends(const struct flows *flows, const struct segment *seg)
{
	struct key key = make_key(seg);
	return (uint32_t)XXH3_64bits_withSeed(&key, sizeof(key), flows->seed);
}

static bool same_address(const struct in6_addr *a, const struct in6_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool sent_by_client(const struct stream *s, const struct segment *seg)
{
	return s->client_port == seg->sport && s->server_port == seg->dport &&
	       same_address(&s->client, seg->src) && same_address(&s->server, seg->dst);
}

static bool sent_by_server(const struct stream *s, const struct segment *seg)
{
	return s->client_port == seg->dport && s->server_port == seg->sport &&
	       same_address(&s->client, seg->dst) && same_address(&s->server, seg->src);
}

int flows_init(struct flows *flows, size_t expected)
{
	size_t buckets = 1024;
	while (buckets < expected) {
		buckets *= 2;
	}
	flows->buckets = calloc(buckets, sizeof(*flows->buckets));
	if (flows->buckets == NULL) {
		return -ENOMEM;
	}
	flows->mask = buckets - 1;
	flows->count = 0;
	pool_init(&flows->pool, sizeof(struct flow));
	for (size_t i = 0; i < FLOWS_LISTS; i++) {
		TAILQ_INIT(&flows->lists[i]);
	}
	/* A seed that senders cannot know: no buckets of their choice. */
	if (getrandom(&flows->seed, sizeof(flows->seed), 0) != sizeof(flows->seed)) {
		flows->seed = (uintptr_t)flows->buckets;
	}
	return 0;
}

void flows_deinit(struct flows *flows)
{
	free(flows->buckets);
	flows->buckets = NULL;
	pool_end(&flows->pool);
}

struct flow *flows_find(const struct flows *flows, const struct segment *seg)
{
	uint32_t hash = hash_ends(flows, seg);
	struct flow *flow = flows->buckets[hash & flows->mask];
	while (flow != NULL && !(flow->hash == hash && (sent_by_client(&flow->stream, seg) ||
	                                                sent_by_server(&flow->stream, seg)))) {
		flow = flow->next_in_bucket;
	}
	return flow;
}

struct flow *flows_add(struct flows *flows, const struct segment *seg, bool from_client,
                       int64_t now_ns)
{
	struct flow *flow = pool_get(&flows->pool);
	if (flow == NULL) {
		return NULL;
	}
	memset(flow, 0, sizeof(*flow));
	flow->stream = (struct stream){
		.client = from_client ? *seg->src : *seg->dst,
		.server = from_client ? *seg->dst : *seg->src,
		.client_port = from_client ? seg->sport : seg->dport,
		.server_port = from_client ? seg->dport : seg->sport,
		.vlan = seg->vlan,
		.tunnel = seg->tunnel,
		.tunnel_id = seg->tunnel_id,
	};
	flow->hash = hash_ends(flows, seg);
	flow->next_in_bucket = flows->buckets[flow->hash & flows->mask];
	flows->buckets[flow->hash & flows->mask] = flow;
	flow->touched_ns = now_ns;
	flow->list = FLOWS_WAITING;
	TAILQ_INSERT_TAIL(&flows->lists[FLOWS_WAITING], flow, in_list);
	flows->count++;
	return flow;
}

void flows_move(struct flows *flows, struct flow *flow, enum flows_list list, int64_t now_ns)
{
	TAILQ_REMOVE(&flows->lists[flow->list], flow, in_list);
	flow->list = (uint8_t)list;
	flow->touched_ns = now_ns;
	flow->heard = false;
	TAILQ_INSERT_TAIL(&flows->lists[list], flow, in_list);
}

void flows_remove(struct flows *flows, struct flow *flow)
{
	struct flow **link = &flows->buckets[flow->hash & flows->mask];
	while (*link != flow) {
		link = &(*link)->next_in_bucket;
	}
	*link = flow->next_in_bucket;
	TAILQ_REMOVE(&flows->lists[flow->list], flow, in_list);
	ranges_clear(&flow->half[STREAM_CLIENT].queue);
	ranges_clear(&flow->half[STREAM_SERVER].queue);
	flows->count--;
	pool_put(&flows->pool, flow);
}

enum stream_side flow_side(const struct flow *flow, const struct segment *seg)
{
	return sent_by_client(&flow->stream, seg) ? STREAM_CLIENT : STREAM_SERVER;
}
