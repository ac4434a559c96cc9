/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A list of processors, as taskset(1) reads it: `2-5`, `0,2`, `0-3,8`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPUS_MAX 64

struct cpus {
	uint16_t items[CPUS_MAX];
	size_t count;
};

/*! \return False when the text is no such list, or has more than CPUS_MAX processors. */
bool cpus_parse(struct cpus *cpus, const char *text);

/*!
 * \brief Binds this process to the processor of a worker; the list repeats if it is short.
 *
 * \return 0, also when the list is empty; or a negative errno value.
 */
int cpus_pin(const struct cpus *cpus, unsigned worker);
