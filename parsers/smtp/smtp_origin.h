/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses what a proxy in front of an SMTP server states about the client of the proxy. It
 *        reads the headers of the PROXY protocol, versions 1 and 2, and the attributes of XCLIENT.
 *
 * Private to the SMTP parser.
 */
#pragma once

#include "parsers/smtp/smtp.h"

/*! \brief The greatest size of the host name in an XCLIENT command, in octets. */
#define SMTP_ORIGIN_HELO_MAX 255

enum smtp_origin_result {
	SMTP_ORIGIN_NONE, /*!< The octets are not a header. */
	/*! The octets may be the beginning of a header. More octets are needed. */
	SMTP_ORIGIN_MORE,
	SMTP_ORIGIN_DONE, /*!< The octets begin with a header. */
};

/*!
 * \brief Parses a header of version 2 at the beginning of octets.
 *
 * \param size    The number of octets; more than 52 are not needed.
 * \param origin  Receives the client; its port is 0 if the header contains no IP address.
 * \param length  Receives the size of the whole header in octets. It may be greater than `size`.
 */
enum smtp_origin_result smtp_origin_read_binary(const uint8_t *octets, size_t size,
                                                struct smtp_origin *origin, uint32_t *length);

/*!
 * \brief Parses a header of version 1, which is one line, given without its line end. Returns true
 *        if the header contains an address.
 */
bool smtp_origin_read_line(struct smtp_text line, struct smtp_origin *origin);

/*! \brief The attributes of an XCLIENT command. */
struct smtp_xclient {
	bool known; /*!< The command has the attribute ADDR, with an address. */
	struct smtp_origin origin;
	char helo[SMTP_ORIGIN_HELO_MAX];
	/*! Size of the decoded text in `helo`, in octets; 0: the command has no attribute HELO. */
	size_t helo_size;
};

/*! \brief Parses an XCLIENT command line. */
void smtp_origin_read_xclient(struct smtp_text line, struct smtp_xclient *xclient);
