/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of names: which known names are a name, or stand above it.
 *
 * Cost of a look-up: one probe for each label of the name (RFC 1035 section 3.1)
 * at whose depth some known name lies, whatever the number of known names.
 * Comparing whole suffixes in wire format makes label borders a matter of course.
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
	bool depths[DNS_NAME_LABELS_MAX + 1]; /*!< Numbers of labels that occur. */
	struct bloom bloom;
};

/*! \brief Adds a name of valid wire format; returns its number or INTERN_NONE. */
uint32_t names_add(struct names *names, const uint8_t *wire, size_t size);

/*! \brief Makes look-ups cheap once all are added; -1: out of memory. */
int names_close(struct names *names);

void names_free(struct names *names);

/*!
 * \brief False: no known name is `wire`, or stands above it; the walk finds none.
 *
 * Most names end here: nobody knows their registrable domain, nor anything in it.
 */
bool names_may_know(const struct names *names, const uint8_t *wire, size_t size);

/*! \brief Asks the same, to be answered together with others. */
void names_ask(const struct names *names, const uint8_t *wire, size_t size,
               struct bloom_questions *questions);

/*! \brief A walk over the known names that are a name or stand above it, longest first. */
struct names_walk {
	const struct names *names;
	const uint8_t *wire; /*!< What is left of the name. */
	size_t size;
	size_t labels; /*!< Labels in it. */
	uint64_t home; /*!< Where the Bloom filter has what is known of it. */
	size_t home_labels;
	bool whole; /*!< The last found is the name itself, not one above it. */
	bool begun;
};

/*! \brief Starts a walk; `wire` is borrowed. A name not of wire format has no matches. */
struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size);

/*! \brief The number of the next known name, INTERN_NONE at the end. */
uint32_t names_walk_next(struct names_walk *walk);
