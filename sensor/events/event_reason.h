/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief event.reason: one sentence that gives the hit, its place and its rule.
 */
#pragma once

#include "sensor/events/event_parts.h"

/*! \brief Makes `reason` of the other parts; terminated by NUL unless it failed. */
void event_reason_make(struct event_parts *parts);
