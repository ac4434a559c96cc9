/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Judges those records of a message that the table does not have. Private to
 *         sensor/baseline/. */
#pragma once

#include "sensor/baseline/baseline_private.h"

/*! \brief The records of one owner and kind in the message. */
struct judge_set {
	struct baseline *baseline;
	struct fact *first;
	known_id owner;
	known_id domain; /*!< The owner's registrable domain; 0: none, or not yet needed. */
	enum learn_kind kind;
	unsigned kinds;
	struct ruleset_learn learn;
	struct standing standing;
	bool has_old; /*!< A record of the set is known. */
};

/*! \brief Returns true for an address record. */
static inline bool fact_is_address(const struct fact *fact)
{
	return fact->kind == KNOWN_IPV4 || fact->kind == KNOWN_IPV6;
}

/*! \brief Returns true for a name server or an exchanger. */
static inline bool fact_is_target(const struct fact *fact)
{
	return fact->kind == KNOWN_NS || fact->kind == KNOWN_MX;
}

/*! \brief Returns the record of the set after this one; NULL: it is the last. */
struct fact *judge_next(const struct judge_set *set, struct fact *fact);

/*! \brief Finds the value of a fact in the table, or for an address a value in the same network. */
struct known_value *judge_find_known(struct baseline *baseline, const struct fact *fact);

/*! \brief Returns true if a name has an address of this kind in a network. */
bool judge_has_network(struct baseline *baseline, known_id name, enum known_kind kind,
                       uint32_t network);

/*! \brief Returns true if the TTL of a record is much greater than any that is known. */
bool judge_is_raised(const struct judge_set *set, const struct fact *fact);

/*! \brief Judges a new name server or exchanger: sets `reasons` and the facts for its score. */
void judge_target(const struct judge_set *set, const struct fact *fact, struct score_facts *score);

/*! \brief Returns true if the parent no longer shows a DS record of the owner. */
bool judge_lost_ds(const struct judge_set *set);

/*!
 * \brief Judges a new address: sets `reasons` and the facts for its score.
 *
 * \return False if the address is no news: a new address before it in the set is in the same
 *         network, or the owner has many networks, or a chain of CNAME records leads from the owner
 *         to a domain to which names of other domains lead, too.
 */
bool judge_address(const struct judge_set *set, const struct fact *fact, struct score_facts *score);

/*!
 * \brief Returns true if a hit has lately reported the owner as a new target of its own domain, and
 *        if the domain has other known targets, but none of them has an address in the network.
 * Adds to the `reasons`.
 */
bool judge_is_elsewhere(const struct judge_set *set, enum known_kind kind, uint32_t network,
                        struct score_facts *score);
