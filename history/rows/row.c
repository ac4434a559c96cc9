/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/row.h"

#include <string.h>

#include "base/cursor.h"

#define CODE_FLAG 0x80 /* this bit of the origin's octet marks a response code */

size_t history_reverse(const uint8_t *name, size_t size, uint8_t reversed[DNS_NAME_MAX])
{
	uint8_t starts[DNS_NAME_LABELS_MAX];
	size_t labels = dns_name_labels(name, size, starts);
	size_t at = 0;
	while (labels > 0) {
		const uint8_t *label = name + starts[--labels];
		memcpy(reversed + at, label, 1u + label[0]);
		at += 1u + label[0];
	}
	return at;
}

/* Returns the size of the name that begins there; 0: there is no valid name. */
static size_t name_size(const uint8_t *wire, size_t size)
{
	size_t at = 0;
	while (at < size && at < DNS_NAME_MAX && wire[at] != 0 && wire[at] <= DNS_LABEL_MAX) {
		at += 1u + wire[at];
	}
	return at < size && at < DNS_NAME_MAX && wire[at] == 0 ? at + 1 : 0;
}

struct dns_entry history_entry(const struct history_row *row, struct dns_message *message)
{
	*message = (struct dns_message){ .wire = row->data, .size = row->data_size };
	return (struct dns_entry){ .type = row->type,
		                   .rdata = row->data,
		                   .rdata_size = (uint16_t)row->data_size };
}

static size_t put_name(uint8_t *to, const uint8_t *name, size_t size)
{
	size_t reversed = history_reverse(name, size, to);
	to[reversed] = 0;
	return reversed + 1;
}

static size_t put_kind(uint8_t *to, const struct history_row *row)
{
	to[0] = (uint8_t)(row->type >> 8);
	to[1] = (uint8_t)row->type;
	to[2] = (uint8_t)row->origin | (row->is_code ? CODE_FLAG : 0);
	return 3;
}

size_t history_key_by_owner(const struct history_row *row, uint8_t key[HISTORY_KEY_MAX])
{
	size_t at = 0;
	if (row->data_size > HISTORY_DATA_MAX) {
		return 0;
	}
	key[at++] = HISTORY_KEY_OWNER;
	at += put_name(key + at, row->owner, row->owner_size);
	at += put_kind(key + at, row);
	memcpy(key + at, row->data, row->data_size);
	return at + row->data_size;
}

size_t history_key_by_data(const struct history_row *row, uint8_t key[HISTORY_KEY_MAX])
{
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	struct dns_name target;
	struct in6_addr address;
	size_t at = 1;
	if (row->data_size > HISTORY_DATA_MAX || row->is_code) {
		return 0;
	}
	if (dns_rdata_name(&message, &entry, &target) == 1) {
		key[0] = HISTORY_KEY_TARGET;
		at += put_name(key + at, target.wire, target.size);
	} else if (dns_rdata_address(&entry, &address)) {
		key[0] = HISTORY_KEY_ADDRESS;
		memcpy(key + at, &address, sizeof(address));
		at += sizeof(address);
	} else {
		return 0;
	}
	at += put_kind(key + at, row);
	at += put_name(key + at, row->owner, row->owner_size);
	memcpy(key + at, row->data, row->data_size);
	return at + row->data_size;
}

/* Reads a name whose labels were written beginning at the root. */
static size_t read_name(struct cursor *c, uint8_t name[DNS_NAME_MAX])
{
	size_t size = name_size(c->wire + c->pos, cursor_left(c));
	const uint8_t *reversed = cursor_take(c, size > 0 ? size : c->size + 1);
	if (reversed != NULL) {
		name[history_reverse(reversed, size, name)] = 0;
	}
	return size;
}

static void read_kind(struct cursor *c, struct history_row *row)
{
	row->type = cursor_u16(c);
	uint8_t origin = cursor_u8(c);
	row->is_code = (origin & CODE_FLAG) != 0;
	row->origin = origin & ~CODE_FLAG;
	if (row->origin >= HISTORY_ORIGINS) {
		c->failed = true;
	}
}

bool history_key_read(const uint8_t *key, size_t size, struct history_record *record)
{
	struct cursor c = cursor_init(key, size);
	struct history_row *row = &record->row;
	uint8_t target[DNS_NAME_MAX];
	uint8_t kind = cursor_u8(&c);

	row->owner = record->owner;
	switch (kind) {
	case HISTORY_KEY_OWNER:
		row->owner_size = (uint8_t)read_name(&c, record->owner);
		read_kind(&c, row);
		break;
	case HISTORY_KEY_TARGET:
		(void)read_name(&c, target);
		read_kind(&c, row);
		row->owner_size = (uint8_t)read_name(&c, record->owner);
		break;
	case HISTORY_KEY_ADDRESS:
		cursor_skip(&c, sizeof(struct in6_addr));
		read_kind(&c, row);
		row->owner_size = (uint8_t)read_name(&c, record->owner);
		break;
	default:
		return false;
	}
	row->data_size = cursor_left(&c);
	row->data = c.wire + c.pos;
	return !c.failed && row->data_size <= HISTORY_DATA_MAX &&
	       (!row->is_code || row->data_size == 1);
}

/* Numbers are written as in Protocol Buffers: each octet has seven bits, and the least significant
 * ones come first. */
static size_t put_varint(uint8_t *to, uint64_t number)
{
	size_t size = 0;
	for (; number >= 0x80; number >>= 7) {
		to[size++] = (uint8_t)(number | 0x80);
	}
	to[size++] = (uint8_t)number;
	return size;
}

static uint64_t read_varint(struct cursor *c)
{
	uint64_t number = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t octet = cursor_u8(c);
		number |= (uint64_t)(octet & 0x7f) << shift;
		if (octet < 0x80) {
			return number;
		}
	}
	c->failed = true;
	return 0;
}

size_t history_value_write(const struct history_seen *seen, uint8_t value[HISTORY_VALUE_MAX])
{
	size_t at = put_varint(value, seen->first);
	at += put_varint(value + at, seen->last - seen->first);
	at += put_varint(value + at, seen->count);
	at += put_varint(value + at, seen->ttl_min);
	at += put_varint(value + at, seen->ttl_max - seen->ttl_min);
	return at;
}

bool history_value_read(const uint8_t *value, size_t size, struct history_seen *seen)
{
	struct cursor c = cursor_init(value, size);
	seen->first = read_varint(&c);
	uint64_t span = read_varint(&c);
	seen->count = read_varint(&c);
	uint64_t ttl_min = read_varint(&c);
	uint64_t ttl_span = read_varint(&c);
	if (c.failed || cursor_left(&c) > 0 || span > UINT64_MAX - seen->first ||
	    ttl_min > UINT32_MAX || ttl_span > UINT32_MAX - ttl_min) {
		return false;
	}
	seen->last = seen->first + span;
	seen->ttl_min = (uint32_t)ttl_min;
	seen->ttl_max = (uint32_t)(ttl_min + ttl_span);
	return true;
}

void history_seen_merge(struct history_seen *seen, const struct history_seen *other)
{
	seen->first = other->first < seen->first ? other->first : seen->first;
	seen->last = other->last > seen->last ? other->last : seen->last;
	seen->count += other->count;
	seen->ttl_min = other->ttl_min < seen->ttl_min ? other->ttl_min : seen->ttl_min;
	seen->ttl_max = other->ttl_max > seen->ttl_max ? other->ttl_max : seen->ttl_max;
}
