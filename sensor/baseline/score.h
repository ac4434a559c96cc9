/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The reasons for which a change is suspicious, and the score that they add up to.
 *
 * The score depends on nothing but the bits of struct score_facts, so the same change always has
 * the same score. score.c has all points and rules.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/rule.h"

/* clang-format off */
/*! \brief The reasons. The columns are the last part of the enumerator, and the word in `nsmx.reasons`. */
#define SCORE_REASONS(X) \
	X(NEW_NAME_SERVER,     "new-name-server") \
	X(NEW_EXCHANGER,       "new-exchanger") \
	X(UNKNOWN_PROVIDER,    "unknown-provider") \
	X(SET_REPLACED,        "set-replaced") \
	X(NAME_SERVER_ADDED,   "name-server-added") \
	X(DS_REMOVED,          "ds-removed") \
	X(TTL_RAISED,          "ttl-raised") \
	X(NETWORK_CHANGED,     "network-changed") \
	X(MAIL_SERVER_CHANGED, "mail-server-changed") \
	X(TLS_LOST,            "tls-lost") \
	X(STARTTLS_STRIPPED,   "starttls-stripped") \
	X(BANNER_CHANGED,      "banner-changed") \
	X(CERTIFICATE_CHANGED, "certificate-changed") \
	X(LAME_THEN_ANSWERS,   "lame-then-answers") \
	X(TARGET_UNREGISTERED, "target-unregistered") \
	X(PARENT_CHILD_DIFFER, "parent-child-differ") \
	X(IMITATES_KNOWN,      "imitates-known")
/* clang-format on */

#define X(reason, text) SCORE_##reason,
enum score_reason { SCORE_REASONS(X) SCORE_REASON_COUNT };
#undef X

#define SCORE_MAX 100

/*! \brief What is known of a change. */
struct score_facts {
	uint32_t reasons; /*!< Bits of enum score_reason. */
	/*! The mail server is new, but the domain has exchangers, and none of these is new. */
	bool exchanger_is_unchanged;
	/*! The network of the new address serves other domains that this sensor knows. */
	bool network_is_shared;
	bool network_is_same;   /*!< All addresses of the new target are in networks of known
	                           targets. */
	bool is_settled;        /*!< The owner is known for long enough to judge its networks. */
	bool network_rotates;   /*!< The owner was seen in several networks before. */
	bool servers_are_known; /*!< A name server that is known has given the answer. */
	bool target_is_own;     /*!< The new server or exchanger is in the owner's domain. */
	bool target_is_unseen;  /*!< `target_is_own` is true, and no address of it was seen. */
	bool target_is_alias;   /*!< The target that does not exist is that of a CNAME record. */
};

/*! \brief Returns the score, 0 to SCORE_MAX. */
unsigned score_of(const struct score_facts *facts);

/*! \brief Returns the severity of a score. */
enum rule_severity score_severity(unsigned score);

/*! \brief Returns the word of a reason. */
const char *score_reason_text(enum score_reason reason);
