/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An event as one human-readable line: time, severity and reason.
 */
#pragma once

#include <stdbool.h>

#include "base/writer.h"

/*!
 * \brief Writes the line and its line feed.
 *
 * The texts are escaped (base/printable.h): octets from the wire must not control a terminal,
 * nor look like others.
 *
 * \param severity  event.severity; 0 for a log event.
 */
void event_line_put(struct writer *out, const char *time, unsigned severity, const char *reason,
                    bool coloured);

/*! \brief For a descriptor: it is a terminal, and NO_COLOR does not forbid colours. */
bool event_line_wants_colour(int fd);
