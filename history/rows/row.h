/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A row of the history: a DNS record or a response code, or mail (mail_row.h), and when it
 *        was seen.
 *
 * A row has a key, which identifies it, and a value with times, a count and other numbers. Rows
 * with equal keys are merged; the result does not depend on the order of merging. Keys of records
 * are sorted by the labels of the owner, beginning at the root, so a domain and all names below it
 * are next to each other. docs/history.md describes the formats of keys and values.
 *
 * A key can come from a file or from another process, so every octet is checked.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "history/rows/mail_row.h"
#include "parsers/dns/dns.h"

/*! \brief The largest RDATA in a row, in octets, with uncompressed names. */
#define HISTORY_DATA_MAX 4096
/*! \brief Size of a buffer for any key of a row, in octets. */
#define HISTORY_KEY_MAX (1 + 2 * DNS_NAME_MAX + 3 + HISTORY_DATA_MAX)
/*! \brief Size of a buffer for any value, in octets. */
#define HISTORY_VALUE_MAX 51

/*! \brief The kind of a key, which is its first octet. A row has one key with its value, and can
 *         have other keys without a value, by which it is found. */
enum history_key_kind {
	HISTORY_KEY_SENSOR = 0,      /*!< The name of a sensor that has written rows. */
	HISTORY_KEY_OWNER = 1,       /*!< A record by its owner; with a value. */
	HISTORY_KEY_TARGET = 2,      /*!< The row of a record, by the name in its data. */
	HISTORY_KEY_ADDRESS = 3,     /*!< The row of a record, by the address in its data. */
	HISTORY_KEY_MAIL = 4,        /*!< Mail for a domain at a server, by domain; with a value. */
	HISTORY_KEY_MAIL_SERVER = 5, /*!< Such a row of mail, by server. */
	HISTORY_KEY_SERVER = 6,      /*!< What a mail server has shown; with a value. */
	HISTORY_KEY_RECIPIENT = 7,   /*!< A mail by its recipient; with a value. */
	HISTORY_KEY_SENDER = 8,      /*!< Such a row of a mail, by sender. */
	HISTORY_KEY_CLIENT = 9,  /*!< A record and a client to which it was sent; with a value. */
	HISTORY_KEY_FOLDED = 10, /*!< A zone with disposable names; with a value. */
	HISTORY_KEY_RANGE =
	        254, /*!< The times of the rows in the file (struct history_range); with a value. */
	HISTORY_KEY_FOLDER = 255, /*!< The number of a folder whose rows were added. */
};

/*! \brief The kind of DNS message and section in which a record was seen. */
enum history_origin {
	HISTORY_CHILD,  /*!< The answer or authority section of an authoritative message (AA). */
	HISTORY_PARENT, /*!< The authority section of a referral. */
	HISTORY_CACHE,  /*!< A message of a resolver. */
	HISTORY_GLUE,   /*!< The additional section of a referral or of an authoritative message. */
	HISTORY_ORIGINS,
};

/*! \brief Response codes that are data of rows. The number is RCODE (RFC 1035, 4.1.1); 0 is NODATA
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
	uint32_t ttl_min, ttl_max; /*!< Only of records and clients. */
	/*! In rows of mail for a domain, the number of mails with a recipient that the server
	 * accepted, and the number of mails sent after STARTTLS. In the row of a folded zone,
	 * `accepted` is the number of folded names. Both stop at UINT32_MAX. */
	uint32_t accepted, tls;
	/*! A rule might match the message of the record, so the record is never folded. */
	bool kept;
};

/*! \brief A record without its value. Its pointers are views into a key or into a message. */
struct history_row {
	const uint8_t *owner; /*!< In wire format and lower case, as struct dns_name has it. */
	uint8_t owner_size;
	uint16_t type;
	enum history_origin origin;
	bool is_code;        /*!< `data` is one octet, an enum history_code. */
	const uint8_t *data; /*!< RDATA with uncompressed names in lower case. */
	size_t data_size;
};

/*! \brief A row that was decoded, with memory of its own for names. */
struct history_record {
	/*! The kind of the row's key with a value; it determines which members are set. */
	enum history_key_kind kind;
	/*! HISTORY_KEY_OWNER and HISTORY_KEY_CLIENT; HISTORY_KEY_FOLDED has only the owner. */
	struct history_row row;
	struct history_mail mail; /*!< All other kinds. */
	struct in6_addr client;   /*!< HISTORY_KEY_CLIENT. */
	struct history_seen seen;
	uint8_t owner[DNS_NAME_MAX];  /*!< The owner, or the domain of the recipient. */
	uint8_t sender[DNS_NAME_MAX]; /*!< The domain of the sender. */
};

/*!
 * \brief Makes a DNS message from the data of a row, so that the functions of parsers/dns can read
 *        the data.
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
 * \brief Writes the key of a record that was sent to a client.
 *
 * \return The octets written; 0 if the data is larger than HISTORY_DATA_MAX.
 */
size_t history_key_by_client(const struct history_row *row, const struct in6_addr *client,
                             uint8_t key[HISTORY_KEY_MAX]);

/*! \brief Octets at the end of a key by client: a hash of the client's address, and the address.
 *         The keys by client of one record are therefore in random order. */
#define HISTORY_CLIENT_SIZE (8 + sizeof(struct in6_addr))

/*! \brief Returns whether keys of this kind have a value. */
bool history_key_has_value(enum history_key_kind kind);

/*!
 * \brief Reads a key of any kind of row.
 *
 * \param record  Receives the row, which has views into the key. Its value is not changed.
 *
 * \return False if the octets are not exactly one key.
 */
bool history_key_read(const uint8_t *key, size_t size, struct history_record *record);

/*! \brief Compares keys in the order of files. \return Less than 0, 0, or greater than 0. */
int history_key_compare(const uint8_t *one, size_t one_size, const uint8_t *other,
                        size_t other_size);

/*! \brief Writes that key of a row that has a value. \return The octets written. */
size_t history_key_write(const struct history_record *record, uint8_t key[HISTORY_KEY_MAX]);

/*! \brief The greatest number of address hints of a record (RFC 9460, 7.3) by which it is found. */
#define HISTORY_HINTS_MAX 4

/*!
 * \brief Writes one of the keys without a value by which a row is found.
 *
 * \param number  Counted from 0. A row has at most 1 + HISTORY_HINTS_MAX such keys.
 *
 * \return The octets written; 0: there is no such key.
 */
size_t history_key_write_other(const struct history_record *record, unsigned number,
                               uint8_t key[HISTORY_KEY_MAX]);

/*! \brief Writes the labels of a name from the root on, each with its length, without the final
 *         zero. In all keys by owner of this name, and of the names below it, these octets follow
 *         the octet of the kind. \return The octets written. */
size_t history_reverse(const uint8_t *name, size_t size, uint8_t reversed[DNS_NAME_MAX]);

/*! \brief Writes the value of a row of this kind. \return The octets written. */
size_t history_value_write(enum history_key_kind kind, const struct history_seen *seen,
                           uint8_t value[HISTORY_VALUE_MAX]);

/*! \brief Reads the value of a row of this kind. \return False if the octets are not exactly one
 *         value. */
bool history_value_read(enum history_key_kind kind, const uint8_t *value, size_t size,
                        struct history_seen *seen);

/*! \brief Adds the sightings of `other`, which is the value of a row of the same kind. */
void history_seen_merge(enum history_key_kind kind, struct history_seen *seen,
                        const struct history_seen *other);
