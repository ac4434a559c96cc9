/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/mailbox.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"

static struct smtp_text view(const char *from, const char *to)
{
	return (struct smtp_text){ .text = from, .size = (size_t)(to - from) };
}

/*!
 * \brief Skips the quoted string or comment that opens at `p`; one octet if it never closes.
 *
 * Comments do not nest here, so that a line of brackets costs one pass only.
 */
static const char *skip_enclosed(const char *p, const char *end, char closing)
{
	for (const char *q = p + 1; q < end; q++) {
		if (*q == closing) {
			return q + 1;
		}
		if (*q == *p) {
			break;
		}
		if (*q == '\\' && q + 1 < end) {
			q++;
		}
	}
	return p + 1;
}

/*! \brief Skips a token: a quoted string, a comment, an escaped octet, or any other octet. */
static const char *skip_token(const char *p, const char *end)
{
	switch (*p) {
	case '"':
		return skip_enclosed(p, end, '"');
	case '(':
		return skip_enclosed(p, end, ')');
	case '\\':
		return end - p > 1 ? p + 2 : end;
	default:
		return p + 1;
	}
}

static bool is_comment(const char *from, const char *to)
{
	return *from == '(' && to - from > 1;
}

/*! \brief Skips blanks and comments. */
static const char *skip_filling(const char *p, const char *end)
{
	while (p < end) {
		const char *next = skip_token(p, end);
		if (!ascii_is_blank(*p) && !is_comment(p, next)) {
			break;
		}
		p = next;
	}
	return p;
}

/*! \brief The text between two points without the blanks and comments at its edges. */
static struct smtp_text trim(const char *p, const char *end)
{
	p = skip_filling(p, end);
	const char *last = p;
	for (const char *q = p; q < end;) {
		const char *next = skip_token(q, end);
		if (!ascii_is_blank(*q) && !is_comment(q, next)) {
			last = next;
		}
		q = next;
	}
	return view(p, last);
}

/*! \brief The end of the path: its bracket, or the first blank when it has no brackets. */
static const char *path_end(const char *p, const char *end, bool angled)
{
	while (p < end && (angled ? *p != '>' : !ascii_is_blank(*p))) {
		p = skip_token(p, end);
	}
	return p;
}

/*! \brief Skips "@relay,@relay:" (RFC 5321, appendix C: must be accepted, should be ignored). */
static const char *skip_route(const char *p, const char *end)
{
	bool bracket = false;

	if (p == end || *p != '@') {
		return p;
	}
	for (const char *q = p; q < end; q++) {
		/* The colons of an IPv6 literal do not end the route. */
		bracket = *q == '[' || (bracket && *q != ']');
		if (*q == ':' && !bracket) {
			return q + 1;
		}
	}
	return p;
}

static void set_domain(struct smtp_mailbox *box, struct smtp_text domain)
{
	if (domain.size >= 2 && domain.text[0] == '[' && domain.text[domain.size - 1] == ']') {
		box->literal = true;
		domain.text++;
		domain.size -= 2;
	}
	box->domain = domain;
}

static void split(const char *p, const char *end, struct smtp_mailbox *box)
{
	const char *at = NULL;

	/* The last "@" counts: for a@b@c servers send the mail to c. */
	for (const char *q = p; q < end; q = skip_token(q, end)) {
		if (*q == '@') {
			at = q;
		}
	}
	if (at == NULL) {
		box->local = trim(p, end);
		return;
	}
	box->local = trim(p, at);
	set_domain(box, trim(at + 1, end));
}

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
	if (stop == at + 1 || (angled ? end - stop != 1 || *stop != '>' : stop != end)) {
		return false;
	}
	box->angled = angled;
	box->raw = view(local, stop);
	box->local = view(local, at);
	box->domain = view(at + 1, stop);
	return true;
}

bool mailbox_parse(const char *text, size_t size, struct smtp_mailbox *box)
{
	*box = (struct smtp_mailbox){ 0 };
	if (size == 0) {
		return false;
	}
	if (parse_plain(text, size, box)) {
		return true;
	}
	const char *end = text + size;
	const char *p = skip_filling(text, end);
	bool angled = p < end && *p == '<';
	const char *stop = path_end(p + angled, end, angled);

	box->angled = angled && stop < end;
	box->raw = trim(p + angled, stop);
	if (box->raw.size == 0) {
		box->null_sender = box->angled;
		box->raw = (struct smtp_text){ 0 };
		return box->null_sender;
	}
	const char *raw_end = box->raw.text + box->raw.size;
	p = skip_route(box->raw.text, raw_end);
	box->raw = trim(p, raw_end);
	split(box->raw.text, raw_end, box);
	return true;
}
