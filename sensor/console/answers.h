/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The processes that answer the queries of clients. They have no connection to clients, and
 *        may only read.
 *
 * Limits: a query may take ANSWERS_QUERY_S; then SIGALRM kills the process, and its parent starts
 * another.
 */
#pragma once

#include <stdbool.h>

#include "sensor/options/options.h"

#define ANSWERS_QUERY_S 30

/*! \brief Limits this process to what it needs. \return False after a failure, which was logged. */
bool answers_confine(const struct options *options);

/*! \brief Answers the calls that arrive at a socket, until its other end is closed. */
void answers_serve(const struct options *options, int fd);
