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
	return fact->target_size > 1;
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
	return true;
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
               uint32_t place)
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
	fact->authoritative = row->origin != HISTORY_CACHE;
	fact->section = (uint8_t)entry->section;
	fact->owner_size = row->owner_size;
	memcpy(fact->owner, row->owner, row->owner_size);
	fact->rtype = row->type;
	fact->ttl = dns_entry_ttl(entry);
	fact->rdata = entry->rdata;
	fact->place = place;
	fact->owner_id = 0;
	fact->target_id = 0;
	fact->done = fact->is_new = fact->is_reported = fact->left_out = false;
	facts->count++;
}
