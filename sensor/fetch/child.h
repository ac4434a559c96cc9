/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Runs a function in a child process with the least rights, because it reads what a server
 *        has sent.
 *
 * If this process runs as root, the child runs as another user. The child has no capabilities, and
 * the system call filter of its role. Its memory and processor time are limited. It returns its
 * results in memory that it shares with this process, and in descriptors that are open before it
 * starts.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/process/replay/progress.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"

/*! \brief How children are run. */
struct child_rules {
	struct privileges user;
	struct progress progress;
};

/*! \brief A function that runs in a child. \return False on failure; the function has then logged
 *         or stored the reason. */
typedef bool (*child_work_t)(void *ctx);

struct child {
	enum sandbox_role role;
	child_work_t prepare; /*!< Called before rights are dropped; NULL: nothing is needed. */
	child_work_t
	        confine; /*!< Called before the system call filter is installed; may be NULL. */
	child_work_t work;
	void *ctx;
	const char *name;         /*!< The text of the progress line, such as "fetching vendor". */
	_Atomic uint64_t *octets; /*!< The number of octets that the progress line shows. */
	uint64_t memory;          /*!< The largest address space of the child, in octets. */
	uint32_t seconds;         /*!< The child is killed after this time, in seconds. */
};

enum child_end {
	CHILD_DONE,
	CHILD_FAILED,
	CHILD_DIED,        /*!< It was killed by a signal, or could not be started. */
	CHILD_LATE,        /*!< It took too long. */
	CHILD_INTERRUPTED, /*!< signals_stop() became true. */
};

/*! \brief Runs a child to its end. */
enum child_end child_run(struct child_rules *rules, const struct child *child);
