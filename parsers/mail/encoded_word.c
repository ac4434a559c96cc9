/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/encoded_word.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "parsers/mail/iso_2022_jp.h"

/* The charset through which ISO-2022-JP is converted. The ISO-2022-JP of iconv lacks half-width
 * katakana, circled numbers and many characters of names, which mail programs write
 * nevertheless. */
static const char JIS[] = "CP932";

/* The labels of charsets in mails, and for each the charset, a superset, with which mail programs
 * decode it. */
static const struct {
	const char *label;
	const char *charset; /* its name for iconv(3); NULL: UTF-8, which is not converted */
} charsets[] = {
	{ "utf-8", NULL },
	{ "utf8", NULL },
	{ "us-ascii", NULL },
	{ "ascii", NULL },
	{ "iso-2022-jp", JIS },
	{ "iso-2022-jp-1", JIS },
	{ "iso-2022-jp-ms", JIS },
	{ "cp50220", JIS },
	{ "cp50221", JIS },
	{ "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },
	{ "sjis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "cp932", "CP932" },
	{ "euc-jp", "EUC-JP-MS" },
	{ "x-euc-jp", "EUC-JP-MS" },
	{ "iso-8859-1", "CP1252" },
	{ "latin1", "CP1252" },
	{ "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" },
	{ "iso-8859-4", "ISO-8859-4" },
	{ "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" },
	{ "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8", "ISO-8859-8" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-9", "CP1254" },
	{ "iso-8859-10", "ISO-8859-10" },
	{ "iso-8859-11", "CP874" },
	{ "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" },
	{ "iso-8859-15", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "windows-1250", "CP1250" },
	{ "windows-1251", "CP1251" },
	{ "windows-1252", "CP1252" },
	{ "windows-1253", "CP1253" },
	{ "windows-1254", "CP1254" },
	{ "windows-1255", "CP1255" },
	{ "windows-1256", "CP1256" },
	{ "windows-1257", "CP1257" },
	{ "windows-1258", "CP1258" },
	{ "windows-874", "CP874" },
	{ "tis-620", "CP874" },
	{ "koi8-r", "KOI8-R" },
	{ "koi8-u", "KOI8-U" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "big5", "CP950" },
	{ "euc-kr", "CP949" },
	{ "ks_c_5601-1987", "CP949" },
};

enum { CHARSETS = sizeof(charsets) / sizeof(charsets[0]) };

static const char REPLACEMENT[] = UTF8_REPLACEMENT_TEXT;

/* An encoded word: views into the text. */
struct word {
	size_t charset; /* index in the table; CHARSETS if the charset is unknown */
	bool base64;
	const char *body;
	size_t body_size;
	const char *end; /* the octet after the encoded word */
};

struct output {
	char *at;
	size_t left;
	bool full; /* a character did not fit, so nothing is written any more */
};

/* Adjacent words of one charset. They are decoded together, because a character may be split
 * between two words. */
struct run {
	size_t charset;
	size_t size;
	char bytes[ENCODED_WORD_MAX];
};

static void put(struct output *out, const char *text, size_t size)
{
	if (out->full) {
		return;
	}
	if (size > out->left) {
		out->full = true;
		size = out->left;
	}
	memcpy(out->at, text, size);
	out->at += size;
	out->left -= size;
}

/*! \brief Writes UTF-8. If it does not fit, it is cut between two characters. */
static void put_characters(struct output *out, const char *text, const char *end)
{
	while (text < end && !out->full) {
		const char *next = text + 1;
		while (next < end && utf8_is_continuation(*next)) {
			next++;
		}
		size_t size = (size_t)(next - text);
		out->full = size > out->left;
		put(out, text, size);
		text = next;
	}
}

static size_t find_charset(const char *label, size_t size)
{
	const char *language = memchr(label, '*', size);
	size_t k = 0;

	if (language != NULL) {
		size = (size_t)(language - label);
	}
	while (k < CHARSETS && (strlen(charsets[k].label) != size ||
	                        strncasecmp(charsets[k].label, label, size) != 0)) {
		k++;
	}
	return k;
}

/*!
 * \brief Finds the question mark that ends the body of the word: the first one that a '=' follows.
 */
static const char *find_end(const char *p, const char *end)
{
	while (p < end) {
		p = memchr(p, '?', (size_t)(end - p));
		if (p == NULL || end - p < 2) {
			return NULL;
		}
		if (p[1] == '=') {
			return p;
		}
		p++;
	}
	return NULL;
}

/*! \brief Reads "=?charset?encoding?body?=" at `p`. */
static bool read_word(const char *p, const char *end, struct word *word)
{
	if (end - p < 2 || p[0] != '=' || p[1] != '?') {
		return false;
	}
	const char *label = p + 2;
	const char *mark = memchr(label, '?', (size_t)(end - label));
	if (mark == NULL || end - mark < 3 || mark[2] != '?') {
		return false;
	}
	char encoding = (char)(mark[1] | 0x20);
	const char *stop = find_end(mark + 3, end);
	if (stop == NULL || (encoding != 'b' && encoding != 'q')) {
		return false;
	}
	*word = (struct word){ .charset = find_charset(label, (size_t)(mark - label)),
		               .base64 = encoding == 'b',
		               .body = mark + 3,
		               .body_size = (size_t)(stop - mark - 3),
		               .end = stop + 2 };
	return word->charset < CHARSETS;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z') {
		return c - 'A';
	}
	if (c >= 'a' && c <= 'z') {
		return c - 'a' + 26;
	}
	if (c >= '0' && c <= '9') {
		return c - '0' + 52;
	}
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void run_add(struct run *run, unsigned octet)
{
	if (run->size < sizeof(run->bytes)) {
		run->bytes[run->size++] = (char)octet;
	}
}

static void add_base64(struct run *run, const char *body, size_t size)
{
	unsigned bits = 0;
	unsigned count = 0;

	for (size_t i = 0; i < size; i++) {
		int value = base64_value(body[i]);
		if (body[i] == '=') {
			/* This is padding. More text may follow, because some programs concatenate
			 * padded pieces in one word. */
			count = 0;
		}
		if (value < 0) {
			continue;
		}
		bits = (bits << 6 | (unsigned)value) & 0xffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			run_add(run, bits >> count & 0xff);
		}
	}
}

static void add_quoted(struct run *run, const char *body, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = body[i] == '=' && size - i > 2 ? ascii_hex_value(body[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value(body[i + 2]) : -1;
		if (low >= 0) {
			run_add(run, (unsigned)(high << 4 | low));
			i += 2;
		} else {
			run_add(run, body[i] == '_' ? ' ' : (unsigned char)body[i]);
		}
	}
}

/*! \brief Converts a run. An invalid octet is replaced without the octets after it. */
static void convert(iconv_t cd, struct run *run, struct output *out)
{
	char *from = run->bytes;
	size_t left = run->size;
	char piece[256];
	bool more = true;

	while (more && !out->full) {
		char *to = piece;
		size_t room = sizeof(piece);
		/* At the end, iconv() must write the characters that it has held back for combining
		 * accents (CP1255, CP1258). */
		more = left > 0;
		size_t done = iconv(cd, more ? &from : NULL, &left, &to, &room);
		bool bad = more && done == (size_t)-1 && errno != E2BIG;
		put_characters(out, piece, to);
		if (bad) {
			put_characters(out, REPLACEMENT, REPLACEMENT + 3);
			from++;
			left--;
		}
	}
}

static void run_end(struct run *run, struct output *out)
{
	if (run->size == 0) {
		return;
	}
	const char *charset = charsets[run->charset].charset;
	iconv_t cd = charset != NULL ? iconv_open("UTF-8", charset) : (iconv_t)-1;
	if (cd == (iconv_t)-1) {
		put_characters(out, run->bytes, run->bytes + run->size);
	} else {
		if (charset == JIS) {
			run->size = iso_2022_jp_to_shift_jis(run->bytes, run->size);
		}
		convert(cd, run, out);
		(void)iconv_close(cd);
	}
	run->size = 0;
}

static void run_word(struct run *run, const struct word *word, struct output *out)
{
	if (word->charset != run->charset) {
		run_end(run, out);
		run->charset = word->charset;
	}
	if (word->base64) {
		add_base64(run, word->body, word->body_size);
	} else {
		add_quoted(run, word->body, word->body_size);
	}
}

size_t encoded_word_decode(const char *text, size_t size, char *out, size_t max)
{
	const char *end = text + size;
	struct output output = { .at = out, .left = max };
	struct run run = { .charset = CHARSETS, .size = 0 };
	bool after_word = false;

	while (text < end && !output.full) {
		const char *p = text;
		struct word word;
		while (p < end && ascii_is_blank(*p)) {
			p++;
		}
		/* Blanks between two encoded words are dropped (RFC 2047, 6.2). */
		if (p < end && read_word(p, end, &word)) {
			if (!after_word) {
				put(&output, text, (size_t)(p - text));
			}
			run_word(&run, &word, &output);
			after_word = true;
			text = word.end;
			continue;
		}
		run_end(&run, &output);
		after_word = false;
		p += p < end;
		put(&output, text, (size_t)(p - text));
		text = p;
	}
	run_end(&run, &output);
	return (size_t)(output.at - out);
}
