/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Compares two sets of imported rules, which have one rule and one indicator on a line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct compare_counts {
	uint64_t before, after;  /*!< The rules of each set. */
	uint64_t added, removed; /*!< The rules that only one of them has. */
	uint64_t allows;         /*!< The `allow` rules of the second set. */
};

/*!
 * \brief Compares rules by verb, kind and indicator. The texts need no NUL at their end.
 *
 * \return False when out of memory.
 */
bool compare_rules(const char *before, size_t before_size, const char *after, size_t after_size,
                   struct compare_counts *counts);
