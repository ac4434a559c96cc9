/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/servers.h"

#include <string.h>
#include <sys/param.h>

#include "base/address.h"
#include "base/text.h"

#define IPV4_OFFSET 12

/* A name of one label in wire format. */
struct label {
	uint8_t wire[1 + DNS_LABEL_MAX + 1];
	size_t size;
};

static struct label make_label(enum server_label kind, const void *octets, size_t size)
{
	struct label label = { .size = MIN(size, DNS_LABEL_MAX - 1) };
	label.wire[0] = (uint8_t)(1 + label.size);
	label.wire[1] = (uint8_t)kind;
	memcpy(label.wire + 2, octets, label.size);
	label.size += 2;
	label.wire[label.size++] = 0;
	return label;
}

static known_id find_label(struct known *known, const struct label *label, bool add)
{
	if (!add) {
		return known_find_name(known, label->wire, label->size);
	}
	known_id id = known_add_name(known, label->wire, label->size);
	known_set_domain(known, id, 0);
	return id;
}

known_id server_name(struct known *known, const struct in6_addr *addr, bool add)
{
	size_t skip = address_is_ipv4(addr) ? IPV4_OFFSET : 0;
	const struct label label =
	        make_label(LABEL_ADDRESS, addr->s6_addr + skip, sizeof(*addr) - skip);
	return find_label(known, &label, add);
}

known_id server_pair(struct known *known, const struct in6_addr *server,
                     const struct in6_addr *client, bool add)
{
	const struct in6_addr pair[] = { *server, *client };
	const struct label label = make_label(LABEL_PAIR, pair, sizeof(pair));
	return find_label(known, &label, add);
}

static bool read_address(const uint8_t *wire, size_t size, struct in6_addr *addr)
{
	if (size < 3 || wire[1] != LABEL_ADDRESS) {
		return false;
	}
	if (wire[0] == 1 + 4 && size == 1 + 1 + 4 + 1) {
		address_map_ipv4(addr, wire + 2);
		return true;
	}
	if (wire[0] == 1 + sizeof(*addr) && size == 1 + 1 + sizeof(*addr) + 1) {
		memcpy(addr, wire + 2, sizeof(*addr));
		return true;
	}
	return false;
}

bool server_address(const struct known *known, known_id server, struct in6_addr *addr)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t size = known_wire(known, server, wire);
	return read_address(wire, size, addr);
}

known_id server_key(struct known *known, const uint8_t key[HISTORY_HASH_SIZE], bool add)
{
	const struct label label = make_label(LABEL_KEY, key, HISTORY_HASH_SIZE);
	return find_label(known, &label, add);
}

known_id server_banner(struct baseline *baseline, const char *text, size_t size, bool add)
{
	struct dns_name name;
	if (dns_name_from_host(text, size, &name) != DNS_NAME_OK) {
		const struct label label = make_label(LABEL_TEXT, text, size);
		return find_label(baseline->known, &label, add);
	}
	return add ? known_add_name(baseline->known, name.wire, name.size)
	           : known_find_name(baseline->known, name.wire, name.size);
}

enum known_kind server_network(const struct baseline *baseline, const struct in6_addr *addr,
                               uint32_t *network)
{
	bool ipv4 = address_is_ipv4(addr);
	const uint8_t *octets = addr->s6_addr + (ipv4 ? IPV4_OFFSET : 0);
	enum known_kind kind = ipv4 ? KNOWN_IPV4 : KNOWN_IPV6;
	uint32_t number = (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 |
	                  (uint32_t)octets[2] << 8 | octets[3];
	*network = baseline_network(baseline, kind, number);
	return kind;
}

struct known_value *server_learn(struct baseline *baseline, known_id owner, enum known_kind kind,
                                 uint32_t number, const struct history_seen *seen)
{
	struct known_value *value = known_find(baseline->known, owner, kind, number);
	uint32_t first_s = (uint32_t)MIN(seen->first, UINT32_MAX);
	uint32_t last_s = (uint32_t)MIN(seen->last, UINT32_MAX);
	if (value == NULL) {
		value = owner != 0 ? known_add(baseline->known, owner, kind, number) : NULL;
		if (value == NULL) {
			return NULL;
		}
		value->kind |= KNOWN_CHILD;
		value->first = first_s;
	}
	value->first = MIN(value->first, first_s);
	value->last = MAX(value->last, last_s);
	value->count = (uint16_t)MIN(value->count + MIN(seen->count, UINT16_MAX), UINT16_MAX);
	return value;
}

static void put_hex(const uint8_t *octets, size_t size, char *text)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < size; i++) {
		*text++ = digits[octets[i] >> 4];
		*text++ = digits[octets[i] & 0xf];
	}
	*text = '\0';
}

bool server_text(const uint8_t *wire, size_t size, char text[BASELINE_TEXT_SIZE])
{
	struct in6_addr addr;
	if (size < 3 || wire[1] > LABEL_TEXT || size != (size_t)wire[0] + 2) {
		return false;
	}
	size_t octets = wire[0] - 1u;
	if (wire[1] == LABEL_KEY) {
		put_hex(wire + 2, octets, text);
	} else if (wire[1] == LABEL_TEXT) {
		memcpy(text, wire + 2, octets);
		text[octets] = '\0';
	} else if (read_address(wire, size, &addr)) {
		*text_address(text, &addr) = '\0';
	} else {
		return false;
	}
	return true;
}
