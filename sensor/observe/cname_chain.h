/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Follows CNAME records within one DNS message, in both directions.
 *
 * The records of a chain may be in any section and in any order. In a loop of CNAME records,
 * cname_chain_origins() finds each name once, and cname_chain_follow() stops at its limit. Limits:
 * CNAME_CHAIN_MAX records of a message are read, and each of the two functions finds at most
 * OBSERVATION_ORIGINS_MAX names; further ones are ignored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "parsers/dns/dns.h"
#include "rules/observation.h"

#define CNAME_CHAIN_MAX 64

struct cname_chain {
	bool read;    /*!< The records of the message were read. */
	size_t count; /*!< The number of CNAME records in `items`. */
	struct cname {
		struct dns_name owner;
		struct dns_name target;
	} items[CNAME_CHAIN_MAX];
};

/*! \brief Removes all records, without the cost of clearing their memory. */
void cname_chain_init(struct cname_chain *cname_chain);

/*! \brief Reads the CNAME records of a message, unless they were read already. */
void cname_chain_read(struct cname_chain *cname_chain, const struct dns_message *message);

/*!
 * \brief Finds the names to which the chain of a name leads, in their order.
 *
 * \param names  Receives the names, without the first one, as views that live as long as
 *               `cname_chain`.
 *
 * \return The number of names. A chain that does not end within OBSERVATION_ORIGINS_MAX names is
 *         cut there.
 */
size_t cname_chain_follow(const struct cname_chain *cname_chain, const struct dns_name *name,
                          struct observation_name names[OBSERVATION_ORIGINS_MAX]);

/*!
 * \brief Finds the names whose chain leads to an owner.
 *
 * \param origins  Receives the names, without the owner, as views that live as long as
 *                 `cname_chain`.
 *
 * \return The number of names.
 */
size_t cname_chain_origins(const struct cname_chain *cname_chain, const struct dns_name *owner,
                           struct observation_name origins[OBSERVATION_ORIGINS_MAX]);
