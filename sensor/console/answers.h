/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The processes that answer the requests of clients: some query the history, one reads the
 *        events. They have no connection to clients, and may only read.
 *
 * Limits: an answer may take ANSWERS_QUERY_S; then SIGALRM kills the process, and its parent starts
 * another.
 */
#pragma once

#include <stdbool.h>

#include "sensor/options/options.h"

#define ANSWERS_QUERY_S 30

/*! \brief Limits this process to what it needs.
 *
 * \param events  True: the process reads the events, and the history for incidents; false: it reads
 *                only the history.
 *
 * \return False after a failure, which was logged.
 */
bool answers_confine(const struct options *options, bool events);

/*! \brief Answers the calls that arrive at a socket, until its other end is closed. */
void answers_serve(const struct options *options, int fd);
