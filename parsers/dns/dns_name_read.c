/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_name_read.h"

#include <string.h>

/* The largest number of pointers that resolvers follow: 256 in Unbound, 255 in dnsmasq. */
#define JUMPS_MAX 256

/* Reading a name of fewer steps again is faster than storing it. */
#define JUMPS_FEW  4
#define OCTETS_FEW 64

#define LABEL_POINTER    0xc0
#define LABEL_BIT_STRING 0x41 /* RFC 2673, obsolete */
#define POINTER_TARGET   0x3fff

/* The state of reading a name. */
struct reader {
	struct cursor at;
	size_t message_size;
	struct dns_name *name;
	size_t size; /* octets of the name that were written so far */
	unsigned jumps;
	const struct dns_name_memo *memo; /* NULL: nothing of this message is stored */
	size_t recalled;                  /* octets of the name that were copied from the memo */
};

/* Copies labels up to a zero, a pointer or a label of another type, and moves the cursor there.
 * Length octets are below 'A', so folding does not change them. */
static int read_run(struct reader *r)
{
	const uint8_t *wire = r->at.wire;
	struct dns_name *name = r->name;
	size_t start = r->at.pos;
	size_t end = start;
	size_t field_end = r->at.size;
	/* One octet is reserved for the zero that ends the name. */
	size_t room_end = start + DNS_NAME_MAX - 1 - r->size;
	size_t limit = field_end < room_end ? field_end : room_end;
	uint8_t count = name->labels.count;
	for (;;) {
		if (end >= field_end) {
			return DNS_NAME_SHORT;
		}
		uint8_t length = wire[end];
		if (length == 0 || length > DNS_LABEL_MAX) {
			break;
		}
		name->labels.starts[count++ % DNS_LABELS_KEPT] = (uint8_t)(r->size + end - start);
		end += 1U + length;
		if (end > limit) {
			return end > field_end ? DNS_NAME_SHORT : DNS_NAME_LONG;
		}
	}
	name->labels.count = count;
	dns_name_fold(name->wire + r->size, wire + start, end - start);
	r->size += end - start;
	r->at.pos = end;
	return DNS_NAME_OK;
}

/* Appends labels that were read from this place before. */
static bool recall(struct reader *r, size_t place)
{
	const struct dns_name_memo *memo = r->memo;
	struct dns_name *name = r->name;
	const struct dns_memo_target *target = &memo->targets[place];
	if (target->name < memo->first || memo->next - target->name > DNS_MEMO_NAMES) {
		return false;
	}
	const struct dns_name *known = &memo->names[target->name % DNS_MEMO_NAMES];
	size_t size = (size_t)known->size - target->at;
	if (r->size + size > DNS_NAME_MAX) {
		return false;
	}
	memcpy(name->wire + r->size, known->wire + target->at, size);
	size_t count = (size_t)known->labels.count - target->labels;
	size_t kept = count < DNS_LABELS_KEPT ? count : DNS_LABELS_KEPT;
	for (size_t i = count - kept; i < count; i++) {
		size_t start = dns_labels_start(&known->labels, target->labels + i);
		name->labels.starts[(name->labels.count + i) % DNS_LABELS_KEPT] =
		        (uint8_t)(r->size + start - target->at);
	}
	name->labels.count = (uint8_t)(name->labels.count + count);
	r->size += size - 1;
	r->recalled = size - 1;
	return true;
}

#define RECALLED 1

/* Follows the pointer at the cursor, and the pointers to which it leads, up to a label. Two limits
 * are necessary: a limit on the number of pointers prevents loops and long chains, and the limit of
 * 255 octets for a name prevents expansion. BIND and systemd-resolved follow pointers backwards
 * only; glibc, musl, Unbound and dnsmasq follow them to any octet of the message, even after the
 * RDATA that contains the name. */
static int follow(struct reader *r)
{
	const uint8_t *wire = r->at.wire;
	size_t pos = r->at.pos;
	size_t last = r->at.size - 1; /* the last octet of the field at which a pointer may begin */
	do {
		if (pos >= last) {
			return DNS_NAME_SHORT;
		}
		pos = octets_u16(wire + pos) & POINTER_TARGET;
		last = r->message_size - 1;
		if (pos > last || r->jumps++ == JUMPS_MAX) {
			return DNS_NAME_POINTER;
		}
		if (r->memo != NULL && recall(r, pos)) {
			return RECALLED;
		}
	} while (wire[pos] >= LABEL_POINTER);
	r->at.pos = pos;
	r->at.size = r->message_size;
	return DNS_NAME_OK;
}

static int read_labels(struct reader *r, size_t *own_end)
{
	for (;;) {
		int ret = read_run(r);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
		uint8_t last = r->at.wire[r->at.pos];
		if (r->jumps == 0) {
			*own_end = last == 0 ? r->at.pos + 1 : r->at.pos + 2;
		}
		if (last == 0) {
			return DNS_NAME_OK;
		}
		if (last < LABEL_POINTER) {
			return DNS_NAME_LABEL;
		}
		ret = follow(r);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
	}
}

/* Stores a name that took many steps, with each place from which a part of it was read. `jumps`
 * pointers lead to these places. The first of these pointers is in the field. */
static void keep(struct dns_name_memo *memo, const struct dns_name *name, const uint8_t *wire,
                 size_t place, unsigned jumps)
{
	size_t at = 0;
	uint8_t labels = 0;
	memo->names[memo->next % DNS_MEMO_NAMES] = *name;
	for (;;) {
		if (place < DNS_MEMO_TARGETS) {
			memo->targets[place] =
			        (struct dns_memo_target){ memo->next, (uint8_t)at, labels };
		}
		if (wire[place] >= LABEL_POINTER && jumps-- > 0) {
			place = octets_u16(wire + place) & POINTER_TARGET;
		} else if (wire[place] == 0 || wire[place] >= LABEL_POINTER) {
			break;
		} else {
			at += 1U + wire[place];
			place += 1U + wire[place];
			labels++;
		}
	}
	memo->next++;
}

int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name,
                  struct dns_name_memo *memo)
{
	bool remembers = memo != NULL && memo->next != memo->first;
	struct reader r = { *field, message_size, name, 0, 0, remembers ? memo : NULL, 0 };
	size_t end = field->pos;
	int ret = DNS_NAME_SHORT;
	name->labels.count = 0;
	if (!field->failed) {
		ret = read_labels(&r, &end);
	}
	if (ret < 0) {
		field->failed = true;
		name->size = 0;
		return ret;
	}
	name->wire[r.size++] = 0;
	name->size = (uint8_t)r.size;
	/* The last pointer leads to a place that is stored already if labels were recalled. */
	unsigned jumps = r.jumps - (ret == RECALLED ? 1 : 0);
	if (memo != NULL && (jumps > JUMPS_FEW || r.size - r.recalled > OCTETS_FEW)) {
		keep(memo, name, field->wire, field->pos, jumps);
	}
	field->pos = end;
	return DNS_NAME_OK;
}

/* Layout (RFC 2673 section 3.1): the number of bits, in 1 octet (0 for 256) | the bits. */
static size_t bit_string_size(const struct cursor *at)
{
	unsigned bits = cursor_left(at) >= 2 ? at->wire[at->pos + 1] : 0;
	return 2 + ((bits != 0 ? bits : 256) + 7) / 8;
}

bool dns_name_skip(struct cursor *field)
{
	struct cursor at = *field;
	for (;;) {
		uint8_t length = cursor_left(&at) > 0 ? at.wire[at.pos] : 0;
		if (length == 0 || length >= LABEL_POINTER) {
			cursor_skip(&at, length == 0 ? 1 : 2);
			break;
		}
		if (length > DNS_LABEL_MAX && length != LABEL_BIT_STRING) {
			return false;
		}
		cursor_skip(&at, length == LABEL_BIT_STRING ? bit_string_size(&at) : 1U + length);
	}
	if (!at.failed) {
		*field = at;
	}
	return !at.failed;
}
