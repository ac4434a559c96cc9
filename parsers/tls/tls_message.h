/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Assembles handshake messages from TLS records (RFC 8446, 5.1; RFC 5246, 6.2.1).
 *
 * The caller feeds the first octets of one side, in pieces of any size. Messages may also be
 * divided into records at any octet. One message is assembled at a time.
 *
 * Ownership: all state is in the caller's struct and buffer; nothing is allocated.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The type of a record, which is its first octet (RFC 8446, B.1). */
enum tls_record_type {
	TLS_RECORD_CHANGE_CIPHER = 20,
	TLS_RECORD_ALERT = 21,
	TLS_RECORD_HANDSHAKE = 22,
	TLS_RECORD_DATA = 23,
};

/*! \brief The second octet of a record, which is the same in all versions since SSL 3. */
#define TLS_RECORD_MAJOR 3

/*! \brief The number of octets of the header of a message, which has a type and a length. */
#define TLS_MESSAGE_HEADER 4

struct tls_message {
	bool bad;            /*!< The octets are not TLS, or a record is not of type handshake. */
	bool whole;          /*!< The message is complete, or the buffer is full. */
	uint8_t header[5];   /*!< Header of the current record. */
	uint8_t header_size; /*!< Octets read into `header`. */
	/*! The number of octets of the current record that were not read yet. */
	uint16_t record_left;
	uint16_t size; /*!< Octets in the buffer. */
};

/*! \brief Starts at the first octet of a TLS stream. */
void tls_message_init(struct tls_message *message);

/*! \brief Starts the next message. The current one must be complete, and not longer than the
 * buffer. */
void tls_message_next(struct tls_message *message);

/*!
 * \brief Takes the next octets until `whole` or `bad` is set.
 *
 * \param buffer  Receives the message with its header. It must be the same buffer in each call for
 *                a message.
 * \param max     The number of octets of the buffer. A longer message counts as whole when the
 *                buffer is full.
 *
 * \return The number of octets used.
 */
size_t tls_message_feed(struct tls_message *message, uint8_t *buffer, uint16_t max,
                        const uint8_t *bytes, size_t size);
