/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The set of rules that a feed gives. It has at most one rule for each combination of verb,
 *        kind and indicator.
 *
 * Ownership: the set owns copies of all texts. Memory: about 50 octets for each rule, and one copy
 * of each distinct text.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/index/intern.h"
#include "rules/language/indicator.h"
#include "rules/observation.h"
#include "rules/rule.h"

/*!
 * \brief A rule without its indicator. Texts are borrowed and end with NUL; a text that is not
 *        given is NULL.
 */
struct imported_rule {
	enum rule_verb verb; /*!< The verb, RULE_ALERT or RULE_ALLOW. */
	enum observation_kind kind;
	enum rule_severity severity;
	int confidence;   /*!< The confidence, 0 to 100; -1: not given. */
	int64_t since_ns; /*!< The start of the period; INT64_MIN: not given. */
	int64_t until_ns; /*!< The first instant after the period; INT64_MAX: not given. */
	/*! The source of this entry, if the file has entries of several sources. */
	const char *feed;
	const char *ref;  /*!< A URL. Any other text is not written. */
	const char *tags; /*!< The tags, separated by commas. */
	const char *note;
	/*! The value of `server=`: networks, separated by commas; NULL or empty: any server. */
	const char *servers;
	/*! Why the rule is written as a comment; NULL: it is written as a rule. */
	const char *aside;
};

/*! \brief An alert of medium severity without other keys. */
#define IMPORTED_RULE_INIT                                                                         \
	{                                                                                          \
		.verb = RULE_ALERT, .kind = KIND_ANY, .severity = SEVERITY_MEDIUM,                 \
		.confidence = -1, .since_ns = INT64_MIN, .until_ns = INT64_MAX,                    \
	}

struct stored_rule;

/*! \brief A set; one that is all zeros is empty. */
struct imported_rules {
	/*! Each key is the verb, the kind and the canonical indicator of a rule. */
	struct intern keys;
	struct intern texts;        /*!< Each text ends with NUL. */
	struct stored_rule *stored; /*!< The rules, indexed by the number of their key. */
	size_t room;                /*!< Elements allocated for `stored`. */
};

/*!
 * \brief Adds a rule, or merges it with the rule that has the same verb, kind and indicator.
 *
 * The merged rule has a period that includes both periods, the higher severity, the higher
 * confidence, and the texts of the rule that was added first. Its servers are those of both rules
 * if they are the same, else any server. It is written as a comment only if both rules are.
 *
 * \return 1 if the rule was added; 0 if it was merged; -1 when out of memory.
 */
int imported_rules_add(struct imported_rules *rules, const struct imported_rule *rule,
                       const struct indicator *indicator);

/*!
 * \brief Writes the rules without `aside`, and then the rules with `aside` as comments. Each of the
 *        two parts is sorted by verb, kind and indicator.
 *
 * The id of a rule consists of `feed` and a hash of verb, kind and indicator. A rule therefore has
 * the same id in each import.
 *
 * \return 0, or -1 when out of memory. The caller checks ferror() of `out`.
 */
int imported_rules_write(const struct imported_rules *rules, const char *feed, FILE *out);

/*! \brief Writes a value as one word of a rule, in quotes if necessary. */
void imported_rules_write_word(const char *text, FILE *out);

void imported_rules_free(struct imported_rules *rules);
