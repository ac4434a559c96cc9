/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/range.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/language/refang.h"

#define ADDRESS_SIZE sizeof(((struct network *)0)->addr)
#define ADDRESS_BITS (8 * ADDRESS_SIZE)

/*!
 * \brief Writes the last address of the network with a prefix of `bits` bits that begins at `addr`.
 */
static void last_of(const uint8_t *addr, size_t bits, uint8_t last[ADDRESS_SIZE])
{
	memcpy(last, addr, ADDRESS_SIZE);
	for (size_t bit = bits; bit < ADDRESS_BITS; bit++) {
		last[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

/*! \brief Moves to the next address. Returns false after the highest address. */
static bool step(uint8_t addr[ADDRESS_SIZE])
{
	size_t at = ADDRESS_SIZE;
	while (at > 0 && ++addr[at - 1] == 0) {
		at--;
	}
	return at > 0;
}

/*!
 * \brief Returns the shortest prefix whose network begins at `addr` and does not end after `end`.
 */
static size_t shortest(const uint8_t *addr, const uint8_t *end)
{
	size_t bits = ADDRESS_BITS;
	uint8_t last[ADDRESS_SIZE];
	while (bits > 0 && (addr[(bits - 1) / 8] & (0x80 >> (bits - 1) % 8)) == 0) {
		last_of(addr, bits - 1, last);
		if (memcmp(last, end, ADDRESS_SIZE) > 0) {
			break;
		}
		bits--;
	}
	return bits;
}

static int split(const struct network *first, const struct network *last,
                 struct network networks[RANGE_NETWORKS_MAX])
{
	int count = 0;
	struct network at = *first;
	bool more = true;
	while (more && memcmp(at.addr, last->addr, ADDRESS_SIZE) <= 0) {
		at.bits = (uint8_t)shortest(at.addr, last->addr);
		networks[count++] = at;
		last_of(at.addr, at.bits, at.addr);
		more = step(at.addr);
	}
	return count;
}

static inline bool is_of_range(char c)
{
	return ascii_hex_value(c) >= 0 || c == '.' || c == ':' || c == '-' || c == ' ';
}

/*! \brief Rejects most words, which are names and addresses, at little cost. */
static bool may_be_range(const char *word)
{
	bool hyphen = false;
	bool colon = false;
	for (const char *at = word; *at != '\0'; at++) {
		hyphen |= *at == '-' || (*at & 0x80) != 0;
		colon |= *at == ':' || (*at & 0x80) != 0;
	}
	return hyphen && (colon || ascii_is_digit(word[0]));
}

/*!
 * \brief Returns true if a text has only characters of addresses, and a hyphen between two of them.
 */
static bool is_range(const char *text)
{
	const char *hyphen = strchr(text, '-');
	return hyphen != NULL && hyphen != text && hyphen[1] != '\0' &&
	       text[ascii_span(text, is_of_range)] == '\0' &&
	       (strchr(text, ':') != NULL || text[strspn(text, "0123456789.- ")] == '\0') &&
	       strpbrk(text, ".:") != NULL && strchr(hyphen + 1, '-') == NULL;
}

/*!
 * \brief Writes the last address of a range. `192.0.2.0-255` contains only the last number of this
 *        address.
 */
static int complete(const char *first, const char *last, char text[INDICATOR_WORD_MAX + 1])
{
	const char *dot = strrchr(first, '.');
	bool is_short = dot != NULL && strchr(first, ':') == NULL && strpbrk(last, ".:") == NULL;
	int front = is_short ? (int)(dot + 1 - first) : 0;
	return snprintf(text, INDICATOR_WORD_MAX + 1, "%.*s%s", front, first, last);
}

static int read_end(const char *text, struct network *network, char why[INDICATOR_WHY_SIZE])
{
	struct indicator indicator;
	if (indicator_parse(text, &indicator, why) != 0) {
		return -1;
	}
	if (indicator.form != FORM_NETWORK || indicator.network.bits != ADDRESS_BITS) {
		snprintf(why, INDICATOR_WHY_SIZE, "`%.60s` is not an address", text);
		return -1;
	}
	*network = indicator.network;
	return 0;
}

int range_ends(const char *word, struct network ends[2], char why[INDICATOR_WHY_SIZE])
{
	char text[INDICATOR_WORD_MAX + 1];
	char last[INDICATOR_WORD_MAX + 1];
	if (!may_be_range(word) || refang(word, text, sizeof(text)) < 0 || !is_range(text)) {
		return 0;
	}
	char *hyphen = strchr(text, '-');
	size_t size = (size_t)(hyphen - text);
	while (size > 0 && text[size - 1] == ' ') {
		size--;
	}
	text[size] = '\0';
	hyphen += 1 + strspn(hyphen + 1, " ");
	complete(text, hyphen, last);
	if (read_end(text, &ends[0], why) != 0 || read_end(last, &ends[1], why) != 0) {
		return -1;
	}
	if (network_is_v4(&ends[0]) != network_is_v4(&ends[1]) ||
	    memcmp(&ends[0], &ends[1], ADDRESS_SIZE) > 0) {
		snprintf(why, INDICATOR_WHY_SIZE,
		         "the first address of a range must not exceed the second, and both must "
		         "be IPv4, or both IPv6");
		return -1;
	}
	return 1;
}

int range_parse(const char *word, struct network networks[RANGE_NETWORKS_MAX],
                char why[INDICATOR_WHY_SIZE])
{
	struct network ends[2];
	int ret = range_ends(word, ends, why);
	return ret > 0 ? split(&ends[0], &ends[1], networks) : ret;
}
