/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/mailbox.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "parsers/mail/mailbox_private.h"

/* Characters without a special meaning anywhere in a mailbox, octets of UTF-8 (RFC 6531)
 * included. */
static const bool PLAIN[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
	['-'] = true,         ['.'] = true,         ['_'] = true,
	['+'] = true,         ['='] = true,         [0x80 ... 0xff] = true,
};

static const char *skip_plain(const char *p, const char *end)
{
	while (p < end && PLAIN[(uint8_t)*p]) {
		p++;
	}
	return p;
}

/* Returns true if a text can follow a path: it is empty, or has parameters after a blank. */
static bool may_follow(const char *p, const char *end)
{
	return p == end || (ascii_is_blank(*p) && memchr(p, '<', (size_t)(end - p)) == NULL);
}

/* A fast path: nearly all paths are `<local@domain>` of plain characters. */
static bool parse_plain(const char *text, size_t size, struct smtp_mailbox *box)
{
	bool angled = text[0] == '<';
	const char *local = text + angled;
	const char *end = text + size;
	const char *at = skip_plain(local, end);
	if (at == local || at == end || *at != '@') {
		return false;
	}
	const char *stop = skip_plain(at + 1, end);
	if (stop == at + 1 ||
	    (angled ? stop == end || *stop != '>' || !may_follow(stop + 1, end) : stop != end)) {
		return false;
	}
	box->angled = angled;
	box->readings[0] = (struct mailbox_reading){
		.text = { local, (size_t)(stop - local) },
		.local_size = (size_t)(at - local),
	};
	box->count = box->direct = 1;
	return true;
}

static bool equal_locals(const struct mailbox_reading *a, const struct mailbox_reading *b)
{
	size_t at_a = 0, at_b = 0;
	char octet_a = 0, octet_b = 0;
	for (;;) {
		bool more = mailbox_next_octet(a, &at_a, &octet_a);
		if (more != mailbox_next_octet(b, &at_b, &octet_b)) {
			return false;
		}
		if (!more || octet_a != octet_b) {
			return !more;
		}
	}
}

static bool equal_mailboxes(const struct mailbox_reading *a, const struct mailbox_reading *b)
{
	struct smtp_text domain_a = mailbox_domain(a), domain_b = mailbox_domain(b);
	return domain_a.size == domain_b.size &&
	       strncasecmp(domain_a.text, domain_b.text, domain_a.size) == 0 && equal_locals(a, b);
}

void mailbox_add(struct mailbox_sink *sink, const char *start, size_t local_size)
{
	struct smtp_mailbox *box = sink->box;
	const struct mailbox_reading added = {
		.text = { start, (size_t)(sink->room.at - start) },
		.local_size = local_size,
	};
	bool known =
	        sink->room.failed || box->count == MAILBOX_READINGS_MAX || added.text.size == 0;
	for (unsigned i = 0; i < box->count && !known; i++) {
		known = equal_mailboxes(&box->readings[i], &added);
	}
	if (!known) {
		box->readings[box->count++] = added;
	}
}

/* The characters that need quotes according to Postfix, which does not quote "a..b". */
static const bool QUOTED[256] = {
	[0 ... ' '] = true, [0x7f] = true, ['('] = true, [')'] = true, ['<'] = true,
	['>'] = true,       ['@'] = true,  [','] = true, [';'] = true, [':'] = true,
	['\\'] = true,      ['"'] = true,  ['['] = true, [']'] = true,
};

void mailbox_put_local(struct writer *room, const char *local, size_t size)
{
	bool quotes = false;
	for (size_t i = 0; i < size; i++) {
		quotes = quotes || QUOTED[(uint8_t)local[i]];
	}
	writer_string(room, quotes ? "\"" : "");
	for (size_t i = 0; i < size; i++) {
		if (local[i] == '"' || local[i] == '\\') {
			writer_char(room, '\\');
		}
		writer_char(room, local[i]);
	}
	writer_string(room, quotes ? "\"" : "");
}

static bool has_routes(const struct mailbox_reading *reading, enum mailbox_path path)
{
	struct smtp_text local = mailbox_local(reading);
	return (path == MAILBOX_FORWARD || local.size == reading->text.size) &&
	       (memchr(local.text, '%', local.size) != NULL ||
	        memchr(local.text, '!', local.size) != NULL ||
	        memchr(local.text, '@', local.size) != NULL);
}

static void add_all_routes(struct mailbox_sink *sink, enum mailbox_path path)
{
	for (unsigned i = 0; i < sink->box->direct; i++) {
		if (has_routes(&sink->box->readings[i], path)) {
			mailbox_add_routes(sink, &sink->box->readings[i]);
		}
	}
}

static bool is_angled(const char *text, size_t size)
{
	const char *end = text + size;
	while (text < end && mailbox_is_space(*text)) {
		text++;
	}
	return text < end && *text == '<' && memchr(text, '>', (size_t)(end - text)) != NULL;
}

bool mailbox_parse(const char *text, size_t size, enum mailbox_path path, char *room,
                   struct smtp_mailbox *box)
{
	*box = (struct smtp_mailbox){ .count = 0 };
	if (size == 0) {
		return false;
	}
	if (parse_plain(text, size, box)) {
		return true;
	}
	struct mailbox_sink sink = { .box = box };
	writer_init(&sink.room, room, MAILBOX_ROOM);
	size = size < MAILBOX_PATH_MAX ? size : MAILBOX_PATH_MAX;
	box->angled = is_angled(text, size);
	bool read = mailbox_read_tokens(&sink, text, size, false);
	mailbox_read_phrase(&sink, text, size, path);
	if (!read && box->count == 0) {
		(void)mailbox_read_tokens(&sink, text, size, true);
	}
	box->direct = box->count;
	add_all_routes(&sink, path);
	box->null_sender = box->count == 0 && box->angled;
	return box->count > 0 || box->null_sender;
}
