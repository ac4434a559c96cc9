/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/report/scan.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/clean.h"
#include "rules/feeds/import/value.h"
#include "rules/language/refang.h"

/*! \brief The number of octets of the longest word. Longer words are skipped. */
#define WORD_MAX 512
/*! \brief The number of octets of the longest scheme of a URL. */
#define SCHEME_MAX 8

/*! \brief A word: its refanged text, and how it is written. */
struct word {
	char text[WORD_MAX + 1];
	size_t size;
	const char *end; /*!< The end of the word in the text. */
	bool defanged;
	bool link;
};

/*!
 * \brief Returns the number of octets of the letter, digit, `-` or `_` at `at`; 0 for anything
 *        else.
 */
static size_t letter(const struct scan *scan, const char *at)
{
	uint32_t code;
	if (at >= scan->end) {
		return 0;
	}
	size_t size = clean_character(at, (size_t)(scan->end - at), &code);
	bool ascii = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
	             (code >= '0' && code <= '9') || code == '-' || code == '_';
	bool latin = code >= 0xc0 && code <= 0x24f && code != 0xd7 && code != 0xf7;
	bool other = (code >= 0x370 && code <= 0x3ff) || (code >= 0x400 && code <= 0x52f);
	bool wide = (code >= 0xff10 && code <= 0xff19) || (code >= 0xff21 && code <= 0xff3a) ||
	            (code >= 0xff41 && code <= 0xff5a);
	return ascii || latin || other || wide ? size : 0;
}

/*!
 * \brief Returns the number of octets of a defanged sign at `at`; 0 if there is none. `plain`
 *        receives the plain sign.
 */
static size_t sign(const struct scan *scan, const char *at, char plain[REFANG_SIGN_SIZE])
{
	static const char *const STOPS[] = { "\u3002", "\uff61" };
	size_t left = at < scan->end ? (size_t)(scan->end - at) : 0;
	/* The ideographic full stop ends a sentence in prose, and is not a dot in a name. */
	for (size_t i = 0; left >= 3 && i < 2; i++) {
		if (memcmp(at, STOPS[i], 3) == 0) {
			return 0;
		}
	}
	size_t size = refang_sign(at, left, plain);
	return size > 0 && plain[0] != '\0' && strchr(".@:/-", plain[0]) != NULL ? size : 0;
}

static bool put(struct word *word, const char *text, size_t size)
{
	if (word->size + size > WORD_MAX) {
		return false;
	}
	memcpy(word->text + word->size, text, size);
	word->size += size;
	word->text[word->size] = '\0';
	return true;
}

/*!
 * \brief Finds a sign, plain or defanged, that connects the letters before it with the letters
 *        after it.
 */
static size_t connector(const struct scan *scan, const char *at, char plain[REFANG_SIGN_SIZE],
                        bool *defanged)
{
	size_t blank = at < scan->end && *at == ' ';
	size_t size = sign(scan, at + blank, plain);
	*defanged = size > 0;
	if (size == 0) {
		plain[0] = at < scan->end ? *at : '\0';
		plain[1] = '\0';
		size = plain[0] != '\0' && strchr(".@+", plain[0]) != NULL;
		return size > 0 && letter(scan, at + 1) > 0 ? size : 0;
	}
	/* A sign as in `user (at) example (dot) org` has blanks on both sides, or on neither
	 * side. */
	const char *after = at + blank + size;
	blank += blank > 0 && after < scan->end && *after == ' ';
	bool connects = blank != 1 && strchr(".@", plain[0]) != NULL;
	return connects && letter(scan, at + blank + size) > 0 ? size + blank : 0;
}

/*! \brief Reads `/24` or `[/]24` after an address. */
static void take_length(const struct scan *scan, struct word *word)
{
	char plain[REFANG_SIGN_SIZE];
	const char *at = word->end;
	size_t size = sign(scan, at, plain);
	size = size > 0 ? (size_t)(plain[0] == '/' ? size : 0)
	                : (size_t)(at < scan->end && *at == '/');
	size_t digits = 0;
	while (size > 0 && at + size + digits < scan->end && ascii_is_digit(at[size + digits])) {
		digits++;
	}
	if (digits > 0 && digits <= 3 && letter(scan, at + size + digits) == 0) {
		(void)(put(word, "/", 1) && put(word, at + size, digits));
		word->end = at + size + digits;
	}
}

static bool is_ipv4(const char *text)
{
	return text[strspn(text, "0123456789.")] == '\0' && strchr(text, '.') != NULL;
}

/*! \brief Reads letters and the signs between them. Returns false if there are too many. */
static bool take_letters(const struct scan *scan, const char *at, struct word *word)
{
	char plain[REFANG_SIGN_SIZE];
	bool fits = true;
	for (;;) {
		size_t size;
		bool defanged;
		while ((size = letter(scan, at)) > 0) {
			fits = fits && put(word, at, size);
			at += size;
		}
		word->end = at;
		size = connector(scan, at, plain, &defanged);
		if (size == 0) {
			break;
		}
		fits = fits && put(word, plain, strlen(plain));
		word->defanged |= defanged;
		at += size;
	}
	if (fits && is_ipv4(word->text)) {
		take_length(scan, word);
	}
	return fits;
}

/*! \brief Reads an IPv6 address. Its colons may be defanged. */
static bool take_ipv6(const struct scan *scan, const char *at, struct word *word)
{
	char plain[REFANG_SIGN_SIZE];
	size_t colons = 0;
	while (at < scan->end) {
		size_t size = sign(scan, at, plain);
		bool defanged = size > 0;
		if (!defanged) {
			plain[0] = *at;
			plain[1] = '\0';
			size = 1;
		}
		if (strchr("0123456789abcdefABCDEF:.", plain[0]) == NULL || !put(word, plain, 1)) {
			break;
		}
		colons += plain[0] == ':';
		word->defanged |= defanged;
		at += size;
		word->end = at;
	}
	while (word->size > 0 && word->text[word->size - 1] == '.') {
		word->text[--word->size] = '\0';
		word->end--;
	}
	take_length(scan, word);
	return colons > 1;
}

static bool is_of_path(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"'<>`", c) == NULL;
}

/*! \brief Returns the number of octets up to the end of a URL or path. */
static size_t path_size(const struct scan *scan, const char *at)
{
	size_t size = 0;
	size_t left = (size_t)(scan->end - at);
	while (size < left && is_of_path(at[size])) {
		size++;
	}
	return size;
}

static bool is_of_scheme(char c)
{
	return ascii_is_alphanumeric(c) || c == '*' || c == '-';
}

/*!
 * \brief Returns true if a scheme is written so that it cannot be clicked: hxxp, hxtp, h**ps, fxp,
 *        ...
 */
static bool is_defanged_scheme(const char *at, size_t size)
{
	size -= size > 1 && (at[size - 1] == 's' || at[size - 1] == 'S');
	bool http = size == 4 && strncasecmp(at, "http", 4) == 0;
	bool like_http = size >= 3 && (at[0] | 0x20) == 'h' && (at[size - 1] | 0x20) == 'p';
	bool like_ftp = size == 3 && strncasecmp(at, "fxp", 3) == 0;
	return (like_http && !http) || like_ftp;
}

/*!
 * \brief Returns the number of octets of the scheme of a URL at `at`, including `://`; 0 for none.
 */
static size_t scheme(const struct scan *scan, const char *at, bool *defanged)
{
	char plain[REFANG_SIGN_SIZE];
	size_t left = (size_t)(scan->end - at);
	size_t size = 0;
	while (size < left && size <= SCHEME_MAX && is_of_scheme(at[size])) {
		size++;
	}
	if (size < 2 || size > SCHEME_MAX || size == left || !ascii_is_letter(at[0])) {
		return 0;
	}
	size_t sign_size = sign(scan, at + size, plain);
	*defanged = sign_size > 0 || is_defanged_scheme(at, size);
	if (sign_size > 0 && strcmp(plain, "://") == 0) {
		return size + sign_size;
	}
	size += sign_size > 0 && plain[0] == ':' ? sign_size : (size_t)(at[size] == ':');
	bool slashes = left > size + 2 && ((at[size] == '/' && at[size + 1] == '/') ||
	                                   (at[size] == '\\' && at[size + 1] == '\\'));
	return slashes ? size + 2 : 0;
}

/*! \brief Returns true if a word begins at `at`, outside of paths, options and other words. */
static bool begins(const struct scan *scan, const char *at)
{
	static const char CONNECTORS[] = "/\\.@=&~$%";
	return at == scan->start || strchr(CONNECTORS, at[-1]) == NULL || at[-1] == '\0';
}

/*!
 * \brief Returns true if an IPv6 address may begin at `at`. It may also begin after `server=` and
 *        `/`.
 */
static bool begins_ipv6(const struct scan *scan, const char *at)
{
	return begins(scan, at) || at[-1] == '=' || at[-1] == '/';
}

/*!
 * \brief Returns true if a name may exist on the Internet. A defanged name needs no known top-level
 *        domain.
 */
static bool is_plausible_name(const struct scan *scan, const struct sighting *sighting)
{
	char text[DNS_NAME_MAX + 1];
	const struct indicator *indicator = &sighting->indicator;
	dns_name_to_host(indicator->name, indicator->name_size, text);
	const char *last = strrchr(text, '.');
	if (last == NULL || text[0] == '-' ||
	    strspn(last + 1, "0123456789-_") == strlen(last + 1) || last[2] == '\0') {
		return false;
	}
	last++;
	if (scan->psl == NULL) {
		return true;
	}
	if (psl_is_public_suffix(scan->psl, text)) {
		return false;
	}
	bool file = value_is_file_ending(last) && indicator->form == FORM_NAME;
	return sighting->defanged ||
	       (!file &&
	        psl_is_public_suffix2(scan->psl, last, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE));
}

static bool is_plausible(const struct scan *scan, const struct sighting *sighting,
                         const struct word *word)
{
	const struct indicator *indicator = &sighting->indicator;
	if (indicator->form != FORM_NETWORK) {
		return is_plausible_name(scan, sighting);
	}
	/* An address must begin with three digits, because C++ has a::b, and tools print `::`. */
	size_t group = strspn(word->text, "0123456789abcdefABCDEF");
	return network_is_v4(&indicator->network) || group >= 3;
}

static bool finish(const struct scan *scan, const char *start, const struct word *word,
                   struct sighting *sighting)
{
	char why[INDICATOR_WHY_SIZE];
	sighting->at = start;
	sighting->size = (size_t)(word->end - start);
	sighting->defanged = word->defanged;
	sighting->link = word->link;
	if (strpbrk(word->text, ".:@") == NULL ||
	    indicator_parse(word->text, &sighting->indicator, why) != 0) {
		return false;
	}
	return is_plausible(scan, sighting, word);
}

/*! \brief Marks the host of a URL or the name before a path, and skips the path. */
static const char *pass_path(const struct scan *scan, struct word *word)
{
	const char *at = word->end;
	if (at < scan->end && *at == '/' && at + 1 < scan->end && at[1] != '/') {
		word->link = true;
	}
	return at + (word->link ? path_size(scan, at) : 0);
}

static bool take_word(struct scan *scan, struct sighting *sighting)
{
	const char *start = scan->at;
	struct word word = { .end = start };
	struct word six = { .end = start };
	bool defanged = false;
	size_t front = scheme(scan, start, &defanged);
	word.link = front > 0;
	word.defanged = defanged && front > 0;
	if (front == 0 && take_ipv6(scan, start, &six) && finish(scan, start, &six, sighting)) {
		/* The groups of the address are skipped, so that they are not read again as an
		 * address without its first group. */
		scan->at = six.end;
		return begins_ipv6(scan, start);
	}
	bool fits = take_letters(scan, start + front, &word);
	bool first = front > 0 || begins(scan, start);
	scan->at = pass_path(scan, &word);
	return fits && first && finish(scan, start, &word, sighting);
}

struct scan scan_init(const psl_ctx_t *psl, const char *text, size_t size)
{
	return (struct scan){ .psl = psl, .start = text, .at = text, .end = text + size };
}

bool scan_next(struct scan *scan, struct sighting *sighting)
{
	while (scan->at < scan->end) {
		uint32_t code;
		const char *before = scan->at;
		if (letter(scan, scan->at) > 0 && take_word(scan, sighting)) {
			return true;
		}
		if (scan->at == before) {
			scan->at += clean_character(before, (size_t)(scan->end - before), &code);
		}
	}
	return false;
}
