/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Rules in the making: what a feed says, each indicator of a kind once.
 *
 * Ownership: drafts own copies of all text. Memory: some 50 octets a rule and
 * its texts, each kept once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/index/intern.h"
#include "rules/language/indicator.h"
#include "rules/observation.h"
#include "rules/rule.h"

/*! \brief What a feed says of an indicator. Texts are borrowed and terminated; NULL: not given. */
struct imported_rule {
	enum rule_verb verb; /*!< RULE_ALERT or RULE_ALLOW. */
	enum observation_kind kind;
	enum rule_severity severity;
	int confidence;   /*!< 0 to 100, -1: not given. */
	int64_t since_ns; /*!< INT64_MIN: not given. */
	int64_t until_ns; /*!< The first instant after; INT64_MAX: not given. */
	const char *feed; /*!< Where it comes from, if not the whole file does. */
	const char *ref;  /*!< Left out when it is no whole URL. */
	const char *tags; /*!< Separated by commas; sound. */
	const char *note;
	const char *aside; /*!< Why the rule is only a comment; NULL: it is in force. */
};

/*! \brief An alert of medium severity and nothing else. */
#define IMPORTED_RULE_INIT                                                                         \
	{                                                                                          \
		.verb = RULE_ALERT, .kind = KIND_ANY, .severity = SEVERITY_MEDIUM,                 \
		.confidence = -1, .since_ns = INT64_MIN, .until_ns = INT64_MAX,                    \
	}

struct stored_rule;

/*! \brief All zeros is none. */
struct imported_rules {
	struct intern keys;         /*!< Verb, kind and canonical indicator. */
	struct intern texts;        /*!< Terminated. */
	struct stored_rule *stored; /*!< By number of key. */
	size_t room;
};

/*!
 * \brief Adds a rule, or widens the one of the same verb, kind and indicator.
 *
 * Of two the longer period, the higher severity and confidence and the first
 * texts are kept, and one in force puts both in force.
 *
 * \return 1 when it is new, 0 when it was there, -1 when out of memory.
 */
int imported_rules_add(struct imported_rules *rules, const struct imported_rule *rule,
                       const struct indicator *indicator);

/*!
 * \brief Writes the rules in force in order of verb, kind and indicator, then those set aside.
 *
 * Each line has an id of `feed` and a hash of verb, kind and indicator, so that a
 * rule keeps its id from one import to the next.
 *
 * \return 0, or -1 when out of memory; whether `out` took it, ferror() tells.
 */
int imported_rules_write(const struct imported_rules *rules, const char *feed, FILE *out);

/*! \brief Writes a value so that it reads as one word: in quotes if need be. */
void imported_rules_write_word(const char *text, FILE *out);

void imported_rules_free(struct imported_rules *rules);
