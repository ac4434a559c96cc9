/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_name_read.h"

/* As many as the most patient resolvers follow: Unbound 256, dnsmasq 255. */
#define JUMPS_MAX 256

#define LABEL_POINTER  0xc0
#define POINTER_TARGET 0x3fff

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

static int read_labels(struct cursor *field, size_t message_size, struct dns_name *name)
{
	struct cursor at = *field;
	size_t end = 0; /* of the name's own octets: zero or pointer included */
	size_t size = 0;
	unsigned jumps = 0;

	for (;;) {
		int ret = read_run(&at, name, &size);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
		uint8_t last = at.wire[at.pos];
		if (jumps == 0) {
			end = last == 0 ? at.pos + 1 : at.pos + 2;
		}
		if (last == 0) {
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
	field->pos = end;
	return DNS_NAME_OK;
}

int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name)
{
	if (field->failed) {
		return DNS_NAME_SHORT;
	}
	int ret = read_labels(field, message_size, name);
	if (ret != DNS_NAME_OK) {
		field->failed = true;
		name->size = 0;
	}
	return ret;
}
