/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Octets of the client that cannot be read yet, because the reply to the command before them must
 * show how to read them, or because of a resync.
 */
#include "parsers/smtp/smtp_private.h"

#include <string.h>
#include <sys/param.h>

size_t smtp_hold_add(struct smtp_session *s, const uint8_t *bytes, size_t size, uint64_t offset)
{
	size_t take = sizeof(s->hold_text) - s->hold.size;

	take = MIN(take, size);
	if (s->hold.size == 0) {
		s->hold.offset = offset;
		s->hold.commands = 0;
	}
	memcpy(s->hold_text + s->hold.size, bytes, take);
	s->hold.size += (uint16_t)take;
	return take;
}

void smtp_hold_keep(struct smtp_session *s, const char *line, size_t size, uint64_t offset)
{
	(void)smtp_hold_add(s, (const uint8_t *)line, size, offset);
	smtp_hold_set_read(s, true);
}

void smtp_hold_set_read(struct smtp_session *s, bool read)
{
	s->hold.read = read ? s->hold.size : 0;
}

void smtp_hold_skip(struct smtp_session *s, uint64_t size)
{
	s->hold.offset += size;
}

struct smtp_text smtp_hold_kept(const struct smtp_session *s)
{
	return (struct smtp_text){ s->hold_text, smtp_line_chomp(s->hold_text, s->hold.read) };
}

void smtp_hold_forget(struct smtp_session *s)
{
	smtp_hold_drop(s, s->hold.read);
}

size_t smtp_hold_take(struct smtp_session *s, uint8_t *held)
{
	size_t size = s->hold.size;

	memcpy(held, s->hold_text, size);
	smtp_hold_wipe(s);
	return size;
}

void smtp_hold_drop(struct smtp_session *s, size_t size)
{
	s->hold.size -= (uint16_t)size;
	memmove(s->hold_text, s->hold_text + size, s->hold.size);
	explicit_bzero(s->hold_text + s->hold.size, size);
	s->hold.offset += size;
	s->hold.commands = 0;
	s->hold.read = 0;
}

void smtp_hold_cut(struct smtp_session *s, size_t size)
{
	explicit_bzero(s->hold_text + size, s->hold.size - size);
	s->hold.size = (uint16_t)size;
}

void smtp_hold_wipe(struct smtp_session *s)
{
	explicit_bzero(s->hold_text, s->hold.size);
	s->hold.size = 0;
	s->hold.commands = 0;
	s->hold.read = 0;
}

struct smtp_text smtp_hold_line(const struct smtp_session *s, size_t pos)
{
	const char *from = s->hold_text + pos;
	const char *lf = memchr(from, '\n', s->hold.size - pos);

	return (struct smtp_text){ from, lf != NULL ? (size_t)(lf - from) + 1 : 0 };
}

void smtp_hold_mark(struct smtp_session *s, size_t size)
{
	s->hold.commands += (uint16_t)size;
}
