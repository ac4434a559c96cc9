/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Durations as text: a number and a unit, such as 90s, 10m, 2h or 7d. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DURATION_TEXT_SIZE 24

/*!
 * \brief Reads a duration. The number has at most 7 digits.
 *
 * \return False if the text is not a duration.
 */
bool duration_parse(const char *text, uint64_t *seconds);

/*!
 * \brief Writes a duration as a whole number of the largest possible unit, for example 120 seconds
 *        as `2m`.
 */
void duration_text(uint64_t seconds, char text[DURATION_TEXT_SIZE]);
