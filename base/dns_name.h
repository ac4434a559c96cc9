/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Domain names in wire format (RFC 1035 section 3.1), and their text.
 *
 * A name is kept uncompressed and in lower case (RFC 4343), so that two names are equal if their
 * octets are equal. parsers/dns/dns_name_read.h reads the compressed names in messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*! \brief The largest number of octets in a name (RFC 1035 section 2.3.4). */
#define DNS_NAME_MAX        255
#define DNS_NAME_LABELS_MAX 127
#define DNS_LABEL_MAX       63

/*! \brief Room for any name as text: four characters for each octet (`\DDD`), and the final NUL. */
#define DNS_NAME_TEXT_MAX (4 * DNS_NAME_MAX + 1)

/*!
 * \brief The offsets of the last labels of a name are stored, so that the name is parsed only once.
 *        This is the number of these offsets.
 */
#define DNS_LABELS_KEPT 8
struct dns_labels {
	uint8_t count; /*!< The number of all labels; 0 for the root. */
	/*! The offsets of the last DNS_LABELS_KEPT labels. The offset of label i is at index i %
	 * DNS_LABELS_KEPT. */
	uint8_t starts[DNS_LABELS_KEPT];
};

struct dns_name {
	uint8_t size; /*!< Octets of `wire` in use, the final zero included; 0: there is no name. */
	uint8_t wire[DNS_NAME_MAX];
	struct dns_labels labels; /*!< Undefined if `size` is 0. */
};

/*! \brief Why a name is invalid. */
enum dns_name_fault {
	DNS_NAME_OK = 0,
	DNS_NAME_SHORT = -1, /*!< The name continues beyond the end of the message. */
	DNS_NAME_LONG = -2,  /*!< The name has more than 255 octets. */
	/*! A pointer is beyond the end of the message, or the name has too many pointers. */
	DNS_NAME_POINTER = -3,
	/*! A label is empty or too long, or has an unused type (RFC 6891 section 5). */
	DNS_NAME_LABEL = -4,
};

/*! \brief Returns true if a name consists of these octets. */
static inline bool dns_name_equal(const struct dns_name *name, const uint8_t *wire, size_t size)
{
	return name->size == size && memcmp(name->wire, wire, size) == 0;
}

/*!
 * \brief Finds the labels of a name.
 *
 * \param starts  Receives the offset of each label's length octet.
 *
 * \return The number of labels; 0 for the root, and for octets that are not exactly one name.
 */
static inline size_t dns_name_labels(const uint8_t *wire, size_t size,
                                     uint8_t starts[DNS_NAME_LABELS_MAX])
{
	size_t count = 0;
	size_t at = 0;
	if (size > DNS_NAME_MAX) {
		return 0;
	}
	while (at < size && wire[at] != 0 && wire[at] <= DNS_LABEL_MAX &&
	       count < DNS_NAME_LABELS_MAX) {
		starts[count++] = (uint8_t)at;
		at += 1u + wire[at];
	}
	return at + 1 == size && wire[at] == 0 ? count : 0;
}

/*! \brief Returns true if the octets are exactly one name. dns_name_text() requires this. */
static inline bool dns_name_is_whole(const uint8_t *wire, size_t size)
{
	uint8_t starts[DNS_NAME_LABELS_MAX];
	return (size == 1 && wire[0] == 0) || dns_name_labels(wire, size, starts) > 0;
}

static inline void dns_labels_add(struct dns_labels *labels, size_t start)
{
	labels->starts[labels->count++ % DNS_LABELS_KEPT] = (uint8_t)start;
}

/*!
 * \brief Returns the offset of a label. Labels are counted from 0; `label` must be one of the last
 *        DNS_LABELS_KEPT.
 */
static inline size_t dns_labels_start(const struct dns_labels *labels, size_t label)
{
	return labels->starts[label % DNS_LABELS_KEPT];
}

/*!
 * \brief Finds the labels of a name. If the octets are not exactly one name, `count` is set to 0.
 */
static inline void dns_labels_read(struct dns_labels *labels, const uint8_t *wire, size_t size)
{
	size_t at = 0;
	labels->count = 0;
	while (size <= DNS_NAME_MAX && at < size && wire[at] != 0 && wire[at] <= DNS_LABEL_MAX) {
		dns_labels_add(labels, at);
		at += 1u + wire[at];
	}
	if (at + 1 != size || wire[at] != 0) {
		labels->count = 0;
	}
}

/*!
 * \brief Copies octets of a name and folds letters to lower case. Length octets are at most 63 and
 *        therefore do not change.
 */
void dns_name_fold(uint8_t *to, const uint8_t *from, size_t size);

/*!
 * \brief Writes a name in presentation form (RFC 1035 section 5.1), without the final dot.
 *
 * The root is ".". A dot or backslash in a label is preceded by a backslash. Control characters,
 * and octets that are not UTF-8, are escaped as `\DDD`. The text is UTF-8.
 *
 * \param wire  A whole name in wire format.
 * \param text  Has room for DNS_NAME_TEXT_MAX characters.
 *
 * \return The number of characters written, without the final NUL.
 */
size_t dns_name_text(const uint8_t *wire, char *text);

/*!
 * \brief Writes a name in presentation form, provided that neither this form nor a JSON string with
 *        it needs an escape.
 *
 * \param text  Has room for DNS_NAME_TEXT_MAX characters, which may be overwritten in any case.
 *
 * \return The number of characters. It is 0 if an escape is needed, for the root, and for most
 *         names of more than 240 octets. In these cases the caller must use dns_name_text().
 */
size_t dns_name_plain_text(const struct dns_name *name, char *text);

/*!
 * \brief Makes a name from the text of a host name, which has no escapes.
 *
 * Letters are folded to lower case. One final dot is accepted; empty labels are rejected.
 *
 * \return DNS_NAME_OK, DNS_NAME_LONG or DNS_NAME_LABEL.
 */
int dns_name_from_host(const char *host, size_t size, struct dns_name *name);

/*!
 * \brief Makes a name from its presentation form (RFC 1035 section 5.1), which dns_name_text()
 * writes.
 *
 * `\DDD` is the octet with this decimal number. A backslash before any other character removes the
 * special meaning of that character. Letters are folded to lower case. A final dot is accepted; "."
 * is the root.
 *
 * \return DNS_NAME_OK, DNS_NAME_LONG or DNS_NAME_LABEL.
 */
int dns_name_from_text(const char *text, size_t size, struct dns_name *name);

/*!
 * \brief Reads the next octet of a text in presentation form, with the escapes of
 *        dns_name_from_text().
 *
 * \param at       The offset of the octet, less than `size`. The function moves it to the next
 *                 octet.
 * \param escaped  Set to true if the octet was written with a backslash, else to false.
 *
 * \return The octet; -1 if an escape is incomplete, or if its number is greater than 255.
 */
int dns_text_octet(const char *text, size_t size, size_t *at, bool *escaped);

/*!
 * \brief Writes a name as a host name: the unchanged octets of its labels with dots between them,
 *        without a final dot. The root becomes an empty text.
 *
 * \return The number of characters written, without the final NUL.
 */
size_t dns_name_to_host(const uint8_t *wire, size_t size, char host[DNS_NAME_MAX + 1]);
