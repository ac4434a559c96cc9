/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/tls/der.h"

#include <string.h>

enum { LONG_TAG = 0x1f, LONG_LENGTH = 0x80, LENGTH_OCTETS_MAX = 3 };

static size_t read_length(struct cursor *in)
{
	size_t length = cursor_u8(in);

	if (length < LONG_LENGTH) {
		return length;
	}
	size_t octets = length & ~(size_t)LONG_LENGTH;
	if (octets == 0 || octets > LENGTH_OCTETS_MAX) {
		in->failed = true;
		return 0;
	}
	for (length = 0; octets > 0; octets--) {
		length = length << 8 | cursor_u8(in);
	}
	return length;
}

bool der_next(struct cursor *in, struct der *element)
{
	*element = (struct der){ .tag = cursor_u8(in) };
	if ((element->tag & LONG_TAG) == LONG_TAG) {
		in->failed = true;
	}
	size_t length = read_length(in);
	if (in->failed) {
		return false;
	}
	element->cut = length > cursor_left(in);
	element->value = cursor_fence(in, element->cut ? cursor_left(in) : length);
	return true;
}

bool der_enter(struct cursor *in, uint8_t tag, struct cursor *value)
{
	struct der element;
	bool entered = der_next(in, &element) && element.tag == tag;

	*value = element.value;
	return entered;
}

bool der_is(const struct cursor *value, const void *octets, size_t size)
{
	return value->size == size && memcmp(value->wire, octets, size) == 0;
}
