/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "sensor/baseline/baseline_private.h"

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
/* A move that was planned waits until no cache has the DS record (RFC 6781, 4.3.5). */
#define DS_GONE_S (36 * 3600)
/* A DS record that was not seen for longer may have been removed long before the move. */
#define DS_SEEN_S (3 * 86400)
/* A TTL is raised if it is more than so many times the greatest known one, and this long. */
#define TTL_FACTOR  2
#define TTL_LEAST_S 3600
/* A TTL that is raised is a hit by itself from here on. */
#define TTL_ALONE_S 86400
/* The parent's servers are compared with those of the zone for so long after they were seen. */
#define PARENT_S (2 * 86400)

#define ADDRESSES (RULE_BIT(KNOWN_IPV4) | RULE_BIT(KNOWN_IPV6))

/* The records of one owner and kind in the message. */
struct set {
	struct baseline *baseline;
	struct fact *first;
	known_id owner;
	known_id domain; /* 0: it has none, or was not yet needed (find_domain()) */
	enum learn_what what;
	unsigned kinds;
	struct ruleset_learn learn;
	struct standing standing;
	bool has_old; /* a record of the set is known */
};

static bool is_address(const struct fact *fact)
{
	return fact->kind == KNOWN_IPV4 || fact->kind == KNOWN_IPV6;
}

static bool is_target(const struct fact *fact)
{
	return fact->kind == KNOWN_NS || fact->kind == KNOWN_MX;
}

static bool is_in(const struct set *set, const struct fact *fact)
{
	return fact->owner_id == set->owner && fact->side == set->first->side &&
	       (RULE_BIT(fact->kind) & set->kinds) != 0;
}

static struct fact *next_in(const struct set *set, struct fact *fact)
{
	struct fact *end = set->baseline->facts.items + set->baseline->facts.count;
	for (fact++; fact < end; fact++) {
		if (is_in(set, fact)) {
			return fact;
		}
	}
	return NULL;
}

/* The value of a fact, or for an address a value in the same network. */
static struct known_value *find_known(struct baseline *baseline, const struct fact *fact)
{
	if (!is_address(fact)) {
		uint32_t number = is_target(fact) ? fact->target_id : fact->number;
		return is_target(fact) && number == 0
		               ? NULL
		               : known_find(baseline->known, fact->owner_id, fact->kind, number);
	}
	struct known_value *value = known_first(baseline->known, fact->owner_id);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == fact->kind &&
		    baseline_network(baseline, fact->kind, value->value) ==
		            baseline_network(baseline, fact->kind, fact->number)) {
			return value;
		}
	}
	return NULL;
}

static enum learn_what what_of(const struct fact *fact)
{
	switch (fact->kind) {
	case KNOWN_NS:
		return LEARN_NS;
	case KNOWN_MX:
		return LEARN_MX;
	case KNOWN_DS:
		return LEARN_DS;
	case KNOWN_ALIASED:
		return LEARN_HEALTH;
	default:
		return LEARN_IP;
	}
}

/* NS, MX and DS are learned of all domains, because the number of domains that a provider serves is
 * needed. */
static known_id find_owner(struct baseline *baseline, const struct fact *fact)
{
	struct ruleset_learn learn;
	bool all = is_address(fact) || fact->kind == KNOWN_ALIASED;
	if (baseline_find_rule(baseline, fact->owner, fact->owner_size, what_of(fact), all,
	                       &learn)) {
		return baseline_name(baseline, fact->owner, fact->owner_size);
	}
	return all ? 0 : baseline_registrable(baseline, fact->owner, fact->owner_size);
}

void judge_find_owner(struct baseline *baseline, struct fact *fact, const struct fact *before)
{
	bool same = before != NULL && before->owner_size == fact->owner_size &&
	            what_of(before) == what_of(fact) &&
	            memcmp(before->owner, fact->owner, fact->owner_size) == 0;
	fact->owner_id = same ? before->owner_id : find_owner(baseline, fact);
	if (fact->target_size > 0) {
		fact->target_id = known_find_name(baseline->known, fact->target, fact->target_size);
	}
}

static bool is_raised(const struct set *set, const struct fact *fact)
{
	return fact->authoritative && set->standing.ttl > 0 && fact->ttl >= TTL_LEAST_S &&
	       fact->ttl > TTL_FACTOR * (uint64_t)set->standing.ttl;
}

/* Name servers and exchangers */

/* The registrable domain of a target; 0 if the table does not have it. */
static known_id domain_of(const struct set *set, const struct fact *fact)
{
	size_t start;
	if (fact->target_id != 0) {
		return baseline_domain(set->baseline, fact->target_id);
	}
	if (!ruleset_find_domain(set->baseline->rules, fact->target, fact->target_size, &start)) {
		return 0;
	}
	return known_find_name(set->baseline->known, fact->target + start,
	                       fact->target_size - start);
}

/* Whether the owner has had other targets in this domain. */
static bool has_used(const struct set *set, known_id domain)
{
	struct known *known = set->baseline->known;
	const struct known_value *value = known_first(known, set->owner);
	for (; domain != 0 && value != NULL; value = known_next(known, value)) {
		if (known_is_target(value) && standing_has(set->baseline, value, &set->learn) &&
		    baseline_domain(set->baseline, value->value) == domain) {
			return true;
		}
	}
	return false;
}

static bool imitates(const struct set *set, const struct fact *fact)
{
	struct known *known = set->baseline->known;
	uint8_t wire[DNS_NAME_MAX];
	size_t size = known_wire(known, set->domain, wire);
	if (ruleset_imitates(set->baseline->rules, wire, size, fact->target, fact->target_size)) {
		return true;
	}
	const struct known_value *value = known_first(known, set->owner);
	for (; value != NULL; value = known_next(known, value)) {
		if (known_is_target(value) && standing_has(set->baseline, value, &set->learn) &&
		    (size = known_wire(known, value->value, wire)) > 0 &&
		    ruleset_imitates(set->baseline->rules, wire, size, fact->target,
		                     fact->target_size)) {
			return true;
		}
	}
	return false;
}

/* Whether a name has an address in a network. */
static bool name_has_network(struct baseline *baseline, known_id name, enum known_kind kind,
                             uint32_t network)
{
	const struct known_value *value = known_first(baseline->known, name);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) == kind &&
		    baseline_network(baseline, kind, value->value) == network) {
			return true;
		}
	}
	return false;
}

/* Whether the known targets of the owner have an address in a network. `any` receives whether they
 * have any address of this kind. */
static bool targets_have_network(const struct set *set, enum known_kind kind, uint32_t network,
                                 bool *any)
{
	struct baseline *baseline = set->baseline;
	const struct known_value *value = known_first(baseline->known, set->owner);
	for (; value != NULL; value = known_next(baseline->known, value)) {
		if (known_kind(value) != set->first->kind ||
		    !standing_has(baseline, value, &set->learn)) {
			continue;
		}
		const struct known_value *addr = known_first(baseline->known, value->value);
		for (; addr != NULL; addr = known_next(baseline->known, addr)) {
			*any |= known_kind(addr) == kind;
		}
		if (name_has_network(baseline, value->value, kind, network)) {
			return true;
		}
	}
	return false;
}

/* Compares the addresses of a new target, in this message or known, with those of the known ones.
 */
static void judge_network(const struct set *set, const struct fact *fact, struct score_facts *score)
{
	const struct facts *facts = &set->baseline->facts;
	bool any = false, found = false, shared = false, seen = false;
	unsigned count = 0;
	for (size_t i = 0; i < facts->count && count < KNOWN_VALUES_MAX; i++) {
		const struct fact *addr = &facts->items[i];
		if (!is_address(addr) || addr->owner_size != fact->target_size ||
		    memcmp(addr->owner, fact->target, fact->target_size) != 0) {
			continue;
		}
		uint32_t network = baseline_network(set->baseline, addr->kind, addr->number);
		seen = true;
		count++;
		found |= !targets_have_network(set, addr->kind, network, &any);
		shared |= known_network_is_shared(set->baseline->known, network, set->domain);
	}
	const struct known_value *addr = known_first(set->baseline->known, fact->target_id);
	for (; addr != NULL; addr = known_next(set->baseline->known, addr)) {
		if ((RULE_BIT(known_kind(addr)) & ADDRESSES) != 0) {
			uint32_t network =
			        baseline_network(set->baseline, known_kind(addr), addr->value);
			seen = true;
			found |= !targets_have_network(set, known_kind(addr), network, &any);
			shared |=
			        known_network_is_shared(set->baseline->known, network, set->domain);
		}
	}
	score->reasons |= found && any ? RULE_BIT(SCORE_NETWORK_CHANGED) : 0;
	score->network_is_shared = shared;
	score->network_is_same = seen && any && !found;
	score->target_is_unseen = score->target_is_own && !seen;
}

/* Whether the parent has other servers than the zone now shows. */
static bool differs_from_parent(const struct set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	bool any = false;
	for (; value != NULL; value = known_next(set->baseline->known, value)) {
		if (known_kind(value) != KNOWN_NS || (value->kind & KNOWN_PARENT) == 0 ||
		    baseline_age(set->baseline, value->last) > PARENT_S) {
			continue;
		}
		any = true;
		for (const struct fact *fact = set->first; fact != NULL;
		     fact = next_in(set, (struct fact *)fact)) {
			if (fact->target_id == value->value) {
				return false;
			}
		}
	}
	return any && set->first->side == KNOWN_CHILD;
}

/* Whether the parent no longer shows a DS record of the owner. */
static bool lost_ds(const struct set *set)
{
	const struct facts *facts = &set->baseline->facts;
	if (set->first->side != KNOWN_PARENT || set->first->kind != KNOWN_NS) {
		return false;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->items[i].kind == KNOWN_DS && facts->items[i].owner_id == set->owner) {
			return false;
		}
	}
	return standing_of(set->baseline, set->owner, RULE_BIT(KNOWN_DS), KNOWN_PARENT, &set->learn)
	               .count > 0;
}

/* Whether the DS record is gone, which was there a short time ago. A hit may have reported that. */
static bool lost_ds_lately(const struct set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	uint32_t within_s = lost_ds(set) ? DS_SEEN_S : DS_GONE_S;
	bool reported = !lost_ds(set);
	for (; set->first->kind == KNOWN_NS && value != NULL;
	     value = known_next(set->baseline->known, value)) {
		if (known_kind(value) == KNOWN_DS &&
		    ((value->kind & KNOWN_REPORTED) != 0) == reported &&
		    baseline_age(set->baseline, value->last) < within_s) {
			return true;
		}
	}
	return false;
}

static bool is_unregistered(const struct set *set, known_id domain)
{
	const struct known_value *state = known_find(set->baseline->known, domain, KNOWN_STATE, 0);
	return state != NULL && state->ttl_parent != 0 &&
	       baseline_age(set->baseline, state->ttl_parent) < 30 * 86400u &&
	       state->value < state->ttl_parent;
}

static void judge_target(const struct set *set, const struct fact *fact, struct score_facts *score)
{
	bool server = fact->kind == KNOWN_NS;
	known_id domain = domain_of(set, fact);
	bool used = has_used(set, domain);
	bool unknown = !used && learn_served(set->baseline, domain, set->owner) == 0;
	score->reasons |= RULE_BIT(server ? SCORE_NEW_NAME_SERVER : SCORE_NEW_EXCHANGER);
	score->reasons |= unknown ? RULE_BIT(SCORE_UNKNOWN_PROVIDER) : 0;
	/* The parent and the zone often disagree. */
	if (set->standing.at_side) {
		score->reasons |= RULE_BIT(!set->has_old ? SCORE_SET_REPLACED
		                           : server      ? SCORE_NAME_SERVER_ADDED
		                                         : SCORE_NEW_EXCHANGER);
	}
	if (server && differs_from_parent(set)) {
		score->reasons |= RULE_BIT(SCORE_PARENT_CHILD_DIFFER);
	}
	if (unknown && imitates(set, fact)) {
		score->reasons |= RULE_BIT(SCORE_IMITATES_KNOWN);
	}
	if (is_unregistered(set, domain)) {
		score->reasons |= RULE_BIT(SCORE_TARGET_UNREGISTERED);
	}
	score->reasons |= lost_ds_lately(set) ? RULE_BIT(SCORE_DS_REMOVED) : 0;
	score->target_is_own = domain == set->domain;
	judge_network(set, fact, score);
	if (server && !score->target_is_own) {
		/* The servers of another provider are in another network in any case. */
		score->reasons &= ~RULE_BIT(SCORE_NETWORK_CHANGED);
	}
}

/* Addresses */

static unsigned count_networks(const struct set *set)
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
static bool servers_are_known(const struct set *set)
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
static bool is_served_elsewhere(const struct set *set, const struct fact *fact)
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

static bool judge_address(const struct set *set, const struct fact *fact, struct score_facts *score)
{
	uint32_t network = baseline_network(set->baseline, fact->kind, fact->number);
	unsigned networks = count_networks(set);
	for (const struct fact *other = set->first; other != fact;
	     other = next_in(set, (struct fact *)other)) {
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

/* Sets */

static void report(struct set *set, struct fact *fact, enum learn_what what,
                   const struct ruleset_learn *learn, const struct score_facts *score)
{
	struct observation seen;
	baseline_observe(set->baseline, fact, &seen);
	bool full = set->baseline->changes_count == BASELINE_CHANGES_MAX;
	struct baseline_change *change =
	        baseline_add_change(set->baseline, what, &seen, fact->section, learn, score);
	fact->left_out = full;
	fact->is_reported = fact->is_new && change != NULL;
	if (change != NULL) {
		baseline_list_known(set->baseline, change, set->owner, set->kinds);
	}
}

/* The parent, or the zone, shows a set for the first time, and the other side has a part of it. The
 * sides often disagree, so this is only news if the rest is of a provider that serves no other. */
static bool is_first_at_side(const struct set *set)
{
	return set->first->kind == KNOWN_NS && !set->standing.at_side && set->has_old;
}

/* Whether the owner has more targets than the table keeps of a name: another one is no news. */
static bool has_many_targets(const struct set *set)
{
	const struct known_value *value = known_first(set->baseline->known, set->owner);
	unsigned count = 0;
	for (const struct fact *fact = set->first; fact != NULL;
	     fact = next_in(set, (struct fact *)fact)) {
		count += fact->is_new && fact->is_reported;
	}
	for (; value != NULL; value = known_next(set->baseline->known, value)) {
		count += known_kind(value) == set->first->kind;
	}
	return count >= KNOWN_VALUES_MAX;
}

static bool find_domain(struct set *set)
{
	set->domain = baseline_domain(set->baseline, set->owner);
	return set->domain != 0;
}

static void judge_new(struct set *set, struct fact *fact)
{
	struct score_facts score = { 0 };
	if (set->baseline->judged++ >= BASELINE_JUDGED_MAX) {
		fact->left_out = true;
		return;
	}
	if (!find_domain(set) || (is_target(fact) && has_many_targets(set))) {
		return;
	}
	if (is_target(fact)) {
		judge_target(set, fact, &score);
		if (is_first_at_side(set) &&
		    (score.reasons & RULE_BIT(SCORE_UNKNOWN_PROVIDER)) == 0) {
			return;
		}
	} else if (!judge_address(set, fact, &score)) {
		return;
	}
	score.reasons |= is_raised(set, fact) ? RULE_BIT(SCORE_TTL_RAISED) : 0;
	report(set, fact, set->what, &set->learn, &score);
}

/* The value is known, and its TTL is greater than any before. */
static void judge_ttl(struct set *set, struct fact *fact, const struct known_value *value)
{
	uint32_t own = fact->side == KNOWN_PARENT ? value->ttl_parent : value->ttl_child;
	const struct score_facts score = { .reasons = RULE_BIT(SCORE_TTL_RAISED) };
	struct ruleset_learn learn;
	if (is_raised(set, fact) && fact->ttl >= TTL_ALONE_S && fact->ttl > own &&
	    baseline_find_rule(set->baseline, fact->owner, fact->owner_size, LEARN_TTL,
	                       is_address(fact) || set->domain == set->owner, &learn) &&
	    standing_is_known(set->baseline, &set->standing, &learn)) {
		report(set, fact, LEARN_TTL, &learn, &score);
		set->standing.ttl = fact->ttl;
	}
}

/* Whether a hit has reported the owner as a new target of its domain, whose known targets have
 * addresses, but not in this network. */
static bool is_elsewhere(const struct set *set, enum known_kind kind, uint32_t network,
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
		if (name_has_network(baseline, value->value, kind, network)) {
			return false;
		}
	}
	return any && score->reasons != 0;
}

/* The address of a target that was new in an earlier message, which had no address. */
static void judge_first_address(struct set *set)
{
	struct fact *fact = set->first;
	uint32_t network = baseline_network(set->baseline, fact->kind, fact->number);
	struct score_facts score = { .target_is_own = true };
	if (set->standing.count > 0 || !fact->is_new ||
	    !known_is_used(set->baseline->known, set->owner) || !find_domain(set) ||
	    !is_elsewhere(set, fact->kind, network, &score)) {
		return;
	}
	score.reasons |= RULE_BIT(SCORE_NETWORK_CHANGED);
	score.network_is_shared =
	        known_network_is_shared(set->baseline->known, network, set->domain);
	report(set, fact, set->what, &set->learn, &score);
}

static void mark_set(struct set *set)
{
	struct baseline *baseline = set->baseline;
	for (struct fact *fact = set->first; fact != NULL; fact = next_in(set, fact)) {
		const struct known_value *value = find_known(baseline, fact);
		fact->done = true;
		fact->is_new = value == NULL ||
		               (set->learn.forget_s != 0 &&
		                baseline_age(baseline, value->last) > set->learn.forget_s);
		set->has_old |= value != NULL && standing_has(baseline, value, &set->learn);
	}
}

static void judge_set(struct set *set)
{
	struct baseline *baseline = set->baseline;
	bool known = standing_is_known(baseline, &set->standing, &set->learn);
	for (struct fact *fact = set->first; fact != NULL; fact = next_in(set, fact)) {
		if (!fact->is_new) {
			judge_ttl(set, fact, find_known(baseline, fact));
		} else if (known) {
			judge_new(set, fact);
		}
	}
}

/* DS records that are gone are a hit of their own. */
static void judge_ds(struct set *set)
{
	struct baseline *baseline = set->baseline;
	struct ruleset_learn learn;
	struct standing standing =
	        standing_of(baseline, set->owner, RULE_BIT(KNOWN_DS), KNOWN_PARENT, &set->learn);
	if (!lost_ds(set) ||
	    !baseline_find_rule(baseline, set->first->owner, set->first->owner_size, LEARN_DS,
	                        set->domain == set->owner, &learn) ||
	    !standing_is_known(baseline, &standing, &learn) ||
	    !health_ds_is_absent(baseline, set->owner, set->has_old)) {
		return;
	}
	struct observation seen;
	baseline_observe(baseline, set->first, &seen);
	(void)health_report_ds(baseline, set->owner, &seen, set->first->section, &learn);
}

static void start_set(struct baseline *baseline, struct fact *fact)
{
	struct set set = { .baseline = baseline, .first = fact, .owner = fact->owner_id };
	set.learn = (struct ruleset_learn){ .forget_s = 0 };
	set.what = is_address(fact) ? LEARN_IP : fact->kind == KNOWN_NS ? LEARN_NS : LEARN_MX;
	set.kinds = RULE_BIT(fact->kind);
	set.domain = is_address(fact) ? 0 : baseline_domain(baseline, set.owner);
	bool ruled = baseline_find_rule(baseline, fact->owner, fact->owner_size, set.what,
	                                is_address(fact) || set.domain == set.owner, &set.learn);
	mark_set(&set);
	if (ruled) {
		set.standing = standing_of(baseline, set.owner, set.kinds, fact->side, &set.learn);
		judge_set(&set);
		if (is_address(fact)) {
			judge_first_address(&set);
		}
	}
	if (fact->kind == KNOWN_NS && fact->side == KNOWN_PARENT) {
		judge_ds(&set);
	}
}

/* Whether nothing is known of a name, and it is not known of another one. */
static bool is_bare(const struct baseline *baseline, known_id name)
{
	return known_first(baseline->known, name) == NULL && !known_is_used(baseline->known, name);
}

void judge_records(struct baseline *baseline)
{
	struct facts *facts = &baseline->facts;
	baseline->freed = known_freed(baseline->known);
	baseline->judged = 0;
	for (size_t i = 0; i < facts->count; i++) {
		judge_find_owner(baseline, &facts->items[i], i > 0 ? &facts->items[i - 1] : NULL);
	}
	for (size_t i = 0; i < facts->count; i++) {
		struct fact *fact = &facts->items[i];
		if (fact->done || (!is_target(fact) && !is_address(fact))) {
			continue;
		}
		if (is_bare(baseline, fact->owner_id)) {
			fact->is_new = true;
		} else {
			start_set(baseline, fact);
		}
	}
}
