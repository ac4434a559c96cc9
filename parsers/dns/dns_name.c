/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* Every pointer must lead to a place that could not be reached without it, so
 * more of them than labels fit into a name is an attack on our time. */
#define JUMPS_MAX ((DNS_NAME_MAX + 1) / 2)

#define LABEL_TYPE    0xc0
#define LABEL_POINTER 0xc0

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* Eight at once: sums carry into the top bit from 'A' on, and from past 'Z' on. */
static void fold_eight(uint8_t *to, const uint8_t *from)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t octets, low, upper;
	memcpy(&octets, from, sizeof(octets));
	low = octets & 0x7f * each;
	upper = (low + (0x80 - 'A') * each) & ~(low + (0x7f - 'Z') * each) & ~octets;
	octets |= (upper & 0x80 * each) >> 2;
	memcpy(to, &octets, sizeof(octets));
}

static void fold_copy(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t at = 0;
	for (; at + 8 <= size; at += 8) {
		fold_eight(to + at, from + at);
	}
	if (size >= 8) { /* the last eight, some of them again */
		fold_eight(to + size - 8, from + size - 8);
		return;
	}
	for (; at < size; at++) {
		to[at] = fold(from[at]);
	}
}

/* Labels up to a zero, a pointer or a label of another type, where the cursor is left.
 * Lengths are below 'A', so that folding them with what they count changes nothing. */
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
	fold_copy(name->wire + *size, at->wire + start, end - start);
	*size += end - start;
	at->pos = end;
	return DNS_NAME_OK;
}

/* Three guards, as none covers the others: pointers lead strictly backwards (no
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

/* Controls of one octet, and those of Latin-1 that stand as two. */
static bool is_control(const uint8_t *octets, size_t length)
{
	return length == 1 ? octets[0] < 0x20 || octets[0] == 0x7f
	                   : octets[0] == 0xc2 && octets[1] < 0xa0;
}

static const bool PLAIN[256] = { [' ' ... '-'] = true, ['/' ... '['] = true, [']' ... '~'] = true };

static size_t put_label(char *text, const uint8_t *label, size_t length)
{
	size_t size = 0;
	for (size_t at = 0; at < length;) {
		size_t step = utf8_sequence(label + at, length - at);
		if (step == 0 || is_control(label + at, step)) {
			size += (size_t)sprintf(text + size, "\\%03u", label[at]);
			at++;
			continue;
		}
		if (label[at] == '.' || label[at] == '\\') {
			text[size++] = '\\';
		}
		memcpy(text + size, label + at, step);
		size += step;
		at += step;
	}
	return size;
}

/* A name without escapes, copied whole: as text it has dots where it has lengths. */
static size_t put_plain(char *text, const uint8_t *wire)
{
	bool plain = true;
	size_t size = 0;
	while (wire[size] != 0) {
		size_t next = size + 1 + wire[size];
		for (size++; size < next; size++) {
			plain &= PLAIN[wire[size]];
		}
	}
	if (size == 0 || !plain) {
		return 0;
	}
	size--;
	memcpy(text, wire + 1, size);
	for (size_t at = wire[0]; at < size; at += 1 + wire[1 + at]) {
		text[at] = '.';
	}
	text[size] = '\0';
	return size;
}

size_t dns_name_text(const uint8_t *wire, char *text)
{
	size_t size = put_plain(text, wire);
	if (size > 0) {
		return size;
	}
	if (*wire == 0) {
		text[size++] = '.';
	}
	while (*wire != 0) {
		if (size > 0) {
			text[size++] = '.';
		}
		size += put_label(text + size, wire + 1, *wire);
		wire += 1 + *wire;
	}
	text[size] = '\0';
	return size;
}

static int append_label(struct dns_name *name, size_t *size, const uint8_t *label, uint8_t length)
{
	if (*size + 1 + length + 1 > DNS_NAME_MAX) {
		return DNS_NAME_LONG;
	}
	name->wire[(*size)++] = length;
	fold_copy(name->wire + *size, label, length);
	*size += length;
	return DNS_NAME_OK;
}

int dns_name_from_host(const char *host, size_t size, struct dns_name *name)
{
	size_t used = 0;
	name->size = 0;
	if (size > 0 && host[size - 1] == '.') {
		size--;
	}
	for (size_t at = 0; at <= size;) {
		const char *dot = at < size ? memchr(host + at, '.', size - at) : NULL;
		size_t length = dot != NULL ? (size_t)(dot - host) - at : size - at;
		if (length == 0 || length > DNS_LABEL_MAX) {
			return DNS_NAME_LABEL;
		}
		int ret = append_label(name, &used, (const uint8_t *)host + at, (uint8_t)length);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
		at += length + 1;
	}
	name->wire[used++] = 0;
	name->size = (uint8_t)used;
	return DNS_NAME_OK;
}
