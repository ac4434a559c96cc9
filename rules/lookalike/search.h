/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Searches the protected names for those that one domain imitates. Private to
 *        rules/lookalike/.
 *
 * `name` of each match that these functions add is the number of the protected name in the index
 * (protected_index.h). The caller must have split the name. The results are not cached here.
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
 * \brief Checks at low cost whether a tail may imitate a protected name. Only hashes are compared.
 *
 * The tail can imitate a protected name in two ways: by its first label, with the other labels as
 * the public suffix; or by the text of all its labels.
 *
 * \return False if the tail certainly imitates no protected name in either of these ways.
 *
 * \param hashes  Hashes of parts of the text of the tail without dots. Each part ends at the end of
 *                the text. The part at index i begins at octet i of the first label. The last part
 *                begins after this label.
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
