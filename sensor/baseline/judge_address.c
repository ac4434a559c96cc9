/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/baseline/judge.h"

/* A host with more networks than this is served by a network of caches, or has many owners: another
 * network is no news. */
#define NETWORKS_MAX 5
/* From this number of networks on, another one is less surprising. */
#define NETWORKS_ROTATE 3
/* An owner that was seen seldom, or not for long, may have other networks that were not seen. */
#define SETTLED_LEAST 3
#define SETTLED_S     86400
/* For this time the changes that follow a move are part of it. */
#define MOVE_S (7 * 86400)

static unsigned count_networks(const struct judge_set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	unsigned count = 0;
	for (; value != NULL; value = known_next(set->baseline->known, value)) {
		count += known_kind(value) == set->first->kind;
	}
	return count;
}

/* Whether a name has an address. */
static bool name_has_address(struct baseline *baseline, known_id name, enum known_kind kind,
                             uint32_t number)
{
	return name != 0 && known_find(baseline->known, name, kind, number) != NULL;
}

/* Whether a name server that is known for as long as the addresses sent the message. */
static bool servers_are_known(const struct judge_set *set)
{
	struct baseline *baseline = set->baseline;
	uint32_t number;
	enum known_kind kind = fact_number(baseline->server, &number);
	const struct known_value *value = known_first(baseline->known, set->domain);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == KNOWN_NS && standing_has(baseline, value, &set->learn) &&
		    value->first <= set->standing.first + SETTLED_S &&
		    name_has_address(baseline, value->value, kind, number)) {
			return true;
		}
	}
	return false;
}

/* Whether a chain of CNAME records ends in a domain to which other owners led before: a network of
 * caches, whose addresses are its own affair. */
static bool is_served_elsewhere(const struct judge_set *set, const struct fact *fact)
{
	struct known *known = set->baseline->known;
	if (fact->end == NULL) {
		return false;
	}
	known_id domain = baseline_domain(
	        set->baseline, known_find_name(known, fact->end->owner, fact->end->owner_size));
	const struct known_value *aliased = known_find(known, domain, KNOWN_ALIASED, 0);
	return domain != set->domain && aliased != NULL &&
	       baseline_domain(set->baseline, aliased->ttl_child) != set->domain;
}

bool judge_address(const struct judge_set *set, const struct fact *fact, struct score_facts *score)
{
	uint32_t network = baseline_network(set->baseline, fact->kind, fact->number);
	unsigned networks = count_networks(set);
	for (const struct fact *other = set->first; other != fact;
	     other = judge_next(set, (struct fact *)other)) {
		if (other->is_new && other->kind == fact->kind &&
		    baseline_network(set->baseline, other->kind, other->number) == network) {
			return false;
		}
	}
	score->reasons |= RULE_BIT(SCORE_NETWORK_CHANGED);
	score->network_is_shared =
	        set->has_old || known_network_is_shared(set->baseline->known, network, set->domain);
	score->network_rotates = networks >= NETWORKS_ROTATE;
	score->servers_are_known = servers_are_known(set);
	score->is_settled = set->standing.count >= SETTLED_LEAST &&
	                    baseline_age(set->baseline, set->standing.first) >= SETTLED_S;
	return networks <= NETWORKS_MAX && !is_served_elsewhere(set, fact);
}

bool judge_is_elsewhere(const struct judge_set *set, enum known_kind kind, uint32_t network,
                        struct score_facts *score)
{
	struct baseline *baseline = set->baseline;
	const struct known_value *value = known_first(baseline->known, set->domain);
	bool any = false;
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (!known_is_target(value)) {
			continue;
		}
		if (value->value == set->owner) {
			bool lately = (value->kind & KNOWN_REPORTED) != 0 &&
			              baseline_age(baseline, value->first) < MOVE_S;
			score->reasons |= !lately ? 0
			                  : known_kind(value) == KNOWN_NS
			                          ? RULE_BIT(SCORE_NEW_NAME_SERVER)
			                          : RULE_BIT(SCORE_NEW_EXCHANGER);
			continue;
		}
		any |= standing_has(baseline, value, &set->learn);
		if (judge_has_network(baseline, value->value, kind, network)) {
			return false;
		}
	}
	return any && score->reasons != 0;
}
