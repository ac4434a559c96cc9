/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A list of processors, written as for taskset(1): `2-5`, `0,2`, `0-3,8`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The largest number of processors in a list. */
#define CPUS_MAX 64

struct cpus {
	uint16_t items[CPUS_MAX]; /*!< Numbers of processors. */
	size_t count;
};

/*! \return False when the text is no such list, or has more than CPUS_MAX processors. */
bool cpus_parse(struct cpus *cpus, const char *text);

/*!
 * \brief Binds this process to one processor of the list, the one for a worker. If there are more
 *        workers than processors, the list is used again from its start.
 *
 * \return 0, or a negative errno value. An empty list binds nothing and is no error.
 */
int cpus_pin(const struct cpus *cpus, unsigned worker);
