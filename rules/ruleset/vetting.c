/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/vetting.h"

#include <arpa/inet.h>

#include "rules/lookalike/protected.h"
#include "rules/lookalike/suffix.h"
#include "rules/ruleset/finalize.h"
#include "rules/ruleset/merge.h"

/*! \brief The shortest prefix that a rule may have. Shorter prefixes contain too many addresses. */
#define V4_BITS_MIN (NETWORK_V4_BITS + 8)
#define V6_BITS_MIN 16

/*! \brief Well-known public resolvers. */
static const char *const RESOLVERS[] = {
	"1.1.1.1",
	"1.0.0.1",
	"1.1.1.2",
	"1.0.0.2",
	"1.1.1.3",
	"1.0.0.3",
	"4.2.2.1",
	"4.2.2.2",
	"8.8.8.8",
	"8.8.4.4",
	"9.9.9.9",
	"9.9.9.10",
	"9.9.9.11",
	"64.6.64.6",
	"64.6.65.6",
	"76.76.2.0",
	"76.76.10.0",
	"77.88.8.1",
	"77.88.8.8",
	"94.140.14.14",
	"94.140.15.15",
	"114.114.114.114",
	"114.114.115.115",
	"119.29.29.29",
	"149.112.112.10",
	"149.112.112.11",
	"149.112.112.112",
	"156.154.70.1",
	"156.154.71.1",
	"180.76.76.76",
	"185.228.168.9",
	"185.228.169.9",
	"208.67.220.220",
	"208.67.222.222",
	"223.5.5.5",
	"223.6.6.6",
	"2001:4860:4860::8844",
	"2001:4860:4860::8888",
	"2400:3200::1",
	"2400:3200:baba::1",
	"2606:4700:4700::1001",
	"2606:4700:4700::1111",
	"2620:119:35::35",
	"2620:119:53::53",
	"2620:fe::9",
	"2620:fe::fe",
	"2a10:50c0::ad1:ff",
	"2a10:50c0::ad2:ff",
};

static void leave_out(struct vetting *v, struct rule *rule, const char *why)
{
	if (!rule_is_left_out(rule)) {
		v->refuse(v->ctx, rule, why);
		rule_leave_out(rule);
		v->left_out++;
	}
}

/*!
 * \brief Refuses the `alert` rules that have this key and any of these kinds, except for those with
 *        `force=yes`.
 */
static void refuse_key(struct vetting *v, enum rule_form form, uint32_t key, unsigned kinds,
                       const char *why)
{
	struct ruleset *set = v->set;
	for (uint32_t at = set->heads[form][key]; at != RULE_NONE; at = set->rules[at].next) {
		struct rule *rule = &set->rules[at];
		const struct attrs attrs = store_attrs(set, &set->lines[rule->line]);
		/* A rule with server= matches only few sessions. */
		if (attrs.verb == RULE_ALERT && !attrs.force && attrs.servers == INTERN_NONE &&
		    (rule->kinds & kinds) != 0) {
			leave_out(v, rule, why);
		}
	}
}

bool vetting_is_wide(const struct network *network)
{
	return network->bits < (network_is_v4(network) ? V4_BITS_MIN : V6_BITS_MIN);
}

static void refuse_wide_networks(struct vetting *v)
{
	const struct intern *keys = &v->set->networks.keys;
	for (uint32_t i = 0; i < keys->count; i++) {
		const struct network *network = intern_get(keys, i, NULL);
		if (vetting_is_wide(network)) {
			refuse_key(v, FORM_NETWORK, i, KINDS_ALL,
			           "a network this large covers too much of the Internet; write "
			           "force=yes to keep the indicator");
		}
	}
}

static void refuse_resolvers(struct vetting *v)
{
	for (size_t i = 0; i < sizeof(RESOLVERS) / sizeof(RESOLVERS[0]); i++) {
		struct in6_addr addr = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
		uint32_t key;
		if (inet_pton(AF_INET, RESOLVERS[i], addr.s6_addr + 12) != 1) {
			inet_pton(AF_INET6, RESOLVERS[i], &addr);
		}
		struct networks_walk walk = networks_walk_init(&v->set->networks, &addr);
		while ((key = networks_walk_next(&walk)) != INTERN_NONE) {
			refuse_key(v, FORM_NETWORK, key, KINDS_DNS & KINDS_OF_NETWORKS,
			           "the network contains a well-known public resolver; write "
			           "force=yes to keep the indicator");
		}
	}
}

static void refuse_suffixes(struct vetting *v)
{
	static const char WHY[] = "the names below this public suffix have many owners; write "
	                          "force=yes to keep the indicator";
	const struct ruleset *set = v->set;
	const struct intern *names = &set->names.keys;
	const struct intern *mailboxes = &set->mailboxes.keys;
	for (uint32_t i = 0; i < names->count; i++) {
		size_t size;
		const uint8_t *wire = intern_get(names, i, &size);
		if (set->heads[FORM_NAME][i] != RULE_NONE &&
		    suffix_is_public(set->psl, wire, size)) {
			refuse_key(v, FORM_NAME, i, KINDS_ALL, WHY);
		}
	}
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		size_t size;
		size_t domain_size;
		const uint8_t *mailbox = intern_get(mailboxes, i, &size);
		mailbox_split(mailbox, size, &domain_size);
		if (domain_size == size && suffix_is_public(set->psl, mailbox, size)) {
			refuse_key(v, FORM_MAILBOX, i, KINDS_ALL, WHY);
		}
	}
}

static void refuse_own_name(void *ctx, const uint8_t *wire, size_t size)
{
	static const char WHY[] =
	        "the name is protected by a `protect` rule; write force=yes to keep the indicator";
	struct vetting *v = ctx;
	const struct ruleset *set = v->set;
	uint32_t key = intern_find(&set->names.keys, wire, size);
	if (key != INTERN_NONE) {
		refuse_key(v, FORM_NAME, key, KINDS_ALL, WHY);
	}
	key = mailboxes_find(&set->mailboxes, wire, size, NULL, 0);
	if (key != INTERN_NONE) {
		refuse_key(v, FORM_MAILBOX, key, KINDS_ALL, WHY);
	}
}

static bool is_repeated(const struct ruleset *set, uint32_t at)
{
	const struct rule *rule = &set->rules[at];
	uint32_t first = set->heads[FORM_NAME][rule->key];
	while (first < at && ((set->rules[first].kinds & ROLE_PROTECTED) == 0 ||
	                      rule_is_left_out(&set->rules[first]))) {
		first = set->rules[first].next;
	}
	return first < at;
}

static int add_protected(struct vetting *v, uint32_t at)
{
	struct ruleset *set = v->set;
	size_t size;
	if (set->lookalikes == NULL) {
		set->lookalikes = lookalike_index_new(&set->names, set->psl);
	}
	int ret = set->lookalikes != NULL ? 1 : -1;
	if (ret > 0 && !is_repeated(set, at)) {
		ret = lookalike_index_add(set->lookalikes, set->rules[at].key);
	}
	if (ret < 0) {
		return -1;
	}
	if (ret == 0) {
		leave_out(v, &set->rules[at], "a public suffix cannot be protected");
		return 0;
	}
	const uint8_t *wire = intern_get(&set->names.keys, set->rules[at].key, &size);
	protected_members(set->psl, wire, size, refuse_own_name, v);
	return 0;
}

int vetting_apply(struct vetting *v)
{
	struct ruleset *set = v->set;
	v->left_out = 0;
	v->merged = 0;
	for (uint32_t i = 0; i < set->rules_count; i++) {
		if ((set->rules[i].kinds & ROLE_PROTECTED) != 0 && add_protected(v, i) != 0) {
			return -1;
		}
	}
	refuse_wide_networks(v);
	refuse_resolvers(v);
	refuse_suffixes(v);
	if (merge_duplicates(set, &v->merged) != 0) {
		return -1;
	}
	v->left_out += v->merged;
	return 0;
}
