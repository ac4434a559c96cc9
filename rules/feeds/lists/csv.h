/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Cuts comma-separated text into records and fields (RFC 4180). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief Fields of a record, and octets of all of them; what goes beyond makes it a bad one. */
#define CSV_FIELDS_MAX 256
#define CSV_RECORD_MAX 65536

/*! \brief A text in the course of being cut; the text must be terminated. */
struct csv {
	const char *at;
	char delimiter;
	size_t line; /*!< Of the record that comes next, from 1. */
};

/*! \brief A record: terminated fields, quotes undone and blanks at their ends gone. */
struct csv_record {
	size_t line; /*!< Of its beginning. */
	size_t count;
	const char *fields[CSV_FIELDS_MAX];
	char buffer[CSV_RECORD_MAX + CSV_FIELDS_MAX];
};

/*!
 * \brief Cuts the next record; a line break within quotes belongs to its field.
 *
 * \param why  Filled in when the record is bad.
 *
 * \return 1 for a record, 0 at the end, -1 for a bad one, of which one line was passed over.
 */
int csv_next(struct csv *csv, struct csv_record *record, const char **why);
