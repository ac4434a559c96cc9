/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The facts that one DNS message states about names. Private to sensor/baseline/.
 *
 * Limit: FACTS_MAX facts of a message; further ones are counted, and neither judged nor learned.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/rows/row.h"
#include "parsers/dns/dns.h"
#include "sensor/baseline/known/known.h"

#define FACTS_MAX 512

/*! \brief A fact: a record that the table can learn, such as a name server or an address. */
struct fact {
	enum known_kind kind; /*!< KNOWN_NS to KNOWN_IPV6, or KNOWN_ALIASED for a CNAME. */
	uint8_t side;         /*!< KNOWN_PARENT or KNOWN_CHILD. */
	bool authoritative; /*!< The TTL is that of the zone, not what is left of it in a cache. */
	uint8_t section;    /*!< enum dns_section */
	uint8_t owner_size, target_size;
	uint8_t owner[DNS_NAME_MAX];
	uint8_t target[DNS_NAME_MAX]; /*!< The name in an NS, MX or CNAME record. */
	uint16_t rtype;
	uint32_t ttl;
	uint32_t number;      /*!< The value that a DS record or an address has in the table. */
	struct in6_addr addr; /*!< The address in an A or AAAA record. */
	/*! If CNAME records lead from the owner to this address: the fact at the end of the chain;
	 * else NULL. */
	const struct fact *end;
	const uint8_t *rdata;       /*!< The RDATA in the message; borrowed. */
	uint32_t place, generation; /*!< Where the history's table has the row. */

	/* Members that are set when the message is judged. */
	known_id owner_id;  /*!< 0: the table does not learn the fact. */
	known_id target_id; /*!< 0: the target is new. */
	bool done;
	bool is_new;
	bool is_reported; /*!< A change reports it. */
	bool left_out;    /*!< There was no room to judge or report it; a later message does. */
};

struct facts {
	size_t count;
	uint64_t omitted; /*!< Facts for which there was no room. */
	struct fact items[FACTS_MAX];
};

/*! \brief Returns true if rows of this type and origin are facts. */
bool facts_concern(const struct history_row *row);

/*! \brief Adds the fact of a row. `entry` is its record. */
void facts_add(struct facts *facts, const struct history_row *row, const struct dns_entry *entry,
               uint32_t place, uint32_t generation);

/*!
 * \brief For each address to which a chain of CNAME records leads, adds a fact: the owner at the
 *        beginning of the chain has this address. These facts have no place.
 */
void facts_follow(struct facts *facts);

/*! \brief Computes the value that an address has in the table. \return KNOWN_IPV4 or KNOWN_IPV6. */
enum known_kind fact_number(const struct in6_addr *addr, uint32_t *number);

/*! \brief Reads the kind, the target and the address of a row. \return False if it is no fact. */
bool fact_read(struct fact *fact, const struct history_row *row);
