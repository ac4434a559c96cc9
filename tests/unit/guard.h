/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Lays bytes against an unreadable page: an over-read by one octet ends the
 *        test, in a build without sanitizers too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define GUARD_PAGE ((size_t)4096)
#define GUARD_ROOM (17 * GUARD_PAGE) /*!< More than 64 KiB. */

struct guard {
	uint8_t *base;
};

static inline void guard_open(struct guard *guard)
{
	guard->base = mmap(NULL, GUARD_ROOM + GUARD_PAGE, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(guard->base != MAP_FAILED);
	assert_int_equal(mprotect(guard->base + GUARD_ROOM, GUARD_PAGE, PROT_NONE), 0);
}

/*! \brief Copies the bytes so that they end where the unreadable page begins. */
static inline const uint8_t *guard_lay(struct guard *guard, const void *bytes, size_t size)
{
	assert_true(size <= GUARD_ROOM);
	uint8_t *view = guard->base + GUARD_ROOM - size;
	memmove(view, bytes, size);
	return view;
}

static inline void guard_close(struct guard *guard)
{
	(void)munmap(guard->base, GUARD_ROOM + GUARD_PAGE);
}
