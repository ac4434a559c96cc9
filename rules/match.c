/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/store.h"

/*! \brief One observation on its way through the indexes. */
struct match {
	const struct ruleset *set;
	const struct observation *seen;
	const struct rule **hits;
	size_t count;
	bool allowed;
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
	const struct network *network = intern_get(&set->servers, servers, &size);
	for (size_t i = 0; i < size / sizeof(*network); i++) {
		if (network_holds(&network[i], server)) {
			return true;
		}
	}
	return false;
}

static bool has_line(const struct match *m, uint32_t line)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->hits[i]->line == line) {
			return true;
		}
	}
	return false;
}

static void meet(struct match *m, const struct rule *rule)
{
	const struct attrs attrs = store_attrs(m->set, &m->set->lines[rule->line]);
	if (m->seen->time_ns < attrs.since_ns || m->seen->time_ns >= attrs.until_ns ||
	    !server_meets(m->set, attrs.servers, m->seen->server)) {
		return;
	}
	if (attrs.verb == RULE_ALLOW) {
		m->allowed = true;
	} else if (m->count < RULESET_HITS_MAX && !has_line(m, rule->line)) {
		m->hits[m->count++] = rule;
	}
}

/*! \brief Meets the rules of one key; every walk goes from the most specific key to the least. */
static void meet_chain(struct match *m, enum rule_form form, uint32_t key, uint8_t reach)
{
	uint32_t at = key != INTERN_NONE ? m->set->heads[form][key] : RULE_NONE;
	while (at != RULE_NONE && !m->allowed) {
		const struct rule *rule = &m->set->rules[at];
		bool looks = (rule->whats & KEYWORD_BIT(m->seen->what)) != 0;
		if (looks && (rule->reach & reach) != 0) {
			meet(m, rule);
		}
		at = rule->next;
	}
}

static void match_network(struct match *m)
{
	uint32_t key;
	struct networks_walk walk = networks_walk_init(&m->set->networks, m->seen->addr);
	while (!m->allowed && (key = networks_walk_next(&walk)) != INTERN_NONE) {
		meet_chain(m, FORM_NETWORK, key, REACH_EXACT);
	}
}

static void match_name(struct match *m)
{
	uint32_t key;
	struct names_walk walk = names_walk_init(&m->set->names, m->seen->name, m->seen->name_size);
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

static void sort_by_definition(const struct rule **hits, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct rule *rule = hits[i];
		size_t at = i;
		for (; at > 0 && hits[at - 1] > rule; at--) {
			hits[at] = hits[at - 1];
		}
		hits[at] = rule;
	}
}

size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     const struct rule *hits[RULESET_HITS_MAX])
{
	struct match m = { .set = set, .seen = seen, .hits = hits };
	if ((set->whats & KEYWORD_BIT(seen->what)) == 0) {
		return 0;
	}
	if (seen->addr != NULL) {
		match_network(&m);
	}
	if (seen->name != NULL) {
		if (seen->what == WHAT_FROM || seen->what == WHAT_RCPT) {
			match_mailbox(&m);
		}
		match_name(&m);
	}
	if (m.allowed) {
		return 0;
	}
	sort_by_definition(hits, m.count);
	return m.count;
}
