/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Compares observations with pins. For rules/ruleset/ alone. */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Compares an observation of a pinned name with the expected values.
 *
 * The values are targets of NS records, exchanges, targets of CNAME and DNAME,
 * addresses, and the servers of mail. The primary server of a SOA is not compared, as
 * it need not be a name server of the zone (RFC 1996 section 2.1).
 *
 * \param owner   The pin's OWNER.
 * \param action  Out, for a deviation: a mismatch takes precedence over the TTL.
 *
 * \return False: the value is expected, or of another kind than the pin.
 */
bool pin_deviates(const struct ruleset *set, const struct rule *owner,
                  const struct observation *seen, enum ruleset_action *action);
