/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_presentation.h"

#include <string.h>
#include <sys/socket.h>

#include "base/dns_name.h"
#include "base/writer.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_field.h"
#include "parsers/dns/dns_field_read.h"

static bool put_number(const struct dns_text *word, unsigned octets, struct writer *out)
{
	uint64_t number;
	uint8_t wire[4];
	if (!dns_text_number(word, (UINT64_C(1) << 8 * octets) - 1, &number)) {
		return false;
	}
	for (unsigned i = 0; i < octets; i++) {
		wire[i] = (uint8_t)(number >> 8 * (octets - 1 - i));
	}
	writer_put(out, (const char *)wire, octets);
	return true;
}

static bool put_name(const struct dns_text *word, struct writer *out)
{
	struct dns_name name;
	if (dns_name_from_text(word->at, word->size, &name) != DNS_NAME_OK) {
		return false;
	}
	writer_put(out, (const char *)name.wire, name.size);
	return true;
}

/* Reads a field that consists of one word. */
static bool read_word(const struct dns_text *word, char field, struct writer *out)
{
	/* clang-format off */
	switch (field) {
	case 'n': return put_name(word, out);
	case '1': return put_number(word, 1, out);
	case '2': return put_number(word, 2, out);
	case '4': return put_number(word, 4, out);
	case 'a': return dns_text_put_address(word, AF_INET, out);
	case '6': return dns_text_put_address(word, AF_INET6, out);
	case 'g': return dns_text_put_string(word, out);
	case 'S': return dns_text_put_salt(word, out);
	default:  return false; /* fields of types that are not read */
	}
	/* clang-format on */
}

static bool read_field(struct dns_text *text, const char *field, struct writer *out)
{
	struct dns_text word;
	/* clang-format off */
	switch (*field) {
	case 's': return dns_text_read_string(text, out);
	case 't': return dns_text_read_strings(text, out);
	case 'v': return dns_text_read_quoted(text, out);
	case 'h': return dns_text_read_hex(text, out);
	case 'b': return dns_text_read_base64(text, out);
	case 'M': return dns_text_read_bitmap(text, out);
	case 'P': return dns_text_read_service(text, out);
	default:  break;
	}
	/* clang-format on */
	if (field[1] == '\0') { /* a name may contain blanks */
		dns_text_take_rest(text, &word);
	} else if (!dns_text_take_word(text, &word)) {
		return false;
	}
	return read_word(&word, *field, out);
}

/* Reads `\# LENGTH HEX`. */
static bool read_generic(struct dns_text *text, struct writer *out)
{
	struct dns_text word;
	uint64_t length;
	bool good = dns_text_take_word(text, &word) && dns_text_take_word(text, &word) &&
	            dns_text_number(&word, UINT16_MAX, &length);
	return good && (length == 0 || dns_text_read_hex(text, out)) && writer_size(out) == length;
}

static bool is_generic(const char *text, size_t size)
{
	return size > 3 && memcmp(text, "\\# ", 3) == 0;
}

int dns_rdata_from_text(uint16_t type, const char *text, size_t size, uint8_t *data, size_t room)
{
	struct dns_text left = { text, size };
	const char *fields = dns_rdata_layout(type);
	struct writer out;
	bool good = true;
	writer_init(&out, (char *)data, room);
	dns_text_trim(&left);
	if (is_generic(left.at, left.size)) {
		good = read_generic(&left, &out);
	} else {
		good = fields != NULL;
		for (; good && *fields != '\0'; fields++) {
			good = read_field(&left, fields, &out);
		}
	}
	return good && left.size == 0 && !out.failed ? (int)writer_size(&out) : -1;
}
