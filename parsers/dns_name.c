/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns_name.h"

#include <stdio.h>
#include <string.h>

#include "parsers/utf8.h"

/* Every pointer must lead to a place that could not be reached without it, so
 * more of them than labels fit into a name is an attack on our time. */
#define JUMPS_MAX ((DNS_NAME_MAX + 1) / 2)

#define LABEL_TYPE    0xc0
#define LABEL_POINTER 0xc0

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static int append_label(struct dns_name *name, size_t *size, const uint8_t *label, uint8_t length)
{
	/* One octet is kept for the zero that ends the name. */
	if (*size + 1 + length + 1 > DNS_NAME_MAX) {
		return DNS_NAME_LONG;
	}
	name->wire[(*size)++] = length;
	for (uint8_t i = 0; i < length; i++) {
		name->wire[(*size)++] = fold(label[i]);
	}
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
	size_t size = 0;
	unsigned jumps = 0;

	for (;;) {
		int ret = DNS_NAME_OK;
		uint8_t length = cursor_u8(&at);
		if (at.failed) {
			return DNS_NAME_SHORT;
		}
		if (length == 0) {
			break;
		}
		if ((length & LABEL_TYPE) == LABEL_POINTER) {
			ret = follow(&at, &lowest, &jumps, length);
			if (ret == DNS_NAME_OK && jumps == 1) {
				message->pos += 2; /* the name's own octets end here */
			}
		} else if ((length & LABEL_TYPE) != 0) {
			ret = DNS_NAME_LABEL;
		} else {
			const uint8_t *label = cursor_take(&at, length);
			ret = label == NULL ? DNS_NAME_SHORT
			                    : append_label(name, &size, label, length);
			if (jumps == 0) {
				message->pos = at.pos;
			}
		}
		if (ret != DNS_NAME_OK) {
			return ret;
		}
	}
	name->wire[size++] = 0;
	name->size = (uint8_t)size;
	if (jumps == 0) {
		message->pos = at.pos;
	}
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

size_t dns_name_text(const uint8_t *wire, char *text)
{
	size_t size = 0;
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
