/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rules that are made of a feed: each verb, kind and indicator once.
 *
 * Ownership: they own copies of all texts. Memory: some 50 octets for each rule, and
 * each distinct text once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/index/intern.h"
#include "rules/language/indicator.h"
#include "rules/observation.h"
#include "rules/rule.h"

/*! \brief A rule without its indicator. Texts are borrowed and terminated; NULL: not given. */
struct imported_rule {
	enum rule_verb verb; /*!< RULE_ALERT or RULE_ALLOW. */
	enum observation_kind kind;
	enum rule_severity severity;
	int confidence;   /*!< 0 to 100, -1: not given. */
	int64_t since_ns; /*!< INT64_MIN: not given. */
	int64_t until_ns; /*!< The first instant after the period; INT64_MAX: not given. */
	const char *feed; /*!< The source of this entry, if the file has several. */
	const char *ref;  /*!< Omitted unless it is a whole URL. */
	const char *tags; /*!< Separated by commas. */
	const char *note;
	const char *aside; /*!< Why the rule is written as a comment; NULL: it is in force. */
};

/*! \brief An alert of medium severity without other keys. */
#define IMPORTED_RULE_INIT                                                                         \
	{                                                                                          \
		.verb = RULE_ALERT, .kind = KIND_ANY, .severity = SEVERITY_MEDIUM,                 \
		.confidence = -1, .since_ns = INT64_MIN, .until_ns = INT64_MAX,                    \
	}

struct stored_rule;

/*! \brief All zeros is an empty set. */
struct imported_rules {
	struct intern keys;         /*!< Verb, kind and canonical indicator. */
	struct intern texts;        /*!< Terminated. */
	struct stored_rule *stored; /*!< By number of key. */
	size_t room;
};

/*!
 * \brief Adds a rule, or merges it with the one of the same verb, kind and indicator.
 *
 * A merged rule has the longer period, the higher severity and confidence, and the
 * first texts. It is in force if either of the two is.
 *
 * \return 1: added; 0: merged; -1: out of memory.
 */
int imported_rules_add(struct imported_rules *rules, const struct imported_rule *rule,
                       const struct indicator *indicator);

/*!
 * \brief Writes the rules in force, then as comments those set aside. Each part is sorted by
 *        verb, kind and indicator.
 *
 * The id of a line is `feed` and a hash of verb, kind and indicator, so a rule keeps its
 * id from one import to the next.
 *
 * \return 0, or -1 when out of memory. The caller checks ferror() of `out`.
 */
int imported_rules_write(const struct imported_rules *rules, const char *feed, FILE *out);

/*! \brief Writes a value so that it reads as one word: in quotes if necessary. */
void imported_rules_write_word(const char *text, FILE *out);

void imported_rules_free(struct imported_rules *rules);
