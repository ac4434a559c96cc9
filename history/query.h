/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Questions to a history folder.
 *
 * The folder is read in a child process, so that a damaged file, at which libmtbl ends the process,
 * is found, named, and left out. A query takes no lock, and does not disturb the process that
 * writes.
 *
 * Limits: HISTORY_LIMIT_MAX rows; memory of at most twice as many rows, usually 200 octets each.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/dns_name.h"
#include "base/writer.h"

#define HISTORY_LIMIT_MAX     1000000
#define HISTORY_LIMIT_DEFAULT 10000
#define HISTORY_TYPES_MAX     32

enum history_question {
	HISTORY_ASK_NAME,     /*!< `NAME`: this name */
	HISTORY_ASK_BELOW,    /*!< `*.NAME`: the names below it */
	HISTORY_ASK_AT_BELOW, /*!< `.NAME`: both */
	HISTORY_ASK_NETWORK,  /*!< An address, or a network. */
};

struct history_query {
	enum history_question question;
	struct dns_name name;
	struct in6_addr network; /*!< IPv4 as v4-mapped. */
	unsigned prefix;         /*!< Bits of the network, of 128. */
	uint16_t types[HISTORY_TYPES_MAX];
	size_t types_count;        /*!< 0: all. */
	uint64_t since_s, until_s; /*!< Rows that were seen in this time, ends included. */
	size_t limit;              /*!< The newest rows, 1 to HISTORY_LIMIT_MAX. */
	bool by_data;              /*!< The name is in the data; always true for a network. */
};

/*!
 * \brief Reads the text of a question into `question`, `name`, `network` and `prefix`.
 *
 * \return NULL, or why it is no question.
 */
const char *history_query_read(struct history_query *query, const char *text);

/*! \brief A damaged file, which was left out. */
typedef void (*history_named_damage_t)(void *ctx, const char *name);

#define HISTORY_SENSORS_MAX 256

/*! \brief What a query found. */
struct history_answer {
	struct cursor rows;                /*!< A batch (history/batch.h), the newest row first. */
	uint64_t left_out;                 /*!< Older rows, beyond the limit. */
	char sensors[HISTORY_SENSORS_MAX]; /*!< Those that have written rows, separated by commas.
	                                    */
	struct writer memory;              /*!< Of the rows. */
};

/*!
 * \brief Asks.
 *
 * \param path     The folder.
 * \param damaged  Called for each damaged file.
 *
 * \return 0, or a negative error of errno.h. Call history_answer_free() in all cases.
 */
int history_ask(const char *path, const struct history_query *query, struct history_answer *answer,
                history_named_damage_t damaged, void *ctx);

void history_answer_free(struct history_answer *answer);
