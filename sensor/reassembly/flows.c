/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/cache.h"

_Static_assert(offsetof(struct flow, doubt) <= 4 * CACHE_LINE, "what most segments look at");

/* The same for both directions. */
static uint32_t hash_key(const struct flows *flows, const struct flow_key *key)
{
	const struct flow_key sorted = flow_key_sorted(key);
	return (uint32_t)XXH3_64bits_withSeed(&sorted, sizeof(sorted), flows->seed);
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
	uint32_t hash = hash_key(flows, seg->key);
	struct flow *flow = flows->buckets[hash & flows->mask];
	while (flow != NULL &&
	       !(flow->hash == hash && (flow_key_equal(&flow->stream.key, seg->key) ||
	                                flow_key_is_reverse(&flow->stream.key, seg->key)))) {
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
		.key = from_client ? *seg->key : flow_key_reverse(seg->key),
		.encapsulation = seg->encapsulation,
	};
	flow->hash = hash_key(flows, seg->key);
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
	return flow_key_equal(&flow->stream.key, seg->key) ? STREAM_CLIENT : STREAM_SERVER;
}
