/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The points of each reason, and why they are so many.
 *
 * The severity begins at: low 0, medium 50, high 75, critical 90. The points are chosen so that
 *
 *  - one reason that ordinary operation has every day stays low: a new name server or exchanger at
 * a provider that serves other domains (20 + 20), a higher TTL (25);
 *  - the same change to a provider that serves no other domain here is high: 20 + 20 + 35;
 *  - a change is critical if, besides, the new name imitates a known one, the target's domain does
 *    not exist, or DNSSEC is gone;
 *  - DNSSEC that is gone makes a move to any provider high: 20 + 20 + 35. Alone it is medium,
 * because operators remove it before a move;
 *  - addresses change for many good reasons, so a new network alone is never high: medium if no
 *    other domain here has addresses in it, else low. It is high together with a TTL beyond what
 *    the name ever had, or if it is that of a new exchanger.
 */
#include "sensor/baseline/score.h"

#include <stddef.h>

/* clang-format off */
static const uint8_t POINTS[SCORE_REASON_COUNT] = {
	[SCORE_NEW_NAME_SERVER]     = 20, /* a fact, not yet a suspicion */
	[SCORE_NEW_EXCHANGER]       = 20,
	[SCORE_UNKNOWN_PROVIDER]    = 35, /* the best discriminator between a hijack and a move */
	[SCORE_SET_REPLACED]        = 20, /* a move replaces the whole set as well */
	[SCORE_NAME_SERVER_ADDED]   = 20, /* a server that is added answers for a part of the clients */
	[SCORE_DS_REMOVED]          = 35,
	[SCORE_TTL_RAISED]          = 20, /* an attacker wants caches to keep the record */
	[SCORE_NETWORK_CHANGED]     = 55, /* 25 if the network is shared, see below */
	[SCORE_MAIL_SERVER_CHANGED] = 25,
	[SCORE_TLS_LOST]            = 50,
	[SCORE_STARTTLS_STRIPPED]   = 75, /* nobody but an attacker overwrites the offer */
	[SCORE_BANNER_CHANGED]      = 25,
	[SCORE_CERTIFICATE_CHANGED] = 25, /* keys are changed when certificates are renewed */
	[SCORE_LAME_THEN_ANSWERS]   = 75, /* somebody has claimed the zone at its provider */
	[SCORE_TARGET_UNREGISTERED] = 50, /* whoever registers the domain controls the owner */
	[SCORE_PARENT_CHILD_DIFFER] = 10, /* often a fault of the zone */
	[SCORE_IMITATES_KNOWN]      = 40,
};
/* clang-format on */

#define HAS(facts, reason) (((facts)->reasons & RULE_BIT(SCORE_##reason)) != 0)

/* Points for a reason that depend on the other facts. */
static unsigned points_of(enum score_reason reason, const struct score_facts *facts)
{
	bool target = HAS(facts, NEW_NAME_SERVER) || HAS(facts, NEW_EXCHANGER);
	switch (reason) {
	case SCORE_NETWORK_CHANGED:
		/* The address of a new server is another fact about the same change. */
		return target ? (facts->network_is_shared ? 10 : 35)
		              : (facts->network_is_shared ? 25 : POINTS[reason]);
	case SCORE_DS_REMOVED:
		return target ? POINTS[reason] : 50;
	case SCORE_TTL_RAISED:
		return facts->reasons == RULE_BIT(SCORE_TTL_RAISED) ? 25 : POINTS[reason];
	default:
		return POINTS[reason];
	}
}

unsigned score_of(const struct score_facts *facts)
{
	unsigned score = 0;
	for (int i = 0; i < SCORE_REASON_COUNT; i++) {
		if ((facts->reasons & RULE_BIT(i)) != 0) {
			score += points_of((enum score_reason)i, facts);
		}
	}
	return score < SCORE_MAX ? score : SCORE_MAX;
}

enum rule_severity score_severity(unsigned score)
{
	return score >= 90   ? SEVERITY_CRITICAL
	       : score >= 75 ? SEVERITY_HIGH
	       : score >= 50 ? SEVERITY_MEDIUM
	                     : SEVERITY_LOW;
}

const char *score_reason_text(enum score_reason reason)
{
	static const char *const TEXTS[] = {
#define X(reason, text) text,
		SCORE_REASONS(X)
#undef X
	};
	return TEXTS[reason];
}
