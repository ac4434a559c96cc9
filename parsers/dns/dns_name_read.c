/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_name_read.h"

/* A pointer is useful only where a label follows, so a name with more pointers than
 * labels fit into it is an attack on the time of the parser. */
#define JUMPS_MAX ((DNS_NAME_MAX + 1) / 2)

#define LABEL_TYPE    0xc0
#define LABEL_POINTER 0xc0

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

/* Three guards, none of which covers the others: pointers lead strictly backwards (no
 * loop), their number is limited (no long chain of bare pointers), and the name
 * has at most 255 octets (no expansion). */
static int follow(struct cursor *at, size_t *lowest, unsigned *jumps, uint8_t high)
{
	size_t target = (size_t)(high & ~LABEL_TYPE) << 8 | cursor_u8(at);
	if (at->failed) {
		return DNS_NAME_SHORT;
	}
	if (target >= *lowest || ++*jumps > JUMPS_MAX) {
		return DNS_NAME_POINTER;
	}
	*lowest = target;
	cursor_seek(at, target);
	return DNS_NAME_OK;
}

static int read_labels(struct cursor *message, struct dns_name *name)
{
	struct cursor at = *message;
	size_t lowest = at.pos;
	size_t end = 0; /* of the name's own octets: zero or pointer included */
	size_t size = 0;
	unsigned jumps = 0;

	for (;;) {
		int ret = read_run(&at, name, &size);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
		uint8_t last = cursor_u8(&at);
		if (jumps == 0) {
			end = last == 0 ? at.pos : at.pos + 1;
		}
		if (last == 0) {
			break;
		}
		if ((last & LABEL_TYPE) != LABEL_POINTER) {
			return DNS_NAME_LABEL;
		}
		ret = follow(&at, &lowest, &jumps, last);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
	}
	name->wire[size++] = 0;
	name->size = (uint8_t)size;
	message->pos = end;
	return DNS_NAME_OK;
}

int dns_name_read(struct cursor *message, struct dns_name *name)
{
	if (message->failed) {
		return DNS_NAME_SHORT;
	}
	int ret = read_labels(message, name);
	if (ret != DNS_NAME_OK) {
		message->failed = true;
		name->size = 0;
	}
	return ret;
}
