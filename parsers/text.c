/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/text.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>

static const char HEX[] = "0123456789abcdef";

/* Every octet in decimal, and how many digits it has. */
#define ONE(a)                                                                                     \
	{                                                                                          \
		a, 0, 0, 1                                                                         \
	}
#define TWO(a, b)                                                                                  \
	{                                                                                          \
		a, b, 0, 2                                                                         \
	}
#define THREE(a, b, c)                                                                             \
	{                                                                                          \
		a, b, c, 3                                                                         \
	}
/* clang-format off */
#define TENS(X) X('0'), X('1'), X('2'), X('3'), X('4'), X('5'), X('6'), X('7'), X('8'), X('9')
#define TWOS(a) TWO(a, '0'), TWO(a, '1'), TWO(a, '2'), TWO(a, '3'), TWO(a, '4'), \
	TWO(a, '5'), TWO(a, '6'), TWO(a, '7'), TWO(a, '8'), TWO(a, '9')
#define THREES(a, b) THREE(a, b, '0'), THREE(a, b, '1'), THREE(a, b, '2'), THREE(a, b, '3'), \
	THREE(a, b, '4'), THREE(a, b, '5'), THREE(a, b, '6'), THREE(a, b, '7'), \
	THREE(a, b, '8'), THREE(a, b, '9')
#define HUNDRED(b) THREES('1', b)
static const char OCTETS[256][4] = {
	TENS(ONE),
	TWOS('1'), TWOS('2'), TWOS('3'), TWOS('4'), TWOS('5'), TWOS('6'), TWOS('7'), TWOS('8'),
	TWOS('9'),
	TENS(HUNDRED),
	THREES('2', '0'), THREES('2', '1'), THREES('2', '2'), THREES('2', '3'), THREES('2', '4'),
	THREE('2', '5', '0'), THREE('2', '5', '1'), THREE('2', '5', '2'), THREE('2', '5', '3'),
	THREE('2', '5', '4'), THREE('2', '5', '5'),
};
/* clang-format on */

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Whether one of eight octets is zero, by the borrow that it causes. */
static inline uint64_t has_zero(uint64_t octets)
{
	return (octets - EACH(1)) & ~octets & EACH(0x80);
}

static bool are_plain(const char *text)
{
	uint64_t octets;
	memcpy(&octets, text, sizeof(octets));
	uint64_t special = octets | ((octets - EACH(0x20)) & ~octets);
	special |= has_zero(octets ^ EACH('"')) | has_zero(octets ^ EACH('\\'));
	special |= has_zero(octets ^ EACH(0x7f));
	return (special & EACH(0x80)) == 0;
}

size_t text_plain(const char *text, size_t size)
{
	size_t run = 0;
	while (run + 8 <= size && are_plain(text + run)) {
		run += 8;
	}
	/* What is left is shorter than eight, unless what was seen is looked at again. */
	if (size >= 8 && run + 8 > size && are_plain(text + size - 8)) {
		return size;
	}
	while (run < size && is_plain((unsigned char)text[run])) {
		run++;
	}
	return run;
}

static const char PAIRS[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

char *text_digits(char *at, uint64_t value, unsigned digits)
{
	unsigned left = digits;
	for (; left >= 2; left -= 2) {
		memcpy(at + left - 2, PAIRS + 2 * (value % 100), 2);
		value /= 100;
	}
	if (left > 0) {
		*at = (char)('0' + value % 10);
	}
	return at + digits;
}

static inline uint64_t pair(uint32_t value)
{
	uint16_t digits;
	memcpy(&digits, PAIRS + 2 * value, sizeof(digits));
	return le16toh(digits);
}

/* As many digits for every value, since how many count cannot be predicted. */
static char *put_short(char *at, uint32_t value)
{
	uint32_t high = value / 10000, low = value % 10000;
	uint64_t digits = pair(high / 100) | pair(high % 100) << 16 | pair(low / 100) << 32 |
	                  pair(low % 100) << 48;
	unsigned zeros = 7;
	zeros -= value >= 10;
	zeros -= value >= 100;
	zeros -= value >= 1000;
	zeros -= value >= 10000;
	zeros -= value >= 100000;
	zeros -= value >= 1000000;
	zeros -= value >= 10000000;
	digits = htole64(digits >> 8 * zeros);
	memcpy(at, &digits, sizeof(digits));
	return at + 8 - zeros;
}

char *text_number(char *at, uint64_t value)
{
	unsigned digits = 1;
	if (value < 100000000) {
		return put_short(at, (uint32_t)value);
	}
	for (uint64_t rest = value / 10; rest > 0; rest /= 10) {
		digits++;
	}
	return text_digits(at, value, digits);
}

char *text_hex64(char *at, uint64_t value)
{
	/* All digits at once: an octet each, to which what stands between '9' and 'a' is added. */
	for (unsigned half = 0; half < 2; half++, value <<= 32) {
		uint64_t n = value >> 32;
		n = (n | n << 16) & 0x0000ffff0000ffff;
		n = (n | n << 8) & 0x00ff00ff00ff00ff;
		n = (n | n << 4) & 0x0f0f0f0f0f0f0f0f;
		uint64_t letters = (n + EACH(6)) >> 4 & EACH(1);
		n = htobe64(n + EACH('0') + letters * ('a' - '9' - 1));
		memcpy(at + 8 * half, &n, sizeof(n));
	}
	return at + 16;
}

char *text_ipv4(char *at, const uint8_t *addr)
{
	for (int i = 0; i < 4; i++) {
		/* All four octets, which is quicker than to ask how many count. */
		memcpy(at, OCTETS[addr[i]], 4);
		at += OCTETS[addr[i]][3];
		*at++ = '.';
	}
	return at - 1;
}

static char *put_group(char *at, unsigned group)
{
	unsigned digits = group > 0 ? (35U - (unsigned)__builtin_clz(group)) / 4 : 1;
	group <<= 16 - 4 * digits;
	at[0] = HEX[group >> 12 & 0xf];
	at[1] = HEX[group >> 8 & 0xf];
	at[2] = HEX[group >> 4 & 0xf];
	at[3] = HEX[group & 0xf];
	return at + digits;
}

/* RFC 5952 section 4.2: the longest run of zeros, two groups at least, the first of equals. */
static unsigned find_zeros(const unsigned groups[8], unsigned *length)
{
	unsigned best = 8, run = 0;
	*length = 1;
	for (unsigned i = 0; i < 8; i++) {
		run = groups[i] == 0 ? run + 1 : 0;
		if (run > *length) {
			*length = run;
			best = i + 1 - run;
		}
	}
	return best;
}

char *text_ipv6(char *at, const uint8_t *addr)
{
	unsigned groups[8], length;
	for (unsigned i = 0; i < 8; i++) {
		groups[i] = (unsigned)addr[2 * i] << 8 | addr[2 * i + 1];
	}
	unsigned zeros = find_zeros(groups, &length);
	/* Section 5: addresses that embed an IPv4 address end in it. */
	if (zeros == 0 && length >= 5) {
		(void)inet_ntop(AF_INET6, addr, at, INET6_ADDRSTRLEN);
		return at + strlen(at);
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == zeros) {
			*at++ = ':';
			*at = ':'; /* kept when it is the end */
			i += length - 1;
			at += i == 7;
			continue;
		}
		if (i > 0) {
			*at++ = ':';
		}
		at = put_group(at, groups[i]);
	}
	return at;
}

char *text_address(char *at, const struct in6_addr *addr)
{
	return IN6_IS_ADDR_V4MAPPED(addr) ? text_ipv4(at, addr->s6_addr + 12)
	                                  : text_ipv6(at, addr->s6_addr);
}

/* Years are counted from March, so that the leap day is the last, and in cycles of 400
 * years, which all have the same number of days. */
struct text_date text_date(int64_t days)
{
	uint32_t day = (uint32_t)(days + 719468); /* since 0000-03-01 */
	uint32_t cycle = day / 146097;
	day %= 146097;
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	uint32_t month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	return (struct text_date){ .year = cycle * 400 + year + (month <= 2),
		                   .month = month,
		                   .day = day + 1 };
}
