/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Events on a terminal, which fit its width: a hit as a sentence, an incident as a short
 *        table. The first line of an event begins with its time, further lines with blanks.
 *
 * All texts are escaped (base/printable.h), because octets from the wire must neither control a
 * terminal nor look like other text.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/writer.h"

/*! \brief The width if the terminal does not know its own, and the smallest one. */
#define TERMINAL_WIDTH     80
#define TERMINAL_WIDTH_MIN 40

/*!
 * \brief Returns the width in columns: the environment variable COLUMNS, or else that of the
 *        terminal; 0 if `fd` is not a terminal, so that lines are not limited.
 */
unsigned terminal_width(int fd);

/*!
 * \brief Writes a hit or a log event.
 *
 * \param time      @timestamp; any text.
 * \param severity  event.severity; 0 for a log event.
 * \param reason    Any octets, NUL included.
 */
void terminal_put_event(struct writer *out, const char *time, unsigned severity, const char *reason,
                        size_t reason_size, unsigned width, bool coloured);

/*!
 * \brief Writes the event of an incident.
 *
 * \param event  An event of any origin.
 *
 * \return False if it is not an incident; nothing is written then.
 */
bool terminal_put_incident(struct writer *out, const json_t *event, unsigned width, bool coloured);
