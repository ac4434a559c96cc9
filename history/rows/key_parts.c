/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/rows/key_parts.h"

#include "history/rows/row.h"

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

size_t key_put_name(uint8_t *to, const uint8_t *name, size_t size)
{
	size_t reversed = history_reverse(name, size, to);
	to[reversed] = 0;
	return reversed + 1;
}

/* Returns the size of the name at `wire`; 0 if it is not a valid name. */
static size_t name_size(const uint8_t *wire, size_t size)
{
	size_t at = 0;
	while (at < size && at < DNS_NAME_MAX && wire[at] != 0 && wire[at] <= DNS_LABEL_MAX) {
		at += 1u + wire[at];
	}
	return at < size && at < DNS_NAME_MAX && wire[at] == 0 ? at + 1 : 0;
}

uint8_t key_read_name(struct cursor *c, uint8_t name[DNS_NAME_MAX])
{
	size_t size = name_size(c->wire + c->pos, cursor_left(c));
	const uint8_t *reversed = cursor_take(c, size > 0 ? size : c->size + 1);
	if (reversed != NULL) {
		name[history_reverse(reversed, size, name)] = 0;
	}
	return (uint8_t)size;
}

size_t key_put_number(uint8_t *to, uint64_t number, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		to[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
	}
	return size;
}

uint64_t key_read_number(struct cursor *c, size_t size)
{
	uint64_t number = 0;
	while (size-- > 0) {
		number = number << 8 | cursor_u8(c);
	}
	return number;
}
