/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The part of STIX patterns (STIX 2.1 section 9) that rules can say.
 *
 * That is comparisons with `=`, `IN` and `ISSUBSET`, joined by `OR`: each value
 * is an indicator by itself. `AND`, `NOT`, `FOLLOWEDBY`, qualifiers and other
 * comparisons narrow a pattern, and leaving them out would widen it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

enum stix_outcome {
	STIX_SOUND,  /*!< Every comparison was told. */
	STIX_NARROW, /*!< It says more than rules can. */
	STIX_BROKEN, /*!< It is no pattern. */
};

/*!
 * \brief Receives each value of a comparison.
 *
 * \param path   The object path, such as `domain-name:value`; terminated.
 * \param value  Escapes undone; terminated.
 */
typedef void (*stix_value_t)(void *ctx, const char *path, const char *value);

/*! \brief Octets of the longest object path. */
#define STIX_PATH_SIZE 128

/*!
 * \brief Walks over a pattern.
 *
 * Values before an offence have been told when the outcome is not STIX_SOUND:
 * walk once without doing anything to know.
 *
 * \param why  Filled in unless the outcome is STIX_SOUND: the offending word.
 */
enum stix_outcome stix_pattern_walk(const char *pattern, stix_value_t each, void *ctx,
                                    char why[STIX_PATH_SIZE]);
