/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The words of the rule language: verbs, kinds, keys, and which go together.
 *
 * Every table ends with NULL and is in the order of its enumeration.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/observation.h"
#include "rules/rule.h"

/*! \brief Keys, in the order of canonical text. */
enum rule_key {
	KEY_ID,
	KEY_SEV,
	KEY_CONF,
	KEY_FEED,
	KEY_REF,
	KEY_TAGS,
	KEY_NOTE,
	KEY_SINCE,
	KEY_UNTIL,
	KEY_MAX_TTL,
	KEY_TLD,
	KEY_SERVER,
	KEY_FORCE,
	KEY_COUNT
};

extern const char *const KEYWORD_VERBS[];      /*!< enum rule_verb, then "set". */
extern const char *const KEYWORD_KINDS[];      /*!< enum observation_kind. */
extern const char *const KEYWORD_KEYS[];       /*!< enum rule_key. */
extern const char *const KEYWORD_SEVERITIES[]; /*!< enum rule_severity. */

/*! \brief A set of forms or kinds as bits. */
#define KEYWORD_BIT(x) (1u << (x))

/*! \brief The position of a word in a table, or -1. */
int keyword_find(const char *const *table, const char *word);

/*! \brief The word of a table that `word` most likely was to be, or NULL. */
const char *keyword_near(const char *const *table, const char *word);

/*! \brief The forms of indicator that a kind takes in `alert` and `allow`, as bits. */
unsigned keyword_forms(enum observation_kind kind);

/*! \brief The kinds, as bits, that a rule of this kind and an indicator of this form look at. */
uint16_t keyword_kinds(enum observation_kind kind, enum rule_form form);

/*! \brief Whether a key means something in a rule of this verb and kind. */
bool keyword_key_fits(enum rule_key key, enum rule_verb verb, enum observation_kind kind);
