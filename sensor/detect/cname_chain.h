/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The CNAME records of one DNS message, and the chains that they make.
 *
 * The records of a chain may be in any section and order; a loop ends at its start.
 * Limits: CNAME_CHAIN_MAX records of a message, OBSERVATION_ORIGINS_MAX names that lead
 * to one owner; further ones are ignored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "parsers/dns/dns.h"
#include "rules/observation.h"

#define CNAME_CHAIN_MAX 64

struct cname_chain {
	bool read;
	size_t count;
	struct cname {
		struct dns_name owner;
		struct dns_name target;
	} items[CNAME_CHAIN_MAX];
};

/*! \brief Empties it, without clearing the records. */
void cname_chain_init(struct cname_chain *cname_chain);

/*! \brief Reads the message's records, once. */
void cname_chain_read(struct cname_chain *cname_chain, const struct dns_message *message);

/*!
 * \brief Finds the names whose chain leads to an owner.
 *
 * \param origins  Views that live as long as `cname_chain`, without the owner itself.
 *
 * \return Their number.
 */
size_t cname_chain_origins(const struct cname_chain *cname_chain, const struct dns_name *owner,
                           struct observation_name origins[OBSERVATION_ORIGINS_MAX]);
