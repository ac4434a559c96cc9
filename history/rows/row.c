/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/row.h"

#include <string.h>
#include <xxhash.h>

#include "base/cursor.h"
#include "history/rows/key_parts.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_service.h"

#define CODE_FLAG 0x80 /* this bit of the origin's octet marks a response code */

struct dns_entry history_entry(const struct history_row *row, struct dns_message *message)
{
	*message = (struct dns_message){ .wire = row->data, .size = row->data_size };
	return (struct dns_entry){ .type = row->type,
		                   .rdata = row->data,
		                   .rdata_size = (uint16_t)row->data_size };
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
	at += key_put_name(key + at, row->owner, row->owner_size);
	at += put_kind(key + at, row);
	memcpy(key + at, row->data, row->data_size);
	return at + row->data_size;
}

/* Writes the rest of a key by data, after the name or address. */
static size_t put_row(const struct history_row *row, size_t at, uint8_t key[HISTORY_KEY_MAX])
{
	at += put_kind(key + at, row);
	at += key_put_name(key + at, row->owner, row->owner_size);
	memcpy(key + at, row->data, row->data_size);
	return at + row->data_size;
}

static size_t key_by_address(const struct history_row *row, const struct in6_addr *address,
                             uint8_t key[HISTORY_KEY_MAX])
{
	key[0] = HISTORY_KEY_ADDRESS;
	memcpy(key + 1, address, sizeof(*address));
	return put_row(row, 1 + sizeof(*address), key);
}

size_t history_key_by_data(const struct history_row *row, uint8_t key[HISTORY_KEY_MAX])
{
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	struct dns_name target;
	struct in6_addr address;
	if (row->data_size > HISTORY_DATA_MAX || row->is_code) {
		return 0;
	}
	if (dns_rdata_name(&message, &entry, &target) == 1) {
		key[0] = HISTORY_KEY_TARGET;
		return put_row(row, 1 + key_put_name(key + 1, target.wire, target.size), key);
	}
	return dns_rdata_address(&entry, &address) ? key_by_address(row, &address, key) : 0;
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

size_t history_key_by_client(const struct history_row *row, const struct in6_addr *client,
                             uint8_t key[HISTORY_KEY_MAX])
{
	size_t at = history_key_by_owner(row, key);
	if (at == 0) {
		return 0;
	}
	key[0] = HISTORY_KEY_CLIENT;
	at += key_put_number(key + at, XXH3_64bits(client, sizeof(*client)), sizeof(uint64_t));
	memcpy(key + at, client, sizeof(*client));
	return at + sizeof(*client);
}

bool history_key_has_value(enum history_key_kind kind)
{
	return kind == HISTORY_KEY_OWNER || kind == HISTORY_KEY_MAIL ||
	       kind == HISTORY_KEY_SERVER || kind == HISTORY_KEY_RECIPIENT ||
	       kind == HISTORY_KEY_CLIENT || kind == HISTORY_KEY_FOLDED;
}

static void read_owner(struct cursor *c, struct history_record *record)
{
	record->row.owner = record->owner;
	record->row.owner_size = key_read_name(c, record->owner);
}

static bool read_data(struct cursor *c, struct history_row *row, size_t after)
{
	size_t left = cursor_left(c);
	if (left < after) {
		return false;
	}
	row->data_size = left - after;
	row->data = cursor_take(c, row->data_size);
	return !c->failed && row->data_size <= HISTORY_DATA_MAX &&
	       (!row->is_code || row->data_size == 1);
}

static bool read_client(struct cursor *c, struct history_record *record)
{
	if (!read_data(c, &record->row, HISTORY_CLIENT_SIZE)) {
		return false;
	}
	uint64_t hash = key_read_number(c, sizeof(hash));
	memcpy(&record->client, c->wire + c->pos, sizeof(record->client));
	return hash == XXH3_64bits(&record->client, sizeof(record->client));
}

/* Reads the rest of a key by data, after the name or address. */
static bool read_by_data(struct cursor *c, struct history_record *record)
{
	read_kind(c, &record->row);
	read_owner(c, record);
	record->kind = HISTORY_KEY_OWNER;
	return read_data(c, &record->row, 0);
}

static bool read_mail_key(struct cursor *c, enum history_key_kind kind,
                          struct history_record *record)
{
	record->kind = kind == HISTORY_KEY_MAIL_SERVER ? HISTORY_KEY_MAIL
	               : kind == HISTORY_KEY_SENDER    ? HISTORY_KEY_RECIPIENT
	                                               : kind;
	return history_mail_key_read(c, (int)kind, &record->mail, record->owner, record->sender);
}

bool history_key_read(const uint8_t *key, size_t size, struct history_record *record)
{
	struct cursor c = cursor_init(key, size);
	uint8_t target[DNS_NAME_MAX];
	enum history_key_kind kind = cursor_u8(&c);

	record->kind = kind;
	switch (kind) {
	case HISTORY_KEY_OWNER:
	case HISTORY_KEY_CLIENT:
		read_owner(&c, record);
		read_kind(&c, &record->row);
		return kind == HISTORY_KEY_OWNER ? read_data(&c, &record->row, 0)
		                                 : read_client(&c, record);
	case HISTORY_KEY_FOLDED:
		read_owner(&c, record);
		return !c.failed && cursor_left(&c) == 0;
	case HISTORY_KEY_TARGET:
		(void)key_read_name(&c, target);
		return read_by_data(&c, record);
	case HISTORY_KEY_ADDRESS:
		cursor_skip(&c, sizeof(struct in6_addr));
		return read_by_data(&c, record);
	case HISTORY_KEY_MAIL:
	case HISTORY_KEY_MAIL_SERVER:
	case HISTORY_KEY_SERVER:
	case HISTORY_KEY_RECIPIENT:
	case HISTORY_KEY_SENDER:
		return read_mail_key(&c, kind, record);
	default:
		return false;
	}
}

int history_key_compare(const uint8_t *one, size_t one_size, const uint8_t *other,
                        size_t other_size)
{
	int order = memcmp(one, other, one_size < other_size ? one_size : other_size);
	return order != 0 ? order : (one_size > other_size) - (one_size < other_size);
}

size_t history_key_write(const struct history_record *record, uint8_t key[HISTORY_KEY_MAX])
{
	switch (record->kind) {
	case HISTORY_KEY_OWNER:
		return history_key_by_owner(&record->row, key);
	case HISTORY_KEY_CLIENT:
		return history_key_by_client(&record->row, &record->client, key);
	case HISTORY_KEY_FOLDED:
		key[0] = HISTORY_KEY_FOLDED;
		return 1 + key_put_name(key + 1, record->row.owner, record->row.owner_size);
	default:
		return history_mail_key(&record->mail, (int)record->kind, key);
	}
}

/* Writes the key by an address hint of a record of the type SVCB or HTTPS. */
static size_t key_by_hint(const struct history_row *row, unsigned number,
                          uint8_t key[HISTORY_KEY_MAX])
{
	struct dns_message message;
	const struct dns_entry entry = history_entry(row, &message);
	struct dns_service_hints hints;
	struct cursor parameters;
	struct in6_addr address;
	bool found = (row->type == DNS_TYPE_SVCB || row->type == DNS_TYPE_HTTPS) && !row->is_code &&
	             number < HISTORY_HINTS_MAX;
	if (found) {
		dns_rdata_service(&message, &entry, &parameters);
		dns_service_hints_begin(&hints, parameters);
	}
	for (unsigned i = 0; found && i <= number; i++) {
		found = dns_service_hints_next(&hints, &address);
	}
	return found ? key_by_address(row, &address, key) : 0;
}

size_t history_key_write_other(const struct history_record *record, unsigned number,
                               uint8_t key[HISTORY_KEY_MAX])
{
	if (record->kind == HISTORY_KEY_OWNER && number > 0) {
		return key_by_hint(&record->row, number - 1, key);
	}
	if (number > 0) {
		return 0;
	}
	switch (record->kind) {
	case HISTORY_KEY_OWNER:
		return history_key_by_data(&record->row, key);
	case HISTORY_KEY_MAIL:
		return history_mail_key(&record->mail, HISTORY_KEY_MAIL_SERVER, key);
	case HISTORY_KEY_RECIPIENT:
		return history_mail_key(&record->mail, HISTORY_KEY_SENDER, key);
	default:
		return 0;
	}
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

static bool has_ttl(enum history_key_kind kind)
{
	return kind == HISTORY_KEY_OWNER || kind == HISTORY_KEY_CLIENT;
}

size_t history_value_write(enum history_key_kind kind, const struct history_seen *seen,
                           uint8_t value[HISTORY_VALUE_MAX])
{
	bool ttl = has_ttl(kind);
	size_t at = put_varint(value, seen->first);
	at += put_varint(value + at, seen->last - seen->first);
	at += put_varint(value + at, seen->count);
	at += put_varint(value + at, ttl ? seen->ttl_min : seen->accepted);
	at += put_varint(value + at, ttl ? seen->ttl_max - seen->ttl_min : seen->tls);
	if (seen->kept) {
		value[at++] = 1;
	}
	return at;
}

bool history_value_read(enum history_key_kind kind, const uint8_t *value, size_t size,
                        struct history_seen *seen)
{
	struct cursor c = cursor_init(value, size);
	*seen = (struct history_seen){ .first = read_varint(&c) };
	uint64_t span = read_varint(&c);
	seen->count = read_varint(&c);
	uint64_t one = read_varint(&c), other = read_varint(&c);
	seen->kept = cursor_left(&c) > 0;
	if ((seen->kept && cursor_u8(&c) != 1) || c.failed || cursor_left(&c) > 0 ||
	    span > UINT64_MAX - seen->first || one > UINT32_MAX ||
	    other > UINT32_MAX - (has_ttl(kind) ? one : 0)) {
		return false;
	}
	seen->last = seen->first + span;
	if (has_ttl(kind)) {
		seen->ttl_min = (uint32_t)one;
		seen->ttl_max = (uint32_t)(one + other);
	} else {
		seen->accepted = (uint32_t)one;
		seen->tls = (uint32_t)other;
	}
	return true;
}

static uint32_t add(uint32_t one, uint32_t other)
{
	return one > UINT32_MAX - other ? UINT32_MAX : one + other;
}

void history_seen_merge(enum history_key_kind kind, struct history_seen *seen,
                        const struct history_seen *other)
{
	seen->first = other->first < seen->first ? other->first : seen->first;
	seen->last = other->last > seen->last ? other->last : seen->last;
	seen->count += other->count;
	seen->kept |= other->kept;
	if (has_ttl(kind)) {
		seen->ttl_min = other->ttl_min < seen->ttl_min ? other->ttl_min : seen->ttl_min;
		seen->ttl_max = other->ttl_max > seen->ttl_max ? other->ttl_max : seen->ttl_max;
	} else {
		seen->accepted = add(seen->accepted, other->accepted);
		seen->tls = add(seen->tls, other->tls);
	}
}
