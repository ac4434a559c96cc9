/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes observations from text, and lists the rules that match them. */
#pragma once

#include <string.h>

#include "rules/keywords.h"
#include "rules/language/indicator.h"
#include "rules/ruleset/ruleset.h"

#define IDS_SIZE 1024

/*! \brief An observation with the memory that it borrows. */
struct sample {
	struct observation seen;
	struct indicator value;
	struct in6_addr addr;
	struct in6_addr server;
};

static inline void observe_parse(const char *text, struct indicator *indicator)
{
	char why[INDICATOR_WHY_SIZE];
	if (indicator_parse(text, indicator, why) != 0) {
		fail_msg("%s: %s", text, why);
	}
}

/*! \brief Makes an observation; the local part of a mailbox is used as it is written. */
static inline void observe(struct sample *sample, const char *kind, const char *value)
{
	memset(sample, 0, sizeof(*sample));
	sample->seen.kind = (enum observation_kind)keyword_find(KEYWORD_KINDS, kind);
	observe_parse(value, &sample->value);
	if (sample->value.form == FORM_NETWORK) {
		memcpy(&sample->addr, sample->value.network.addr, sizeof(sample->addr));
		sample->seen.addr = &sample->addr;
		return;
	}
	sample->seen.name = sample->value.name;
	sample->seen.name_size = sample->value.name_size;
	if (sample->value.form == FORM_MAILBOX) {
		sample->seen.local = value;
		sample->seen.local_size = (size_t)(strrchr(value, '@') - value);
	}
}

/*! \brief Sets the SMTP server of the session; NULL for none. */
static inline void observe_server(struct sample *sample, const char *server)
{
	struct indicator indicator;
	if (server != NULL) {
		observe_parse(server, &indicator);
		memcpy(&sample->server, indicator.network.addr, sizeof(sample->server));
		sample->seen.server = &sample->server;
	}
}

/*! \brief Matches; no hit without a question that passes. */
static inline size_t match_asked(const struct ruleset *set, const struct observation *seen,
                                 struct ruleset_hit hits[RULESET_HITS_MAX])
{
	struct bloom_questions questions;
	bloom_questions_begin(&questions);
	ruleset_ask(set, seen, &questions);
	bool possible = bloom_answer(&questions);
	size_t count = ruleset_match(set, seen, hits);
	assert_true(possible || count == 0);
	return count;
}

/*! \brief The ids of the rules that match an observation, with a blank after each. */
static inline void match_ids(const struct ruleset *set, const struct observation *seen,
                             char ids[IDS_SIZE])
{
	struct ruleset_hit hits[RULESET_HITS_MAX];
	size_t count = match_asked(set, seen, hits);
	ids[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		struct rule_scratch scratch;
		struct rule_view view;
		ruleset_describe(set, &hits[i], &scratch, &view);
		strcat(ids, view.id);
		strcat(ids, " ");
	}
}
