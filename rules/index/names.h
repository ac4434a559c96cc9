/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of names: finds the known names that equal a name or are above it.
 *
 * A look-up costs one probe for each label of the name (RFC 1035 section 3.1) at a
 * depth that some known name has, regardless of the number of known names. Whole
 * suffixes in wire format are compared, so a match always begins at a label.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "rules/index/bloom.h"
#include "rules/index/intern.h"

/*! \brief All zeros is an empty index. */
struct names {
	struct intern keys;                   /*!< Names in wire format, lower case. */
	bool depths[DNS_NAME_LABELS_MAX + 1]; /*!< Which numbers of labels occur. */
	struct bloom bloom;
};

/*! \brief Adds a name of valid wire format; returns its number or INTERN_NONE. */
uint32_t names_add(struct names *names, const uint8_t *wire, size_t size);

/*! \brief Makes the Bloom filter after all names have been added; -1: out of memory. */
int names_close(struct names *names);

void names_free(struct names *names);

/*!
 * \brief False: no known name equals `wire` or is above it, and a walk finds none.
 *
 * This rejects most names: their registrable domain and the names in it are unknown.
 */
bool names_may_know(const struct names *names, const uint8_t *wire, size_t size);

/*! \brief Adds the same question to others; the walk finds none if no question passes. */
void names_ask(const struct names *names, const uint8_t *wire, size_t size,
               struct bloom_questions *questions);

/*! \brief A walk over the known names that equal a name or are above it, longest first. */
struct names_walk {
	const struct names *names;
	const uint8_t *wire; /*!< The rest of the name. */
	size_t size;
	size_t labels; /*!< Labels in it. */
	uint64_t home; /*!< Its home in the Bloom filter. */
	size_t home_labels;
	bool whole; /*!< The last one found equals the name. */
	bool begun;
};

/*! \brief Starts a walk; `wire` is borrowed. Invalid wire format has no matches. */
struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size);

/*! \brief The number of the next known name, INTERN_NONE at the end. */
uint32_t names_walk_next(struct names_walk *walk);
