/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes one allocation of the program fail. A test program includes this header once.
 *
 * Only calls of the program itself fail: libraries have tests of their own. AddressSanitizer
 * replaces the same functions: a test skips if ADDRESS_SANITIZED.
 */
#pragma once

#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/sanitizer.h"

/*! The number of the call that fails, counted down; 0: none. */
static size_t no_memory_countdown;
static size_t no_memory_failures;
/*! The place of the last call that failed, for addr2line(1). */
static size_t no_memory_place;

extern const char __executable_start, etext;

static inline bool no_memory_fails(const void *caller)
{
	const char *at = caller;
	if (no_memory_countdown == 0 || at < &__executable_start || at >= &etext ||
	    --no_memory_countdown > 0) {
		return false;
	}
	no_memory_failures++;
	no_memory_place = (size_t)(at - &__executable_start);
	errno = ENOMEM;
	return true;
}

/* In place of the C library's and LeakSanitizer's. */
#define NO_MEMORY(type, name, failure, parameters, ...)                                            \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (real == NULL) {                                                                \
			*(void **)&real = dlsym(RTLD_NEXT, #name);                                 \
		}                                                                                  \
		return no_memory_fails(__builtin_return_address(0)) ? (failure)                    \
		                                                    : real(__VA_ARGS__);           \
	}

NO_MEMORY(void *, malloc, NULL, (size_t size), size)
NO_MEMORY(void *, calloc, NULL, (size_t count, size_t size), count, size)
NO_MEMORY(void *, realloc, NULL, (void *memory, size_t size), memory, size)
NO_MEMORY(void *, aligned_alloc, NULL, (size_t alignment, size_t size), alignment, size)
NO_MEMORY(char *, strdup, NULL, (const char *text), text)
NO_MEMORY(char *, strndup, NULL, (const char *text, size_t size), text, size)
NO_MEMORY(FILE *, open_memstream, NULL, (char **text, size_t *size), text, size)
NO_MEMORY(void *, mmap, MAP_FAILED,
          (void *near, size_t size, int protection, int flags, int fd, off_t offset), near, size,
          protection, flags, fd, offset)
NO_MEMORY(ssize_t, getrandom, -1, (void *octets, size_t size, unsigned flags), octets, size, flags)

/*!
 * \brief Runs a function again and again: each time the next allocation fails, until none has
 *        failed.
 *
 * \return The number of allocations.
 */
static inline size_t no_memory_each(void (*run)(void *ctx, size_t number), void *ctx)
{
	size_t number = 0;
	do {
		number++;
		no_memory_failures = 0;
		no_memory_countdown = number;
		run(ctx, number);
		no_memory_countdown = 0;
	} while (no_memory_failures > 0);
	return number - 1;
}
