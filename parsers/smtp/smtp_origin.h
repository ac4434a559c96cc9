/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses what a proxy in front of an SMTP server states about its client: the headers of the
 *        PROXY protocol, versions 1 and 2, and the attributes of XCLIENT.
 *
 * Private to the SMTP parser.
 */
#pragma once

#include "parsers/smtp/smtp.h"

/*! \brief Octets of the host name in a XCLIENT command. */
#define SMTP_ORIGIN_HELO_MAX 255

enum smtp_origin_result {
	SMTP_ORIGIN_NONE, /*!< The octets are no header. */
	SMTP_ORIGIN_MORE, /*!< They may be the beginning of a header. */
	SMTP_ORIGIN_DONE, /*!< They are a header. */
};

/*!
 * \brief Parses a header of version 2 at the beginning of octets.
 *
 * \param size    At most 52 octets are needed.
 * \param origin  Port 0 if the header names no IP address.
 * \param length  Receives the octets of the header, some of which may not have come yet.
 */
enum smtp_origin_result smtp_origin_read_binary(const uint8_t *octets, size_t size,
                                                struct smtp_origin *origin, uint32_t *length);

/*! \brief Parses a line of version 1, given without its end; returns whether it names an address.
 */
bool smtp_origin_read_line(struct smtp_text line, struct smtp_origin *origin);

/*! \brief The attributes of a XCLIENT command. */
struct smtp_xclient {
	bool known; /*!< The command has the attribute ADDR, with an address. */
	struct smtp_origin origin;
	char helo[SMTP_ORIGIN_HELO_MAX];
	size_t helo_size; /*!< Octets of `helo`, decoded; 0: the command has no such attribute. */
};

/*! \brief Parses a XCLIENT command line. */
void smtp_origin_read_xclient(struct smtp_text line, struct smtp_xclient *xclient);
