/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A process that compiles the rules once for all workers.
 *
 * The supervisor does not read the rules itself, but forks this process. The process writes the
 * compiled set to memory that has a descriptor (a memfd). After the end of the process, the
 * supervisor seals the memory. Workers can then map it, because nobody can change it any more.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct loader {
	pid_t pid; /*!< 0: the process does not run. */
	int image; /*!< Descriptor of the memory that the process writes; -1: none. */
};

/*!
 * \brief Forks the process. In it, all files are closed except the standard ones and `image`.
 *
 * \return The result of fork(); -1 on failure, which was logged.
 */
pid_t loader_fork(struct loader *loader);

/*!
 * \brief Checks, without waiting, whether the process has ended.
 *
 * \param good  Receives whether its exit status was EXIT_DONE. If not, the memory is empty.
 *
 * \return The descriptor of the memory, which the caller closes. -1: the process still runs, there
 *         is no process, or the memory could not be sealed, which was logged.
 */
int loader_take(struct loader *loader, bool *good);

/*! \brief Kills the process if it runs. */
void loader_stop(struct loader *loader);
