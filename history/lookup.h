/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the rows whose keys begin with any of many prefixes.
 *
 * A row that has several such keys is read once. The folder is read by child processes (reading.h),
 * which pass on about HISTORY_LOOKUP_PART octets of rows at once, so that memory does not depend on
 * the number of rows. Look-ups of few prefixes share a child.
 *
 * Ownership: history_lookup_free() frees the prefixes. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/reading.h"
#include "history/rows/row.h"

#define HISTORY_LOOKUP_PART ((size_t)8 << 20)

/*! \brief A set of prefixes. If all octets are zero, it is empty. */
struct history_lookup {
	uint8_t *octets; /*!< The prefixes, end to end. */
	size_t octets_size, octets_room;
	struct history_prefix {
		size_t at; /*!< The offset in `octets`. */
		uint16_t size;
	} * items;
	size_t count, room;
};

void history_lookup_free(struct history_lookup *lookup);

/*! \brief Adds a prefix of at least one octet. \return False when out of memory. */
bool history_lookup_add(struct history_lookup *lookup, const uint8_t *prefix, size_t size);

/*!
 * \brief Adds the prefix of the keys of a name in wire format, in lower case.
 *
 * \param exact  If it is false, the keys of all names below the name have the prefix, too.
 *
 * \return False when out of memory.
 */
bool history_lookup_add_name(struct history_lookup *lookup, enum history_key_kind kind,
                             const uint8_t *name, size_t size, bool exact);

/*! \brief Receives a row; its views are valid during the call. \return False to stop. */
typedef bool (*history_row_t)(void *ctx, const struct history_record *record);

/*!
 * \brief Reads the rows.
 *
 * \return 0, also if `each` has returned false; or a negative error of errno.h.
 */
int history_lookup_run(struct history_lookup *lookup, struct history_reading *reading,
                       history_row_t each, void *ctx);
