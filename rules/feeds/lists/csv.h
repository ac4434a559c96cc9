/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Splits comma-separated text into records and fields (RFC 4180). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief The most fields of a record, and octets of all of them. A record beyond that is bad. */
#define CSV_FIELDS_MAX 256
#define CSV_RECORD_MAX 65536

/*! \brief The state of splitting a text, which must be terminated. */
struct csv {
	const char *at;
	char delimiter;
	size_t line; /*!< Line of the next record, from 1. */
};

/*! \brief A record: terminated fields, without quotes and without blanks at their ends. */
struct csv_record {
	size_t line; /*!< The line on which it begins. */
	size_t count;
	const char *fields[CSV_FIELDS_MAX];
	char buffer[CSV_RECORD_MAX + CSV_FIELDS_MAX];
};

/*!
 * \brief Reads the next record; a line break between quotes belongs to its field.
 *
 * \param why  Out, for a bad record: the reason.
 *
 * \return 1 for a record, 0 at the end, -1 for a bad record, whose first line was skipped.
 */
int csv_next(struct csv *csv, struct csv_record *record, const char **why);
