/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/known/known.h"

#include <stdlib.h>

#include "sensor/baseline/known/known_private.h"

#define NETWORK_SHARED UINT32_MAX

struct known *known_new(void)
{
	struct known *known = calloc(1, sizeof(*known));
	if (known == NULL) {
		return NULL;
	}
	known->shared = shared_new(sizeof(*known->shared));
	if (known->shared == NULL) {
		free(known);
		return NULL;
	}
	known->shared->used = 1;
	return known;
}

void known_free(struct known *known)
{
	if (known != NULL) {
		shared_free(known->shared, sizeof(*known->shared));
		free(known);
	}
}

void known_lock(struct known *known)
{
	shared_lock_take(&known->shared->lock);
}

void known_unlock(struct known *known)
{
	shared_lock_release(&known->shared->lock);
}

void known_note_dangling(struct known *known)
{
	known->shared->dangling = true;
}

bool known_has_dangling(const struct known *known)
{
	return known->shared->dangling;
}

uint32_t known_freed(const struct known *known)
{
	return known->shared->freed;
}

uint64_t known_evicted(const struct known *known)
{
	return known->shared->evicted;
}

size_t known_memory(const struct known *known)
{
	return sizeof(known->shared->buckets) +
	       (size_t)known->shared->used * sizeof(union known_unit);
}

void known_join_network(struct known *known, uint32_t network, known_id domain)
{
	known_id *first = &known->shared->networks[network % KNOWN_NETWORKS];
	if (*first == 0) {
		*first = domain;
	} else if (*first != domain) {
		*first = NETWORK_SHARED;
	}
}

void known_report_network(struct known *known, uint32_t network, known_id domain)
{
	struct known_reported *reported = &known->shared->reported[network % KNOWN_NETWORKS];
	if (reported->last != domain && reported->count < UINT16_MAX) {
		reported->count++;
		reported->last = domain;
	}
}

bool known_network_is_shared(const struct known *known, uint32_t network, known_id domain)
{
	known_id first = known->shared->networks[network % KNOWN_NETWORKS];
	return (first != 0 && first != domain) ||
	       known->shared->reported[network % KNOWN_NETWORKS].count >= KNOWN_REPORTED_LEAST;
}
