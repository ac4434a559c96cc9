/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The part of STIX patterns (STIX 2.1 section 9) that rules can express.
 *
 * Rules can express comparisons with `=`, `IN` and `ISSUBSET` that are connected by `OR`, because
 * each value is then an indicator on its own. An `AND` is accepted only if it states the type or
 * the port of the value:
 * `[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']`.
 * Any other `AND`, `NOT`, `FOLLOWEDBY`, qualifiers and other comparisons restrict what a pattern
 * matches. A rule that ignored them would match too much.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

enum stix_outcome {
	STIX_SOUND,  /*!< The callback has received all values. */
	STIX_NARROW, /*!< The pattern has conditions that rules cannot express. */
	STIX_BROKEN, /*!< The text is not a valid pattern. */
};

/*!
 * \brief Receives one value of a comparison.
 *
 * \param path   The object path, such as `domain-name:value`; ends with NUL.
 * \param value  The value without escapes; ends with NUL.
 */
typedef void (*stix_value_t)(void *ctx, const char *path, const char *value);

/*! \brief Room for an object path, in octets, the final zero included. */
#define STIX_PATH_SIZE 128

/*!
 * \brief Reads a pattern, and calls `each` for each value of a comparison.
 *
 * If the outcome is not STIX_SOUND, `each` may have been called for the values before the error. To
 * avoid this, call the function first with an `each` that ignores the values.
 *
 * \param why  Receives the word at which reading stopped, unless the outcome is STIX_SOUND.
 */
enum stix_outcome stix_pattern_walk(const char *pattern, stix_value_t each, void *ctx,
                                    char why[STIX_PATH_SIZE]);

/*!
 * \brief Returns true if a path only describes the value of another path: the path is a type, a
 *        port or a protocol.
 */
bool stix_path_describes(const char *path);
