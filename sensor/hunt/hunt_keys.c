/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hunt/hunt_keys.h"

#include <string.h>

#include "history/rows/row.h"
#include "rules/index/networks.h"

/* The kinds of rules that match names in the data of records, which have keys of the kind
 * HISTORY_KEY_TARGET. KIND_NAME also matches the targets of SRV, SVCB and HTTPS. */
#define KINDS_OF_TARGETS                                                                           \
	(RULE_BIT(KIND_NS) | RULE_BIT(KIND_MX) | RULE_BIT(KIND_CNAME) | RULE_BIT(KIND_NAME))

struct keys {
	struct history_lookup *lookup;
	size_t most;
	enum hunt_way way;
};

bool hunt_key_by_owner(struct history_lookup *lookup, const uint8_t *name, size_t size, bool exact)
{
	return history_lookup_add_name(lookup, HISTORY_KEY_OWNER, name, size, exact);
}

static bool add_address(struct history_lookup *lookup, enum history_key_kind kind,
                        const uint8_t *before, size_t before_size, const uint8_t *octets,
                        size_t size)
{
	uint8_t key[1 + 2 * sizeof(struct in6_addr)];
	key[0] = (uint8_t)kind;
	if (before_size > 0) { /* `before` may be NULL otherwise */
		memcpy(key + 1, before, before_size);
	}
	memcpy(key + 1 + before_size, octets, size);
	return history_lookup_add(lookup, key, 1 + before_size + size);
}

/* An IPv4 address can be embedded in addresses of NAT64 and 6to4; see address_embedded(). In the
 * local prefix of NAT64, the place of the IPv4 address is unknown, so all addresses in that prefix
 * are looked up. */
static bool add_network(struct history_lookup *lookup, enum history_key_kind kind,
                        const struct network *network)
{
	static const uint8_t nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t local[6] = { 0, 0x64, 0xff, 0x9b, 0, 1 };
	static const uint8_t sixtofour[2] = { 0x20, 2 };
	const uint8_t *ipv4 = network->addr + NETWORK_V4_BITS / 8;
	size_t size = network->bits / 8;
	bool good = add_address(lookup, kind, network->addr, size, ipv4, 0);
	if (good && network_is_v4(network)) {
		size -= NETWORK_V4_BITS / 8;
		good = add_address(lookup, kind, nat64, sizeof(nat64), ipv4, size) &&
		       add_address(lookup, kind, sixtofour, sizeof(sixtofour), ipv4, size) &&
		       add_address(lookup, kind, local, sizeof(local), ipv4, 0);
	}
	return good;
}

static bool has(const struct ruleset_key *key, enum observation_kind kind)
{
	return (key->kinds & RULE_BIT(kind)) != 0;
}

static bool add_networks(struct history_lookup *lookup, const struct ruleset_key *key)
{
	return (!has(key, KIND_IP) || add_network(lookup, HISTORY_KEY_ADDRESS, key->network)) &&
	       (!has(key, KIND_SERVER) ||
	        (add_network(lookup, HISTORY_KEY_MAIL_SERVER, key->network) &&
	         add_network(lookup, HISTORY_KEY_SERVER, key->network)));
}

static bool add_names_of_dns(struct history_lookup *lookup, const struct ruleset_key *key)
{
	bool by_owner = has(key, KIND_NAME) || (key->is_owner && (key->kinds & KINDS_DNS) != 0);
	bool by_target = !key->is_owner && (key->kinds & KINDS_OF_TARGETS) != 0;
	return (!by_owner || hunt_key_by_owner(lookup, key->name, key->name_size, !key->below)) &&
	       (!by_target || history_lookup_add_name(lookup, HISTORY_KEY_TARGET, key->name,
	                                              key->name_size, !key->below));
}

/* Adds the keys of domains of mailboxes. There is no key for a host name in a greeting, so all rows
 * about mail servers are looked up. */
static bool add_names_of_mail(struct history_lookup *lookup, const struct ruleset_key *key)
{
	static const uint8_t greetings = HISTORY_KEY_SERVER;
	const uint8_t *name = key->name;
	size_t size = key->name_size;
	bool exact = !key->below;
	bool of_mail = has(key, KIND_RCPT) || has(key, KIND_TLS) ||
	               (key->is_owner && has(key, KIND_BANNER));
	return (!of_mail ||
	        (history_lookup_add_name(lookup, HISTORY_KEY_MAIL, name, size, exact) &&
	         history_lookup_add_name(lookup, HISTORY_KEY_RECIPIENT, name, size, exact))) &&
	       (!has(key, KIND_FROM) ||
	        history_lookup_add_name(lookup, HISTORY_KEY_SENDER, name, size, exact)) &&
	       (!has(key, KIND_BANNER) || key->is_owner ||
	        history_lookup_add(lookup, &greetings, 1));
}

static bool add(struct history_lookup *lookup, const struct ruleset_key *key)
{
	if (key->form == FORM_NETWORK) {
		return add_networks(lookup, key);
	}
	return (key->form != FORM_NAME || add_names_of_dns(lookup, key)) &&
	       add_names_of_mail(lookup, key);
}

static bool add_keys(void *ctx, const struct ruleset_key *key)
{
	struct keys *keys = ctx;
	if (key->is_protected || keys->lookup->count > keys->most) {
		keys->way = HUNT_READ_ALL;
	} else if (!add(keys->lookup, key)) {
		keys->way = HUNT_NO_MEMORY;
	}
	return keys->way == HUNT_LOOK_UP;
}

enum hunt_way hunt_keys_make(const struct ruleset *rules, size_t most,
                             struct history_lookup *lookup)
{
	struct keys keys = { .lookup = lookup, .most = most, .way = HUNT_LOOK_UP };
	(void)ruleset_each_key(rules, add_keys, &keys);
	return keys.way == HUNT_LOOK_UP && lookup->count > most ? HUNT_READ_ALL : keys.way;
}
