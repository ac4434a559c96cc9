/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Imports lines in the Common Output Format into a store.
 *
 * Rows are collected in a table and passed on in batches, so that memory is bounded: the table
 * (history/table.h), one line (COF_LINE_MAX), and the objects into which Jansson parses it.
 *
 * Ownership: history_import_free() frees the import, not the target. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*! \brief Receives batches (history/rows/batch.h) and the names of the sensors that have seen them.
 */
struct history_target {
	/*! Adds a batch. \return False if it could not be added; the reason has been logged. */
	bool (*add)(void *ctx, const uint8_t *batch, size_t size, size_t rows);
	/*! Names a sensor of the next batch. \return False: the batch must be added first. */
	bool (*name_sensor)(void *ctx, const char *name, size_t size);
	void *ctx;
};

struct history_import_totals {
	uint64_t rows;     /*!< The number of rows in the lines; equal rows are not merged in it. */
	uint64_t bad;      /*!< Lines that are invalid. */
	uint64_t not_kept; /*!< Lines without a row, for example because the history does not keep
	                      records of their type. */
	uint64_t lines;    /*!< All lines that were read. */
};

/*! \brief Receives what happens while a file is read. */
struct history_import_events {
	/*! Called for an invalid line, which is left out; `line` counts from 1. */
	void (*complain)(void *ctx, uint64_t line, const char *reason);
	/*! Called for each line. \return False to read no further line. */
	bool (*goes_on)(void *ctx);
	void *ctx;
};

struct history_import;

/*! \brief Starts an import; `target` is borrowed. \return NULL when out of memory. */
struct history_import *history_import_new(const struct history_target *target);

void history_import_free(struct history_import *import);

/*!
 * \brief Reads a file to its end.
 *
 * \param totals  Receives the numbers of this file.
 *
 * \return 0; the negative errno value of a failed read; -EIO if the target could not add a batch;
 *         -ECANCELED if `goes_on` has returned false.
 */
int history_import_file(struct history_import *import, FILE *file,
                        const struct history_import_events *events,
                        struct history_import_totals *totals);

/*! \brief Passes on the rows that are left. \return False if a batch could not be added. */
bool history_import_finish(struct history_import *import);
