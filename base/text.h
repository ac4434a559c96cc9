/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Formats numbers, addresses and times.
 *
 * These functions check no bounds; writer.h calls them after a check. Each writes to `at`, where
 * the caller provides room for the longest result, and returns the position after the last octet
 * written. No text is terminated by NUL.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUMBER_MAX 24 /*!< Room for a number, which has at most 20 digits. */
#define TEXT_IPV4_MAX   16
#define TEXT_TIME_MAX   32 /*!< Room for a time, which has at most 30 octets, and a final NUL. */
/*! \brief Room for an address: INET6_ADDRSTRLEN, which is 46, rounded up. */
#define TEXT_ADDRESS_MAX 48

/*!
 * \brief Returns the number of octets before the first one that needs an escape in JSON or in
 *        messages. Quotes, backslashes and all octets other than printable ASCII need an escape.
 */
size_t text_plain(const char *text, size_t size);

/*! \brief Returns true for an octet that needs no escape in JSON or in messages. */
static inline bool text_is_plain(char c)
{
	unsigned char octet = (unsigned char)c;
	return octet >= 0x20 && octet < 0x7f && octet != '"' && octet != '\\';
}

/*! \brief Returns the number of decimal digits of a number, 1 to 20. */
unsigned text_count_digits(uint64_t value);

/*! \brief Writes a number in decimal. */
char *text_number(char *at, uint64_t value);

/*! \brief Writes the last `digits` decimal digits of a number, with leading zeros. */
char *text_digits(char *at, uint64_t value, unsigned digits);

/*! \brief Writes an octet as the escape `\DDD` of DNS (RFC 1035 section 5.1). */
static inline char *text_escape(char *at, uint8_t octet)
{
	at[0] = '\\';
	at[1] = (char)('0' + octet / 100);
	at[2] = (char)('0' + octet / 10 % 10);
	at[3] = (char)('0' + octet % 10);
	return at + 4;
}

/*! \brief Writes two hex digits for each octet. */
char *text_hex(char *at, const uint8_t *octets, size_t count);

/*! \brief Writes a number as sixteen hex digits. */
char *text_hex64(char *at, uint64_t value);

/*! \brief Writes the four octets of an IPv4 address in dotted form. */
char *text_ipv4(char *at, const uint8_t *addr);

/*! \brief Writes the sixteen octets of an IPv6 address in canonical form (RFC 5952). */
char *text_ipv6(char *at, const uint8_t *addr);

/*! \brief Writes an IPv6 address in canonical form, or a v4-mapped address in dotted form. */
char *text_address(char *at, const struct in6_addr *addr);

/*! \brief The text of an address that is written more than once. */
struct address_text {
	char text[TEXT_ADDRESS_MAX];
	uint8_t size; /*!< Octets of `text` in use; the other octets are undefined. */
};

/*! \brief Formats an address as text_address() does. */
static inline void address_text_make(struct address_text *address, const struct in6_addr *addr)
{
	address->size = (uint8_t)(text_address(address->text, addr) - address->text);
}

/*! \brief Writes a date, in days since 1970-01-01, as `2020-05-31`. */
char *text_date(char *at, int64_t days);

/*! \brief Writes a time of day, given in seconds, as `15:05:12`. */
char *text_clock(char *at, unsigned second);

/*!
 * \brief Writes the fraction of a second and the zone as `345678Z`. The fraction has six digits, or
 *        nine if it is not a whole number of microseconds.
 */
char *text_fraction(char *at, uint32_t ns);

/*!
 * \brief Writes a time, in nanoseconds since 1970 UTC, as `2020-05-31T00:05:12.345678Z` (RFC 3339).
 *        The fraction is written as text_fraction() writes it.
 */
char *text_time(char *at, int64_t time_ns);
