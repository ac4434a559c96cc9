/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/address.h"
#include "base/civil.h"
#include "base/time_ns.h"

static const char HEX[] = "0123456789abcdef";

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Returns true if one of eight octets is zero, which is found by the borrow that a zero causes. */
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

/* GCC and clang compile this for any processor, with or without instructions for vectors. */
typedef int8_t octets16 __attribute__((vector_size(16)));

/* Octets from 0x80 on are negative. */
static bool sixteen_are_plain(const char *text)
{
	octets16 octets;
	uint64_t parts[2];
	memcpy(&octets, text, sizeof(octets));
	const octets16 special =
	        (octets < 0x20) | (octets == 0x7f) | (octets == '"') | (octets == '\\');
	memcpy(parts, &special, sizeof(parts));
	return (parts[0] | parts[1]) == 0;
}

size_t text_plain(const char *text, size_t size)
{
	size_t run = 0;
	while (run + 16 <= size && sixteen_are_plain(text + run)) {
		run += 16;
	}
	while (run + 8 <= size && are_plain(text + run)) {
		run += 8;
	}
	/* The rest is shorter than eight octets, but the last eight can be examined even if some of
	 * them were examined before. */
	if (size >= 8 && run + 8 > size && are_plain(text + size - 8)) {
		return size;
	}
	while (run < size && text_is_plain(text[run])) {
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

/* 1233 / 4096 is nearly log10(2), so the number of bits gives the number of digits or one less. */
unsigned text_count_digits(uint64_t value)
{
	static const uint64_t powers[] = { 0,
		                           UINT64_C(10),
		                           UINT64_C(100),
		                           UINT64_C(1000),
		                           UINT64_C(10000),
		                           UINT64_C(100000),
		                           UINT64_C(1000000),
		                           UINT64_C(10000000),
		                           UINT64_C(100000000),
		                           UINT64_C(1000000000),
		                           UINT64_C(10000000000),
		                           UINT64_C(100000000000),
		                           UINT64_C(1000000000000),
		                           UINT64_C(10000000000000),
		                           UINT64_C(100000000000000),
		                           UINT64_C(1000000000000000),
		                           UINT64_C(10000000000000000),
		                           UINT64_C(100000000000000000),
		                           UINT64_C(1000000000000000000),
		                           UINT64_C(10000000000000000000) };
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1);
	unsigned digits = bits * 1233 >> 12;
	return digits + (value >= powers[digits]);
}

char *text_number(char *at, uint64_t value)
{
	return text_digits(at, value, text_count_digits(value));
}

/* Writes eight digits at once. Each nibble is moved to an octet of its own, and those above 9 get
 * the distance from ':' to 'a' added. */
static char *put_hex32(char *at, uint32_t value)
{
	uint64_t octets = ((uint64_t)value << 16 | value) & UINT64_C(0x0000ffff0000ffff);
	octets = (octets << 8 | octets) & UINT64_C(0x00ff00ff00ff00ff);
	octets = (octets << 4 | octets) & EACH(0x0f);
	uint64_t letters = (octets + EACH(6)) >> 4 & EACH(1);
	octets = htobe64(octets + EACH('0') + letters * ('a' - ':'));
	memcpy(at, &octets, sizeof(octets));
	return at + sizeof(octets);
}

char *text_hex(char *at, const uint8_t *octets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		*at++ = HEX[octets[i] >> 4];
		*at++ = HEX[octets[i] & 0xf];
	}
	return at;
}

char *text_hex64(char *at, uint64_t value)
{
	return put_hex32(put_hex32(at, (uint32_t)(value >> 32)), (uint32_t)value);
}

char *text_ipv4(char *at, const uint8_t *addr)
{
	for (int i = 0; i < 4; i++) {
		unsigned octet = addr[i];
		/* Each event has several addresses; text_number() would divide more often. */
		if (octet >= 100) {
			*at++ = (char)('0' + octet / 100);
		}
		if (octet >= 10) {
			*at++ = (char)('0' + octet / 10 % 10);
		}
		*at++ = (char)('0' + octet % 10);
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

/* Finds the longest run of zero groups, at least two; of runs of equal length, the first (RFC 5952
 * section 4.2). */
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
	/* Addresses that embed an IPv4 address end with its text (RFC 5952 section 5). */
	if (zeros == 0 && length >= 5) {
		(void)inet_ntop(AF_INET6, addr, at, INET6_ADDRSTRLEN);
		return at + strlen(at);
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == zeros) {
			*at++ = ':';
			*at = ':'; /* it stays there if the address ends with it */
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
	return address_is_ipv4(addr) ? text_ipv4(at, addr->s6_addr + 12)
	                             : text_ipv6(at, addr->s6_addr);
}

char *text_date(char *at, int64_t days)
{
	struct civil_date date = civil_from_days(days);
	at = text_digits(at, date.year, 4);
	*at++ = '-';
	at = text_digits(at, date.month, 2);
	*at++ = '-';
	return text_digits(at, date.day, 2);
}

char *text_clock(char *at, unsigned second)
{
	at = text_digits(at, second / 3600, 2);
	*at++ = ':';
	at = text_digits(at, second / 60 % 60, 2);
	*at++ = ':';
	return text_digits(at, second % 60, 2);
}

char *text_fraction(char *at, uint32_t ns)
{
	at = ns % 1000 == 0 ? text_digits(at, ns / 1000, 6) : text_digits(at, ns, 9);
	*at++ = 'Z';
	return at;
}

char *text_time(char *at, int64_t time_ns)
{
	int64_t days = time_ns / NS_PER_DAY;
	int64_t rest = time_ns % NS_PER_DAY;
	if (rest < 0) {
		rest += NS_PER_DAY;
		days--;
	}
	at = text_date(at, days);
	*at++ = 'T';
	at = text_clock(at, (unsigned)(rest / NS_PER_S));
	*at++ = '.';
	return text_fraction(at, (uint32_t)(rest % NS_PER_S));
}
