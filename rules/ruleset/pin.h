/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What a pin says of an observation. For the files of rules/ alone. */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Judges an observation of a pinned name.
 *
 * Looked at are targets of NS records (and not the primary server of a SOA, which
 * need be no name server of the zone, RFC 1996 section 2.1), exchanges, targets of
 * CNAME and DNAME, addresses, and the servers that are offered mail.
 *
 * \param owner   The pin's OWNER.
 * \param action  Filled in for a deviation: mismatch before TTL.
 *
 * \return False: as expected, or nothing that the pin is about.
 */
bool pin_deviates(const struct ruleset *set, const struct rule *owner,
                  const struct observation *seen, enum ruleset_action *action);
