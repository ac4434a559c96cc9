/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/refang.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

static const struct {
	const char *inner;
	const char *plain;
} BRACKETED[] = {
	{ ".", "." }, { "dot", "." }, { "@", "@" },     { "at", "@" },
	{ ":", ":" }, { "/", "/" },   { "://", "://" },
};

static char closing(char open)
{
	switch (open) {
	case '[':
		return ']';
	case '(':
		return ')';
	case '{':
		return '}';
	default:
		return '\0';
	}
}

/*! \brief The sign that is defanged at `at`, NULL for none; `size` gets its octets in the text. */
static const char *defanged(const char *at, size_t *size)
{
	if (at[0] == '\\' && at[1] == '.') {
		*size = 2;
		return ".";
	}
	char close = closing(at[0]);
	if (close == '\0') {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(BRACKETED) / sizeof(BRACKETED[0]); i++) {
		size_t inner = strlen(BRACKETED[i].inner);
		if (strncasecmp(at + 1, BRACKETED[i].inner, inner) == 0 && at[1 + inner] == close) {
			*size = inner + 2;
			return BRACKETED[i].plain;
		}
	}
	return NULL;
}

/*! \brief Octets of a quoted local part at the beginning, 0 for none. */
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

static int restore_signs(const char *word, char *text, size_t room)
{
	size_t used = quoted_size(word);
	if (used >= room) {
		return -1;
	}
	memcpy(text, word, used);
	word += used;
	while (*word != '\0') {
		size_t step = 1;
		const char *plain = defanged(word, &step);
		size_t size = plain != NULL ? strlen(plain) : 1;
		if (used + size >= room) {
			return -1;
		}
		memcpy(text + used, plain != NULL ? plain : word, size);
		used += size;
		word += step;
	}
	text[used] = '\0';
	return 0;
}

static char *host_of_url(char *text)
{
	size_t scheme = ascii_span(text, ascii_is_letter);
	if (scheme == 0 || strncmp(text + scheme, "://", 3) != 0) {
		return text;
	}
	char *host = text + scheme + 3;
	host[strcspn(host, "/?#")] = '\0';
	char *user = strrchr(host, '@');
	host = user != NULL ? user + 1 : host;
	/* A colon before a port, not one inside [IPv6]. */
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
	bool bracketed = size > 2 && host[0] == '[' && host[size - 1] == ']';
	if (!bracketed || strchr(host, ':') == NULL) {
		return host;
	}
	host[size - 1] = '\0';
	return host + 1;
}

int refang(const char *word, char *text, size_t room)
{
	if (restore_signs(word, text, room) != 0) {
		return -1;
	}
	char *host = without_brackets(host_of_url(text));
	memmove(text, host, strlen(host) + 1);
	return 0;
}
