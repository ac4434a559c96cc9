/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief cmocka with the headers that it wants included before it.
 *
 * A test program that leaves a descriptor open fails, as one that leaks memory does.
 */
#pragma once

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define UNIT_DESCRIPTORS_MAX 256

/*! \brief How many descriptors are open. */
static inline int unit_count_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < UNIT_DESCRIPTORS_MAX; fd++) {
		count += fcntl(fd, F_GETFD) >= 0;
	}
	return count;
}

static int unit_descriptors;

__attribute__((constructor)) static inline void unit_begin(void)
{
	unit_descriptors = unit_count_descriptors();
}

__attribute__((destructor)) static inline void unit_end(void)
{
	int now = unit_count_descriptors();
	if (now != unit_descriptors) {
		(void)fprintf(stderr, "%d descriptors are open, %d were at the start\n", now,
		              unit_descriptors);
		_exit(24);
	}
}
