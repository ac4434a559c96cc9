/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The exit statuses of the program and of its workers.
 */
#pragma once

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /*!< Something could not be read or delivered; it was logged. */
	EXIT_USAGE = 2,  /*!< The usage, the rules or the configuration were invalid. */
	/*! SIGINT or SIGTERM ended work that was not complete, which was logged. A shell gives the
	 * same status for a program that SIGINT has killed. */
	EXIT_INTERRUPTED = 130,
};
