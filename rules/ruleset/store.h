/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The memory layout of a compiled set; for rules/ruleset/ alone.
 *
 * Repeated data is stored once and referred to by number. A rule with one name costs
 * some 75 octets: a `struct rule` for the indicator, a `struct line` for the rule, and
 * its share of the index.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libpsl.h>

#include "rules/index/intern.h"
#include "rules/index/mailboxes.h"
#include "rules/index/names.h"
#include "rules/index/networks.h"
#include "rules/language/indicator.h"
#include "rules/lookalike/lookalike.h"
#include "rules/ruleset/ruleset.h"

/*! \brief No rule, the end of a chain. */
#define RULE_NONE UINT32_MAX
/*! \brief The number of the empty text, which means "not given". */
#define TEXT_NONE 0

/*! \brief The owner of a pin. */
#define ROLE_OWNER (1u << 14)
/*! \brief A protected name. */
#define ROLE_PROTECTED (1u << 15)

_Static_assert(KIND_COUNT < 14, "kinds and roles share a word");

/*! \brief One indicator of a rule; ruleset_match() returns it. */
struct rule {
	uint32_t line;  /*!< Its rule, in `lines`. */
	uint32_t next;  /*!< The next one of the same key, in order of definition. */
	uint32_t key;   /*!< Its number in the index of its form. */
	uint16_t kinds; /*!< Kinds that it matches, as bits; a ROLE for `pin` and `protect`. */
	uint8_t form;   /*!< enum rule_form */
	uint8_t reach;  /*!< enum indicator_reach, for names. */
};

/*! \brief One rule. Its indicators end where those of the next line begin. */
struct line {
	uint32_t number; /*!< In its file. */
	uint32_t first;  /*!< First indicator, in `rules`. */
	uint32_t attrs;  /*!< In `attrs`. */
	uint32_t id;     /*!< In `texts`. */
	uint32_t text;   /*!< In `texts`; TEXT_NONE: it was written as the canonical text. */
};

/*! \brief The part of a rule that many rules share. Its octets are hashed, so padding must be zero.
 */
struct attrs {
	int64_t since_ns;
	int64_t until_ns;
	uint32_t file; /*!< Base name, in `texts`; `feed` to `note` are in `texts` as well. */
	uint32_t feed;
	uint32_t ref;
	uint32_t tags;
	uint32_t note;
	uint32_t servers; /*!< In `servers`; INTERN_NONE: no servers. */
	uint32_t max_ttl;
	uint16_t given; /*!< Keys given on the line, as bits. */
	uint8_t verb;
	uint8_t kind;
	uint8_t severity;
	int8_t confidence;
	uint8_t strict;
	uint8_t force;
	uint8_t zero[4];
};

_Static_assert(sizeof(struct attrs) == 56, "struct attrs has no padding");

/*! \brief A file that was read. */
struct source {
	uint32_t path;       /*!< In `texts`. */
	uint32_t first_line; /*!< In `lines`, before vetting. */
	uint32_t indicators; /*!< As read, before vetting. */
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
	uint32_t *heads[FORM_COUNT]; /*!< For each enum rule_form and key: first of its chain. */

	struct intern texts;   /*!< Terminated. */
	struct intern attrs;   /*!< struct attrs */
	struct intern servers; /*!< Arrays of struct network. */

	unsigned kinds;  /*!< Kinds and roles of all rules, as bits. */
	unsigned pinned; /*!< Kinds of all pins, as bits. */

	psl_ctx_t *psl;                     /*!< NULL: no list is installed. */
	bool borrows_psl;                   /*!< It belongs to another set. */
	struct lookalike_index *lookalikes; /*!< NULL if there is no `protect` rule. */
};

static inline struct attrs store_attrs(const struct ruleset *set, const struct line *line)
{
	return *(const struct attrs *)intern_get(&set->attrs, line->attrs, NULL);
}

/*! \brief The text with this number; NULL for TEXT_NONE. */
static inline const char *store_text(const struct ruleset *set, uint32_t number)
{
	return number != TEXT_NONE ? intern_get(&set->texts, number, NULL) : NULL;
}

/*! \brief The number after a line's last indicator. */
static inline uint32_t store_line_end(const struct ruleset *set, const struct line *line)
{
	return line + 1 < set->lines + set->lines_count ? line[1].first : set->rules_count;
}

/*! \brief Writes an indicator's canonical text. */
void store_indicator_text(const struct ruleset *set, const struct rule *rule,
                          char text[INDICATOR_TEXT_SIZE]);

/*! \brief Writes the id that a rule has without `id=`: FILE:LINE. */
void store_default_id(const struct ruleset *set, const struct line *line, char *text, size_t room);
