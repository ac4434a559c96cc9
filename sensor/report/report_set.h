/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A set of hashes that shows whether something was seen before. Private to sensor/report/.
 *
 * Limit: REPORT_SET_MAX hashes, 64 MiB. Hashes of 64 bits may collide by chance.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_SET_MAX ((size_t)4 << 20)

/*! \brief Initially all octets are zero. */
struct report_set {
	uint64_t *slots; /*!< 0: free. */
	size_t room, count;
};

enum report_set_result {
	REPORT_SET_NEW,
	REPORT_SET_KNOWN,
	REPORT_SET_FULL, /*!< The hash is not in the set, and there is no room for it. */
};

/*! \brief Adds a hash. */
enum report_set_result report_set_add(struct report_set *set, uint64_t hash);

void report_set_free(struct report_set *set);
