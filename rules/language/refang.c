/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/refang.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/utf8.h"

/*!
 * \brief The number of characters of the longest defanged sign, `[ :// ]`, and of one character
 *        after it.
 */
#define WINDOW 12
/*! \brief A character that is in no sign. */
#define OTHER '\x01'

/*! \brief The next characters of a text in ASCII, and where each of them ends. */
struct window {
	char text[WINDOW + 1];
	size_t ends[WINDOW];
};

static const struct {
	const char *inner;
	const char *plain;
} BRACKETED[] = {
	{ ".", "." },     { "dot", "." },   { "\\.", "." },   { "d0t", "." },   { "punkt", "." },
	{ "point", "." }, { "punto", "." }, { "ponto", "." }, { ",", "." },     { "@", "@" },
	{ "at", "@" },    { "://", "://" }, { ":", ":" },     { "colon", ":" }, { "//", "//" },
	{ "/", "/" },     { "slash", "/" }, { "-", "-" },     { "dash", "-" },
};

/*!
 * \brief Returns true for characters that have no width, except for the joiners that names may
 *        have.
 */
static bool is_invisible(uint32_t code)
{
	return code == 0xad || code == 0x200b || code == 0x200e || code == 0x200f ||
	       (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x2069) ||
	       code == 0xfeff;
}

/*! \brief Returns the ASCII character that a character means; OTHER if it means none. */
static char to_ascii(uint32_t code)
{
	static const struct {
		uint16_t first, last;
		char plain;
	} MEANT[] = {
		{ 0x00a0, 0x00a0, ' ' }, { 0x2010, 0x2015, '-' }, { 0x2022, 0x2022, '.' },
		{ 0x2024, 0x2024, '.' }, { 0x2044, 0x2044, '/' }, { 0x2212, 0x2212, '-' },
		{ 0x2215, 0x2215, '/' }, { 0x2219, 0x2219, '.' }, { 0x2236, 0x2236, ':' },
		{ 0x3000, 0x3000, ' ' }, { 0x3002, 0x3002, '.' }, { 0x3010, 0x3010, '[' },
		{ 0x3011, 0x3011, ']' }, { 0x3014, 0x3014, '[' }, { 0x3015, 0x3015, ']' },
		{ 0xfe52, 0xfe52, '.' }, { 0xfe55, 0xfe55, ':' }, { 0xfe63, 0xfe63, '-' },
		{ 0xfe6b, 0xfe6b, '@' }, { 0xff61, 0xff61, '.' },
	};
	if (code < 0x80) {
		return (char)code;
	}
	if (code >= 0xff01 && code <= 0xff5e) {
		return (char)(code - 0xfee0);
	}
	for (size_t i = 0; i < sizeof(MEANT) / sizeof(MEANT[0]); i++) {
		if (code >= MEANT[i].first && code <= MEANT[i].last) {
			return MEANT[i].plain;
		}
	}
	return OTHER;
}

static size_t decode(const char *at, size_t left, uint32_t *code)
{
	if ((*at & 0x80) == 0) {
		*code = (uint8_t)*at;
		return 1;
	}
	size_t size = utf8_decode(at, left, code);
	return size > 0 ? size : 1;
}

static void fill(struct window *window, const char *at, size_t left)
{
	size_t used = 0;
	size_t pos = 0;
	while (used < WINDOW && pos < left) {
		uint32_t code;
		pos += decode(at + pos, left - pos, &code);
		if (!is_invisible(code)) {
			window->text[used++] = to_ascii(code);
		}
		if (used > 0) {
			window->ends[used - 1] = pos;
		}
	}
	window->text[used] = '\0';
}

static char closing(char open)
{
	static const char PAIRS[] = "[](){}<>";
	const char *found = open != '\0' ? strchr(PAIRS, open) : NULL;
	return found != NULL && (found - PAIRS) % 2 == 0 ? found[1] : '\0';
}

/*!
 * \brief Returns the number of characters of a sign in brackets, or of a dot or at sign after one
 *        bracket; 0 if there is none.
 */
static size_t bracketed(const char *text, const char **plain)
{
	char close = closing(text[0]);
	size_t blanks = strspn(text + 1, " ");
	const char *from = text + 1 + blanks;
	if (close == '\0') {
		return 0;
	}
	for (size_t i = 0; i < sizeof(BRACKETED) / sizeof(BRACKETED[0]); i++) {
		size_t inner = strlen(BRACKETED[i].inner);
		if (strncasecmp(from, BRACKETED[i].inner, inner) != 0) {
			continue;
		}
		size_t size = 1 + blanks + inner + strspn(from + inner, " ");
		*plain = BRACKETED[i].plain;
		if (text[size] == close) {
			return size + 1;
		}
		bool one_sided = inner == 1 && strchr(".@", *from) != NULL;
		if (one_sided && ascii_is_alphanumeric(from[1]) && blanks == 0) {
			return 2;
		}
	}
	return 0;
}

/*!
 * \brief Returns the number of characters of a sign without an opening bracket; 0 if there is none.
 */
static size_t half_bracketed(const char *text, const char **plain)
{
	*plain = text[0] == '@' ? "@" : ".";
	if (text[0] == '\\' && text[1] == '.') {
		return 2;
	}
	bool closed = (text[0] == '.' || text[0] == '@') && text[1] != '\0' &&
	              strchr("])}>", text[1]) != NULL;
	return closed && ascii_is_alphanumeric(text[2]) ? 2 : 0;
}

/*! \brief Returns true if a defanged sign may begin here. */
static bool may_begin(const char *at, size_t left)
{
	if (*at == '.' || *at == '@') {
		return left > 1 && ((at[1] & 0x80) != 0 || at[1] == ']' || at[1] == ')' ||
		                    at[1] == '}' || at[1] == '>');
	}
	return (*at & 0x80) != 0 || (*at != '\0' && strchr("[({<\\", *at) != NULL);
}

size_t refang_sign(const char *at, size_t left, char plain[REFANG_SIGN_SIZE])
{
	struct window window;
	const char *sign = NULL;
	if (left == 0 || !may_begin(at, left)) {
		return 0;
	}
	fill(&window, at, left);
	size_t count = bracketed(window.text, &sign);
	count = count > 0 ? count : half_bracketed(window.text, &sign);
	if (count > 0) {
		strcpy(plain, sign);
		return window.ends[count - 1];
	}
	uint32_t code;
	size_t size = decode(at, left, &code);
	bool disappears = is_invisible(code);
	plain[0] = disappears ? '\0' : to_ascii(code);
	plain[1] = '\0';
	return (*at & 0x80) != 0 && (disappears || plain[0] != OTHER) ? size : 0;
}

/*!
 * \brief Returns the number of octets of a quoted local part at the beginning; 0 if there is none.
 */
static size_t quoted_size(const char *word)
{
	size_t at = 1;
	if (word[0] != '"') {
		return 0;
	}
	while (word[at] != '\0' && word[at] != '"') {
		at += word[at] == '\\' && word[at + 1] != '\0' ? 2 : 1;
	}
	return word[at] == '"' ? at + 1 : 0;
}

static int restore_signs(const char *word, size_t left, char *text, size_t room)
{
	size_t used = quoted_size(word);
	if (used >= room) {
		return -1;
	}
	memcpy(text, word, used);
	word += used;
	left -= used;
	while (left > 0) {
		char plain[REFANG_SIGN_SIZE];
		size_t step = refang_sign(word, left, plain);
		const char *from = step > 0 ? plain : word;
		size_t size = step > 0 ? strlen(plain) : 1;
		step = step > 0 ? step : 1;
		if (used + size >= room) {
			return -1;
		}
		memcpy(text + used, from, size);
		used += size;
		word += step;
		left -= step;
	}
	text[used] = '\0';
	return 0;
}

static bool is_of_scheme(char c)
{
	return ascii_is_alphanumeric(c) || (c != '\0' && strchr("+.*-", c) != NULL);
}

/*!
 * \brief Returns the number of octets of `SCHEME://`, `SCHEME:\\` or `[SCHEME]://` at the
 *        beginning; 0 if there is none.
 */
static size_t scheme_size(const char *text)
{
	size_t open = text[0] == '[';
	size_t size = open + ascii_span(text + open, is_of_scheme);
	bool named = ascii_is_letter(text[open]);
	size += open > 0 && text[size] == ']';
	bool parted = strncmp(text + size, "://", 3) == 0 || strncmp(text + size, ":\\\\", 3) == 0;
	return named && parted ? size + 3 : 0;
}

/*!
 * \brief Returns the host of a URL, or the mailbox after `mailto:`. Other texts are returned
 *        unchanged.
 */
static char *host_of_url(char *text, size_t scheme)
{
	static const char MAILTO[] = "mailto:";
	if (strncasecmp(text, MAILTO, sizeof(MAILTO) - 1) == 0) {
		text[strcspn(text, "?")] = '\0';
		return text + sizeof(MAILTO) - 1;
	}
	if (scheme == 0) {
		return text;
	}
	char *host = text + scheme;
	host[strcspn(host, "/?#\\")] = '\0';
	char *user = strrchr(host, '@');
	host = user != NULL ? user + 1 : host;
	/* This is a colon before a port, not one inside [IPv6]. */
	char *port = strrchr(host, ':');
	if (port != NULL && (port[-1] == ']' || strchr(host, ':') == port) &&
	    port[1 + strspn(port + 1, "0123456789")] == '\0') {
		*port = '\0';
	}
	return host;
}

static char *without_brackets(char *host)
{
	size_t size = strlen(host);
	if (host[0] != '[' || host[size - 1] != ']' || strchr(host, ':') == NULL) {
		return host;
	}
	host[size - 1] = '\0';
	return host + 1;
}

/*!
 * \brief Returns the number of octets at the beginning in which there is no sign, URL or bracket.
 *        In most words of rules, these are all octets.
 */
static size_t plain_size(const char *word)
{
	size_t size = 0;
	while (ascii_is_alphanumeric(word[size]) || word[size] == '.' || word[size] == '-' ||
	       word[size] == '_') {
		size++;
	}
	return size;
}

int refang(const char *word, char *text, size_t room)
{
	size_t size = plain_size(word);
	if (size < room && word[size] == '\0') {
		memcpy(text, word, size + 1);
		return 0;
	}
	if (restore_signs(word, size + strlen(word + size), text, room) != 0) {
		return -1;
	}
	size_t scheme = scheme_size(text);
	char *host = without_brackets(host_of_url(text, scheme));
	memmove(text, host, strlen(host) + 1);
	return scheme > 0;
}
