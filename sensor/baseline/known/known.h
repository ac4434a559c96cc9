/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of known values: which names had which name servers, exchangers, keys and
 *        networks, since when, and how often.
 *
 * The table is a tree of names in memory that all workers share. Each label is stored once below
 * its parent, so that a domain with its own name servers takes little memory, and so that the text
 * of every value is known. A name has a list of values. A value of NS and MX is a name of the tree.
 *
 * Limits: KNOWN_UNITS units of 32 octets, and KNOWN_BUCKETS heads of chains: 296 MB. When all units
 * are in use, names that were not used for long lose their values; a registrable domain stays
 * longer than a host. A name has at most KNOWN_VALUES_MAX values of one kind; the one that was not
 * seen for the longest time is replaced. Times are seconds since 1970 UTC, and end in 2106.
 *
 * An attacker may control a worker and change the shared memory at any time. Each index is
 * therefore checked when it is used, and the length of each chain is limited.
 *
 * Threads: known_lock() must be held for all functions, except for known_get().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"

#define KNOWN_UNITS      9000000u
#define KNOWN_BUCKETS    (1u << 21)
#define KNOWN_VALUES_MAX 24

/*! \brief The number of a name or of a value; 0: none. */
typedef uint32_t known_id;

/*! \brief The kinds of values. */
enum known_kind {
	KNOWN_NS,          /*!< The value is a name server. */
	KNOWN_MX,          /*!< The value is an exchanger. */
	KNOWN_DS,          /*!< The value is key tag, algorithm and digest type. */
	KNOWN_IPV4,        /*!< The value is an address, which stands for its network. */
	KNOWN_IPV6,        /*!< The value is the first 32 bits of an address. */
	KNOWN_STATE,       /*!< How the zone answers: see struct known_value. */
	KNOWN_SERVES,      /*!< Other domains have name servers or exchangers in this domain. */
	KNOWN_ALIASED,     /*!< Names of other domains are aliases of names in this domain. */
	KNOWN_MAIL,        /*!< The value is a server that takes mail for the domain (servers.h). */
	KNOWN_BANNER,      /*!< The value is the name in the greeting of a mail server. */
	KNOWN_CERTIFICATE, /*!< The value is the hash of a key of a mail server. */
	KNOWN_STARTTLS,    /*!< The value is an enum server_offer (servers.h). */
	KNOWN_TLS,         /*!< The value is 1 if a session with a mail server had TLS, else 0. */
	KNOWN_VALIDATED,   /*!< The value is a resolver that validated the name: see struct
	                      known_value. */
	KNOWN_KINDS,
};

/*! \brief Flags of a value. */
enum known_flag {
	KNOWN_PARENT = 0x10,   /*!< The parent has shown it. */
	KNOWN_CHILD = 0x20,    /*!< The zone itself, or a resolver, has shown it. */
	KNOWN_REPORTED = 0x40, /*!< The value was reported in a hit. */
	/*! NS: the owner has a DS record. DS: seen in a message without the DO bit. */
	KNOWN_SIGNED = 0x80,
};

/*!
 * \brief A value. In some kinds, members have other meanings:
 *
 *  - KNOWN_STATE: `first`, `last` and `count` describe the latest series of refusals and failures.
 *    `value` is the time of the last good answer before or after that series. `ttl_parent` is the
 *    last time at which the name did not exist. `ttl_child` is the number of owners with hits for
 *    targets in this domain.
 *  - KNOWN_SERVES and KNOWN_ALIASED: `value` is one target in this domain, and `ttl_child` is the
 *    owner that has this target. `count` is the number of such owners; in KNOWN_ALIASED, only the
 *    first owner is counted.
 *  - KNOWN_VALIDATED: `ttl_parent` is the time of the first answer that was not validated after
 *    one that was; 0: no such answer was seen, or a later one was validated. `ttl_child` is 1 if
 *    such an answer came between two validated ones.
 */
struct known_value {
	uint8_t type; /*!< Private. */
	uint8_t kind; /*!< enum known_kind in the lower 4 bits, flags in the upper ones. */
	uint16_t count;
	known_id next; /*!< Private. */
	known_id owner;
	uint32_t value;
	uint32_t first, last;
	uint32_t ttl_parent, ttl_child; /*!< The greatest TTL that was seen there; 0: none. */
};

struct known;

/*! \brief Creates an empty table in shared memory. \return NULL when out of memory. */
struct known *known_new(void);
void known_free(struct known *known);

void known_lock(struct known *known);
void known_unlock(struct known *known);

/*! \brief Finds a name. \return 0 if the table does not have it. */
known_id known_find_name(struct known *known, const uint8_t *wire, size_t size);

/*! \brief Finds a name, or if the table does not have it, the nearest name above it. \return 0 if
 *         the table has neither. */
known_id known_find_above(struct known *known, const uint8_t *wire, size_t size);

/*!
 * \brief Finds a name, or adds it. Its registrable domain need not be known yet.
 *
 * \return 0 if there is no room, or if the octets are not exactly one name.
 */
known_id known_add_name(struct known *known, const uint8_t *wire, size_t size);

/*! \brief The name has no registrable domain. */
#define KNOWN_NO_DOMAIN SIZE_MAX

/*!
 * \brief Sets the registrable domain of a name.
 *
 * \param domain  Its offset in the wire format of the name, or KNOWN_NO_DOMAIN.
 */
void known_set_domain(struct known *known, known_id name, size_t domain);

/*! \brief Returns the name above a name; 0: it is a top-level domain. */
known_id known_parent(const struct known *known, known_id name);

/*! \brief Returns true if a name is another one or below it. */
bool known_is_below(const struct known *known, known_id name, known_id above);

/*! \brief Returns true if known_set_domain() was called for a name, or if it is the domain of
 *         another name. */
bool known_is_resolved(const struct known *known, known_id name);

/*! \brief Returns true if a value is this name, or if a name is below it. */
bool known_is_used(const struct known *known, known_id name);

/*!
 * \brief Finds the registrable domain of a name without the Public Suffix List, which is slower.
 *        The table must have another name directly below the same parent, and the domain of that
 *        other name. Either the domains of both names begin at the same label, or each of the two
 *        names is a registrable domain itself.
 *
 * \param domain  Receives the offset of the domain in `wire`.
 *
 * \return False if the table has no such other name, or if the name has one label.
 */
bool known_guess_domain(struct known *known, const uint8_t *wire, size_t size, size_t *domain);

/*!
 * \brief Returns the registrable domain of a name, which may be the name itself; 0: it has none,
 *        or known_set_domain() was not yet called.
 */
known_id known_domain(const struct known *known, known_id name);

/*! \brief Returns a number that changes when names or values are freed. After that, the number of a
 *         name that nothing uses may be the number of another name. */
uint32_t known_freed(const struct known *known);

/*! \brief Writes a name in wire format. \return Its size; 0 if the number is not that of a name. */
size_t known_wire(const struct known *known, known_id name, uint8_t wire[DNS_NAME_MAX]);

/*! \brief Finds a value. `value` is ignored for KNOWN_STATE, KNOWN_SERVES and KNOWN_ALIASED, of
 *         which a name has one each. \return NULL if the name does not have it. */
struct known_value *known_find(struct known *known, known_id name, enum known_kind kind,
                               uint32_t value);

/*! \brief Adds a value, whose other members are zero. \return NULL if there is no room. */
struct known_value *known_add(struct known *known, known_id name, enum known_kind kind,
                              uint32_t value);

/*! \brief Changes the target (`value`) of a value of KNOWN_SERVES or KNOWN_ALIASED, and the owner
 *         that has this target (`ttl_child`). */
void known_point(struct known *known, struct known_value *value, uint32_t target, known_id owner);

/*! \brief Returns the first value of a name; NULL: it has none. */
struct known_value *known_first(struct known *known, known_id name);
struct known_value *known_next(struct known *known, const struct known_value *value);

/*! \brief Returns the number of a value, for known_get(). */
known_id known_value_id(const struct known *known, const struct known_value *value);

/*!
 * \brief Returns a value by its number, without the lock. \return NULL if the number is now used
 *        for something else than a value of this owner.
 */
struct known_value *known_get(struct known *known, known_id value, known_id owner);

static inline enum known_kind known_kind(const struct known_value *value)
{
	return (enum known_kind)(value->kind & 0xf);
}

#define KNOWN_NETWORKS 65536
/*!
 * \brief If hits report at least so many owners for the same new domain or network, the domain or
 *        network counts as known. A provider has then probably renamed or moved its servers,
 *        because an attacker seldom has so many owners at once.
 */
#define KNOWN_REPORTED_LEAST 2

/*!
 * \brief Notes that a domain has an address in a network.
 *
 * \param network  A number of the network; it is taken modulo KNOWN_NETWORKS.
 */
void known_join_network(struct known *known, uint32_t network, known_id domain);

/*! \brief Notes that a hit has reported an address of a domain in a network. */
void known_report_network(struct known *known, uint32_t network, known_id domain);

/*! \brief Returns true if other domains than `domain` have addresses in the network, or if hits
 *         have reported addresses of at least KNOWN_REPORTED_LEAST domains there. */
bool known_network_is_shared(const struct known *known, uint32_t network, known_id domain);

/*! \brief Returns true for a name server or an exchanger. */
static inline bool known_is_target(const struct known_value *value)
{
	return known_kind(value) == KNOWN_NS || known_kind(value) == KNOWN_MX;
}

/*! \brief Notes that a hit has reported an alias of a name that does not exist. */
void known_note_dangling(struct known *known);
bool known_has_dangling(const struct known *known);

/*! \brief Returns the number of names that have lost their values because the table was full. */
uint64_t known_evicted(const struct known *known);

/*! \brief Returns the number of octets in use. */
size_t known_memory(const struct known *known);
