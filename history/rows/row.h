/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A row of the history: a DNS record, or a response code, and when it was seen.
 *
 * A row has a key, which identifies the record, and a value with times, a count and TTLs. Rows with
 * equal keys are merged; the result does not depend on the order of merging. Keys are sorted by the
 * labels of the owner, beginning at the root, so a domain and all names below it are next to each
 * other. docs/history.md describes the formats of keys and values.
 *
 * A key can come from a file or from another process, so every octet is checked.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "parsers/dns/dns.h"

/*! \brief The largest RDATA in a row, in octets, with uncompressed names. */
#define HISTORY_DATA_MAX 4096
/*! \brief Size of a buffer for any key of a row, in octets. */
#define HISTORY_KEY_MAX (1 + 2 * DNS_NAME_MAX + 3 + HISTORY_DATA_MAX)
/*! \brief Size of a buffer for any value, in octets. */
#define HISTORY_VALUE_MAX 50

/*! \brief The kind of a key, which is its first octet. */
enum history_key_kind {
	HISTORY_KEY_SENSOR = 0,  /*!< The name of a sensor that has written rows. */
	HISTORY_KEY_OWNER = 1,   /*!< A row by its owner; only keys of this kind have a value. */
	HISTORY_KEY_TARGET = 2,  /*!< The same row by the name in its data. */
	HISTORY_KEY_ADDRESS = 3, /*!< The same row by the address in its data. */
};

/*! \brief The kind of DNS message and section in which a record was seen. */
enum history_origin {
	HISTORY_CHILD,  /*!< An authoritative answer. */
	HISTORY_PARENT, /*!< A referral. */
	HISTORY_CACHE,  /*!< The answer of a resolver. */
	HISTORY_GLUE,   /*!< An address in a referral, or besides an authoritative answer. */
	HISTORY_ORIGINS,
};

/*! \brief Response codes that are rows. The number is RCODE (RFC 1035, 4.1.1); 0 is NODATA
 *         (RFC 2308, 2.2). */
enum history_code {
	HISTORY_NODATA = 0,
	HISTORY_SERVFAIL = 2,
	HISTORY_NXDOMAIN = 3,
	HISTORY_REFUSED = 5,
};

/*! \brief The value of a row. Times are seconds since 1970 UTC, TTLs seconds. */
struct history_seen {
	uint64_t first, last;
	uint64_t count;
	uint32_t ttl_min, ttl_max;
};

/*! \brief A row without its value. Views into a key, or into a message. */
struct history_row {
	const uint8_t *owner; /*!< In wire format and lower case, as struct dns_name has it. */
	uint8_t owner_size;
	uint16_t type;
	enum history_origin origin;
	bool is_code;        /*!< `data` is one octet, an enum history_code. */
	const uint8_t *data; /*!< RDATA with uncompressed names in lower case. */
	size_t data_size;
};

/*! \brief A row that was decoded, with memory of its own for the owner. */
struct history_record {
	struct history_row row;
	struct history_seen seen;
	uint8_t owner[DNS_NAME_MAX];
};

/*!
 * \brief Makes a DNS message of the data of a row, which have no compressed names, so that
 * parsers/dns reads them.
 *
 * \return The record, whose RDATA are the whole message.
 */
struct dns_entry history_entry(const struct history_row *row, struct dns_message *message);

/*!
 * \brief Writes the key of a row by its owner.
 *
 * \return The octets written; 0 if the data is larger than HISTORY_DATA_MAX.
 */
size_t history_key_by_owner(const struct history_row *row, uint8_t key[HISTORY_KEY_MAX]);

/*!
 * \brief Writes the key of a row by the name or address in its data.
 *
 * \return The octets written; 0 if the data has neither.
 */
size_t history_key_by_data(const struct history_row *row, uint8_t key[HISTORY_KEY_MAX]);

/*!
 * \brief Reads a key of one of the three kinds of rows.
 *
 * \param record  Receives the row, whose data are a view into the key. Its value is not changed.
 *
 * \return False if the octets are not exactly one key.
 */
bool history_key_read(const uint8_t *key, size_t size, struct history_record *record);

/*! \brief Writes the labels of a name from the root on, each with its length, without the final
 *         zero: the beginning of all keys by owner of names at and below it. */
size_t history_reverse(const uint8_t *name, size_t size, uint8_t reversed[DNS_NAME_MAX]);

/*! \brief Writes a value. \return The octets written. */
size_t history_value_write(const struct history_seen *seen, uint8_t value[HISTORY_VALUE_MAX]);

/*! \brief Reads a value. \return False if the octets are not exactly one value. */
bool history_value_read(const uint8_t *value, size_t size, struct history_seen *seen);

/*! \brief Adds the sightings of `other`. */
void history_seen_merge(struct history_seen *seen, const struct history_seen *other);
