/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of protected names: which of them does a name imitate?
 *
 * A protected name lies in one table under what may be left of it in an imitation
 * (deletion_keys.h): its skeleton, its label with each character in turn left out, its
 * text without dots. Few names share such a deletion key, so that the cost of an examination
 * depends on the name's length and not on the number of protected names. A verdict is
 * remembered in a cache of fixed size, which lookalike_find() writes: one thread at
 * a time. Its hash is keyed at random, so that no name can be made to push
 * another one's verdict in its place.
 *
 * Ownership: names are borrowed and must keep their numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

#include "rules/index/names.h"
#include "rules/lookalike/protected.h"

struct lookalike_index;

/*!
 * \param names  Where the protected names are known by number; borrowed.
 * \param psl    Borrowed; NULL: the last label is taken for the public suffix.
 *
 * \return NULL without memory.
 */
struct lookalike_index *lookalike_index_new(const struct names *names, const psl_ctx_t *psl);

void lookalike_index_free(struct lookalike_index *index);

/*!
 * \brief Protects the registrable domain of a name, which may have one range.
 *
 * \return 1: done; 0: the name is a public suffix, which nobody can imitate;
 *         -1: out of memory.
 */
int lookalike_index_add(struct lookalike_index *index, uint32_t name);

/*! \brief Protected names that one name is found to imitate, at most. */
#define LOOKALIKE_MATCHES_MAX 8

/*! \brief What a name imitates, the closest first. */
struct lookalike_matches {
	uint32_t count;
	struct lookalike_match {
		uint32_t name; /*!< Its number in `names`. */
		enum lookalike_how how;
	} names[LOOKALIKE_MATCHES_MAX];
};

/*!
 * \brief Finds the protected names that a name imitates.
 *
 * \return Lives until the next call.
 */
const struct lookalike_matches *lookalike_find(struct lookalike_index *index, const uint8_t *wire,
                                               size_t size);
