/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Runs a function in a child process, because libmtbl ends the process when it cannot write
 *        a file, or when it reads a damaged file.
 *
 * A program can watch long work with history_watch(), to show its progress and to give it up.
 *
 * Ownership: every child that was started must be waited for with history_child_wait(), or given up
 * with history_child_give_up().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/writer.h"

/*!
 * \brief A function that is called in a child process.
 *
 * \param output  The octets that the function writes there are copied to the caller of
 *                history_in_child().
 *
 * \return 0, or a negative error of errno.h.
 */
typedef int (*history_work_t)(void *ctx, struct writer *output);

/*! \brief Called several times a second during long work. \return False to give up the work. */
typedef bool (*history_goes_on_t)(void *ctx);

/*! \brief Sets the function that watches long work of this process; NULL: none, as initially. */
void history_watch(history_goes_on_t goes_on, void *ctx);

/*! \brief Calls the function that watches long work. \return False if the work must be given up. */
bool history_goes_on(void);

/*! \brief Waits until `fd` can be read, or its other end is closed. \return 0; -ECANCELED if the
 *         work must be given up; the negative errno value of poll(2). */
int history_wait_for(int fd);

/*!
 * \brief Runs `work` in a child process, whose standard error is discarded, and waits for its end.
 *
 * The parent does not see the child's changes to memory; changes to files are kept.
 *
 * \param output  The octets that `work` has written are appended to it; its limit must be greater
 *                than 0. NULL: they are discarded.
 *
 * \return What `work` returned; -EIO if the child died; -ECANCELED if the work was given up
 *         (history_watch()), and the child was killed; the negative errno value of fork(2) or
 *         pipe(2) if it failed.
 */
int history_in_child(history_work_t work, void *ctx, struct writer *output);

/*! \brief A child process that works while its parent continues. */
struct history_child {
	pid_t pid; /*!< 0: there is no child. */
	int end;   /*!< poll(2) reports POLLHUP for this descriptor when the child has ended. */
};

/*!
 * \brief Starts `work` in a child process as history_in_child() does, and returns at once. The
 *        output of `work` can only be one number, a uint64_t.
 *
 * \return 0, or the negative errno value of fork(2) or pipe(2).
 */
int history_child_start(struct history_child *child, history_work_t work, void *ctx);

/*! \brief Whether history_child_wait() would return at once. */
bool history_child_has_ended(const struct history_child *child);

/*! \brief Waits for the end of the child. `number` receives its output, or 0 if there is none;
 * NULL: the output is discarded. \return The same as history_in_child(). If the work is given up,
 *         the child is asked to end as history_child_give_up() does. */
int history_child_wait(struct history_child *child, uint64_t *number);

/*!
 * \brief Asks the child to end, if there is one, and waits for its end.
 *
 * The child gets no signal, because the system call filter of the process that writes the history
 * forbids signals. The child must therefore call history_child_is_given_up() from time to time.
 */
void history_child_give_up(struct history_child *child);

/*! \brief In a child that history_child_start() has started: whether the parent has called
 *         history_child_give_up(). */
bool history_child_is_given_up(void);
