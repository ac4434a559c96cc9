/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the value of event.reason: one sentence with the observed value, where it was seen,
 *        and the rule that it matched.
 */
#pragma once

#include "sensor/events/event_parts.h"

/*! \brief Writes `parts->reason` from the other parts. It ends with NUL unless the writer has
 * failed. */
void event_reason_make(struct event_parts *parts);
