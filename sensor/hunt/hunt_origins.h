/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the pinned names from which chains of CNAME records lead to the owner of an address,
 *        for rules that pin the addresses of these names.
 *
 * The chains of all pinned names are looked up before a hunt. A chain counts for an address record
 * if there is a time that is between the first and the last sighting of each record of the chain
 * and of the address record.
 *
 * Limits: a chain has at most HUNT_CHAIN_MAX records. There are at most HUNT_LINKS_MAX pairs of a
 * pinned name and a name to which it leads; further pairs are ignored, and a warning is logged.
 * Ownership: hunt_origins_free() frees everything.
 */
#pragma once

#include "history/reading.h"
#include "history/rows/row.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"

#define HUNT_CHAIN_MAX 16
#define HUNT_LINKS_MAX 65536

struct history_lookup;
struct hunt_origins;

/*!
 * \brief Looks up the chains of all names whose addresses are pinned.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_origins_find(struct hunt_origins **out, const struct ruleset *rules,
                      struct history_reading *reading);

/*! \brief Frees the chains; NULL is ignored. */
void hunt_origins_free(struct hunt_origins *origins);

/*!
 * \brief Finds the pinned names that lead to the owner of a record.
 *
 * \param names  Receives views, which live as long as `origins`.
 *
 * \return The number of names.
 */
size_t hunt_origins_of(const struct hunt_origins *origins, const struct history_record *record,
                       struct observation_name names[OBSERVATION_ORIGINS_MAX]);

/*! \brief Adds the keys of the names to which chains lead, so that their records are looked up,
 *         too. \return False when out of memory. */
bool hunt_origins_add_keys(const struct hunt_origins *origins, struct history_lookup *lookup);
