/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Whether the kernel has filters of system calls.
 *
 * qemu, which runs programs of other processors, has none.
 */
#pragma once

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <sys/prctl.h>

/*! \brief Prints the reason if there are none. */
static inline bool kernel_has_filters(void)
{
	bool has = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
	if (!has) {
		print_message("no seccomp filters\n");
	}
	return has;
}
