/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The hits of a DNS message, and which of them explains best why an address in the message
 *        is watched. Private to sensor/correlate/.
 *
 * Limits: LEARNED_HITS_MAX hits. Further ones are only counted.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "rules/rule.h"
#include "sensor/correlate/watch_causes.h"

#define LEARNED_HITS_MAX    64
#define LEARNED_HITS_CHAINS 64 /*!< A power of two. */

/*! \brief The degrees to which a hit explains an address. */
enum learned_closeness {
	LEARNED_NONE,         /*!< There is no hit. */
	LEARNED_OF_MESSAGE,   /*!< The hit is in the same message. */
	LEARNED_EXCHANGE,     /*!< The hit is the exchange that owns the address. */
	LEARNED_SAME_ADDRESS, /*!< The hit is the address itself. */
};

struct learned_hit {
	enum observation_kind kind;
	enum rule_severity severity;
	struct dns_name name;
	struct in6_addr addr;
	struct watch_reason reason;
	uint8_t next; /* the place of the next hit of the chain, plus one; 0: none */
};

/*! \brief The hits of a message whose addresses are watched. All zeros: no hit yet. */
struct learned_hits {
	size_t count; /*!< Hits that were added, also those beyond LEARNED_HITS_MAX. */
	const struct learned_hit *most_severe; /* the first hit of the greatest severity */
	/* The chains of hits whose address or exchange has the same hash. Each begins with the hit
	 * that was added last: its place in `hits` plus one; 0: the chain is empty. */
	uint8_t chains[LEARNED_HITS_CHAINS];
	struct learned_hit hits[LEARNED_HITS_MAX];
};

/*!
 * \brief Returns false if a hit need not be added, because it will never be the best explanation of
 *        an address: it is neither of an address nor of an exchange, and an earlier hit is at least
 *        as severe.
 */
bool learned_hits_need(const struct learned_hits *hits, enum observation_kind kind,
                       enum rule_severity severity);

/*!
 * \brief Adds a hit.
 *
 * \return False if there was no room. The hit is counted nevertheless.
 */
bool learned_hits_add(struct learned_hits *hits, const struct observation *seen,
                      enum rule_severity severity, const struct watch_reason *reason);

/*!
 * \brief Finds the hit that explains an address best. If several hits explain it equally well, it
 *        is the most severe of them; if several are equally severe, the first.
 *
 * \param entry      The record with the address.
 * \param closeness  Receives how well the hit explains the address.
 *
 * \return NULL if there is no hit.
 */
const struct learned_hit *learned_hits_find(const struct learned_hits *hits,
                                            const struct dns_entry *entry,
                                            const struct in6_addr *addr,
                                            enum learned_closeness *closeness);
