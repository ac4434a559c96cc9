/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The keys of rules, which are written KEY=VALUE. */
#pragma once

#include "rules/keywords.h"

/*!
 * \brief The keys. The columns are the last part of the enumerator, and the keyword. Canonical text
 *        has the keys in this order.
 */
#define RULE_KEYS(X)                                                                               \
	X(ID, "id")                                                                                \
	X(SEV, "sev")                                                                              \
	X(CONF, "conf")                                                                            \
	X(FEED, "feed")                                                                            \
	X(REF, "ref")                                                                              \
	X(TAGS, "tags")                                                                            \
	X(NOTE, "note")                                                                            \
	X(SINCE, "since")                                                                          \
	X(UNTIL, "until")                                                                          \
	X(MAX_TTL, "max-ttl")                                                                      \
	X(TLD, "tld")                                                                              \
	X(SERVER, "server")                                                                        \
	X(FORCE, "force")                                                                          \
	X(AFTER, "after")                                                                          \
	X(MIN, "min")                                                                              \
	X(FORGET, "forget")

#define X(key, keyword) KEY_##key,
enum rule_key { RULE_KEYS(X) KEY_COUNT };
#undef X

/*! The keywords, indexed by enum rule_key; the last element is NULL. */
extern const char *const KEYWORD_KEYS[];

/*! \brief Room for the text of key_places(). */
#define KEY_WHY_SIZE (KEYWORD_LIST_SIZE + 64)

/*! \brief Returns true if rules of this verb and kind may have a key. */
bool key_fits(enum rule_key key, enum rule_verb verb, enum observation_kind kind);

/*!
 * \brief Writes a text that explains which rules may have a key. Call it after key_fits() has
 *        returned false.
 */
void key_places(enum rule_key key, char why[KEY_WHY_SIZE]);
