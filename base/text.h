/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Formats numbers, addresses and times.
 *
 * These are the primitives of writer.h, without a check of bounds: each function
 * writes at `at`, where the caller has made room for the documented maximum, and
 * returns the end. Nothing is terminated by NUL.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUMBER_MAX  24 /*!< Four octets more than the text may have. */
#define TEXT_IPV4_MAX    16
#define TEXT_TIME_MAX    32 /*!< 30 octets, and a final NUL. */
#define TEXT_ADDRESS_MAX 48 /*!< INET6_ADDRSTRLEN (46, with the final NUL), rounded up. */

/*!
 * \brief How many octets precede the first that is not printable ASCII, or is a quote or
 *        a backslash: these need no escape in any notation.
 */
size_t text_plain(const char *text, size_t size);

/*! \brief Digits of a number in decimal, 1 to 20. */
unsigned text_count_digits(uint64_t value);

/*! \brief Writes a number in decimal. */
char *text_number(char *at, uint64_t value);

/*! \brief Writes the last `digits` decimal digits of a number, with leading zeros. */
char *text_digits(char *at, uint64_t value, unsigned digits);

/*! \brief Writes two hex digits for each octet. */
char *text_hex(char *at, const uint8_t *octets, size_t count);

/*! \brief Writes a number as sixteen hex digits. */
char *text_hex64(char *at, uint64_t value);

/*! \brief Writes the four octets of an IPv4 address in dotted form. */
char *text_ipv4(char *at, const uint8_t *addr);

/*! \brief Writes the sixteen octets of an IPv6 address in canonical form (RFC 5952). */
char *text_ipv6(char *at, const uint8_t *addr);

/*! \brief Writes an IPv6 address in canonical form, a v4-mapped one in dotted form. */
char *text_address(char *at, const struct in6_addr *addr);

/*! \brief The text of an address, kept because it is written more than once. */
struct address_text {
	char text[TEXT_ADDRESS_MAX];
	uint8_t size; /*!< The octets after it have no meaning. */
};

/*! \brief Formats an address as text_address() does. */
static inline void address_text_make(struct address_text *address, const struct in6_addr *addr)
{
	address->size = (uint8_t)(text_address(address->text, addr) - address->text);
}

/*! \brief Writes a date, in days since 1970-01-01, as `2020-05-31`. */
char *text_date(char *at, int64_t days);

/*! \brief Writes a second of the day as `15:05:12`. */
char *text_clock(char *at, unsigned second);

/*! \brief The end of a time, after its point: `345678Z`, or nine digits when they are needed. */
char *text_fraction(char *at, uint32_t ns);

/*!
 * \brief "2020-05-31T00:05:12.345678Z" (RFC 3339), with three digits more when they are
 *        not zero; nanoseconds since 1970 UTC.
 */
char *text_time(char *at, int64_t time_ns);
