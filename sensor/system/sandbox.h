/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Limits the system calls that each process may use (seccomp-bpf). Any other system call
 *        ends the process with SIGSYS.
 *
 * A child process inherits the filters of its parent, so workers and publishers have the filter of
 * the supervisor in addition to their own.
 *
 * A build with AddressSanitizer has no filters, because its check for leaks needs ptrace(2) and
 * clone(2), which the filters forbid.
 */
#pragma once

#include <stdbool.h>

/*! \brief The role of a process, which determines the system calls that it may use. */
enum sandbox_role {
	/*!
	 * A worker. It reads and writes descriptors that are open. It opens no file and no socket,
	 * starts no process, and maps no executable memory.
	 */
	SANDBOX_WORKER,
	/*! A worker with a journal or evidence. It also creates files and lists folders, but opens
	 * no file to read. */
	SANDBOX_WRITER,
	/*! The process of the incidents, if it stores them: a SANDBOX_WRITER that also renames and
	 * removes files. */
	SANDBOX_INCIDENTS,
	/*! A publisher. It connects to servers, and reads and writes the journal. */
	SANDBOX_PUBLISHER,
	/*!
	 * The process that writes the history. It reads and writes files, and starts processes that
	 * do the same.
	 */
	SANDBOX_HISTORY,
	/*! The process of --metrics. It serves clients on descriptors that are already open. */
	SANDBOX_METRICS,
	/*! The process of the console that serves clients. It opens nothing. */
	SANDBOX_CONSOLE,
	/*! A process that answers queries of the console. It reads files, and starts processes that
	 * do the same; it creates, changes and removes none. */
	SANDBOX_READER,
	/*! A SANDBOX_READER that also connects to servers. */
	SANDBOX_READER_OF_SERVERS,
	/*! The process that reads a feed from its server. It connects to servers and opens files
	 * to read; it creates and changes none. */
	SANDBOX_FETCHER,
	/*!
	 * The supervisor. It starts and stops the other processes, and may use all their system
	 * calls.
	 */
	SANDBOX_SUPERVISOR,
};

/*!
 * \brief Installs the filter of a role for the rest of the process's life.
 *
 * \return False on failure, which was logged; the process must then end.
 */
bool sandbox_enter(enum sandbox_role role);

/*! \brief Returns false in a build in which sandbox_enter() does nothing. */
bool sandbox_is_real(void);
