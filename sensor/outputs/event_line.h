/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes an event as one human-readable line: time, severity and reason. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/writer.h"

/*!
 * \brief Writes the line, with a line feed at its end.
 *
 * The texts are escaped (base/printable.h), because octets from the wire must neither control a
 * terminal nor look like other text.
 *
 * \param severity  event.severity; 0 for a log event.
 * \param reason    Any octets, NUL included.
 */
void event_line_put(struct writer *out, const char *time, unsigned severity, const char *reason,
                    size_t reason_size, bool coloured);

/*! \brief Columns of a severity. */
#define EVENT_LINE_SEVERITY 8

/*! \brief Writes a severity, with blanks up to EVENT_LINE_SEVERITY columns. */
void event_line_put_severity(struct writer *out, unsigned severity, bool coloured);

/*!
 * \brief Returns whether lines written to `fd` should have colours, which is so if `fd` is a
 *        terminal and the environment variable NO_COLOR is not set.
 */
bool event_line_wants_colour(int fd);
