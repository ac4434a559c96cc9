/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the protected names that a name imitates.
 *
 * The cost of a look-up depends on the length of the name and not on the number of protected names
 * (protected_index.h). lookalike_find() keeps its verdicts in a cache of fixed size and has no
 * lock, so only one thread at a time may call this function. The cache has a secret key, so an
 * attacker cannot choose names that evict the verdicts about other names.
 *
 * The work for a message has a bound that depends on the size of the message, because a compressed
 * name of 20 octets can cost as much as one of 255. Ordinary messages need less than half of the
 * bound.
 *
 * Ownership: the index borrows the table of names, whose names must keep their numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

#include "rules/index/names.h"
#include "rules/lookalike/matches.h"

struct lookalike_index;
struct protected_index;

/*!
 * \brief Creates an empty index.
 *
 * \param names  The table of all names; borrowed.
 * \param psl    The Public Suffix List; borrowed. NULL: the last label is the public suffix.
 *
 * \return The index; NULL when out of memory.
 */
struct lookalike_index *lookalike_index_new(const struct names *names, const psl_ctx_t *psl);

/*!
 * \brief Creates an index from protected names whose keys were already made, such as those in a
 *        mapped file (image.h). The struct `found` is copied. Its arrays and `names` are borrowed.
 */
struct lookalike_index *lookalike_index_of(const struct names *names, const psl_ctx_t *psl,
                                           const struct protected_index *found);

/*! \brief Returns the protected names of an index. */
const struct protected_index *lookalike_index_names(const struct lookalike_index *index);

void lookalike_index_free(struct lookalike_index *index);

/*!
 * \brief Protects the registrable domain of a name. The first label of the domain may contain one
 *        range of numbers (`awsdns-[00-63].com`).
 *
 * \return 1 if the domain was added; 0 if the name is a public suffix, which cannot be protected;
 *         -1 when out of memory.
 */
int lookalike_index_add(struct lookalike_index *index, uint32_t name);

/*!
 * \brief The bound of the work for a message, in units of about 25 instructions, is
 *        LOOKALIKE_WORK_LEAST plus LOOKALIKE_WORK_PER_OCTET for each octet of the message.
 */
#define LOOKALIKE_WORK_LEAST     4096
#define LOOKALIKE_WORK_PER_OCTET 5

/*! \brief Starts a message of `octets` octets, and sets the bound of the work for this message. */
void lookalike_begin(struct lookalike_index *index, size_t octets);

/*!
 * \brief Counts the names that were not compared because the bound of the work was reached. Returns
 *        their number since the previous call of this function.
 */
size_t lookalike_take_unjudged(struct lookalike_index *index);

/*!
 * \brief Finds the protected names that a name imitates.
 *
 * \param wire    The name in wire format, in lower case.
 * \param labels  The labels of the name; NULL: this function finds them.
 *
 * \return The matches, which live until the next call. `name` of a match is the number of the
 *         protected name in the table of all names.
 */
const struct lookalike_matches *lookalike_find(struct lookalike_index *index, const uint8_t *wire,
                                               size_t size, const struct dns_labels *labels);
