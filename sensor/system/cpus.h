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
	uint16_t items[CPUS_MAX]; /*!< The numbers of the processors. */
	size_t count;
};

/*!
 * \brief Parses a list. \return False if the text is not a list, or has more than CPUS_MAX
 *        processors.
 */
bool cpus_parse(struct cpus *cpus, const char *text);

/*!
 * \brief Binds this process to one processor: worker 0 to the first of the list, and so on. If
 *        there are more workers than processors, the list is used again from its start.
 *
 * \return 0, or a negative errno value. With an empty list, nothing is bound, and 0 is returned.
 */
int cpus_pin(const struct cpus *cpus, unsigned worker);
