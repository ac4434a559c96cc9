/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Limits the system calls of each process (seccomp-bpf); any other call ends the process
 *        with SIGSYS.
 *
 * Filters accumulate: a child of the supervisor has the filter of the supervisor, too.
 *
 * Builds with AddressSanitizer have no filters: its check for leaks needs ptrace(2) and
 * clone(2), which filters must forbid.
 */
#pragma once

#include <stdbool.h>

enum sandbox_role {
	/*! Reads and writes descriptors that are open: opens no file, no socket, no process; has
	 *  no memory that can be executed. */
	SANDBOX_WORKER,
	SANDBOX_WRITER, /*!< A worker with a journal: creates files, lists folders, reads none. */
	SANDBOX_PUBLISHER,  /*!< Connects to servers, reads and writes the journal. */
	SANDBOX_METRICS,    /*!< Serves clients on descriptors that are already open. */
	SANDBOX_SUPERVISOR, /*!< Everything that its children may do, and starting and stopping
	                       them. */
};

/*!
 * \brief Installs the filter of a role permanently.
 *
 * \return False when that fails, which is logged; the process must end.
 */
bool sandbox_enter(enum sandbox_role role);

/*! \brief False in a build in which sandbox_enter() does nothing. */
bool sandbox_is_real(void);
