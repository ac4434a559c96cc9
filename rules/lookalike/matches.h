/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The protected names that one name imitates, the closest imitation first. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/lookalike/protected.h"

/*! \brief The largest number of protected names that are reported for one name. */
#define LOOKALIKE_MATCHES_MAX 8

/*! \brief The closest matches; without matches, only `count` is defined. */
struct lookalike_matches {
	uint32_t count;
	struct lookalike_match {
		uint32_t name;          /*!< The number of the protected name. */
		enum lookalike_how how; /*!< How the two names differ. */
		/*! The public suffixes of the two names differ in at most one letter. */
		bool near_suffix;
	} names[LOOKALIKE_MATCHES_MAX];
};

/*!
 * \brief Inserts a protected name, so that the closest names come first. Each name is inserted only
 *        once, with the smallest difference. If there is no room, the least close name is dropped.
 */
void lookalike_matches_add(struct lookalike_matches *matches, struct lookalike_match proposed);
