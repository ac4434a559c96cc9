/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes an event in the Common Event Format (ArcSight CEF, revision 25, version 0).
 *
 *     CEF:0|nsmx|nsmx|VERSION|SIGNATURE|NAME|SEVERITY|KEY=VALUE KEY=VALUE...
 *
 * VERSION is observer.version, SIGNATURE is rule.id, and NAME is event.action; an event without a
 * rule or action has event.dataset in its place. docs/syslog.md has the table of keys. Values are
 * valid UTF-8 on one line.
 *
 * Limits: a value is cut at the size that the dictionary of CEF states for its key.
 */
#pragma once

#include <jansson.h>

#include "base/writer.h"

/*!
 * \brief Writes an event.
 *
 * \param severity  event.severity; 0: the event is not a hit.
 */
void cef_put(struct writer *out, const json_t *event, unsigned severity);
