/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Splits comma-separated text into records and fields (RFC 4180). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*!
 * \brief The largest number of fields in a record, and the largest number of octets in all fields
 *        of a record. A larger record is invalid.
 */
#define CSV_FIELDS_MAX 256
#define CSV_RECORD_MAX 65536

/*! \brief The state of splitting a text, which must end with NUL. */
struct csv {
	const char *at;
	char delimiter;
	size_t line; /*!< The line number of the next record, from 1. */
};

/*! \brief A record. Each field ends with NUL; its quotes and the blanks around it are removed. */
struct csv_record {
	size_t line; /*!< The line on which the record begins. */
	size_t count;
	const char *fields[CSV_FIELDS_MAX];
	char buffer[CSV_RECORD_MAX + CSV_FIELDS_MAX];
};

/*!
 * \brief Reads the next record. A line break between quotes is part of the field.
 *
 * \param why  Receives the reason if the record is invalid.
 *
 * \return 1 if a record was read; 0 at the end of the text; -1 if the record is invalid. Only the
 *         first line of an invalid record is skipped.
 */
int csv_next(struct csv *csv, struct csv_record *record, const char **why);
