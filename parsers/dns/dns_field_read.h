/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads fields of RDATA in presentation form. Each function removes from the text the part
 *        that it has read.
 *
 * Functions with a writer return false if the text is invalid. If there is no room for the octets,
 * the writer fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"

/*! \brief The part of a text that was not read yet. Borrowed; there is no final NUL. */
struct dns_text {
	const char *at;
	size_t size;
};

/*! \brief Removes blanks at both ends, except for a blank after a backslash. */
void dns_text_trim(struct dns_text *text);

/*!
 * \brief Takes a word and the blanks after it. The word ends before the first blank that no
 * backslash precedes.
 *
 * \return False if no octet is left.
 */
bool dns_text_take_word(struct dns_text *text, struct dns_text *word);

/*! \brief Takes the whole rest of the text. */
void dns_text_take_rest(struct dns_text *text, struct dns_text *rest);

/*!
 * \brief Reads a number in decimal.
 *
 * \return False if the word is not a number, or if the number is greater than `high`.
 */
bool dns_text_number(const struct dns_text *word, uint64_t high, uint64_t *number);

/*! \brief Reads an address of this family, AF_INET or AF_INET6, and writes its octets. */
bool dns_text_put_address(const struct dns_text *word, int family, struct writer *out);

/*! \brief Writes a word as a character-string: its length and its octets. */
bool dns_text_put_string(const struct dns_text *word, struct writer *out);

/*!
 * \brief Reads a salt in text form: hex digits, or `-` for an empty salt (RFC 5155, section 3.3).
 *        Writes its length and its octets.
 */
bool dns_text_put_salt(const struct dns_text *word, struct writer *out);

/*! \brief Reads a character-string: a word, or a text in quotation marks. */
bool dns_text_read_string(struct dns_text *text, struct writer *out);

/*!
 * \brief Reads character-strings to the end of the text. If the text does not begin with a
 *        quotation mark, it is one string with all its blanks, or several if it has more than 255
 *        octets.
 */
bool dns_text_read_strings(struct dns_text *text, struct writer *out);

/*! \brief Reads a text in quotation marks, or a word, and writes its octets without a length. */
bool dns_text_read_quoted(struct dns_text *text, struct writer *out);

/*!
 * \brief Reads two or more hex digits, up to the end of the text. Blanks between the digits are
 *        ignored.
 */
bool dns_text_read_hex(struct dns_text *text, struct writer *out);

/*! \brief Reads base64 to the end of the text. Blanks are ignored. */
bool dns_text_read_base64(struct dns_text *text, struct writer *out);

/*!
 * \brief Reads mnemonics of types to the end of the text, and writes a bitmap (RFC 4034 section
 *        4.1.2).
 */
bool dns_text_read_bitmap(struct dns_text *text, struct writer *out);

/*! \brief Reads service parameters to the end of the text (RFC 9460 section 2.1). */
bool dns_text_read_service(struct dns_text *text, struct writer *out);
