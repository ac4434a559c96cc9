/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The roles of columns of tables and of members of JSON objects. */
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
	ROLE_END,    /*!< Its last address. */
	ROLE_WANTED, /*!< Whether the entry is meant for detection: MISP's `to_ids`. */
	ROLE_COUNT,
};

/*! \brief Room for a heading or type in its shortest form. */
#define ROLES_NAME_SIZE 40

/*!
 * \brief Writes the letters and digits of a heading in lower case, without `_utc` at its end:
 *        `First Seen (UTC)` and `first_seen` are one heading. False when it is too long or empty.
 */
bool roles_fold(const char *heading, size_t size, char text[ROLES_NAME_SIZE]);

/*! \brief The role of a usual heading; ROLE_COUNT for none. */
enum role roles_of_heading(const char *heading, size_t size);

/*! \brief The role that `--column` calls so; ROLE_COUNT for none. */
enum role roles_find(const char *name, size_t size);
