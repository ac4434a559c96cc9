/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Compares two sets of imported rules. Each line of a set has one rule with one
 *         indicator. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compare_counts {
	uint64_t before, after; /*!< The number of rules of the first set, and of the second set. */
	/*! The number of rules that only the second set has, and that only the first set has. */
	uint64_t added, removed;
	uint64_t allows; /*!< The number of `allow` rules of the second set. */
};

/*!
 * \brief Compares rules by verb, kind and indicator. The texts need no NUL at their end.
 *
 * \return False when out of memory.
 */
bool compare_rules(const char *before, size_t before_size, const char *after, size_t after_size,
                   struct compare_counts *counts);
