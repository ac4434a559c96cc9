/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/facts.h"

#include <string.h>

#include "base/address.h"
#include "base/cursor.h"

bool facts_concern(const struct history_row *row)
{
	switch (row->type) {
	case DNS_TYPE_NS:
	case DNS_TYPE_MX:
	case DNS_TYPE_DS:
	case DNS_TYPE_CNAME:
		return row->origin != HISTORY_GLUE && !row->is_code;
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return !row->is_code;
	default:
		return false;
	}
}

static bool read_target(struct fact *fact, enum known_kind kind, const struct history_row *row,
                        size_t skip)
{
	fact->kind = kind;
	if (row->data_size <= skip || row->data_size - skip > DNS_NAME_MAX) {
		return false;
	}
	fact->target_size = (uint8_t)(row->data_size - skip);
	memcpy(fact->target, row->data + skip, fact->target_size);
	/* RDATA may have octets after the name. */
	return fact->target_size > 1 && dns_name_is_whole(fact->target, fact->target_size);
}

static bool read_ds(struct fact *fact, const struct history_row *row)
{
	struct cursor c = cursor_init(row->data, row->data_size);
	uint32_t tag = cursor_u16(&c);
	uint32_t algorithm = cursor_u8(&c);
	uint32_t digest = cursor_u8(&c);
	fact->kind = KNOWN_DS;
	fact->number = tag << 16 | algorithm << 8 | digest;
	return !c.failed;
}

/* The first 32 bits of 64:ff9b::/96 and 64:ff9b:1::/48. */
#define NAT64 0x0064ff9bu

static bool read_address(struct fact *fact, const struct history_row *row)
{
	struct cursor c = cursor_init(row->data, row->data_size);
	if (row->type == DNS_TYPE_A && row->data_size == 4) {
		fact->kind = KNOWN_IPV4;
		address_map_ipv4(&fact->addr, row->data);
	} else if (row->type == DNS_TYPE_AAAA && row->data_size == sizeof(fact->addr)) {
		fact->kind = KNOWN_IPV6;
		memcpy(&fact->addr, row->data, sizeof(fact->addr));
	} else {
		return false;
	}
	fact->number = cursor_u32(&c);
	/* What a resolver makes of an IPv4 address (RFC 6052) is no address of the owner. */
	return fact->kind == KNOWN_IPV4 || fact->number != NAT64;
}

bool fact_read(struct fact *fact, const struct history_row *row)
{
	switch (row->type) {
	case DNS_TYPE_NS:
		return read_target(fact, KNOWN_NS, row, 0);
	case DNS_TYPE_MX:
		return read_target(fact, KNOWN_MX, row, sizeof(uint16_t));
	case DNS_TYPE_CNAME:
		return read_target(fact, KNOWN_ALIASED, row, 0);
	case DNS_TYPE_DS:
		return read_ds(fact, row);
	default:
		return read_address(fact, row);
	}
}

/* Members that only addresses or only names need are not set, because a fact is large. */
void facts_add(struct facts *facts, const struct history_row *row, const struct dns_entry *entry,
               uint32_t place, uint32_t generation)
{
	if (facts->count == FACTS_MAX) {
		facts->omitted++;
		return;
	}
	struct fact *fact = &facts->items[facts->count];
	fact->target_size = 0;
	if (!fact_read(fact, row)) {
		return;
	}
	fact->side = row->origin == HISTORY_PARENT ? KNOWN_PARENT : KNOWN_CHILD;
	fact->authoritative = row->origin == HISTORY_CHILD || row->origin == HISTORY_PARENT;
	fact->section = (uint8_t)entry->section;
	fact->owner_size = row->owner_size;
	memcpy(fact->owner, row->owner, row->owner_size);
	fact->rtype = row->type;
	fact->ttl = dns_entry_ttl(entry);
	fact->rdata = entry->rdata;
	fact->place = place;
	fact->generation = generation;
	fact->owner_id = 0;
	fact->target_id = 0;
	fact->end = NULL;
	fact->done = fact->is_new = fact->is_reported = fact->left_out = false;
	facts->count++;
}

/* Chains of CNAME records */

/* No resolver needs a message with more of them, or a longer chain. */
#define CHAIN_MAX 16

struct links {
	size_t count;
	const struct fact *items[CHAIN_MAX];
};

static void find_links(const struct facts *facts, struct links *links)
{
	links->count = 0;
	for (size_t i = 0; i < facts->count && links->count < CHAIN_MAX; i++) {
		const struct fact *fact = &facts->items[i];
		if (fact->kind == KNOWN_ALIASED && fact->section == DNS_ANSWER) {
			links->items[links->count++] = fact;
		}
	}
}

static const struct fact *link_to(const struct links *links, const struct fact *fact)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct fact *link = links->items[i];
		if (link->target_size == fact->owner_size &&
		    memcmp(link->target, fact->owner, fact->owner_size) == 0) {
			return link;
		}
	}
	return NULL;
}

/* The CNAME record with which the chain begins that ends in an address; NULL: there is none. */
static const struct fact *first_link(const struct links *links, const struct fact *fact)
{
	const struct fact *first = NULL;
	const struct fact *link = link_to(links, fact);
	for (size_t steps = 0; link != NULL && steps < CHAIN_MAX; steps++) {
		first = link;
		link = link_to(links, first);
	}
	return first;
}

static void add_followed(struct facts *facts, const struct fact *fact, const struct fact *link)
{
	struct fact *followed = &facts->items[facts->count++];
	*followed = *fact;
	followed->owner_size = link->owner_size;
	memcpy(followed->owner, link->owner, link->owner_size);
	followed->authoritative = false; /* the TTL is that of another owner */
	followed->place = 0;
	followed->end = fact;
}

void facts_follow(struct facts *facts)
{
	struct links links;
	size_t count = facts->count;
	find_links(facts, &links);
	for (size_t i = 0; i < count && links.count > 0 && facts->count < FACTS_MAX; i++) {
		const struct fact *fact = &facts->items[i];
		bool address = fact->kind == KNOWN_IPV4 || fact->kind == KNOWN_IPV6;
		const struct fact *link =
		        address && fact->section == DNS_ANSWER ? first_link(&links, fact) : NULL;
		if (link != NULL) {
			add_followed(facts, fact, link);
		}
	}
}

enum known_kind fact_number(const struct in6_addr *addr, uint32_t *number)
{
	bool ipv4 = address_is_ipv4(addr);
	struct cursor c = cursor_init(addr->s6_addr + (ipv4 ? 12 : 0), sizeof(*number));
	*number = cursor_u32(&c);
	return ipv4 ? KNOWN_IPV4 : KNOWN_IPV6;
}
