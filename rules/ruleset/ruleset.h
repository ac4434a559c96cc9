/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A compiled set of rules. It is loaded from files and matched with observations.
 *
 * A set never changes after it was loaded. Matching therefore needs no lock, and a reload makes a
 * new set.
 *
 * Ownership: the set owns all texts of its rules; views live until ruleset_free().
 *
 * Cost: a match needs one look-up for each label of a name, or one for each prefix length that some
 * rule has. The cost does not depend on the number of rules.
 *
 * Threads: a set with `protect` rules has a cache, so only one thread at a time may match
 * observations with such a set. After fork() each process has its own cache.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/index/bloom.h"
#include "rules/observation.h"
#include "rules/rule.h"

struct network;
struct ruleset;
struct rule;

/*! \brief Why an observation is a hit. */
enum ruleset_action {
	ACTION_IOC_MATCH,       /*!< `alert`: an indicator matches the value. */
	ACTION_PIN_MISMATCH,    /*!< `pin`: the value is not one of the expected values. */
	ACTION_TTL_EXCEEDED,    /*!< `pin`: an expected value has a TTL above max-ttl. */
	ACTION_LOOKALIKE,       /*!< `protect`: the name imitates a protected one. */
	ACTION_BASELINE_CHANGE, /*!< `learn`: the owner never showed the value before. */
	ACTION_COUNT,
};

/*! \brief A rule that matches an observation. It lives as long as the set and the observation. */
struct ruleset_hit {
	const struct rule *rule;
	enum ruleset_action action;
	/*! For `pin ... rcpt`, the address of the server, which is reported in place of the
	 *  observation's value. NULL for all other hits. */
	const struct in6_addr *addr;
	/*! The rule matches the IPv4 address inside the observation's address, not the address
	 * itself. */
	bool embedded;
	/*! For `pin ... txt`, the record that is most like the missing text, which is reported in
	 *  place of all records. NULL for all other hits, and if there is no record. */
	const char *text;
	size_t text_size;
};

/*! \brief The largest number of expected values that are reported for a `pin` rule. */
#define RULESET_EXPECTED_MAX 64

/*! \brief A rule and one of its indicators, as events report them. A field that the rule does not
 * have is NULL or -1. */
struct rule_view {
	/*! Views that have the same number, other than 0, have equal contents. Text that was made
	 * from one of them is valid for all of them. */
	uint64_t number;
	enum rule_verb verb; /*!< If `id` is NULL, this field and all texts are undefined. */
	enum rule_severity severity;
	enum rule_form form;
	int confidence;   /*!< The confidence, 0 to 100; -1: not given. */
	const char *id;   /*!< The value of `id`, or FILE:LINE with the base name of the file. */
	const char *text; /*!< The line of the rule as written, with single blanks. */
	/*! The canonical text of the indicator that matched. It is OWNER for `pin` and `learn`, and
	 * the protected name for `protect`. */
	const char *indicator;
	const char *feed;
	const char *ref;
	const char *tags; /*!< The tags, separated by commas. */
	const char *note;
	enum ruleset_action action;
	const char *const *expected; /*!< For `pin`, the expected values in canonical text. */
	size_t expected_count;       /*!< Elements of `expected`; further values are omitted. */
	const char *imitates;        /*!< For `protect`, the protected name or family. */
};

/*! \brief The largest number of rules that are reported for one observation. */
#define RULESET_HITS_MAX 16

/*! \brief The counts of ruleset_load(). */
struct ruleset_stats {
	size_t files;
	size_t rules;      /*!< The number of rules in the set. */
	size_t indicators; /*!< The number of indicators of these rules. */
	size_t errors;     /*!< The number of lines with an error. */
	size_t refused;    /*!< The number of indicators that were left out with a warning. */
	size_t merged;     /*!< The number of indicators that were merged with an equal one. */
};

/*!
 * \brief Reads and compiles rule files.
 *
 * Indicators that would match a great part of the Internet are left out with a warning, unless
 * their line has `force=yes`. Indicators that several lines have in common are merged
 * (docs/rules.md, "Vetting").
 *
 * If the only path is a file with compiled rules, it is mapped instead; see ruleset_map().
 *
 * \param complain  Called for every error; not NULL.
 * \param warn      Called for every indicator that is left out, for every finding of blinding.h,
 *                  and, with line 0, for every folder without rules. Not NULL.
 * \param stats     Receives the counts, also after an error; not NULL.
 *
 * \return The set, which may have no rules. NULL after any error.
 */
struct ruleset *ruleset_load(const char *const *paths, size_t count, rule_complain_t complain,
                             rule_complain_t warn, void *ctx, struct ruleset_stats *stats);

/*!
 * \brief Does the same as ruleset_load() for the files of a bundle (bundle.h). It opens no file.
 *
 * \param fd    The descriptor of the bundle, which stays open.
 * \param base  A set whose Public Suffix List is also used by the new set. It must outlive the new
 *              set.
 */
struct ruleset *ruleset_load_bundle(int fd, const struct ruleset *base, rule_complain_t complain,
                                    rule_complain_t warn, void *ctx, struct ruleset_stats *stats);

/*! \brief Opens a file if it has compiled rules. \return Its descriptor; -1: it has none. */
int ruleset_open_compiled(const char *path);

/*!
 * \brief Reads compiled rules into memory, from a file that ruleset_open_compiled() has opened. The
 *        file may change afterwards. It is refused if a user other than root and the user of this
 *        process may write to it.
 *
 * \return The set; NULL on failure, after `complain` was called.
 */
struct ruleset *ruleset_load_compiled(int fd, const char *path, const struct ruleset *base,
                                      rule_complain_t complain, void *ctx,
                                      struct ruleset_stats *stats);

/*!
 * \brief Writes a compiled set to an empty file that is open for reading and writing.
 *
 * \return 0, or -1 with errno set.
 */
int ruleset_write(const struct ruleset *set, int fd);

/*!
 * \brief Maps a compiled set, which takes milliseconds. The set has the same rules and gives the
 *        same matches as the files that were compiled. All octets are checked.
 *
 * The octets must not change while the set is in use (image.h). The descriptor may be closed
 * afterwards.
 *
 * \param base  The set whose Public Suffix List is used, and which must outlive the new set;
 *              NULL: the latest list is loaded.
 * \param why   Receives, on failure, what is wrong.
 *
 * \return The set; NULL on failure.
 */
struct ruleset *ruleset_map(int fd, const struct ruleset *base, struct ruleset_stats *stats,
                            const char **why);

void ruleset_free(struct ruleset *set);

/*!
 * \brief Receives the path of a file, and the numbers of indicators that were read from this file
 *        for two sets.
 */
typedef void (*ruleset_compare_t)(void *ctx, const char *file, size_t before, size_t after);

/*!
 * \brief Calls `each` for each file of the set `before`, with the numbers of indicators that were
 *        read from this file for the two sets. Indicators are counted before vetting.
 *
 * If a file is missing in the set `after`, the second number is 0. Files that are only in `after`
 * are skipped.
 */
void ruleset_compare(const struct ruleset *before, const struct ruleset *after,
                     ruleset_compare_t each, void *ctx);

/*!
 * \brief Returns false if no rule can match an observation of this kind with this address, at any
 *        time.
 */
bool ruleset_may_match(const struct ruleset *set, enum observation_kind kind,
                       const struct in6_addr *addr);

/*!
 * \brief Returns the kinds of all `pin` rules, as bits.
 *
 * Only pins of the kind `ip` use the `origins` of an observation. Only pins are matched with
 * observations of the kinds `ds`, `txt` and `tls`. The caller need not make origins and
 * observations that no pin needs.
 */
unsigned ruleset_pinned(const struct ruleset *set);

/*!
 * \brief Starts the observations of a message of `octets` octets, and sets the bound of the work
 *        for `protect` rules (lookalike.h). Without this call the work has no bound.
 */
void ruleset_begin(const struct ruleset *set, size_t octets);

/*!
 * \brief Counts the names that were not compared with protected names because the bound of the work
 *        was reached. Returns their number since the previous call of this function.
 */
size_t ruleset_take_unjudged(const struct ruleset *set);

/*!
 * \brief Adds to `questions` the look-ups that show whether any rule may match an observation.
 *        Look-ups of several observations can be added. If bloom_answer() then returns false,
 *        ruleset_match() finds nothing for any of these observations.
 */
void ruleset_ask(const struct ruleset *set, const struct observation *seen,
                 struct bloom_questions *questions);

/*!
 * \brief Finds the rules that match an observation.
 *
 * If an address contains an IPv4 address (address_embedded()), rules are matched with both
 * addresses: a hit or an `allow` for either of them counts, and a pin accepts either of them.
 *
 * There is no hit if an `allow` rule matches. A rule whose `since` or `until` excludes the
 * observation's time does not match. If the observation has a span of time (`span_ns`), an `allow`
 * rule matches only if it is valid for the whole span, and any other rule matches if it is valid
 * for a part of the span. Each rule is reported once: an `alert` rule with its most specific
 * indicator, a `pin` rule with the wrong value rather than with the TTL.
 *
 * \param hits  Receives at most RULESET_HITS_MAX hits, in order of definition.
 *
 * \return The number of hits.
 */
size_t ruleset_match(const struct ruleset *set, const struct observation *seen,
                     struct ruleset_hit hits[RULESET_HITS_MAX]);

/*! \brief Returns true if the value of an observation is silenced by an `allow` rule. */
bool ruleset_is_allowed(const struct ruleset *set, const struct observation *seen);

/*!
 * \brief Finds the registrable domain of a name by the Public Suffix List.
 *
 * \param start  Receives the offset of the domain in `wire`.
 *
 * \return False if the name has none.
 */
bool ruleset_find_domain(const struct ruleset *set, const uint8_t *wire, size_t size,
                         size_t *start);

/*! \brief Returns true if a name imitates a known one (imitation.h). */
bool ruleset_imitates(const struct ruleset *set, const uint8_t *known, size_t known_size,
                      const uint8_t *name, size_t name_size);

/*! \brief Returns what the `learn` rules learn, as bits of enum learn_kind. */
unsigned ruleset_learned(const struct ruleset *set);

/*!
 * \brief Does the same as ruleset_learned(), but only for the `learn` rules whose OWNER is a name,
 *        and not `*`.
 */
unsigned ruleset_learned_of_names(const struct ruleset *set);

/*! \brief A `learn` rule. */
struct ruleset_learn {
	struct ruleset_hit hit; /*!< For ruleset_describe(). */
	/*! A change is a hit only if its owner is known for at least this many seconds, and was
	 * seen at least `min` times. */
	uint32_t after_s;
	uint32_t min;
	/*! A value that was not seen for more than this many seconds is no longer known. 0: values
	 * are never forgotten. */
	uint32_t forget_s;
	bool rated; /*!< Hits have the severity of the rule, and not that of their score. */
};

/*!
 * \brief Finds the `learn` rule that learns something about an owner. A rule for the owner itself
 *        precedes rules for names above it; these precede rules for `*`. Rules of one owner are
 *        considered in order of definition.
 *
 * \param seen  Has the owner and the time. Rules that do not apply at this time are ignored.
 * \param all   True if rules for `*` cover the owner, too.
 *
 * \return False if no rule learns this about the owner.
 */
bool ruleset_find_learn(const struct ruleset *set, const struct observation *seen,
                        enum learn_kind kind, bool all, struct ruleset_learn *learn);

/*!
 * \brief Finds the rules that match an observation, as ruleset_match() does, but also `allow`
 *        rules, which do not silence the others here. ruleset_describe() shows the verb of each.
 */
size_t ruleset_explain(const struct ruleset *set, const struct observation *seen,
                       struct ruleset_hit hits[RULESET_HITS_MAX]);

/*!
 * \brief Finds the `pin` and `learn` rules whose OWNER is, or includes, `owner` of an observation.
 *        Only rules that apply at the observation's time are found. `action` of the hits has no
 *        meaning.
 *
 * \return The number of rules, at most RULESET_HITS_MAX.
 */
size_t ruleset_find_owned(const struct ruleset *set, const struct observation *seen,
                          struct ruleset_hit hits[RULESET_HITS_MAX]);

/*!
 * \brief An indicator that can cause a hit. It is an indicator of `alert`, the OWNER of a `pin`, or
 *        a name of `protect`. Views are valid as long as the set.
 */
struct ruleset_key {
	enum rule_form form;
	/*! The indicator is the OWNER of a `pin`, and `kinds` is the kind of the pin. */
	bool is_owner;
	/*! The indicator is a name of `protect`. Names of any domain may imitate it. */
	bool is_protected;
	/*! Used for names. `exact`: the name itself matches; `below`: the names below it match. */
	bool exact, below;
	unsigned kinds;      /*!< The kinds of observations that the indicator matches, as bits. */
	const uint8_t *name; /*!< The name, or the domain of a mailbox, in wire format. */
	size_t name_size;
	const char *local; /*!< The folded local part of a mailbox; empty for any local part. */
	size_t local_size;
	const struct network *network;
};

/*! \brief Receives a key. \return False if no further keys are needed. */
typedef bool (*ruleset_key_t)(void *ctx, const struct ruleset_key *key);

/*!
 * \brief Calls `each` for each key, in order of definition. \return False if `each` has returned
 *        false.
 */
bool ruleset_each_key(const struct ruleset *set, ruleset_key_t each, void *ctx);

/*!
 * \brief Returns the number of a rule in its set, from 0 in order of definition.
 *
 * All indicators of a rule have the same number.
 */
uint32_t ruleset_rule_number(const struct rule *rule);

/*!
 * \brief Returns a number that no other indicator has while the set exists. Consecutive indicators
 *        have consecutive numbers, so the numbers can index a table.
 */
uint64_t ruleset_indicator_number(const struct rule *rule);

/*!
 * \brief Memory for the texts of a rule_view that the set does not store.
 */
struct rule_scratch {
	char id[512];
	char indicator[1280];
	char text[4096];
	const char *expected[RULESET_EXPECTED_MAX];
	char expected_text[8192];
};
/*! \brief Returns the severity of the rule of a hit. */
enum rule_severity ruleset_severity(const struct ruleset *set, const struct ruleset_hit *hit);

/*! \brief Describes a hit. The texts of `view` live as long as the set and `scratch`. */
void ruleset_describe(const struct ruleset *set, const struct ruleset_hit *hit,
                      struct rule_scratch *scratch, struct rule_view *view);

/*!
 * \brief Writes every rule as a line of canonical text. The text can be loaded again.
 *
 * Each line has all keys that differ from their default, including those from `set`, and the id. If
 * the text is loaded and listed again, the result is the same text.
 *
 * \return 0, or -1 if `out` could not be written.
 */
int ruleset_list(const struct ruleset *set, FILE *out);
