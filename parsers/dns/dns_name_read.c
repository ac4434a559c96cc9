/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_name_read.h"

#include <string.h>

/* As many as the most patient resolvers follow: Unbound 256, dnsmasq 255. */
#define JUMPS_MAX 256

#define LABEL_POINTER    0xc0
#define LABEL_BIT_STRING 0x41 /* RFC 2673, obsolete */
#define POINTER_TARGET   0x3fff

/* Copies labels up to a zero, a pointer or a label of another type, and leaves the cursor
 * there. Length octets are below 'A', so folding does not change them. */
static int read_run(struct cursor *at, struct dns_name *name, size_t *size)
{
	size_t start = at->pos, end = start;
	uint8_t length;
	for (;;) {
		if (end >= at->size) {
			return DNS_NAME_SHORT;
		}
		length = at->wire[end];
		if (length == 0 || length > DNS_LABEL_MAX) {
			break;
		}
		dns_labels_add(&name->labels, *size + (end - start));
		end += 1U + length;
		if (end > at->size) {
			return DNS_NAME_SHORT;
		}
		/* One octet is kept for the zero that ends the name. */
		if (*size + (end - start) + 1 > DNS_NAME_MAX) {
			return DNS_NAME_LONG;
		}
	}
	dns_name_fold(name->wire + *size, at->wire + start, end - start);
	*size += end - start;
	at->pos = end;
	return DNS_NAME_OK;
}

/* Follows the pointer at the cursor, and those that it leads to, up to a label. Two guards,
 * neither of which covers the other: the number of pointers is limited (no loop and no long
 * chain), and the name has at most 255 octets (no expansion). BIND and systemd-resolved follow
 * pointers backwards only; glibc, musl, Unbound and dnsmasq follow them anywhere in the message,
 * beyond the RDATA that the name is in, too. */
static int follow(struct cursor *at, size_t message_size, unsigned *jumps)
{
	const uint8_t *wire = at->wire;
	size_t pos = at->pos;
	size_t last = at->size - 1; /* of the field, for its own pointer */
	unsigned left = JUMPS_MAX - *jumps;
	do {
		if (pos >= last) {
			return DNS_NAME_SHORT;
		}
		pos = octets_u16(wire + pos) & POINTER_TARGET;
		last = message_size - 1;
		if (pos > last || left-- == 0) {
			return DNS_NAME_POINTER;
		}
	} while (wire[pos] >= LABEL_POINTER);
	*jumps = JUMPS_MAX - left;
	at->pos = pos;
	at->size = message_size;
	return DNS_NAME_OK;
}

/* Appends what the pointer at the cursor led to before; false if it is another pointer. */
static bool recall(const struct dns_name_memo *memo, const struct cursor *at, struct dns_name *name,
                   size_t *size)
{
	if (cursor_left(at) < 2 || at->wire[at->pos] < LABEL_POINTER ||
	    (octets_u16(at->wire + at->pos) & POINTER_TARGET) != memo->target ||
	    *size + memo->tail.size > DNS_NAME_MAX) {
		return false;
	}
	const struct dns_name *tail = &memo->tail;
	memcpy(name->wire + *size, tail->wire, tail->size);
	for (size_t i = tail->labels.count - DNS_LABELS_KEPT; i < tail->labels.count; i++) {
		size_t label = name->labels.count + i;
		name->labels.starts[label % DNS_LABELS_KEPT] =
		        (uint8_t)(*size + dns_labels_start(&tail->labels, i));
	}
	name->labels.count = (uint8_t)(name->labels.count + tail->labels.count);
	*size += tail->size - 1U;
	return true;
}

/* Keeps the labels of a name that its first pointer led to. */
static void keep(struct dns_name_memo *memo, const struct dns_name *name, size_t target,
                 size_t own_size, size_t own_labels)
{
	struct dns_name *tail = &memo->tail;
	memo->target = target;
	tail->size = (uint8_t)(name->size - own_size);
	memcpy(tail->wire, name->wire + own_size, tail->size);
	tail->labels.count = (uint8_t)(name->labels.count - own_labels);
	for (size_t i = tail->labels.count - DNS_LABELS_KEPT; i < tail->labels.count; i++) {
		tail->labels.starts[i % DNS_LABELS_KEPT] =
		        (uint8_t)(dns_labels_start(&name->labels, own_labels + i) - own_size);
	}
}

static int read_labels(struct cursor *field, size_t message_size, struct dns_name *name,
                       struct dns_name_memo *memo)
{
	struct cursor at = *field;
	size_t own_end = 0; /* in the message, of the zero or pointer */
	size_t own_size = 0;
	size_t own_labels = 0;
	size_t size = 0;
	unsigned jumps = 0;

	name->labels.count = 0;
	for (;;) {
		int ret = read_run(&at, name, &size);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
		uint8_t last = at.wire[at.pos];
		if (jumps == 0) {
			own_end = last == 0 ? at.pos + 1 : at.pos + 2;
			own_size = size;
			own_labels = name->labels.count;
		}
		if (last == 0 || (jumps == 0 && memo != NULL && recall(memo, &at, name, &size))) {
			break;
		}
		if (last < LABEL_POINTER) {
			return DNS_NAME_LABEL;
		}
		ret = follow(&at, message_size, &jumps);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
	}
	name->wire[size++] = 0;
	name->size = (uint8_t)size;
	field->pos = own_end;
	if (memo != NULL && jumps > 0 && name->labels.count > own_labels + DNS_LABELS_KEPT) {
		size_t target = octets_u16(at.wire + own_end - 2) & POINTER_TARGET;
		keep(memo, name, target, own_size, own_labels);
	}
	return DNS_NAME_OK;
}

int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name,
                  struct dns_name_memo *memo)
{
	if (field->failed) {
		return DNS_NAME_SHORT;
	}
	int ret = read_labels(field, message_size, name, memo);
	if (ret != DNS_NAME_OK) {
		field->failed = true;
		name->size = 0;
	}
	return ret;
}

/* RFC 2673 section 3.1: the number of bits 1 (0 for 256) | the bits. */
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
