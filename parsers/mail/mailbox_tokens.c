/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "parsers/mail/mailbox_private.h"

/* The largest number of addresses that are found in one path, words without a domain included. If
 * there are more, the last ones are found. */
#define ADDRESSES_MAX 16

/* The types of tokens that are not single characters. */
enum { ATOM = 256, QUOTED, LITERAL };

struct token {
	uint16_t type;
	uint16_t from, to; /* the range of the token, with quotes and brackets */
};

/* Tokens from `first` to the one before `last`. */
struct address {
	int first, last;
};

struct path {
	const char *text;
	size_t size;
	size_t last_bracket; /* the index of the last "]"; 0: there is none */
	int tokens_count;
	struct address addresses[ADDRESSES_MAX]; /* from right to left */
	int addresses_count;
	struct token tokens[MAILBOX_PATH_MAX];
};

/* The words of the command */

/* Skips <...> or "..."; brackets may be nested. */
static const char *skip_enclosed(const char *p, const char *end)
{
	unsigned depth = 0;
	bool quoted = false;
	do {
		char c = *p++;
		if (c == '\\') {
			p += p < end;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (!quoted && c == '<') {
			depth++;
		} else if (!quoted && c == '>') {
			depth--;
		}
	} while (p < end && (depth > 0 || quoted));
	return p;
}

static const char *skip_spaces(const char *p, const char *end)
{
	while (p < end && mailbox_is_space(*p)) {
		p++;
	}
	return p;
}

/* Returns the end of a word of the command. Outside of brackets and quotes a NUL ends the
 * command. */
static const char *skip_word(const char *p, const char *end)
{
	while (p < end && !mailbox_is_space(*p) && *p != '\0') {
		if (*p == '<' || *p == '"') {
			p = skip_enclosed(p, end);
		} else {
			p += *p == '\\' && end - p > 1 ? 2 : 1;
		}
	}
	return p;
}

/* Returns true if all words are "KEYWORD" or "KEYWORD=value" (RFC 5321, 4.1.2). */
static bool are_parameters(const char *p, const char *end)
{
	for (p = skip_spaces(p, end); p < end && *p != '\0'; p = skip_spaces(p, end)) {
		while (p < end && (ascii_is_alphanumeric(*p) || *p == '-')) {
			p++;
		}
		if (p < end && !mailbox_is_space(*p) && *p != '=' && *p != '\0') {
			return false;
		}
		p = skip_word(p, end);
	}
	return true;
}

/* Tokens */

static bool is_operator(char c)
{
	static const bool OPERATORS[256] = {
		['|'] = true, ['%'] = true, ['!'] = true, ['('] = true, [')'] = true, ['<'] = true,
		['>'] = true, ['@'] = true, [','] = true, [';'] = true, [':'] = true, ['\\'] = true,
		['"'] = true, ['.'] = true, ['['] = true, [']'] = true,
	};
	return OPERATORS[(uint8_t)c];
}

static bool is_blank(char c)
{
	return ascii_is_space(c);
}

static size_t skip_comment(const struct path *path, size_t at)
{
	unsigned level = 0;
	do {
		char c = path->text[at++];
		if (c == '(') {
			level++;
		} else if (c == ')') {
			level--;
		} else if (c == '\\') {
			at += at < path->size;
		}
	} while (at < path->size && level > 0);
	return at;
}

static size_t skip_until(const struct path *path, size_t at, char closing)
{
	while (at < path->size && path->text[at] != closing) {
		at += path->text[at] == '\\' && at + 1 < path->size ? 2 : 1;
	}
	return at < path->size ? at + 1 : at;
}

static size_t skip_atom(const struct path *path, size_t at)
{
	while (at < path->size) {
		char c = path->text[at];
		if (c == '\\') {
			at += at + 1 < path->size ? 2 : 1;
		} else if (is_blank(c) || is_operator(c)) {
			break;
		} else {
			at++;
		}
	}
	return at;
}

/* Returns true if a bracket begins a literal. A bracket that is not closed begins a literal only
 * after "@". */
static bool is_literal(const struct path *path, size_t at)
{
	return at < path->last_bracket ||
	       (path->tokens_count > 0 && path->tokens[path->tokens_count - 1].type == '@');
}

static size_t add_token(struct path *path, size_t at)
{
	char c = path->text[at];
	unsigned type = (unsigned char)c;
	size_t to = at + 1;
	if (c == '"') {
		type = QUOTED;
		to = skip_until(path, at + 1, '"');
	} else if (c == '[' && is_literal(path, at)) {
		type = LITERAL;
		to = skip_until(path, at + 1, ']');
	} else if (c == '\\' || !is_operator(c)) {
		type = ATOM;
		to = skip_atom(path, at);
	}
	path->tokens[path->tokens_count++] =
	        (struct token){ .type = (uint16_t)type, .from = (uint16_t)at, .to = (uint16_t)to };
	return to;
}

static void find_tokens(struct path *path)
{
	const char *bracket = memrchr(path->text, ']', path->size);
	path->last_bracket = bracket != NULL ? (size_t)(bracket - path->text) : 0;
	for (size_t at = 0; at < path->size;) {
		if (is_blank(path->text[at])) {
			at++;
		} else if (path->text[at] == '(') {
			at = skip_comment(path, at);
		} else {
			at = add_token(path, at);
		}
	}
}

/* Addresses */

static void add_address(struct path *path, int left, int right)
{
	if (left + 1 < right && path->addresses_count < ADDRESSES_MAX) {
		path->addresses[path->addresses_count++] = (struct address){ left + 1, right };
	}
}

static bool is_word(const struct token *token)
{
	return token->type >= ATOM;
}

/* Searches to the left for a token of these types; returns -1 if there is none. */
static int find_left(const struct path *path, int at, const char *types)
{
	while (at >= 0 &&
	       (is_word(&path->tokens[at]) || strchr(types, path->tokens[at].type) == NULL)) {
		at--;
	}
	return at;
}

/* Adds the address in the brackets that end at `at`. A display name may precede the brackets. */
static int take_brackets(struct path *path, int at)
{
	int open = find_left(path, at, "<");
	add_address(path, open, at);
	return find_left(path, open, ">;,:");
}

/*
 * Reads from right to left, because only the right end of a display name or of a group's name is
 * certain. If there is no operator between two words, a comma is missing.
 */
static void find_addresses(struct path *path)
{
	bool group = false, word = true;
	int right = path->tokens_count;
	for (int at = right - 1; at >= 0; at--) {
		unsigned type = path->tokens[at].type;
		if (type == ';' || type == ',' || type == '>' || (type == ':' && group)) {
			add_address(path, at, right);
			right = at;
		}
		if (type == '>') {
			right = take_brackets(path, at);
			at = right + 1;
		} else if (type == ':' && group) {
			right = find_left(path, at, ",");
			at = right + 1;
		} else if (type >= ATOM && !word) {
			add_address(path, at, right);
			right = at + 1;
		}
		group = group || type == ';';
		word = type < ATOM;
	}
	add_address(path, -1, right);
}

/* Mailboxes */

/* Writes a token without quotes. A literal is written with its brackets. */
static void put_octets(struct writer *out, const struct path *path, const struct token *token)
{
	char closing = token->type == QUOTED ? '"' : token->type == LITERAL ? ']' : '\0';
	size_t opening = closing != '\0';
	bool closed =
	        opening > 0 && token->to - token->from > 1 && path->text[token->to - 1] == closing;
	writer_string(out, token->type == LITERAL ? "[" : "");
	for (size_t at = token->from + opening; at + closed < token->to; at++) {
		at += path->text[at] == '\\' && at + 1 < token->to;
		writer_char(out, is_blank(path->text[at]) ? ' ' : path->text[at]);
	}
	writer_string(out, token->type == LITERAL ? "]" : "");
}

/* Writes an address without quotes, comments and blanks: <a b> becomes ab. */
static void put_plain(struct writer *out, const struct path *path, struct address address)
{
	for (int i = address.first; i < address.last; i++) {
		put_octets(out, path, &path->tokens[i]);
	}
}

/* Finds the last "@" outside of quotes; returns the index before the first token if there is
 * none. */
static int last_at(const struct path *path, struct address address)
{
	int at = address.last - 1;
	while (at >= address.first && path->tokens[at].type != '@') {
		at--;
	}
	return at;
}

static void put_as_sent(struct writer *out, const struct path *path, struct address address)
{
	for (int i = address.first; i < address.last; i++) {
		const struct token *token = &path->tokens[i];
		writer_put(out, path->text + token->from, token->to - token->from);
	}
}

/* Returns "@relay:mailbox" without the route. */
static struct smtp_text without_route(struct smtp_text text)
{
	const char *end = text.text + text.size;
	const char *colon =
	        text.size > 0 && *text.text == '@' ? memchr(text.text, ':', text.size) : NULL;
	return colon != NULL && colon + 1 < end
	               ? (struct smtp_text){ colon + 1, (size_t)(end - colon - 1) }
	               : text;
}

/* Writes a domain. Blanks are left out even if the domain was quoted. */
static void put_domain(struct writer *out, const char *at, const char *end)
{
	for (; at != NULL && at < end; at++) {
		if (*at != ' ') {
			writer_char(out, *at);
		}
	}
}

/* Adds the mailbox of an address. The last "@" divides the address after its quotes were removed.
 * If this "@" was outside of the quotes, the local part is added as sent. */
static void add_mailbox(struct mailbox_sink *sink, const struct path *path, struct address address)
{
	struct writer *room = &sink->room;
	int mark = last_at(path, address);
	const char *start = room->at;
	put_plain(room, path, (struct address){ address.first, mark });
	const char *marked = mark >= address.first ? room->at : NULL;
	put_plain(room, path, (struct address){ MAX(mark, address.first), address.last });
	struct smtp_text plain =
	        without_route((struct smtp_text){ start, (size_t)(room->at - start) });
	const char *end = room->at;
	const char *at = memrchr(plain.text, '@', plain.size);
	if (at == marked && plain.text == start) {
		int last = at != NULL ? mark : address.last;
		put_as_sent(room, path, (struct address){ address.first, last });
	} else {
		mailbox_put_local(room, plain.text,
		                  at != NULL ? (size_t)(at - plain.text) : plain.size);
	}
	size_t local_size = (size_t)(room->at - end);
	put_domain(room, at, end);
	mailbox_add(sink, end, local_size);
}

/* Adds the mailboxes from left to right. If there are several addresses, those without a domain are
 * ignored, because they are words of another text. */
static void add_mailboxes(struct mailbox_sink *sink, const struct path *path, bool several)
{
	for (int i = path->addresses_count - 1; i >= 0; i--) {
		const struct address *address = &path->addresses[i];
		if (!several || last_at(path, *address) >= address->first) {
			add_mailbox(sink, path, *address);
		}
	}
	if (sink->box->count == 0 && path->addresses_count > 0) {
		add_mailbox(sink, path, path->addresses[path->addresses_count - 1]);
	}
}

/* Returns the text without the pair of brackets around it, or without its only bracket. */
static struct smtp_text without_brackets(const char *p, const char *end)
{
	if (p < end && *p == '<') {
		const char *closing = memchr(p, '>', (size_t)(end - p));
		bool around = end[-1] == '>';
		p += around || closing == NULL;
		end -= around;
	}
	return (struct smtp_text){ p, (size_t)(end - p) };
}

bool mailbox_read_tokens(struct mailbox_sink *sink, const char *text, size_t size, bool whole)
{
	struct path path;
	const char *end = text + size;
	const char *word = skip_spaces(text, end);
	const char *stop = whole ? end : skip_word(word, end);
	struct smtp_text inner = { word, (size_t)(stop - word) };
	if (!whole || memrchr(word, '<', inner.size) == word) {
		inner = without_route(without_brackets(word, stop));
	}
	path.text = inner.text;
	path.size = inner.size;
	path.tokens_count = path.addresses_count = 0;
	find_tokens(&path);
	find_addresses(&path);
	if (!whole && (path.addresses_count > 1 || !are_parameters(stop, end))) {
		return false;
	}
	add_mailboxes(sink, &path, whole);
	return true;
}
