/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/encoding.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/utf8.h"

/*! \brief The number of octets at the beginning that are searched for the kind of an XML file. */
#define XML_LOOKED_AT 4096

const char *encoding_refuse(const char *text, size_t size)
{
	static const char UNPACK[] = "the file is compressed: unpack it first";
	static const struct {
		const char *front;
		size_t size;
		const char *why;
	} FRONTS[] = {
		{ "\x1f\x8b", 2, UNPACK },
		{ "PK\x03\x04", 4, UNPACK },
		{ "\xfd"
		  "7zXZ",
		  5, UNPACK },
		{ "\x28\xb5\x2f\xfd", 4, UNPACK },
		{ "BZh", 3, UNPACK },
		{ "7z\xbc\xaf", 4, UNPACK },
		{ "%PDF", 4,
		  "the file is a PDF: convert it to text first, for example with pdftotext" },
	};
	static const char *const XML[] = { "STIX_Package", "<ioc ", "IODEF-Document" };
	size_t looked_at = MIN(size, XML_LOOKED_AT);
	for (size_t i = 0; i < sizeof(FRONTS) / sizeof(FRONTS[0]); i++) {
		if (size >= FRONTS[i].size && memcmp(text, FRONTS[i].front, FRONTS[i].size) == 0) {
			return FRONTS[i].why;
		}
	}
	for (size_t i = 0; i < sizeof(XML) / sizeof(XML[0]); i++) {
		if (memmem(text, looked_at, XML[i], strlen(XML[i])) != NULL &&
		    memmem(text, looked_at, "<", 1) != NULL) {
			return "STIX 1 and other XML formats are not supported: get the feed as "
			       "STIX 2, MISP or CSV";
		}
	}
	return NULL;
}

/*!
 * \brief Returns the name of the UTF-16 encoding of a text, and the number of octets of its byte
 *        order mark; NULL if it is not UTF-16.
 */
static const char *find_utf16(const char *text, size_t size, size_t *mark)
{
	*mark = 2;
	if (size >= 2 && memcmp(text, "\xff\xfe", 2) == 0) {
		return "UTF-16LE";
	}
	if (size >= 2 && memcmp(text, "\xfe\xff", 2) == 0) {
		return "UTF-16BE";
	}
	*mark = 0;
	if (size >= 4 && text[0] != '\0' && text[1] == '\0' && text[2] != '\0' && text[3] == '\0') {
		return "UTF-16LE";
	}
	bool big = size >= 4 && text[0] == '\0' && text[1] != '\0' && text[2] == '\0' &&
	           text[3] != '\0';
	return big ? "UTF-16BE" : NULL;
}

bool encoding_is_utf16(const char *text, size_t size)
{
	size_t mark;
	return find_utf16(text, size, &mark) != NULL;
}

char *encoding_from_utf16(const char *text, size_t *size)
{
	size_t mark;
	const char *encoding = find_utf16(text, *size, &mark);
	/* Each unit of two octets becomes at most three octets. A single octet at the end also
	 * becomes at most three. */
	size_t room = (*size - mark + 1) / 2 * 3;
	char *utf8 = malloc(room + 1);
	iconv_t converter = iconv_open("UTF-8", encoding);
	char *in = (char *)text + mark;
	char *out = utf8;
	size_t left = *size - mark;
	if (utf8 == NULL || converter == (iconv_t)-1) {
		free(utf8);
		utf8 = NULL;
		left = 0;
	}
	while (left > 0 && iconv(converter, &in, &left, &out, &room) == (size_t)-1) {
		size_t step = MIN(left, 2);
		memcpy(out, UTF8_REPLACEMENT_TEXT, 3);
		out += 3;
		room -= 3;
		in += step;
		left -= step;
	}
	if (converter != (iconv_t)-1) {
		iconv_close(converter);
	}
	if (utf8 != NULL) {
		*out = '\0';
		*size = (size_t)(out - utf8);
	}
	return utf8;
}

static void replace(char *text, size_t size, char from, char to)
{
	for (char *at = text; (at = memchr(at, from, size - (size_t)(at - text))) != NULL;) {
		*at = to;
	}
}

size_t encoding_mend(char *text, size_t size)
{
	size_t line = 1;
	if (memchr(text, '\n', size) == NULL) {
		replace(text, size, '\r', '\n');
	}
	const char *zero = memchr(text, '\0', size);
	if (zero == NULL) {
		return 0;
	}
	for (const char *at = text; (at = memchr(at, '\n', (size_t)(zero - at))) != NULL; at++) {
		line++;
	}
	replace(text, size, '\0', '\x01');
	return line;
}
