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
 *
 * Threads: the rules never change, but a set with `protect` remembers which names
 * it has examined, in a cache of fixed size. So one thread at a time may match
 * against a set; processes that share it by fork() each have a cache of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/index/bloom.h"
#include "rules/observation.h"
#include "rules/rule.h"

struct ruleset;
struct rule;

/*! \brief Why an observation is a hit. */
enum ruleset_action {
	ACTION_IOC_MATCH,    /*!< `alert`: an indicator is matched. */
	ACTION_PIN_MISMATCH, /*!< `pin`: not what was expected. */
	ACTION_TTL_EXCEEDED, /*!< `pin`: what was expected, with a TTL above max-ttl. */
	ACTION_LOOKALIKE,    /*!< `protect`: a name that imitates a protected one. */
	ACTION_COUNT,
};

/*! \brief An observation's meeting with a rule. Lives as long as both. */
struct ruleset_hit {
	const struct rule *rule;
	enum ruleset_action action;
	/*! The value that the hit is about, when it is not the observation's own: the server's
	 *  address for `pin ... rcpt`. Else NULL. */
	const struct in6_addr *addr;
};

/*! \brief Expected values that a hit of a pin tells at most. */
#define RULESET_EXPECTED_MAX 64

/*! \brief A rule with one of its indicators, as an event tells of it. NULL or -1: not given. */
struct rule_view {
	enum rule_verb verb;
	enum rule_severity severity;
	enum rule_form form;
	int confidence;        /*!< 0 to 100. */
	const char *id;        /*!< Given, or FILE:LINE with the file's base name. */
	const char *text;      /*!< The rule as one line, as written, blanks folded. */
	const char *indicator; /*!< Canonical text: what matched; pin: OWNER; protect: the name. */
	const char *feed;
	const char *ref;
	const char *tags; /*!< Comma-separated. */
	const char *note;
	enum ruleset_action action;
	const char *const *expected; /*!< pin: EXPECTED in canonical text. */
	size_t expected_count;       /*!< What goes beyond RULESET_EXPECTED_MAX is left out. */
	const char *imitates;        /*!< protect: the protected name or family. */
};

/*! \brief At most this many rules are reported for one observation. */
#define RULESET_HITS_MAX 16

/*! \brief Where rules come from and what became of them. */
struct ruleset_stats {
	size_t files;
	size_t rules;      /*!< Rule lines in force. */
	size_t indicators; /*!< Their indicators. */
	size_t errors;     /*!< Lines that could not be read. */
	size_t refused;    /*!< Indicators that were left out with a warning. */
	size_t merged;     /*!< Indicators that were there already. */
};

/*!
 * \brief Reads and compiles rule files.
 *
 * \param paths     Files, or folders whose `*.rules` are read in order of name.
 * Indicators that would hit half the Internet are left out with a warning, unless
 * their line says `force=yes`; those that several lines have in common are merged
 * (docs/rules.md, "Quality gates").
 *
 * \param complain  Called for every error, after which there will be no set; not NULL.
 * \param warn      Called for everything that is left out; not NULL.
 * \param stats     Filled in whatever the outcome; not NULL.
 *
 * \return A set (possibly empty), or NULL on any error: all were complained of.
 */
struct ruleset *ruleset_load(const char *const *paths, size_t count, rule_complain_t complain,
                             rule_complain_t warn, void *ctx, struct ruleset_stats *stats);

void ruleset_free(struct ruleset *set);

/*! \brief Takes a file and how many indicators it had, and has, as read. */
typedef void (*ruleset_compare_t)(void *ctx, const char *file, size_t before, size_t after);

/*!
 * \brief Tells for each file of a set how many of its indicators another set has.
 *
 * What is no longer there has none; what is new in `after` is not told.
 */
void ruleset_compare(const struct ruleset *before, const struct ruleset *after,
                     ruleset_compare_t each, void *ctx);

/*! \brief Whether a rule looks at `origins`; without one they need not be found. */
bool ruleset_asks_origins(const struct ruleset *set);

/*!
 * \brief Asks whether any rule may be met by an observation, to be answered together with
 *        others of the message: where none passes, ruleset_match() finds nothing in any.
 */
void ruleset_ask(const struct ruleset *set, const struct observation *seen,
                 struct bloom_questions *questions);

/*!
 * \brief Finds the rules that an observation meets.
 *
 * An `allow` that meets it wins over everything: then there is no hit. A rule
 * whose `since`/`until` exclude the observation's time is not met. One rule is
 * reported once: an `alert` with the most specific of its indicators, a `pin`
 * with the worse of mismatch and TTL.
 *
 * \param hits  Filled with at most RULESET_HITS_MAX, in order of definition.
 * \return How many were filled in.
 */
size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     struct ruleset_hit hits[RULESET_HITS_MAX]);

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
	const char *expected[RULESET_EXPECTED_MAX];
	char expected_text[8192];
};
void ruleset_describe(const struct ruleset *set, const struct ruleset_hit *hit,
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
