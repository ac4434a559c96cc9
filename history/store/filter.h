/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the keys of a file, and leaves out rows that are not kept: rows whose age exceeds a
 *        limit, the clients of a record beyond HISTORY_CLIENTS_MAX, and disposable names (fold.h).
 *
 * For each class of rows, the file also gets the oldest and the newest last sighting
 * (HISTORY_KEY_RANGE). These times show, later on, whether the file has rows that are too old.
 *
 * Ownership: history_filter_end() frees everything. The output and the other files are borrowed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/merged.h"
#include "history/rows/hashes.h"
#include "history/store/output.h"

/*!
 * \brief The greatest number of clients of a record. Those with the smallest hashes of their
 *        addresses are kept, so the result does not depend on the order in which files are merged.
 */
#define HISTORY_CLIENTS_MAX 1000

/*! \brief Classes of rows. Each class has its own age limit. */
enum history_class {
	HISTORY_CLASS_ROWS, /*!< Records, mail for domains, mail servers. */
	HISTORY_CLASS_CLIENTS,
	HISTORY_CLASS_MAILBOXES,
	HISTORY_CLASSES,
};

/*! \brief Returns the class of rows with keys of this kind. */
enum history_class history_class_of(enum history_key_kind kind);

/*! \brief The times of the rows of a class in a file. */
struct history_range {
	uint64_t rows;
	uint64_t oldest, newest; /*!< The oldest and the newest last sighting, in seconds since
	                          1970 UTC. */
	uint64_t limit; /*!< Rows whose last sighting was before this time were left out. */
};

/*! \brief A mailbox or a client whose rows are left out. */
struct history_person {
	bool is_client; /*!< True: a client; false: a mailbox. */
	struct in6_addr client;
	struct dns_name domain;
	uint8_t local[HISTORY_LOCAL_MAX]; /*!< Folded by mailbox_local_fold(). */
	size_t local_size;
};

/*! \brief The greatest number of persons that are left out at once. */
#define HISTORY_PERSONS_MAX 64

/*! \brief After so many keys, a child checks whether its parent has given up the work. */
#define HISTORY_LOOK_EVERY 4096

/*! \brief Whether a client's row (HISTORY_KEY_CLIENT) or a single mail (HISTORY_KEY_RECIPIENT)
 *         belongs to one of these persons. */
bool history_persons_have(const struct history_person *persons, size_t count,
                          const struct history_record *record);

struct history_filter {
	struct history_output *output;
	const struct history_person *persons; /*!< Borrowed. Their rows are left out. */
	size_t persons_count;
	/*! For each class: rows whose last sighting was in the very second of the limit are left
	 * out, too, if history_hash() of their key is not greater than this. Initially 0: none. */
	uint64_t hashes[HISTORY_CLASSES];
	uint64_t removed;              /*!< The number of rows that were too old, or of persons. */
	struct history_merged *others; /*!< All other files of the folder, or NULL. */
	struct history_range ranges[HISTORY_CLASSES];
	bool ended; /*!< The ranges have been written. */
	struct history_hashes
	        dropped; /*!< The keys without a value that belong to rows that were left out. */
	uint8_t record[HISTORY_KEY_MAX]; /*!< The record whose clients are counted. */
	size_t record_size;
	unsigned clients;
};

/*!
 * \brief Begins a file.
 *
 * \param others  The other files of the folder; NULL: there are none. A row is too old only if its
 *                last sighting in these files, if there is one, is too old as well.
 * \param limits  For each class: rows whose last sighting was before this time are left out. NULL:
 * all rows are kept.
 */
void history_filter_begin(struct history_filter *filter, struct history_output *output,
                          struct history_merged *others, const uint64_t limits[HISTORY_CLASSES]);

/*! \brief Adds a key as history_output_add() does. \return False if it could not be written. */
bool history_filter_add(struct history_filter *filter, const uint8_t *key, size_t size,
                        const uint8_t *value, size_t value_size);

/*! \brief Writes the rest of the keys. \return False if they could not be written. */
bool history_filter_end(struct history_filter *filter);

/*! \brief Adds all keys of files, and ends the filter. Call it only in a child process (child.h).
 * \return False if they could not be written, or if the parent has given up the work. */
bool history_filter_copy(struct history_filter *filter, struct history_merged *merged);

/*! \brief Reads the range of a class in a file. \return False if the file has none. */
bool history_range_read(struct history_merged *file, enum history_class class,
                        struct history_range *range);
