/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes events for a terminal, in lines that fit its width: a hit as a sentence, an
 *        incident as a short table. The first line of an event begins with the time of the event,
 *        further lines begin with blanks.
 *
 * All texts are escaped (base/printable.h), because octets from the wire must neither control a
 * terminal nor look like other text.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/writer.h"

/*! \brief The width in columns if the width of the terminal is not known, and the smallest
 *         width. */
#define TERMINAL_WIDTH     80
#define TERMINAL_WIDTH_MIN 40

/*!
 * \brief Returns the width in columns: the value of the environment variable COLUMNS, else the
 *        width of the terminal, else TERMINAL_WIDTH. Returns 0, which means no limit, if `fd` is
 *        not a terminal.
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
