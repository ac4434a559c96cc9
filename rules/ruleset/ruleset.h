/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A compiled set of rules: loads files, matches observations.
 *
 * A set is built once from files and then never changes: matching needs no
 * lock, and a reload builds a new set beside the old one.
 *
 * Ownership: the set owns all texts of its rules; views live until ruleset_free().
 *
 * Cost: a match costs one look-up for each label of a name or each prefix length in
 * use, regardless of the number of rules.
 *
 * Threads: a set with `protect` keeps verdicts in a cache of fixed size, so one thread
 * at a time may match against a set. Processes that share a set by fork() each have a
 * cache of their own.
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
	ACTION_IOC_MATCH,    /*!< `alert`: an indicator matches. */
	ACTION_PIN_MISMATCH, /*!< `pin`: the value is not an expected one. */
	ACTION_TTL_EXCEEDED, /*!< `pin`: an expected value has a TTL above max-ttl. */
	ACTION_LOOKALIKE,    /*!< `protect`: a name that imitates a protected one. */
	ACTION_COUNT,
};

/*! \brief A rule that matches an observation. Lives as long as both. */
struct ruleset_hit {
	const struct rule *rule;
	enum ruleset_action action;
	/*! The address that is reported in place of the observation's value: that of the server
	 *  for `pin ... rcpt`. NULL for all other hits. */
	const struct in6_addr *addr;
};

/*! \brief At most this many expected values are reported for a pin. */
#define RULESET_EXPECTED_MAX 64

/*! \brief A rule with one of its indicators, as it appears in events. NULL or -1: not given. */
struct rule_view {
	enum rule_verb verb;
	enum rule_severity severity;
	enum rule_form form;
	int confidence;        /*!< 0 to 100. */
	const char *id;        /*!< Given, or FILE:LINE with the file's base name. */
	const char *text;      /*!< The rule as one line, as written, blanks folded. */
	const char *indicator; /*!< Canonical text of the matching indicator; pin: of OWNER;
	                          protect: of the protected name. */
	const char *feed;
	const char *ref;
	const char *tags; /*!< Comma-separated. */
	const char *note;
	enum ruleset_action action;
	const char *const *expected; /*!< pin: EXPECTED in canonical text. */
	size_t expected_count;       /*!< At most RULESET_EXPECTED_MAX; the rest is omitted. */
	const char *imitates;        /*!< protect: the protected name or family. */
};

/*! \brief At most this many rules match one observation. */
#define RULESET_HITS_MAX 16

/*! \brief Counts of a load. */
struct ruleset_stats {
	size_t files;
	size_t rules;      /*!< Rule lines in force. */
	size_t indicators; /*!< Their indicators. */
	size_t errors;     /*!< Lines that could not be read. */
	size_t refused;    /*!< Indicators left out with a warning. */
	size_t merged;     /*!< Indicators merged with an equal one. */
};

/*!
 * \brief Reads and compiles rule files.
 *
 * \param paths     Files, or folders whose `*.rules` are read in order of name.
 * Indicators that would hit half the Internet are left out with a warning, unless
 * their line has `force=yes`. Those that several lines have in common are merged
 * (docs/rules.md, "Vetting").
 *
 * \param complain  Called for every error; after an error there is no set. Not NULL.
 * \param warn      Called for every indicator that is left out, for rules that silence others
 *                  and for folders without rules, of line 0. Not NULL.
 * \param stats     Always filled in; not NULL.
 *
 * \return A set, possibly empty; NULL after any error, each of which was reported.
 */
struct ruleset *ruleset_load(const char *const *paths, size_t count, rule_complain_t complain,
                             rule_complain_t warn, void *ctx, struct ruleset_stats *stats);

/*!
 * \brief As ruleset_load(), for the files of a bundle (bundle.h). Opens no file.
 *
 * \param fd    Stays open.
 * \param base  Whose Public Suffix List is used; outlives the set.
 */
struct ruleset *ruleset_load_bundle(int fd, const struct ruleset *base, rule_complain_t complain,
                                    rule_complain_t warn, void *ctx, struct ruleset_stats *stats);

void ruleset_free(struct ruleset *set);

/*! \brief Receives a file and the numbers of its indicators in both sets, as read. */
typedef void (*ruleset_compare_t)(void *ctx, const char *file, size_t before, size_t after);

/*!
 * \brief Compares the numbers of indicators of each file in two sets.
 *
 * A file that is missing in `after` has 0 there. Files that are new in `after` are skipped.
 */
void ruleset_compare(const struct ruleset *before, const struct ruleset *after,
                     ruleset_compare_t each, void *ctx);

/*! \brief Whether any rule uses `origins`. If none does, they need not be found. */
bool ruleset_asks_origins(const struct ruleset *set);

/*!
 * \brief Adds the questions whether any rule may match an observation to others of the
 *        message. If none passes, ruleset_match() finds nothing in any of them.
 */
void ruleset_ask(const struct ruleset *set, const struct observation *seen,
                 struct bloom_questions *questions);

/*!
 * \brief Finds the rules that match an observation.
 *
 * There is no hit if an `allow` matches. A rule whose `since` or `until` excludes the
 * observation's time does not match. Each rule is reported once: an `alert` with its
 * most specific indicator, a `pin` with a mismatch rather than the TTL.
 *
 * \param hits  Out: at most RULESET_HITS_MAX hits, in order of definition.
 *
 * \return The number of hits.
 */
size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     struct ruleset_hit hits[RULESET_HITS_MAX]);

/*!
 * \brief The number of a rule in its set, from 0 in order of definition.
 *
 * All indicators of a rule have the same number.
 */
uint32_t ruleset_rule_number(const struct rule *rule);

/*!
 * \brief Describes a hit.
 *
 * Texts that the set does not store are written into `scratch` and live as long as it.
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
 * \brief Writes every rule as a line of canonical text, which loads again.
 *
 * Each line has all keys that differ from their default, including those from `set`,
 * and the id. Listing a listed file gives the same text.
 *
 * \return 0, or -1 when `out` could not be written.
 */
int ruleset_list(const struct ruleset *set, FILE *out);
