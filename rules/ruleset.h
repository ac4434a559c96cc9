/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A compiled set of rules: text in, verdicts out.
 *
 * A set is built once from files and then never changes: matching needs no
 * lock, and a reload builds a new set beside the old one.
 *
 * Ownership: the set owns all text that its rules hand out; views live until
 * ruleset_free(). Cost: a match costs one look-up for each label of a name or
 * each prefix length in use, whatever the number of rules.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/observation.h"

struct ruleset;
struct rule;

enum rule_verb { RULE_ALERT, RULE_ALLOW, RULE_PIN, RULE_PROTECT };
enum rule_severity { SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
enum rule_form { FORM_NAME, FORM_NETWORK, FORM_MAILBOX };

/*! \brief A rule with one of its indicators, as an event tells of it. NULL or -1: not given. */
struct rule_view {
	enum rule_verb verb;
	enum rule_severity severity;
	enum rule_form form;
	int confidence;        /*!< 0 to 100. */
	const char *id;        /*!< Given, or FILE:LINE with the file's base name. */
	const char *text;      /*!< The rule as one line, as written, blanks folded. */
	const char *indicator; /*!< Canonical text of the indicator that matched. */
	const char *feed;
	const char *ref;
	const char *tags; /*!< Comma-separated. */
	const char *note;
};

/*! \brief At most this many rules are reported for one observation. */
#define RULESET_HITS_MAX 16

/*! \brief Where rules come from and what became of them. */
struct ruleset_stats {
	size_t files;
	size_t rules;      /*!< Rule lines in force. */
	size_t indicators; /*!< Their indicators. */
	size_t errors;     /*!< Lines that could not be read. */
};

/*!
 * \brief Receives each complaint: `file:line:column: message` in its parts.
 *
 * `line` and `column` count from 1; both are 0 when the file itself is at fault.
 */
typedef void (*ruleset_complain_t)(void *ctx, const char *file, size_t line, size_t column,
                                   const char *message);

/*!
 * \brief Reads and compiles rule files.
 *
 * \param paths     Files, or folders whose `*.rules` are read in order of name.
 * \param complain  Called for every error found, not only the first; not NULL.
 * \param stats     Filled in whatever the outcome; not NULL.
 *
 * \return A set (possibly empty), or NULL on any error: all were complained of.
 */
struct ruleset *ruleset_load(const char *const *paths, size_t count, ruleset_complain_t complain,
                             void *ctx, struct ruleset_stats *stats);

void ruleset_free(struct ruleset *set);

/*!
 * \brief Finds the rules that an observation meets.
 *
 * The most specific `allow` that meets it wins over everything: then there is
 * no hit. A rule whose `since`/`until` exclude the observation's time is not met.
 * One rule is reported once, with the most specific of its indicators.
 *
 * \param hits  Filled with at most RULESET_HITS_MAX, in order of definition.
 * \return How many were filled in.
 */
size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     const struct rule *hits[RULESET_HITS_MAX]);

/*!
 * \brief The number of a hit's rule in its set, from 0 in order of definition.
 *
 * A rule with several indicators is one rule: equal numbers, equal rules.
 */
uint32_t ruleset_rule_number(const struct rule *rule);

/*!
 * \brief Describes a hit.
 *
 * Texts that are not stored are written into `scratch`, and live as long as it.
 */
struct rule_scratch {
	char id[512];
	char indicator[1280];
	char text[4096];
};
void ruleset_describe(const struct ruleset *set, const struct rule *rule,
                      struct rule_scratch *scratch, struct rule_view *view);

/*!
 * \brief Writes every rule, one a line, in canonical form that loads again.
 *
 * Every key that differs from its default is there, those from `set` and the id
 * included: listing what was listed gives the same text.
 *
 * \return 0, or -1 when `out` could not be written.
 */
int ruleset_list(const struct ruleset *set, FILE *out);
