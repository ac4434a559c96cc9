/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Handshake messages out of TLS records (RFC 8446, 5.1; the same in RFC 5246, 6.2.1).
 *
 * A push reader of one side's first octets: segments may divide the records
 * anywhere, records the messages. It assembles one message at a time.
 *
 * Ownership: the caller's struct and buffer hold all state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief First octet of a record: its type (RFC 8446, B.1). */
enum tls_record_type {
	TLS_RECORD_CHANGE_CIPHER = 20,
	TLS_RECORD_ALERT = 21,
	TLS_RECORD_HANDSHAKE = 22,
	TLS_RECORD_DATA = 23,
};

/*! \brief Second octet of a record, of all versions since SSL 3. */
#define TLS_RECORD_MAJOR 3

/*! \brief Octets of a message's header: its type and length. */
#define TLS_MESSAGE_HEADER 4

struct tls_message {
	bool bad;             /*!< The stream is not TLS, or the record not of a handshake. */
	bool whole;           /*!< The message is complete, or the buffer is full. */
	uint8_t header[5];    /*!< Header of the current record. */
	uint8_t header_size;  /*!< Octets read into `header`. */
	uint16_t record_left; /*!< Octets of the current record not read yet. */
	uint16_t size;        /*!< Octets in the buffer. */
};

/*! \brief Starts at the first octet of a TLS stream. */
void tls_message_init(struct tls_message *message);

/*! \brief Starts the next message. The current one must be whole and have fitted the buffer. */
void tls_message_next(struct tls_message *message);

/*!
 * \brief Takes the next octets, until the message is whole or the stream is bad.
 *
 * \param buffer  For the message with its header; the same at each call.
 * \param max     Its size; a longer message is whole once the buffer is full.
 *
 * \return The octets used.
 */
size_t tls_message_feed(struct tls_message *message, uint8_t *buffer, uint16_t max,
                        const uint8_t *bytes, size_t size);
