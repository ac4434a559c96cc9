/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of names: finds the known names that equal a name or are above it in the
 *        tree of domain names (RFC 1034 section 3.1).
 *
 * A look-up tries only the suffixes of the name that have as many labels and octets as some known
 * name. Its cost does not depend on how many names are known. Whole suffixes in wire format are
 * compared, so a match always begins at a label.
 *
 * The home of a name, which selects the line of the Bloom filter (bloom.h), is the hash of the last
 * two labels of the name, or of the last three if the last two look like `co.uk`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "rules/index/bloom.h"
#include "rules/index/intern.h"

/*! \brief An index; one that is all zeros is empty. */
struct names {
	struct intern keys; /*!< The names, in wire format and lower case. */
	/*!
	 * The sizes that occur, indexed by the number of labels. Bit N of `sizes[LABELS]` is set if
	 * a known name with LABELS labels has a size in octets that is N modulo 64. The suffixes
	 * whose hashes are the homes of known names count as names here.
	 */
	uint64_t sizes[DNS_NAME_LABELS_MAX + 1];
	struct bloom bloom;
};

/*!
 * \brief Adds a name in valid wire format. Returns its number, or INTERN_NONE when out of memory.
 *        The root can be added, but no walk finds it.
 */
uint32_t names_add(struct names *names, const uint8_t *wire, size_t size);

/*!
 * \brief Makes the Bloom filter. Call it after the last name is added.
 *
 * \param is_searched  Returns false for a name that no walk needs to find. NULL: walks find all
 *                     names.
 *
 * \return 0, or -1 when out of memory.
 */
int names_close(struct names *names, bool (*is_searched)(const void *ctx, uint32_t number),
                const void *ctx);

void names_free(struct names *names);

/*!
 * \brief Returns false only if no known name equals `wire` or is above it. No walk is needed then.
 *
 * Most names in traffic are rejected here.
 */
bool names_may_know(const struct names *names, const uint8_t *wire, size_t size,
                    const struct dns_labels *labels);

/*!
 * \brief Adds the look-up of names_may_know() to `questions`. bloom_answer() returns the result of
 *        all these look-ups.
 */
void names_ask(const struct names *names, const uint8_t *wire, size_t size,
               const struct dns_labels *labels, struct bloom_questions *questions);

/*! \brief A walk over the known names that equal a name or are above it, longest first. */
struct names_walk {
	const struct names *names;
	const uint8_t *wire; /*!< The suffix of the name that is examined next. */
	size_t size;         /*!< Octets of `wire`. */
	size_t labels;       /*!< The number of labels of `wire`. */
	uint64_t home;       /*!< The home of the whole name. */
	size_t home_labels;  /*!< `home` is the hash of a suffix that has this many labels. */
	bool whole;          /*!< The known name that was found last equals the whole name. */
	bool begun;          /*!< names_walk_next() was called at least once. */
};

/*!
 * \brief Starts a walk; `wire` is borrowed. If the wire format is invalid, the walk finds nothing.
 */
struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size,
                                  const struct dns_labels *labels);

/*! \brief Returns the number of the next known name, or INTERN_NONE at the end. */
uint32_t names_walk_next(struct names_walk *walk);
