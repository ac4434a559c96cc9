/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The protected names, listed by their deletion keys. Private to rules/lookalike/.
 *
 * One table lists each protected name under several deletion keys (deletion_keys.h): those of its
 * skeleton, of its label with each character in turn omitted, and of its text without dots. Few
 * names share a key, so a look-up costs the same for any number of protected names. A name that is
 * found by a key may have the key by chance, so the caller must judge it. The table also has the
 * keys of public suffixes and of outlines (outline.h). These only show that some protected name has
 * the suffix or the outline, but not which one.
 *
 * Names are added one after another while the rules are loaded; look-ups change nothing.
 *
 * Ownership: the index borrows the table of names, whose names must keep their numbers.
 *
 * Limits: VERDICT_NAME_MAX protected names (verdicts.h). Each takes 8 octets, and adds at most
 * SHAPE_MAX + 9 entries to the table (multimap.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libpsl.h>

#include "rules/index/multimap.h"
#include "rules/index/names.h"
#include "rules/lookalike/protected.h"

/*! \brief A protected name and the offsets of its parts. */
struct protected_entry {
	uint32_t name; /*!< Its number in `names`. */
	struct suffix_split split;
};

struct protected_index {
	const struct names *names;
	uint64_t seed; /*!< The secret seed of the deletion keys. */
	/*! The protected names in the order in which they were added. The index of an element is
	 * the number of the protected name, which is not its number in `names`. */
	struct protected_entry *entries;
	uint32_t count, room;
	struct multimap by_deletion_key; /*!< The numbers of protected names, by key. */
};

/*!
 * \brief Initialises an index without names. `names` is borrowed. Returns false if the system has
 *        no random numbers; protected_index_deinit() may be called in any case.
 */
bool protected_index_init(struct protected_index *index, const struct names *names);

void protected_index_deinit(struct protected_index *index);

/*!
 * \brief Adds a name; see lookalike_index_add().
 *
 * \param psl   The Public Suffix List; NULL: the last label is the public suffix.
 * \param name  The number of the name in `names`.
 */
int protected_index_add(struct protected_index *index, const psl_ctx_t *psl, uint32_t name);

/*! \brief Converts the number of a protected name in this index to its number in `names`. */
uint32_t protected_index_name(const struct protected_index *index, uint32_t number);

/*! \brief Parses a protected name. Its views point into `names`. */
void protected_index_read(const struct protected_index *index, uint32_t number,
                          struct protected_name *protected);

/*!
 * \brief Starts a walk over the numbers of the protected names that have a key. For the key of a
 *        public suffix or of an outline, the walk gives a number that has no meaning.
 */
static inline struct multimap_walk protected_index_walk(const struct protected_index *index,
                                                        uint32_t key)
{
	return multimap_walk_init(&index->by_deletion_key, key);
}

/*! \brief Returns true if any protected name has a key. */
static inline bool protected_index_has(const struct protected_index *index, uint32_t key)
{
	if (!multimap_may_have(&index->by_deletion_key, key)) {
		return false;
	}
	struct multimap_walk walk = protected_index_walk(index, key);
	return multimap_walk_next(&walk) != MULTIMAP_NONE;
}
