/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Compares observations with `pin` rules. Private to rules/ruleset/. */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/store.h"

/*!
 * \brief Returns true if a pin applies to an observation of its owner. This depends on the kind,
 *        the type and the time of the observation.
 */
bool pin_applies(const struct ruleset *set, const struct rule *owner,
                 const struct observation *seen);

/*!
 * \brief Compares an observation of a pinned name with the expected values. Call it only if
 *        pin_applies() is true.
 *
 * For most kinds, the observed value must be one of the expected values. This value is the target
 * of an NS, CNAME or DNAME record, the exchange of an MX record, an address, or the server or the
 * greeting of an SMTP session. For the kinds `ds` and `tls`, the rule states whether there must be
 * DS records or TLS. For the kind `txt`, each expected text must be in a TXT record. The primary
 * server in an SOA record is not compared, because it need not be a name server of the zone (RFC
 * 1996, section 2.1).
 *
 * \param owner   The indicator OWNER of the rule.
 * \param action  Receives the deviation, if there is one. A wrong value takes precedence over a TTL
 *                that is too large.
 *
 * \return False if the value is expected.
 */
bool pin_deviates(const struct ruleset *set, const struct rule *owner,
                  const struct observation *seen, enum ruleset_action *action);

/*!
 * \brief Finds the TXT record that is most like a missing text. It is the record that has the most
 *        octets at its beginning in common with the text.
 *
 * \param owner  The indicator OWNER of a rule with an expected text that is missing.
 * \param size   Receives the size of the record.
 *
 * \return The record, a part of the observation's text; NULL if there is no record.
 */
const char *pin_changed_text(const struct ruleset *set, const struct rule *owner,
                             const struct observation *seen, size_t *size);
