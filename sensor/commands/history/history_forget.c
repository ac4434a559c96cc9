/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/import/clickhouse_tidy.h"
#include "history/query.h"
#include "history/store/store.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"

const struct command_help history_forget_help = {
	.text = "Deletes personal data from a history. For a MAILBOX (user@domain), it "
	        "deletes all rows of single mails to and from the mailbox. For an ADDRESS, it "
	        "deletes all rows of single mails that this client sent, and of the records that "
	        "it received. Rows of records and of mail for domains stay. All files of a folder "
	        "are "
	        "written again. No other process may write it at the same time: stop the sensor "
	        "first.",
	.examples = { { "nsmx history forget --history seen/ user@example.com",
	                "delete the mails of a person" },
	              { "nsmx history forget --history seen/ 192.0.2.7",
	                "delete what a client has received and sent" } },
};

static bool read_person(const char *text, struct history_person *person)
{
	struct history_query query = { .limit = 1 };
	const char *wrong = history_query_read(&query, text);
	bool address = wrong == NULL && query.question == HISTORY_ASK_NETWORK &&
	               query.prefix == sizeof(struct in6_addr) * 8 && strchr(text, '/') == NULL;
	if (!address && (wrong != NULL || query.local_size == 0)) {
		log_error("history forget: \"%s\" is neither a mailbox nor an address", text);
		return false;
	}
	*person = (struct history_person){ .is_client = address,
		                           .client = query.network,
		                           .domain = query.name,
		                           .local_size = query.local_size };
	memcpy(person->local, query.local, query.local_size);
	return true;
}

static bool forget(const struct options *options, struct history_work *work,
                   const struct history_person *persons, size_t count, uint64_t *rows)
{
	struct history_store *store = history_open_existing(options, work);
	if (store == NULL) {
		return false;
	}
	int ret = history_store_forget(store, persons, count, rows);
	history_store_close(store);
	if (ret != 0 && ret != -ECANCELED) {
		log_error("history %s: rows may be left: %s; look for damaged files with nsmx "
		          "history info, then start the command again",
		          options->history, strerror(-ret));
	}
	return ret == 0;
}

static void report_forgotten(const struct options *options, uint64_t rows)
{
	if (rows == 0) {
		log_warn("history %s: no row matches, so nothing was deleted; see the query with "
		         "nsmx history",
		         options->history);
	} else {
		log_info("history %s: %" PRIu64 " row%s deleted", options->history, rows,
		         rows == 1 ? " was" : "s were");
	}
}

int cmd_history_forget(struct options *options)
{
	struct history_person persons[HISTORY_PERSONS_MAX];
	struct history_work work;
	size_t count = options->operands.count;
	uint64_t rows = 0;
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	if (count == 0 || count > HISTORY_PERSONS_MAX) {
		log_error("history forget: expected 1 to %d mailboxes or addresses",
		          HISTORY_PERSONS_MAX);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < count; i++) {
		if (!read_person(options->operands.items[i], &persons[i])) {
			return EXIT_USAGE;
		}
	}
	history_work_begin(&work, options, "forgetting", "rows");
	bool good = clickhouse_url_is(options->history)
	                    ? clickhouse_tidy_persons(options->history, persons, count, &rows)
	                    : forget(options, &work, persons, count, &rows);
	int ret = history_work_end(&work, good ? EXIT_DONE : EXIT_FAILED,
	                           "not all rows were deleted; run the command again");
	if (ret == EXIT_DONE) {
		report_forgotten(options, rows);
	}
	return ret;
}
