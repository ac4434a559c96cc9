/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Queries to a history folder.
 *
 * The folder is read in a child process (reading.h). A query takes no lock, so the process that
 * writes the folder does not wait for it.
 *
 * Limits: a query returns at most HISTORY_LIMIT_MAX rows. It has memory for twice the number of
 * rows of its limit, usually 200 octets for each row, and for 64 MiB of clients.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/dns_name.h"
#include "base/writer.h"
#include "history/reading.h"
#include "history/rows/row.h"

#define HISTORY_LIMIT_MAX     1000000
#define HISTORY_LIMIT_DEFAULT 10000
#define HISTORY_TYPES_MAX     32

enum history_question {
	HISTORY_ASK_NAME,     /*!< `NAME`: rows of this name. */
	HISTORY_ASK_BELOW,    /*!< `*.NAME`: rows of the names below NAME. */
	HISTORY_ASK_AT_BELOW, /*!< `.NAME`: rows of NAME and of the names below it. */
	HISTORY_ASK_START,    /*!< `NAME.*`: rows of the names that begin with NAME and have more
	                       * labels. All rows are read. */
	HISTORY_ASK_NETWORK,  /*!< An address, a network, or `ADDRESS-ADDRESS`: rows with these
	                       * addresses. */
	HISTORY_ASK_DATA,     /*!< Rows with these data, of any owner. All rows are read. */
};

/*! \brief The largest data that can be asked, in octets. */
#define HISTORY_ASK_DATA_MAX 1024

/*! \brief Room for the reason why a text is not a query, the final NUL included. */
#define HISTORY_WHY_MAX 256

/*! \brief The greatest number of kinds of keys by which a query is answered. */
#define HISTORY_PARTS_MAX 3

struct history_query {
	enum history_question question;
	bool mail; /*!< `@NAME` or a mailbox: mail for the domain, or for the mailbox. */
	struct dns_name name;
	uint8_t local[HISTORY_LOCAL_MAX]; /*!< Folded by mailbox_local_fold(). */
	size_t local_size;                /*!< 0: the query is not a mailbox. */
	struct in6_addr network; /*!< IPv4 addresses are IPv4-mapped (RFC 4291, 2.5.5.2). */
	unsigned prefix;         /*!< The length of the network's prefix in bits, 0 to 128. */
	/*! True: only addresses from `network` to `last`; `prefix` is the number of leading bits
	 * that both have in common. */
	bool is_range;
	struct in6_addr last;
	/*! HISTORY_ASK_DATA: the data, as in struct history_row. */
	uint8_t data[HISTORY_ASK_DATA_MAX];
	size_t data_size;
	uint16_t types[HISTORY_TYPES_MAX];
	size_t types_count; /*!< 0: all types. */
	/*! Selects the rows whose first sighting is not after `until_s` and whose last sighting is
	 * not before `since_s`, in seconds since 1970 UTC. */
	uint64_t since_s, until_s;
	/*! Also selects by the first sighting, which is not before `first_since_s`, and by the last
	 * one, which is not after `last_until_s`; 0: any. */
	uint64_t first_since_s, last_until_s;
	/*! The greatest number of rows that are returned, 1 to HISTORY_LIMIT_MAX. If there are
	 * more, the newest ones are returned. */
	size_t limit;
	/*! The kind of the keys in which the name, network or mailbox is searched: one of those of
	 * history_query_parts(). */
	enum history_key_kind kind;
	/*! True: the answer also has those rows that a query of another kind would return. Set if
	 * that other kind is not queried. */
	bool alone;
	/*! Each record is followed by the clients to which it was sent (HISTORY_KEY_CLIENT). */
	bool clients;
	char why[HISTORY_WHY_MAX]; /*!< Where history_query_read() writes a reason. */
};

/*!
 * \brief Parses the text of a query; sets `question`, `mail`, `name`, `local`, `network`, `prefix`,
 *        `is_range` and `last`.
 *
 * It is read as indicators of rules are (rules/language), so it may be defanged. If it has `\DDD`,
 * it is read as nsmx prints names, which can have any octets.
 *
 * \return NULL, or the reason why the text is not a query, perhaps with parts of it. The query may
 *         have the memory of the reason.
 */
const char *history_query_read(struct history_query *query, const char *text);

/*!
 * \brief Parses `NAME`, `*.NAME`, `.NAME` or `NAME.*`, whose NAME is as dns_name_text() writes it:
 *        a name from an event or from a program. The parameters and the result are the same as in
 *        history_query_read().
 */
const char *history_query_read_name(struct history_query *query, const char *text);

/*!
 * \brief Lists the kinds of keys by which a query is answered.
 *
 * A query with types reads records only, so one for mail has no kinds.
 *
 * \return The number of kinds.
 */
size_t history_query_parts(const struct history_query *query,
                           enum history_key_kind parts[HISTORY_PARTS_MAX]);

#define HISTORY_SENSORS_MAX 256

/*! \brief The answer to a query. */
struct history_answer {
	/*! A batch (history/rows/batch.h) that begins with the newest row. */
	struct cursor rows;
	uint64_t left_out;         /*!< The number of older rows beyond the limit.
	                            */
	uint64_t clients_left_out; /*!< The number of clients for which there was no room. */
	/*! The names of the sensors that have written rows, separated by commas. */
	char sensors[HISTORY_SENSORS_MAX];
	struct writer memory; /*!< Holds the octets of the rows. */
};

/*!
 * \brief Runs a query. If a query is for one name or one address, the same child answers all such
 *        queries of `reading`, from the same files (history_reading_ask()).
 *
 * \return 0, or a negative error of errno.h; -EIO if a history in ClickHouse could not be read, and
 *         the reason has been logged. Call history_answer_free() in all cases.
 */
int history_ask(struct history_reading *reading, const struct history_query *query,
                struct history_answer *answer);

void history_answer_free(struct history_answer *answer);
