/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Runs a function in a child process with the least rights, because it reads what a server
 *        has sent.
 *
 * The child belongs to another user if this process is root's, has no capabilities, the system call
 * filter of its role, and bounds of memory and processor time. It returns its results in memory
 * that both share, and in descriptors that are open before it starts.
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

/*! \brief What a child does. \return Whether it succeeded; it logs or stores the reason. */
typedef bool (*child_work_t)(void *ctx);

struct child {
	enum sandbox_role role;
	child_work_t prepare; /*!< Called before rights are dropped; NULL: nothing is needed. */
	child_work_t
	        confine; /*!< Called before the system call filter is installed; may be NULL. */
	child_work_t work;
	void *ctx;
	const char *name;         /*!< What is done, for the progress: "fetching vendor". */
	_Atomic uint64_t *octets; /*!< The progress. */
	uint64_t memory;          /*!< The largest size of its address space, in octets. */
	uint32_t seconds;         /*!< The longest time, after which the child is killed. */
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
