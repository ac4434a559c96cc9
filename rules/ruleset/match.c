/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/address.h"
#include "rules/ruleset/pin.h"
#include "rules/ruleset/store.h"

/*! \brief The state of matching one observation. */
struct match {
	const struct ruleset *set;
	const struct observation *seen;
	struct ruleset_hit *hits;
	size_t count;
	bool allowed;
	bool explains; /* `allow` rules do not end the search, and are hits themselves */
	bool embedded; /* the IPv4 address inside the observation's address is being matched */
};

static bool server_meets(const struct ruleset *set, uint32_t servers, const struct in6_addr *server)
{
	size_t size;
	if (servers == INTERN_NONE) {
		return true;
	}
	if (server == NULL) {
		return false;
	}
	struct in6_addr ipv4;
	bool embedded = address_embedded(server, &ipv4);
	const struct network *network = intern_get(&set->servers, servers, &size);
	for (size_t i = 0; i < size / sizeof(*network); i++) {
		if (network_holds(&network[i], server) ||
		    (embedded && network_holds(&network[i], &ipv4))) {
			return true;
		}
	}
	return false;
}

static bool has_line(const struct match *m, uint32_t line)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->hits[i].rule->line == line) {
			return true;
		}
	}
	return false;
}

static void hit(struct match *m, const struct rule *rule, enum ruleset_action action,
                const struct in6_addr *addr)
{
	if (m->count < RULESET_HITS_MAX && !has_line(m, rule->line)) {
		m->hits[m->count++] = (struct ruleset_hit){
			.rule = rule, .action = action, .addr = addr, .embedded = m->embedded
		};
	}
}

/*!
 * \brief Returns true if the observation is the greeting or the TLS of a mail. Other rules than
 *        pins are matched with the greeting when it is sent.
 */
static bool is_of_mail(const struct observation *seen)
{
	return seen->owner != NULL && (KINDS_SMTP & RULE_BIT(seen->kind)) != 0;
}

static void meet(struct match *m, const struct rule *rule)
{
	const struct attrs attrs = store_attrs(m->set, &m->set->lines[rule->line]);
	if (!store_is_in_force(&attrs, m->seen) ||
	    !server_meets(m->set, attrs.servers, m->seen->server)) {
		return;
	}
	if (attrs.verb == RULE_ALLOW) {
		m->allowed = !m->explains;
	}
	if (m->explains || (attrs.verb != RULE_ALLOW && !is_of_mail(m->seen))) {
		hit(m, rule, ACTION_IOC_MATCH, NULL);
	}
}

/*!
 * \brief Matches the rules of one key. Each walk goes from the most specific key to the least
 *        specific one.
 */
static void meet_chain(struct match *m, enum rule_form form, uint32_t key, uint8_t reach)
{
	uint32_t at = key != INTERN_NONE ? m->set->heads[form][key] : RULE_NONE;
	while (at != RULE_NONE && !m->allowed) {
		const struct rule *rule = &m->set->rules[at];
		bool looks = (rule->kinds & RULE_BIT(m->seen->kind)) != 0;
		if (looks && (rule->reach & reach) != 0) {
			meet(m, rule);
		}
		at = rule->next;
	}
}

static void match_address(struct match *m, const struct in6_addr *addr)
{
	uint32_t key;
	if (!networks_may_hold(&m->set->networks, addr)) {
		return;
	}
	struct networks_walk walk = networks_walk_init(&m->set->networks, addr);
	while (!m->allowed && (key = networks_walk_next(&walk)) != INTERN_NONE) {
		meet_chain(m, FORM_NETWORK, key, REACH_EXACT);
	}
}

static void match_network(struct match *m)
{
	struct in6_addr ipv4;
	match_address(m, m->seen->addr);
	if (address_embedded(m->seen->addr, &ipv4)) {
		m->embedded = true;
		match_address(m, &ipv4);
		m->embedded = false;
	}
}

/* To walk over so few labels takes no longer than to ask whether any rule has one of them. */
#define LABELS_FEW 5

static bool may_match_name(const struct match *m)
{
	const struct dns_labels *labels = m->seen->labels;
	return (labels != NULL && labels->count <= LABELS_FEW) ||
	       names_may_know(&m->set->names, m->seen->name, m->seen->name_size, labels);
}

static void match_name(struct match *m)
{
	uint32_t key;
	if (!may_match_name(m)) {
		return;
	}
	struct names_walk walk =
	        names_walk_init(&m->set->names, m->seen->name, m->seen->name_size, m->seen->labels);
	while (!m->allowed && (key = names_walk_next(&walk)) != INTERN_NONE) {
		meet_chain(m, FORM_NAME, key, walk.whole ? REACH_EXACT : REACH_BELOW);
	}
}

static void match_mailbox(struct match *m)
{
	const struct observation *seen = m->seen;
	const struct mailboxes *mailboxes = &m->set->mailboxes;
	char local[MAILBOX_LOCAL_MAX];
	if (mailboxes->keys.count == 0) {
		return;
	}
	int size =
	        seen->local != NULL ? mailbox_local_fold(seen->local, seen->local_size, local) : 0;
	if (size > 0) {
		meet_chain(
		        m, FORM_MAILBOX,
		        mailboxes_find(mailboxes, seen->name, seen->name_size, local, (size_t)size),
		        REACH_EXACT);
	}
	meet_chain(m, FORM_MAILBOX, mailboxes_find(mailboxes, seen->name, seen->name_size, NULL, 0),
	           REACH_EXACT);
}

/*! \brief Returns true if an `allow` matches the address of the mail's server. */
static bool server_is_allowed(const struct match *m)
{
	if (m->seen->server == NULL) {
		return false;
	}
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct observation server = *m->seen;
	struct match other = { .set = m->set, .seen = &server, .hits = hits };
	server.kind = KIND_SERVER;
	server.addr = m->seen->server;
	match_network(&other);
	return other.allowed;
}

/*! \brief Adds a hit of a pin, with the value to report where it is not the observation's own. */
static void deviate(struct match *m, const struct rule *rule, enum ruleset_action action)
{
	const struct observation *seen = m->seen;
	size_t count = m->count;
	hit(m, rule, action, seen->kind == KIND_RCPT ? seen->server : NULL);
	if (m->count > count && seen->kind == KIND_TXT) {
		struct ruleset_hit *added = &m->hits[count];
		added->text = pin_changed_text(m->set, rule, seen, &added->text_size);
	}
}

/*!
 * \brief Compares the observation with the pins of one owner. \return True if any of these pins
 *        applies.
 */
static bool match_owner(struct match *m, uint32_t key, uint8_t reach)
{
	enum ruleset_action action;
	bool applies = false;
	for (uint32_t at = m->set->heads[FORM_NAME][key]; at != RULE_NONE;) {
		const struct rule *rule = &m->set->rules[at];
		at = rule->next;
		if ((rule->kinds & ROLE_OWNER) == 0 || (rule->reach & reach) == 0 ||
		    !pin_applies(m->set, rule, m->seen)) {
			continue;
		}
		applies = true;
		if (pin_deviates(m->set, rule, m->seen, &action) &&
		    (m->explains || !server_is_allowed(m))) {
			deviate(m, rule, action);
		}
	}
	return applies;
}

/*! \brief Compares the observation with the pins of the most specific owner that has pins. */
static void match_owners(struct match *m, const uint8_t *wire, size_t size)
{
	uint32_t key;
	struct names_walk walk = names_walk_init(&m->set->names, wire, size, NULL);
	while ((key = names_walk_next(&walk)) != INTERN_NONE) {
		if (match_owner(m, key, walk.whole ? REACH_EXACT : REACH_BELOW)) {
			return;
		}
	}
}

static void match_pins(struct match *m)
{
	const struct observation *seen = m->seen;
	if (seen->kind == KIND_RCPT && seen->name != NULL) {
		match_owners(m, seen->name, seen->name_size);
	} else if (seen->owner != NULL) {
		match_owners(m, seen->owner, seen->owner_size);
	}
	for (size_t i = 0; i < seen->origins_count; i++) {
		match_owners(m, seen->origins[i].wire, seen->origins[i].size);
	}
}

/* If this function were inlined, the look-up of IPv4 addresses, which are more frequent, would cost
 * more. */
__attribute__((noinline)) static void ask_embedded(const struct ruleset *set,
                                                   const struct in6_addr *addr,
                                                   struct bloom_questions *questions)
{
	struct in6_addr ipv4;
	if (address_embedded(addr, &ipv4)) {
		networks_ask(&set->networks, &ipv4, questions);
	}
}

static void ask_networks(const struct ruleset *set, const struct in6_addr *addr,
                         struct bloom_questions *questions)
{
	networks_ask(&set->networks, addr, questions);
	if (!address_is_ipv4(addr)) {
		ask_embedded(set, addr, questions);
	}
}

static void ask_pins(const struct ruleset *set, const struct observation *seen,
                     struct bloom_questions *questions)
{
	if (seen->owner != NULL) {
		names_ask(&set->names, seen->owner, seen->owner_size, NULL, questions);
	}
	for (size_t i = 0; i < seen->origins_count; i++) {
		names_ask(&set->names, seen->origins[i].wire, seen->origins[i].size, NULL,
		          questions);
	}
}

static void match_lookalike(struct match *m, const struct lookalike_match *found)
{
	const struct ruleset *set = m->set;
	uint32_t at = set->heads[FORM_NAME][found->name];
	for (; at != RULE_NONE; at = set->rules[at].next) {
		const struct rule *rule = &set->rules[at];
		const struct attrs attrs = store_attrs(set, &set->lines[rule->line]);
		if ((rule->kinds & ROLE_PROTECTED) != 0 &&
		    (found->how != LOOKALIKE_STRICT || attrs.strict) &&
		    store_is_in_force(&attrs, m->seen)) {
			hit(m, rule, ACTION_LOOKALIKE, NULL);
		}
	}
}

static void match_protected(struct match *m)
{
	const struct observation *seen = m->seen;
	const struct lookalike_matches *found =
	        lookalike_find(m->set->lookalikes, seen->name, seen->name_size, seen->labels);
	for (uint32_t i = 0; i < found->count; i++) {
		match_lookalike(m, &found->names[i]);
	}
}

static void sort_by_definition(struct ruleset_hit *hits, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct ruleset_hit moved = hits[i];
		size_t at = i;
		for (; at > 0 && hits[at - 1].rule > moved.rule; at--) {
			hits[at] = hits[at - 1];
		}
		hits[at] = moved;
	}
}

static void match_indicators(struct match *m)
{
	const struct observation *seen = m->seen;
	if (seen->addr != NULL) {
		match_network(m);
	}
	if (seen->name != NULL) {
		if ((KINDS_OF_MAILBOXES & RULE_BIT(seen->kind)) != 0) {
			match_mailbox(m);
		}
		match_name(m);
	}
}

static bool may_be_lookalike(const struct ruleset *set, const struct observation *seen)
{
	return set->lookalikes != NULL && (KINDS_PROTECTED & RULE_BIT(seen->kind)) != 0 &&
	       seen->name != NULL && !is_of_mail(seen);
}

bool ruleset_may_match(const struct ruleset *set, enum observation_kind kind,
                       const struct in6_addr *addr)
{
	struct in6_addr ipv4;
	return (set->kinds & RULE_BIT(kind)) != 0 &&
	       (networks_may_hold(&set->networks, addr) ||
	        (address_embedded(addr, &ipv4) && networks_may_hold(&set->networks, &ipv4)));
}

unsigned ruleset_pinned(const struct ruleset *set)
{
	return set->pinned;
}

bool ruleset_is_allowed(const struct ruleset *set, const struct observation *seen)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct match m = { .set = set, .seen = seen, .hits = hits };
	if ((set->kinds & RULE_BIT(seen->kind)) != 0) {
		match_indicators(&m);
	}
	return m.allowed;
}

void ruleset_begin(const struct ruleset *set, size_t octets)
{
	if (set->lookalikes != NULL) {
		lookalike_begin(set->lookalikes, octets);
	}
}

size_t ruleset_take_unjudged(const struct ruleset *set)
{
	return set->lookalikes != NULL ? lookalike_take_unjudged(set->lookalikes) : 0;
}

void ruleset_ask(const struct ruleset *set, const struct observation *seen,
                 struct bloom_questions *questions)
{
	unsigned kind = RULE_BIT(seen->kind);
	if ((set->kinds & kind) != 0 && seen->addr != NULL) {
		ask_networks(set, seen->addr, questions);
	}
	if ((set->kinds & kind) != 0 && seen->name != NULL) {
		names_ask(&set->names, seen->name, seen->name_size, seen->labels, questions);
	}
	if ((set->pinned & kind) != 0) {
		ask_pins(set, seen, questions);
	}
	if (may_be_lookalike(set, seen)) {
		questions->passed |=
		        lookalike_find(set->lookalikes, seen->name, seen->name_size, seen->labels)
		                ->count > 0;
	}
	/* Mailboxes have no Bloom filter. */
	questions->passed |= (KINDS_OF_MAILBOXES & kind) != 0;
}

static size_t match(struct match *m)
{
	unsigned kind = RULE_BIT(m->seen->kind);
	if ((m->set->kinds & kind) != 0) {
		match_indicators(m);
	}
	if (m->allowed) {
		return 0;
	}
	if ((m->set->pinned & kind) != 0) {
		match_pins(m);
	}
	if (may_be_lookalike(m->set, m->seen)) {
		match_protected(m);
	}
	sort_by_definition(m->hits, m->count);
	return m->count;
}

size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     struct ruleset_hit hits[RULESET_HITS_MAX])
{
	struct match m = { .set = set, .seen = seen, .hits = hits };
	return match(&m);
}

size_t ruleset_explain(const struct ruleset *set, const struct observation *seen,
                       struct ruleset_hit hits[RULESET_HITS_MAX])
{
	struct match m = { .set = set, .seen = seen, .hits = hits, .explains = true };
	return match(&m);
}

static bool is_owner_in_force(const struct ruleset *set, const struct rule *rule,
                              const struct observation *seen)
{
	const struct attrs attrs = store_attrs(set, &set->lines[rule->line]);
	return (rule->kinds & (ROLE_OWNER | ROLE_LEARNED)) != 0 && store_is_in_force(&attrs, seen);
}

/*! \brief Adds the rules of a chain whose OWNER it is. */
static void own_chain(struct match *m, uint32_t key, uint8_t reach)
{
	for (uint32_t at = m->set->heads[FORM_NAME][key]; at != RULE_NONE;) {
		const struct rule *rule = &m->set->rules[at];
		if ((rule->reach & reach) != 0 && is_owner_in_force(m->set, rule, m->seen)) {
			hit(m, rule, ACTION_PIN_MISMATCH, NULL);
		}
		at = rule->next;
	}
}

size_t ruleset_find_owned(const struct ruleset *set, const struct observation *seen,
                          struct ruleset_hit hits[RULESET_HITS_MAX])
{
	static const uint8_t root[] = { 0 };
	struct match m = { .set = set, .seen = seen, .hits = hits };
	uint32_t key;
	struct names_walk walk = names_walk_init(&set->names, seen->owner, seen->owner_size, NULL);
	while ((key = names_walk_next(&walk)) != INTERN_NONE) {
		own_chain(&m, key, walk.whole ? REACH_EXACT : REACH_BELOW);
	}
	/* The owner `*` is stored as the root. */
	key = intern_find(&set->names.keys, root, sizeof(root));
	if (key != INTERN_NONE) {
		own_chain(&m, key, REACH_EXACT);
	}
	sort_by_definition(hits, m.count);
	return m.count;
}
