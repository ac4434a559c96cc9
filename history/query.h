/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Queries to a history folder.
 *
 * libmtbl ends the process when it reads a damaged file. The folder is therefore read in a child
 * process; if that ends, the damaged file is found, reported and left out. A query takes no lock,
 * so the process that writes the folder does not wait for it.
 *
 * Limits: a query returns at most HISTORY_LIMIT_MAX rows. It uses memory for at most twice its
 * limit of rows, usually 200 octets for each.
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
	HISTORY_ASK_NAME,     /*!< `NAME`: records of this name. */
	HISTORY_ASK_BELOW,    /*!< `*.NAME`: records of the names below NAME. */
	HISTORY_ASK_AT_BELOW, /*!< `.NAME`: records of NAME and of the names below it. */
	HISTORY_ASK_NETWORK,  /*!< An address or a network: records with these addresses. */
};

struct history_query {
	enum history_question question;
	struct dns_name name;
	struct in6_addr network; /*!< IPv4 addresses are IPv4-mapped (RFC 4291, 2.5.5.2). */
	unsigned prefix;         /*!< The length of the network's prefix in bits, 0 to 128. */
	uint16_t types[HISTORY_TYPES_MAX];
	size_t types_count; /*!< 0: all types. */
	/*! Only rows that were seen within this time, ends included. Both are seconds since 1970
	 * UTC. */
	uint64_t since_s, until_s;
	/*! How many of the newest rows are returned: 1 to HISTORY_LIMIT_MAX. */
	size_t limit;
	/*! The name is searched in the data instead of the owners; always true for a network. */
	bool by_data;
};

/*!
 * \brief Parses the text of a query; sets `question`, `name`, `network` and `prefix`.
 *
 * \return NULL, or the reason why the text is not a query.
 */
const char *history_query_read(struct history_query *query, const char *text);

/*! \brief Called with the name of a damaged file, which is left out. */
typedef void (*history_named_damage_t)(void *ctx, const char *name);

#define HISTORY_SENSORS_MAX 256

/*! \brief The answer to a query. */
struct history_answer {
	/*! A batch (history/batch.h) that begins with the newest row. */
	struct cursor rows;
	uint64_t left_out; /*!< The number of older rows, which exceed the limit. */
	/*! The names of the sensors that have written rows, separated by commas. */
	char sensors[HISTORY_SENSORS_MAX];
	struct writer memory; /*!< Holds the octets of the rows. */
};

/*!
 * \brief Runs a query.
 *
 * \param path     Path of the folder.
 * \param damaged  Called for each damaged file.
 *
 * \return 0, or a negative error of errno.h. Call history_answer_free() in all cases.
 */
int history_ask(const char *path, const struct history_query *query, struct history_answer *answer,
                history_named_damage_t damaged, void *ctx);

void history_answer_free(struct history_answer *answer);
