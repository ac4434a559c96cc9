/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What each process may ask of the kernel (seccomp-bpf): any other call ends it with
 *        SIGSYS.
 *
 * Filters add up: a child of the supervisor has its filter, too.
 *
 * Not in builds with AddressSanitizer: what that needs at the end (a tracer, a clone) is
 * what a filter is there to forbid.
 */
#pragma once

#include <stdbool.h>

enum sandbox_role {
	SANDBOX_WORKER,     /*!< Reads packets and rules, writes files: no sockets, no processes. */
	SANDBOX_PUBLISHER,  /*!< Connects to servers, reads and writes the journal. */
	SANDBOX_METRICS,    /*!< Answers whoever connects, by descriptors that are open. */
	SANDBOX_SUPERVISOR, /*!< All that its children may, and starts and ends them. */
};

/*! \brief For good. False, said: do not go on. */
bool sandbox_enter(enum sandbox_role role);

/*! \brief False in a build in which sandbox_enter() does nothing. */
bool sandbox_is_real(void);
