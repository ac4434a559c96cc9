/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/observe/cname_chain.h"

#include <string.h>

#include "parsers/dns/dns_codes.h"

void cname_chain_init(struct cname_chain *cname_chain)
{
	cname_chain->read = false;
	cname_chain->count = 0;
}

void cname_chain_read(struct cname_chain *cname_chain, const struct dns_message *message)
{
	struct dns_walk walk;
	struct dns_entry entry;
	if (cname_chain->read) {
		return;
	}
	cname_chain->read = true;
	dns_walk_begin(&walk, message);
	while (cname_chain->count < CNAME_CHAIN_MAX && dns_walk_next(&walk, &entry) > 0) {
		struct cname *cname = &cname_chain->items[cname_chain->count];
		if (entry.section != DNS_QUESTION && entry.type == DNS_TYPE_CNAME &&
		    entry.owner.size > 0 && entry.rclass == DNS_CLASS_IN &&
		    dns_rdata_name(message, &entry, &cname->target) > 0) {
			cname->owner.size = entry.owner.size;
			memcpy(cname->owner.wire, entry.owner.wire, entry.owner.size);
			cname_chain->count++;
		}
	}
}

/* Adds the names that are aliases of `wire`, except known ones and the owner. */
static size_t add_chain_of(const struct cname_chain *cname_chain, const struct dns_name *owner,
                           const uint8_t *wire, size_t size,
                           struct observation_name origins[OBSERVATION_ORIGINS_MAX], size_t count)
{
	for (size_t i = 0; i < cname_chain->count && count < OBSERVATION_ORIGINS_MAX; i++) {
		const struct dns_name *name = &cname_chain->items[i].owner;
		if (!dns_name_equal(&cname_chain->items[i].target, wire, size)) {
			continue;
		}
		bool known = dns_name_equal(name, owner->wire, owner->size);
		for (size_t j = 0; j < count && !known; j++) {
			known = dns_name_equal(name, origins[j].wire, origins[j].size);
		}
		if (!known) {
			origins[count++] = (struct observation_name){ name->wire, name->size };
		}
	}
	return count;
}

size_t cname_chain_origins(const struct cname_chain *cname_chain, const struct dns_name *owner,
                           struct observation_name origins[OBSERVATION_ORIGINS_MAX])
{
	if (cname_chain->count == 0) {
		return 0;
	}
	size_t count = add_chain_of(cname_chain, owner, owner->wire, owner->size, origins, 0);
	for (size_t i = 0; i < count; i++) {
		count = add_chain_of(cname_chain, owner, origins[i].wire, origins[i].size, origins,
		                     count);
	}
	return count;
}

static const struct dns_name *target_of(const struct cname_chain *cname_chain,
                                        const struct dns_name *name)
{
	for (size_t i = 0; i < cname_chain->count; i++) {
		if (dns_name_equal(&cname_chain->items[i].owner, name->wire, name->size)) {
			return &cname_chain->items[i].target;
		}
	}
	return NULL;
}

size_t cname_chain_follow(const struct cname_chain *cname_chain, const struct dns_name *name,
                          struct observation_name names[OBSERVATION_ORIGINS_MAX])
{
	size_t count = 0;
	const struct dns_name *next = target_of(cname_chain, name);
	while (next != NULL && count < OBSERVATION_ORIGINS_MAX) {
		names[count++] = (struct observation_name){ next->wire, next->size };
		next = target_of(cname_chain, next);
	}
	return count;
}
