/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The points of each reason, and why they are so many.
 *
 * The severity begins at: low 0, medium 50, high 75, critical 90. The points are chosen so that
 *
 *  - what ordinary operation does every day stays low: a move to a provider that serves other
 *    domains (20 + 20), an address in a network of others (25), a higher TTL (25);
 *  - the same move to a provider that serves no other domain here is high: 20 + 20 + 35;
 *  - it is critical if, besides, the new name imitates a known one, or DNSSEC is gone;
 *  - DNSSEC that is gone makes a move to any provider high: 20 + 20 + 35. Alone it is medium,
 *    because operators remove it before a move;
 *  - a network in which no other domain here has an address is high, unless the owner was in
 *    several before, or was seen too seldom. Few domains move to such a network, and most
 *    hijackers do;
 *  - a network of others is high together with a TTL beyond what the name ever had, if the owner's
 *    own servers answer so: a new provider has its own TTL, a planned move a lower one;
 *  - an exchanger with a name of the owner's has no provider to be known by, so its network counts;
 *    it is high, too, if it replaces the others and its address is not known yet.
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
	[SCORE_NETWORK_CHANGED]     = 75, /* less in most cases, see points_of_network() */
	[SCORE_MAIL_SERVER_CHANGED] = 50, /* see points_of_mail_server() */
	[SCORE_TLS_LOST]            = 50,
	[SCORE_STARTTLS_STRIPPED]   = 75, /* nobody but an attacker overwrites the offer */
	[SCORE_BANNER_CHANGED]      = 25,
	[SCORE_CERTIFICATE_CHANGED] = 25, /* keys are changed when certificates are renewed */
	[SCORE_LAME_THEN_ANSWERS]   = 75, /* somebody has claimed the zone at its provider */
	[SCORE_TARGET_UNREGISTERED] = 75, /* the registrant of the domain controls the owner */
	[SCORE_PARENT_CHILD_DIFFER] = 10, /* often a fault of the zone */
	[SCORE_IMITATES_KNOWN]      = 40,
};
/* clang-format on */

#define HAS(facts, reason) (((facts)->reasons & RULE_BIT(SCORE_##reason)) != 0)

static bool has_target(const struct score_facts *facts)
{
	return HAS(facts, NEW_NAME_SERVER) || HAS(facts, NEW_EXCHANGER);
}

static unsigned points_of_network(const struct score_facts *facts)
{
	if (!has_target(facts)) {
		if (facts->network_is_shared) {
			return 25;
		}
		return facts->network_rotates || !facts->is_settled ? 50 : 75;
	}
	/* The domain of a target of the owner's own serves no others, so the network counts more.
	 */
	if (facts->target_is_own) {
		return facts->network_is_shared ? 35 : 55;
	}
	return facts->network_is_shared ? 10 : 35;
}

/* A planned move has a lower TTL before it; a new provider may have another one. */
static unsigned points_of_ttl(const struct score_facts *facts)
{
	if (facts->reasons == RULE_BIT(SCORE_TTL_RAISED)) {
		return 25;
	}
	bool foreign = HAS(facts, NETWORK_CHANGED) && !facts->network_is_shared;
	return !has_target(facts) && (foreign || facts->servers_are_known)
	               ? 50
	               : POINTS[SCORE_TTL_RAISED];
}

/* If no exchanger is new, something else has led the mail to the server. */
static unsigned points_of_mail_server(const struct score_facts *facts)
{
	if (facts->network_is_shared) {
		return facts->exchanger_is_unchanged ? 35 : 25;
	}
	return facts->exchanger_is_unchanged ? 60 : POINTS[SCORE_MAIL_SERVER_CHANGED];
}

/* Points for a reason that depend on the other facts. */
static unsigned points_of(enum score_reason reason, const struct score_facts *facts)
{
	switch (reason) {
	case SCORE_NETWORK_CHANGED:
		return points_of_network(facts);
	case SCORE_DS_REMOVED:
		return has_target(facts) ? POINTS[reason] : 50;
	case SCORE_TTL_RAISED:
		return points_of_ttl(facts);
	case SCORE_UNKNOWN_PROVIDER:
		/* The servers are where they were: they have other names, the owner's or those
		 * of a provider that was renamed. */
		if (facts->network_is_same) {
			return facts->target_is_own ? 0 : 15;
		}
		return POINTS[reason];
	case SCORE_SET_REPLACED:
		return POINTS[reason] + (facts->target_is_unseen ? 35 : 0);
	case SCORE_TARGET_UNREGISTERED:
		return facts->target_is_alias ? 50 : POINTS[reason];
	case SCORE_MAIL_SERVER_CHANGED:
		return points_of_mail_server(facts);
	case SCORE_TLS_LOST:
		return HAS(facts, STARTTLS_STRIPPED) ? 10 : POINTS[reason];
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
