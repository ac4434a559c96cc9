/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Searches the protected names for those that one domain imitates. Private to
 *        rules/lookalike/.
 *
 * The matches that are added have the numbers of protected_index.h. The caller knows the parts of
 * the name, and keeps the results.
 *
 * Limits: the cost depends on the length of the name and not on the number of protected names. A
 * search takes about 3 KiB of the stack.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/lookalike/matches.h"
#include "rules/lookalike/protected_index.h"
#include "rules/lookalike/suffix.h"
#include "rules/lookalike/tail.h"

/*!
 * \brief Compares a tail with the hashes of all protected names, which is cheap.
 *
 * The tail can imitate a protected name in two ways: by its first label, with the other labels as
 * the public suffix; or by the text of all its labels.
 *
 * \return False if it certainly does neither.
 *
 * \param hashes  The hashes of the text without dots, from each octet of the first label and from
 *                the end of this label on.
 */
bool search_may_find(const struct protected_index *index, const struct tail *tail,
                     const uint64_t hashes[DNS_LABEL_MAX + 1]);

/*!
 * \brief Adds the protected names that a registrable domain imitates.
 *
 * \param tail   Begins with the registrable domain.
 * \param split  The parts of the tail.
 *
 * \return True if the domain is a protected name itself; nothing is added then.
 */
bool search_domain(const struct protected_index *index, const struct tail *tail,
                   const struct suffix_split *split, struct lookalike_matches *found);

/*!
 * \brief Adds the protected names whose text is that of a tail, apart from the dots.
 *
 * \param tail  Begins with the label before the registrable domain.
 */
void search_tail(const struct protected_index *index, const struct tail *tail,
                 const struct suffix_split *split, struct lookalike_matches *found);
