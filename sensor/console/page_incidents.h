/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The pages of incidents: the list, newest first, which is shown anew by itself, and one
 *        incident as its report.
 *
 * Limits: PAGE_INCIDENTS_MAX incidents in the list.
 */
#pragma once

#include "sensor/console/calls.h"
#include "sensor/console/events.h"

#define PAGE_INCIDENTS_MAX 500

/*! \brief Answers CONSOLE_INCIDENTS or CONSOLE_INCIDENT. */
void page_incidents_answer(struct events *events, const struct console_request *request,
                           struct console_answer *answer);
