/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The part of STIX patterns (STIX 2.1 section 9) that rules can express.
 *
 * These are comparisons with `=`, `IN` and `ISSUBSET` connected by `OR`: each value is
 * an indicator by itself. An `AND` may add only a description, which fixes the type or the
 * port of the value: `[network-traffic:dst_ref.type = 'ipv4-addr' AND
 * network-traffic:dst_ref.value = '192.0.2.1']`. Any other `AND`, `NOT`, `FOLLOWEDBY`, qualifiers
 * and other comparisons narrow a pattern. A rule that ignored them would match too much.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

enum stix_outcome {
	STIX_SOUND,  /*!< Every comparison was reported. */
	STIX_NARROW, /*!< It has conditions that rules cannot express. */
	STIX_BROKEN, /*!< It is not a valid pattern. */
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
 * When the outcome is not STIX_SOUND, the values before the offending word have
 * been reported already. A first walk that ignores the values gives the outcome.
 *
 * \param why  Out, unless the outcome is STIX_SOUND: the offending word.
 */
enum stix_outcome stix_pattern_walk(const char *pattern, stix_value_t each, void *ctx,
                                    char why[STIX_PATH_SIZE]);

/*! \brief Whether a path only describes the value of another: its type, port or protocol. */
bool stix_path_describes(const char *path);
