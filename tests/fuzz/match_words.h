/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Matches the indicators of a text, and what is next to each, against a set of rules.
 *
 * Every word that is an indicator is observed in each kind that takes it: a name, its child and
 * its parent; a network's address, and addresses on both sides of its end; a mailbox. The name
 * and the address before it are the owner and the server. The rest of the text is a text that is
 * observed. All hits are summed up.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "rules/language/indicator.h"
#include "rules/ruleset/ruleset.h"
#include "tests/fuzz/found.h"

#define MATCH_WORDS_MAX 64

struct match_words {
	const struct ruleset *set;
	struct dns_name owner;
	struct in6_addr server;
	struct dns_name name;
	struct in6_addr addr;
	struct observation seen;
};

static inline void match_words_hits(const struct ruleset *set, const struct ruleset_hit *hits,
                                    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		static struct rule_scratch scratch;
		struct rule_view view;
		ruleset_describe(set, &hits[i], &scratch, &view);
		found_number(ruleset_rule_number(hits[i].rule));
		found_number(view.action);
		found_number(view.severity);
		found_number((uint64_t)view.confidence);
		found_text(view.indicator);
		found_text(view.text);
		found_text(view.imitates != NULL ? view.imitates : "");
		for (size_t j = 0; j < view.expected_count; j++) {
			found_text(view.expected[j]);
		}
	}
}

static inline void match_words_kind(struct match_words *m, enum observation_kind kind)
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	struct bloom_questions questions;
	const struct observation_name origin = { m->owner.wire, m->owner.size };
	bool is_dns = (KINDS_DNS & RULE_BIT(kind)) != 0;
	m->seen.kind = kind;
	m->seen.owner = (is_dns || kind == KIND_TLS) && m->owner.size > 0 ? m->owner.wire : NULL;
	m->seen.owner_size = m->seen.owner != NULL ? m->owner.size : 0;
	m->seen.origins = kind == KIND_IP && m->owner.size > 0 ? &origin : NULL;
	m->seen.origins_count = m->seen.origins != NULL;
	m->seen.server = is_dns ? NULL : &m->server;
	bloom_questions_begin(&questions);
	ruleset_ask(m->set, &m->seen, &questions);
	bool possible = bloom_answer(&questions);
	size_t count = ruleset_match(m->set, &m->seen, hits);
	if (count > 0 && !possible) {
		abort();
	}
	found_number(count);
	match_words_hits(m->set, hits, count);
}

static inline void match_words_kinds(struct match_words *m, unsigned kinds)
{
	for (enum observation_kind kind = 0; kind < KIND_COUNT; kind++) {
		if ((kinds & RULE_BIT(kind)) != 0) {
			match_words_kind(m, kind);
		}
	}
}

static inline void match_words_name(struct match_words *m, const struct indicator *indicator)
{
	uint8_t child[DNS_NAME_MAX + 2] = { 1, 'x' };
	m->seen.addr = NULL;
	m->seen.local = indicator->form == FORM_MAILBOX ? indicator->local : "x";
	m->seen.local_size = indicator->form == FORM_MAILBOX ? indicator->local_size : 1;
	m->seen.name = indicator->name;
	m->seen.name_size = indicator->name_size;
	match_words_kinds(m, KINDS_ALL & ~KINDS_OF_NETWORKS);
	memcpy(child + 2, indicator->name, indicator->name_size);
	m->seen.text = NULL;
	m->seen.name = child;
	m->seen.name_size = indicator->name_size + 2;
	if (m->seen.name_size <= DNS_NAME_MAX) {
		match_words_kinds(m, KINDS_ALL & ~KINDS_OF_NETWORKS);
	}
	m->seen.name = indicator->name + 1 + indicator->name[0];
	m->seen.name_size = indicator->name_size - 1 - indicator->name[0];
	match_words_kinds(m, KINDS_ALL & ~KINDS_OF_NETWORKS);
	memcpy(m->owner.wire, indicator->name, indicator->name_size);
	m->owner.size = (uint8_t)indicator->name_size;
}

static inline void match_words_network(struct match_words *m, const struct network *network)
{
	/* The address is left as it is, or changed in its last bit, in the prefix's last bit, or
	 * after the prefix. */
	const unsigned bits[] = { 128, 127, network->bits - 1U, network->bits };
	m->seen.name = NULL;
	m->seen.addr = &m->addr;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		memcpy(&m->addr, network->addr, sizeof(m->addr));
		if (bits[i] < 128) {
			m->addr.s6_addr[bits[i] / 8] ^= (uint8_t)(0x80U >> bits[i] % 8);
		}
		match_words_kinds(m, KINDS_OF_NETWORKS);
	}
	memcpy(&m->server, network->addr, sizeof(m->server));
}

static inline void match_words(const struct ruleset *set, const char *text)
{
	static struct match_words m;
	char word[INDICATOR_WORD_MAX];
	m = (struct match_words){ .set = set };
	m.seen.time_ns = INT64_C(1600000000000000000);
	m.seen.ttl = 3600;
	for (size_t words = 0; *text != '\0' && words < MATCH_WORDS_MAX; words++) {
		struct indicator indicator;
		char why[INDICATOR_WHY_SIZE];
		size_t size = strcspn(text, " \t\r\n\"=,");
		if (size > 0 && size < sizeof(word)) {
			memcpy(word, text, size);
			word[size] = '\0';
			if (indicator_parse(word, &indicator, why) != 0) {
				found_text(why);
			} else if (indicator.form == FORM_NETWORK) {
				match_words_network(&m, &indicator.network);
			} else if (indicator.name_size > 1) {
				m.seen.text = text + size;
				m.seen.text_size = strlen(text + size);
				match_words_name(&m, &indicator);
			}
		}
		text += size + (text[size] != '\0');
	}
}
