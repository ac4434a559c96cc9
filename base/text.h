/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Numbers and addresses as text, for whoever writes them by the million.
 *
 * Each function writes at `at` and returns the end of what it wrote; nothing is
 * terminated. The caller has made room for the most that a function says it
 * may write.
 */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define TEXT_NUMBER_MAX  24 /*!< Four octets more than the text may have. */
#define TEXT_IPV4_MAX    16
#define TEXT_TIME_MAX    32 /*!< 30 octets, and a final NUL. */
#define TEXT_ADDRESS_MAX 48 /*!< More than INET6_ADDRSTRLEN: the final NUL fits, too. */

/*! \brief Copies `size` octets. */
static inline char *text_put(char *at, const char *text, size_t size)
{
	memcpy(at, text, size);
	return at + size;
}

/*!
 * \brief Copies the text of an address; TEXT_ADDRESS_MAX octets, whatever its size.
 *
 * Both sides have room for as many: a copy whose size is known takes no branch
 * that nobody can predict.
 */
static inline char *text_put_address(char *at, const char *text, size_t size)
{
	memcpy(at, text, TEXT_ADDRESS_MAX);
	return at + size;
}

/*! \brief Copies what stands before the NUL. */
static inline char *text_put_string(char *at, const char *text)
{
	return text_put(at, text, strlen(text));
}

/*! \brief Copies a literal, whose size the compiler knows. */
#define TEXT_PUT(at, literal) text_put(at, literal, sizeof(literal) - 1)

/*!
 * \brief How many octets stand before the first that is not printable ASCII, or
 *        is a quote or a backslash: what has a meaning in no notation.
 */
size_t text_plain(const char *text, size_t size);

/*! \brief Digits of a number in decimal, 1 to 20. */
unsigned text_count_digits(uint64_t value);

/*! \brief In decimal. */
char *text_number(char *at, uint64_t value);

/*! \brief In decimal, with leading zeros, the last `digits` digits. */
char *text_digits(char *at, uint64_t value, unsigned digits);

/*! \brief Sixteen hex digits. */
char *text_hex64(char *at, uint64_t value);

/*! \brief Dotted: four octets. */
char *text_ipv4(char *at, const uint8_t *addr);

/*! \brief In canonical form (RFC 5952): sixteen octets. */
char *text_ipv6(char *at, const uint8_t *addr);

/*! \brief Either; IPv4 is v4-mapped. */
char *text_address(char *at, const struct in6_addr *addr);

/*! \brief The text of an address that is written more than once. */
struct address_text {
	char text[TEXT_ADDRESS_MAX];
	uint8_t size; /*!< The octets after it have no meaning. */
};

/*! \brief Formats an address as text_address() does. */
static inline void address_text_make(struct address_text *address, const struct in6_addr *addr)
{
	address->size = (uint8_t)(text_address(address->text, addr) - address->text);
}

/*! \brief A day since 1970-01-01 as `2020-05-31`. */
char *text_date(char *at, int64_t days);

/*! \brief A second of the day as `15:05:12`. */
char *text_clock(char *at, unsigned second);

/*!
 * \brief "2020-05-31T00:05:12.345678Z" (RFC 3339), with three digits more when they are
 *        not zero; nanoseconds since 1970 UTC.
 */
char *text_time(char *at, int64_t time_ns);
