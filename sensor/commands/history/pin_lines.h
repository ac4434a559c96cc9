/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes `pin` rules from the items of a book, with comments for the reader of a rule. */
#pragma once

#include <stdio.h>

#include "sensor/commands/history/pin_book.h"

/*! \brief The largest number of values that a rule expects. If an owner had more values of a kind,
 *         a comment takes the place of that rule. */
#define PIN_LINES_VALUES_MAX 64

/*!
 * \brief Writes the rules of all owners at and below the domains.
 *
 * Each rule accepts all values that were seen. There is no rule for values that were absent at some
 * time, such as DS records that were absent once, or texts that were missing in an answer.
 *
 * \return The number of rules.
 */
size_t pin_lines_write(const struct pin_book *book, FILE *out);
