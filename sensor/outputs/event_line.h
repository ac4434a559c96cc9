/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hit as one readable line: time, severity, and the sentence for a person.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief How many octets `event_line_write()` needs at most. */
size_t event_line_max(const char *time, const char *reason);

/*!
 * \brief Writes the line, line feed included, no NUL.
 *
 * Control characters of the texts are escaped: what was on the wire must not
 * reach a terminal.
 *
 * \param out       Room for `event_line_max()` octets.
 * \param severity  event.severity; 0 for a log event.
 *
 * \return The octets written.
 */
size_t event_line_write(char *out, const char *time, unsigned severity, const char *reason,
                        bool coloured);

/*! \brief For a descriptor: a terminal, and NO_COLOR does not forbid. */
bool event_line_wants_colour(int fd);
