/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The roles that columns of tables and members of JSON objects can have. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum role {
	ROLE_INDICATOR,
	ROLE_TYPE,
	ROLE_FIRST,
	ROLE_LAST,
	ROLE_SINCE,
	ROLE_UNTIL,
	ROLE_DESCRIPTION,
	ROLE_SOURCE,
	ROLE_REF,
	ROLE_CONFIDENCE,
	ROLE_TAGS,
	ROLE_START,  /*!< The first address of a range. */
	ROLE_END,    /*!< The last address of a range. */
	ROLE_WANTED, /*!< States whether the entry is for detection, as `to_ids` of MISP does. */
	ROLE_COUNT,
};

/*! \brief Room for a heading or type that roles_fold() has written, the final zero included. */
#define ROLES_NAME_SIZE 40

/*!
 * \brief Normalises a heading. Only letters and digits are written, in lower case, and `utc` at the
 *        end is omitted: `First Seen (UTC)` and `first_seen` both become `firstseen`. Returns false
 *        if the result is empty or too long.
 */
bool roles_fold(const char *heading, size_t size, char text[ROLES_NAME_SIZE]);

/*!
 * \brief Returns the role that a column with this heading usually has; ROLE_COUNT if the heading is
 *        unknown.
 */
enum role roles_of_heading(const char *heading, size_t size);

/*! \brief Returns the role with this name in `--column`; ROLE_COUNT if there is none. */
enum role roles_find(const char *name, size_t size);
