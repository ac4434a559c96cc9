/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "parsers/mail/mailbox_private.h"

/* Exim refuses longer addresses. */
#define ADDRESS_MAX 512

struct phrase {
	const char *at, *end;
	const char *equals; /* a blank in place of which Exim writes "="; NULL: there is none */
	struct writer *out;
};

static char peek(const struct phrase *phrase)
{
	if (phrase->at == phrase->end) {
		return '\0';
	}
	return phrase->at == phrase->equals ? '=' : *phrase->at;
}

static char take(struct phrase *phrase)
{
	char c = peek(phrase);
	phrase->at += c != '\0';
	return c;
}

static void copy(struct phrase *phrase)
{
	writer_char(phrase->out, take(phrase));
}

/* Skips blanks and comments, which may be nested. */
static void skip_comments(struct phrase *phrase)
{
	unsigned level = 0;
	for (char c = peek(phrase); c != '\0'; c = peek(phrase)) {
		if (level == 0 && c != '(' && !mailbox_is_space(c)) {
			break;
		}
		(void)take(phrase);
		if (c == '(') {
			level++;
		} else if (c == ')') {
			level--;
		} else if (c == '\\' && level > 0) {
			(void)take(phrase);
		}
	}
}

static bool copy_quoted(struct phrase *phrase)
{
	do {
		if (peek(phrase) == '\\') {
			copy(phrase);
		}
		copy(phrase);
	} while (peek(phrase) != '"' && peek(phrase) != '\0');
	bool closed = peek(phrase) == '"';
	copy(phrase);
	return closed;
}

/* Specials of RFC 5322, controls and blanks end an atom. */
static bool ends_atom(char c)
{
	static const bool ENDS[256] = {
		[0 ... ' '] = true, [0x7f] = true, ['('] = true, [')'] = true, ['<'] = true,
		['>'] = true,       ['@'] = true,  [','] = true, [';'] = true, [':'] = true,
		['"'] = true,       ['.'] = true,  ['['] = true, [']'] = true,
	};
	return ENDS[(uint8_t)c];
}

static void copy_atom(struct phrase *phrase)
{
	while (!ends_atom(peek(phrase))) {
		if (peek(phrase) == '\\') {
			copy(phrase);
		}
		if (peek(phrase) != '\0') {
			copy(phrase);
		}
	}
}

/* Reads words with dots between them. A word after a dot may be empty. */
static bool read_local(struct phrase *phrase, bool may_be_empty)
{
	const char *start = phrase->out->at;
	for (;;) {
		const char *word = phrase->out->at;
		skip_comments(phrase);
		if (peek(phrase) != '"') {
			copy_atom(phrase);
		} else if (!copy_quoted(phrase)) {
			return false;
		}
		skip_comments(phrase);
		if (phrase->out->at == word && peek(phrase) != '.') {
			return word != start || may_be_empty;
		}
		if (peek(phrase) != '.') {
			return true;
		}
		while (peek(phrase) == '.') {
			copy(phrase);
		}
	}
}

/* Reads labels of letters, digits and hyphens. */
static bool read_domain(struct phrase *phrase)
{
	for (;;) {
		skip_comments(phrase);
		const char *label = phrase->out->at;
		while (ascii_is_alphanumeric(peek(phrase)) ||
		       (peek(phrase) == '-' && phrase->out->at != label)) {
			copy(phrase);
		}
		skip_comments(phrase);
		if (phrase->out->at == label) {
			return false;
		}
		if (peek(phrase) != '.') {
			return true;
		}
		copy(phrase);
	}
}

/* Reads a route, "@relay,@relay:", which is ignored. */
static bool read_route(struct phrase *phrase)
{
	size_t start = writer_size(phrase->out);
	while (peek(phrase) == '@') {
		(void)take(phrase);
		if (!read_domain(phrase)) {
			return false;
		}
		if (peek(phrase) != ',') {
			break;
		}
		(void)take(phrase);
		skip_comments(phrase);
	}
	writer_rewind(phrase->out, start);
	return take(phrase) == ':';
}

static bool read_at_domain(struct phrase *phrase)
{
	if (peek(phrase) != '@') {
		return false;
	}
	copy(phrase);
	return read_domain(phrase);
}

/* Reads an address in brackets, or without brackets. The local part ends at `*local_end`. */
static bool read_address(struct phrase *phrase, const char **local_end)
{
	skip_comments(phrase);
	bool routed = peek(phrase) == '@';
	if (routed && !read_route(phrase)) {
		return false;
	}
	if (!read_local(phrase, false)) {
		return false;
	}
	*local_end = phrase->out->at;
	return peek(phrase) == '@' ? read_at_domain(phrase) : !routed;
}

static bool read_brackets(struct phrase *phrase, const char **local_end)
{
	(void)take(phrase);
	if (!read_address(phrase, local_end) || take(phrase) != '>') {
		return false;
	}
	skip_comments(phrase);
	return true;
}

/* Reads a path. A display name may precede the brackets. */
static bool read_path(struct phrase *phrase, const char **local_end)
{
	const char *start = phrase->out->at;
	size_t start_size = writer_size(phrase->out);
	skip_comments(phrase);
	if (peek(phrase) == '@') {
		return read_address(phrase, local_end);
	}
	if (!read_local(phrase, true)) {
		return false;
	}
	*local_end = phrase->out->at;
	if (peek(phrase) == '@' && phrase->out->at > start) {
		return read_at_domain(phrase);
	}
	while (peek(phrase) != '<' && peek(phrase) != '\0') {
		if (!read_local(phrase, false)) {
			return false;
		}
	}
	if (peek(phrase) == '<') {
		writer_rewind(phrase->out, start_size);
		return read_brackets(phrase, local_end);
	}
	return *local_end == phrase->out->at;
}

/* Goes back to the opening quotation mark, or to `start` if there is none. */
static const char *skip_quoted_back(const char *p, const char *start)
{
	do {
		p--;
	} while (p > start && *p != '"');
	return p;
}

/* Finds the last blank or "=" outside of quotes; `start` if there is none. */
static const char *find_last_option(const struct phrase *phrase, const char *start)
{
	const char *p = phrase->end - 1;
	while (p > start && *p != '=' && !mailbox_is_space(*p)) {
		if (*p == '"') {
			p = skip_quoted_back(p, start);
		}
		p -= p > start;
	}
	return p;
}

/*
 * Removes "NAME=value" at the end. For RCPT, Exim 4.96 writes "=" in place of a blank if the word
 * after the blank is not a parameter. It therefore reads <a b@c.example> as the mailbox
 * a=b@c.example.
 */
static void strip_parameters(struct phrase *phrase, enum mailbox_path path)
{
	const char *start = phrase->at;
	for (;;) {
		while (phrase->end > start && mailbox_is_space(phrase->end[-1])) {
			phrase->end--;
		}
		const char *mark = phrase->end > start ? find_last_option(phrase, start) : start;
		if (mark == start) {
			return;
		}
		if (*mark != '=') {
			phrase->equals = path == MAILBOX_FORWARD ? mark : NULL;
			return;
		}
		while (mark > start && ascii_is_letter(mark[-1])) {
			mark--;
		}
		if (mark == start || !mailbox_is_space(mark[-1])) {
			return;
		}
		phrase->end = mark - 1;
	}
}

void mailbox_read_phrase(struct mailbox_sink *sink, const char *text, size_t size,
                         enum mailbox_path path)
{
	const char *start = sink->room.at, *local_end = start;
	size_t start_size = writer_size(&sink->room);
	struct phrase phrase = { .at = text, .end = text + size, .out = &sink->room };
	while (phrase.at < phrase.end && mailbox_is_space(*phrase.at)) {
		phrase.at++;
	}
	strip_parameters(&phrase, path);
	bool read = memchr(text, '\0', size) == NULL && read_path(&phrase, &local_end) &&
	            phrase.at == phrase.end && sink->room.at - start <= ADDRESS_MAX;
	/* Exim accepts no mailbox without a domain except postmaster. */
	if (read && local_end != sink->room.at) {
		mailbox_add(sink, start, (size_t)(local_end - start));
	} else {
		writer_rewind(&sink->room, start_size);
	}
}
