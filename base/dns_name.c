/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/dns_name.h"

#include <string.h>

#include "base/ascii.h"
#include "base/text.h"
#include "base/utf8.h"

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

/* Folds eight octets at once. Of each octet, the top bit of one sum shows that it is at least 'A',
 * the top bit of the other that it is greater than 'Z'. */
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

void dns_name_fold(uint8_t *to, const uint8_t *from, size_t size)
{
	size_t at = 0;
	for (; at + 8 <= size; at += 8) {
		fold_eight(to + at, from + at);
	}
	if (size >= 8) { /* the last eight octets, some of which were folded already */
		fold_eight(to + size - 8, from + size - 8);
		return;
	}
	for (; at < size; at++) {
		to[at] = fold(from[at]);
	}
}

/* Returns true for a control character of ASCII, or of Latin-1, which takes two octets. */
static bool is_control(const uint8_t *octets, size_t length)
{
	return length == 1 ? octets[0] < 0x20 || octets[0] == 0x7f
	                   : octets[0] == 0xc2 && octets[1] < 0xa0;
}

static size_t put_label(char *text, const uint8_t *label, size_t length)
{
	size_t size = 0;
	for (size_t at = 0; at < length;) {
		size_t step = label[at] < 0x80 ? 1 : utf8_sequence(label + at, length - at);
		if (step == 0 || is_control(label + at, step)) {
			size = (size_t)(text_escape(text + size, label[at]) - text);
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

/* A name without escapes is copied as a whole, with dots in place of the length octets. A quote
 * needs no escape, but is left to the slower way. */
static size_t put_plain(char *text, const uint8_t *wire)
{
	size_t end = wire[0];
	if (end == 0) {
		return 0;
	}
	while (wire[end + 1] != 0) {
		end += 1 + wire[end + 1];
	}
	memcpy(text, wire + 1, end);
	for (size_t at = wire[0]; at < end; at += 1 + wire[1 + at]) {
		text[at] = 'x';
	}
	if (text_plain(text, end) < end || memchr(text, '.', end) != NULL) {
		return 0;
	}
	for (size_t at = wire[0]; at < end; at += 1 + wire[1 + at]) {
		text[at] = '.';
	}
	text[end] = '\0';
	return end;
}

/* GCC and clang compile this for any processor, with or without instructions for vectors. */
typedef int8_t octets16 __attribute__((vector_size(16)));

/* Lengths of labels that count_special() counts, too: up to 31, and those of a quote and a dot. */
#define SPECIAL_LENGTHS UINT64_C(0x4004ffffffff)

/* Copies octets, of which 16 are read at a time, and returns how many of them cannot be copied into
 * JSON or are a dot. */
static unsigned copy_and_count(char *text, const uint8_t *octets, size_t size)
{
	static const octets16 order = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	octets16 counts = { 0 };
	for (size_t at = 0; at < size; at += sizeof(counts)) {
		octets16 part;
		int8_t left = (int8_t)(size - at < sizeof(part) ? size - at : sizeof(part));
		memcpy(&part, octets + at, sizeof(part));
		memcpy(text + at, &part, sizeof(part));
		const octets16 special = (part < 0x20) | (part == 0x7f) | (part == '"') |
		                         (part == '\\') | (part == '.');
		counts -= special & (order < left);
	}
	uint64_t parts[2];
	memcpy(parts, &counts, sizeof(parts));
	/* Each octet of `counts` is at most 16. The product adds the eight octets of a word. */
	return (unsigned)((parts[0] + parts[1]) * UINT64_C(0x0101010101010101) >> 56);
}

size_t dns_name_plain_text(const struct dns_name *name, char *text)
{
	size_t end = name->size >= 2 ? name->size - 2U : 0;
	if (end == 0 || end + sizeof(octets16) > sizeof(name->wire)) {
		return 0;
	}
	unsigned special = copy_and_count(text, name->wire + 1, end);
	for (size_t at = name->wire[0]; at < end; at += 1U + name->wire[1 + at]) {
		special -= SPECIAL_LENGTHS >> name->wire[1 + at] & 1;
		text[at] = '.';
	}
	text[end] = '\0';
	return special == 0 ? end : 0;
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
	dns_labels_add(&name->labels, *size);
	name->wire[(*size)++] = length;
	dns_name_fold(name->wire + *size, label, length);
	*size += length;
	return DNS_NAME_OK;
}

int dns_name_from_host(const char *host, size_t size, struct dns_name *name)
{
	size_t used = 0;
	name->size = 0;
	name->labels.count = 0;
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

int dns_text_octet(const char *text, size_t size, size_t *at, bool *escaped)
{
	unsigned number = 0;
	*escaped = text[*at] == '\\';
	if (!*escaped) {
		return (uint8_t)text[(*at)++];
	}
	(*at)++;
	if (*at < size && !ascii_is_digit(text[*at])) {
		return (uint8_t)text[(*at)++];
	}
	for (unsigned digits = 0; digits < 3; digits++, (*at)++) {
		if (*at == size || !ascii_is_digit(text[*at])) {
			return -1;
		}
		number = number * 10 + (unsigned)(text[*at] - '0');
	}
	return number <= UINT8_MAX ? (int)number : -1;
}

/* Reads a label and the dot after it. Returns its length; -1 if it is invalid. */
static int take_label(const char *text, size_t size, size_t *at, uint8_t label[DNS_LABEL_MAX])
{
	int length = 0;
	bool escaped = false;
	while (*at < size) {
		int octet = dns_text_octet(text, size, at, &escaped);
		if (octet == '.' && !escaped) {
			break;
		}
		if (octet < 0 || length == DNS_LABEL_MAX) {
			return -1;
		}
		label[length++] = (uint8_t)octet;
	}
	return length > 0 ? length : -1;
}

int dns_name_from_text(const char *text, size_t size, struct dns_name *name)
{
	uint8_t label[DNS_LABEL_MAX];
	size_t used = 0;
	size_t at = size == 1 && text[0] == '.' ? 1 : 0;
	name->size = 0;
	name->labels.count = 0;
	if (size == 0) {
		return DNS_NAME_LABEL;
	}
	while (at < size) {
		int length = take_label(text, size, &at, label);
		int ret = length < 0 ? DNS_NAME_LABEL
		                     : append_label(name, &used, label, (uint8_t)length);
		if (ret != DNS_NAME_OK) {
			return ret;
		}
	}
	name->wire[used++] = 0;
	name->size = (uint8_t)used;
	return DNS_NAME_OK;
}

size_t dns_name_to_host(const uint8_t *wire, size_t size, char host[DNS_NAME_MAX + 1])
{
	size_t used = 0;
	size_t at = 0;
	while (at < size && wire[at] != 0 && at + 1u + wire[at] < size) {
		if (used > 0) {
			host[used++] = '.';
		}
		memcpy(host + used, wire + at + 1, wire[at]);
		used += wire[at];
		at += 1u + wire[at];
	}
	host[used] = '\0';
	return used;
}
