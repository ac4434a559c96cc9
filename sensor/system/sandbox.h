/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Limits the system calls of each process (seccomp-bpf); any other call ends the process
 *        with SIGSYS.
 *
 * A child process inherits the filters of its parent: workers and publishers have the filter of
 * the supervisor and their own.
 *
 * A build with AddressSanitizer has no filters, because its check for leaks needs ptrace(2) and
 * clone(2), which the filters forbid.
 */
#pragma once

#include <stdbool.h>

/*! \brief What a process does, which decides the system calls that it may use. */
enum sandbox_role {
	/*! Reads and writes descriptors that are open. Opens no file and no socket, starts no
	 *  process, and maps no executable memory. */
	SANDBOX_WORKER,
	SANDBOX_WRITER,     /*!< A worker with a journal: also creates files and lists folders, but
	                       opens none to read. */
	SANDBOX_PUBLISHER,  /*!< Connects to servers, reads and writes the journal. */
	SANDBOX_METRICS,    /*!< Serves clients on descriptors that are already open. */
	SANDBOX_SUPERVISOR, /*!< Starts and stops the others, and may use all their system calls. */
};

/*!
 * \brief Installs the filter of a role for the rest of the process's life.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool sandbox_enter(enum sandbox_role role);

/*! \brief False in a build in which sandbox_enter() does nothing. */
bool sandbox_is_real(void);
