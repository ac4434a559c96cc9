/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The memory layout of a compiled set. Private to rules/ruleset/.
 *
 * Data that several rules have in common are stored once, and the rules contain their number. A
 * rule with one name takes about 75 octets: a `struct rule` for the indicator, a `struct line` for
 * the rule, and a part of the index.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libpsl.h>

#include "base/secret_hash.h"
#include "rules/index/intern.h"
#include "rules/index/mailboxes.h"
#include "rules/index/names.h"
#include "rules/index/networks.h"
#include "rules/language/indicator.h"
#include "rules/lookalike/lookalike.h"
#include "rules/ruleset/ruleset.h"

/*! \brief Means that there is no further rule in a chain. */
#define RULE_NONE UINT32_MAX
/*! \brief The number of the empty text, which means "not given". */
#define TEXT_NONE 0

/*! \brief This bit in `kinds` of an indicator means that it is the OWNER of a `pin` rule. */
#define ROLE_OWNER (1u << 22)
/*! \brief This bit in `kinds` of an indicator means that it is a name of a `protect` rule. */
#define ROLE_PROTECTED (1u << 23)
/*! \brief This bit in `kinds` of an indicator means that it is the OWNER of a `learn` rule. */
#define ROLE_LEARNED (1u << 21)

_Static_assert(KIND_COUNT < 21, "kinds and roles share a word");

/*! \brief One indicator of a rule; ruleset_match() returns it. */
struct rule {
	uint32_t line; /*!< The index in `lines` of the rule that has this indicator. */
	/*! Index in `rules` of the next indicator with the same key; RULE_NONE: there is none. */
	uint32_t next;
	/*! The number of the name, network or mailbox in the index of its form; of a text, its
	 * number in `texts` of the set. */
	uint32_t key;
	/*! Bits of the kinds that the indicator matches, or one bit ROLE_*; 0 for a value that a
	 * `pin` expects. */
	uint32_t kinds : 24;
	uint32_t form : 4;  /*!< enum rule_form */
	uint32_t reach : 4; /*!< enum indicator_reach, for names. */
};

_Static_assert(sizeof(struct rule) == 16, "there are millions of indicators");

/*! \brief One rule. Its indicators end where those of the next line begin. */
struct line {
	uint32_t number; /*!< The number of the line in its file. */
	uint32_t first;  /*!< Index in `rules` of the first indicator. */
	uint32_t attrs;  /*!< The number of the rule's attributes in `attrs` of the set. */
	uint32_t id;     /*!< Number in `texts` of the set. */
	/*! Number in `texts`; TEXT_NONE: the text is not stored, because it is the canonical
	 * text. */
	uint32_t text;
};

/*! \brief The part of a rule that many rules have in common. Its octets are hashed, so padding must
 * be zero.
 */
struct attrs {
	int64_t since_ns;
	int64_t until_ns;
	/*! Number in `texts` of the file's base name. The fields from `feed` to `note` are numbers
	 * in `texts`, too. */
	uint32_t file;
	uint32_t feed;
	uint32_t ref;
	uint32_t tags;
	uint32_t note;
	/*! Number in `servers` of the set; INTERN_NONE: the rule has no `server=`. */
	uint32_t servers;
	uint32_t max_ttl;
	/*! A `learn` rule has its values of `after`, `min` and `forget` in these three fields;
	 * other rules have 0. */
	uint32_t after_s;
	uint32_t min;
	uint32_t forget_s;
	uint16_t given;   /*!< Bits of the keys that are on the line. */
	uint16_t learned; /*!< For `learn`, bits of enum learn_kind; else 0. */
	uint8_t verb;
	uint8_t kind;
	uint8_t severity;
	int8_t confidence;
	uint8_t strict;
	uint8_t force;
	uint8_t rated; /*!< For `learn`: the rule has the key `sev`. */
	uint8_t zero[5];
};

_Static_assert(sizeof(struct attrs) == 72, "struct attrs has no padding");

/*! \brief A file that was read. */
struct source {
	uint32_t path; /*!< Number in `texts`. */
	/*! Index in `lines` of the first rule in the file; valid until vetting. */
	uint32_t first_line;
	uint32_t indicators; /*!< The number of indicators that were read, before vetting. */
};

struct ruleset {
	struct rule *rules;
	struct line *lines;
	uint32_t rules_count, rules_room;
	uint32_t lines_count, lines_room;
	struct source *sources;
	uint32_t sources_count, sources_room;

	struct names names;
	struct networks networks;
	struct mailboxes mailboxes;
	/*! The index in `rules` of the first indicator of each key. The arrays are indexed by enum
	 * rule_form, and their elements by the number of the key. */
	uint32_t *heads[FORM_COUNT];

	struct intern texts;   /*!< Each text ends with NUL. */
	struct intern attrs;   /*!< Each string is a struct attrs. */
	struct intern servers; /*!< Each string is an array of struct network. */

	unsigned kinds;  /*!< Bits of the kinds and roles of all indicators. */
	unsigned pinned; /*!< The kinds of all `pin` rules, as bits. */
	/*! What `learn` rules learn, as bits of enum learn_kind. The three fields are for all of
	 * these rules, for those whose OWNER is `*`, and for those whose OWNER is a name. */
	uint16_t learned, learned_of_all, learned_of_names;

	/*! The secret of the hash tables, if the set is mapped (image.h). */
	uint8_t secret[SECRET_HASH_SIZE];
	void *image; /*!< The mapping that has all arrays of the set; NULL: they are allocated. */
	size_t image_size;
	psl_ctx_t *psl;   /*!< The Public Suffix List; NULL: it is not installed. */
	bool borrows_psl; /*!< `psl` belongs to another set. */
	struct lookalike_index *lookalikes; /*!< NULL if there is no `protect` rule. */
};

/*! \brief The tables of a set, as an initialiser of an array of pointers. */
#define STORE_TABLES 6
#define STORE_TABLES_OF(set)                                                                       \
	{                                                                                          \
		&(set)->names.keys, &(set)->networks.keys, &(set)->mailboxes.keys, &(set)->texts,  \
		        &(set)->attrs, &(set)->servers                                             \
	}

/*! \brief Returns the attributes of a rule. */
static inline struct attrs store_attrs(const struct ruleset *set, const struct line *line)
{
	return *(const struct attrs *)intern_get(&set->attrs, line->attrs, NULL);
}

/*!
 * \brief Returns true if the period of a rule admits an observation. If the observation has a span
 *        of time, it is enough that the rule is valid for a part of the span. Only an `allow` rule
 *        must be valid for the whole span, because otherwise it would also silence sightings
 *        outside of its period.
 */
static inline bool store_is_in_force(const struct attrs *attrs, const struct observation *seen)
{
	int64_t first_ns = seen->time_ns;
	int64_t last_ns = first_ns + seen->span_ns;
	bool all = attrs->verb == RULE_ALLOW;
	return seen->undated || ((all ? first_ns : last_ns) >= attrs->since_ns &&
	                         (all ? last_ns : first_ns) < attrs->until_ns);
}

/*! \brief Returns the text with this number; NULL for TEXT_NONE. */
static inline const char *store_text(const struct ruleset *set, uint32_t number)
{
	return number != TEXT_NONE ? intern_get(&set->texts, number, NULL) : NULL;
}

/*! \brief Returns the index after the last indicator of a rule. */
static inline uint32_t store_line_end(const struct ruleset *set, const struct line *line)
{
	return line + 1 < set->lines + set->lines_count ? line[1].first : set->rules_count;
}

/*! \brief Writes the canonical text of an indicator. */
void store_indicator_text(const struct ruleset *set, const struct rule *rule,
                          char text[INDICATOR_TEXT_SIZE]);

/*! \brief Writes FILE:LINE, the id of a rule without `id=`. */
void store_default_id(const struct ruleset *set, const struct line *line, char *text, size_t room);
