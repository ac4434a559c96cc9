/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A process that compiles the rules once for all workers.
 *
 * It is forked by the supervisor, which does not read the rules itself. It writes the compiled set
 * to memory that has a descriptor (a memfd). When it has ended, this memory is sealed: nobody can
 * change it, so that workers can map it.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct loader {
	pid_t pid; /*!< 0: the process does not run. */
	int image; /*!< The memory that it writes; -1: none. */
};

/*!
 * \brief Forks the process. In it, all files are closed except the standard ones and `image`.
 *
 * \return The result of fork(); -1 on failure, which was logged.
 */
pid_t loader_fork(struct loader *loader);

/*!
 * \brief Looks whether the process has ended, without waiting.
 *
 * \param good  Receives whether its exit status was EXIT_DONE. If not, the memory is empty.
 *
 * \return The descriptor of the memory, which the caller closes; -1: it still runs, or there is
 *         none.
 */
int loader_take(struct loader *loader, bool *good);

/*! \brief Kills the process if it runs. */
void loader_stop(struct loader *loader);
