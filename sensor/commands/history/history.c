/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/printable.h"
#include "base/time_ns.h"
#include "history/query.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help history_help = {
	.text = "QUERY is a NAME, *.NAME (the names below it), .NAME (both), NAME.* (the names "
	        "that "
	        "begin with it), an ADDRESS, a "
	        "NETWORK, "
	        "ADDRESS-ADDRESS (all from one to the other), @DOMAIN, or a MAILBOX (user@domain). "
	        "Names are looked up as owners of records, "
	        "and "
	        "then in the data of records, for example as name servers, mail exchangers and "
	        "targets of CNAME. Addresses are looked up in the data of records, and as mail "
	        "servers. @DOMAIN and MAILBOX print the servers that took mail for the domain, and "
	        "also the mails to and from the domain or mailbox if the history has single mails "
	        "(--history-mail mailboxes).\n\n"
	        "A query is read as indicators of rules are, so it may be defanged "
	        "(example[.]com). \\DDD in a name is the octet with this number, as names are "
	        "printed.\n\n"
	        "The newest rows come first. On a terminal the answer is a table; otherwise it "
	        "is JSON in the Common Output Format of passive DNS, with one object on each line. "
	        "The folder is only read; a sensor may write it at the same time. If no row is "
	        "found, the exit status is still 0. A damaged file is named in a warning: some of "
	        "its rows may then be missing, and the exit status is 1.",
	.examples = { { "nsmx replay --history seen/ captures/", "keep what was seen in captures" },
	              { "nsmx history --history seen/ .example.com",
	                "all records of example.com and of the names below it" },
	              { "nsmx history --history seen/ --type A 192.0.2.0/24",
	                "the names that had addresses in this network" },
	              { "nsmx history --history seen/ @example.com",
	                "the servers that took mail for example.com" } },
};

struct printer {
	const struct options *options;
	bool json;
	bool headed;  /* the table's heading has been printed */
	bool open;    /* `object` was begun and not ended */
	bool clients; /* its array of clients was begun and not ended */
	struct json object;
	struct writer line;
	struct history_reading reading;
	uint64_t rows; /* of the current query */
	bool damaged;
};

static void report_damage(void *ctx, const char *name)
{
	struct printer *printer = ctx;
	printer->damaged = true;
	history_report_file(printer->options->history, name);
}

static void put_time(struct writer *line, uint64_t time_s)
{
	char text[HISTORY_TIME_MAX];
	history_time_text(time_s, text);
	writer_string(line, text);
	writer_literal(line, "  ");
}

static const char *origin_of(const struct history_record *record)
{
	switch (record->kind) {
	case HISTORY_KEY_OWNER:
		return history_origin_text(record->row.origin);
	case HISTORY_KEY_CLIENT:
		return "client";
	case HISTORY_KEY_FOLDED:
		return "folded";
	default:
		return "mail";
	}
}

static void put_row(struct writer *line, const struct history_record *record)
{
	char numbers[96];
	put_time(line, record->seen.first);
	put_time(line, record->seen.last);
	(void)snprintf(numbers, sizeof(numbers), "%8llu  %-6s  ",
	               (unsigned long long)record->seen.count, origin_of(record));
	writer_string(line, numbers);
	if (record->kind == HISTORY_KEY_CLIENT) {
		writer_address(line, &record->client);
	} else {
		history_put_texts(line, record, "  ");
	}
	writer_char(line, '\n');
}

/* Ends the JSON object of the last record. The object is open until then, because the rows of the
 * record's clients follow it. */
static bool end_json(struct printer *printer)
{
	if (!printer->open) {
		return true;
	}
	printer->open = false;
	if (printer->clients) {
		json_end_array(&printer->object);
	}
	json_end_object(&printer->object);
	const char *text = json_finish(&printer->object);
	return text != NULL && puts(text) >= 0;
}

static bool print_json(struct printer *printer, const struct history_record *record,
                       const char *sensors)
{
	if (record->kind == HISTORY_KEY_CLIENT) {
		if (!printer->clients) {
			json_put_array(&printer->object, "clients");
		}
		printer->clients = true;
		history_cof_client(&printer->object, record);
		return true;
	}
	bool good = end_json(printer);
	history_cof_begin(&printer->object, record, sensors);
	printer->open = true;
	printer->clients = false;
	return good;
}

static bool print_row(struct printer *printer, const struct history_record *record)
{
	if (!printer->headed) {
		printer->headed = true;
		(void)printf("%-22s%-22s%8s  %-6s  %s\n", "first seen", "last seen", "count",
		             "origin", "record");
	}
	writer_restart(&printer->line);
	put_row(&printer->line, record);
	return !printer->line.failed && fwrite(printer->line.start, 1, writer_size(&printer->line),
	                                       stdout) == writer_size(&printer->line);
}

static void report_left_out(const struct history_answer *answer)
{
	if (answer->left_out > 0) {
		log_warn("%llu older rows are not shown; see --limit",
		         (unsigned long long)answer->left_out);
	}
	if (answer->clients_left_out > 0) {
		log_warn("%llu more clients are not shown, because the answer has reached its "
		         "greatest size",
		         (unsigned long long)answer->clients_left_out);
	}
}

static bool print_answer(struct printer *printer, struct history_answer *answer)
{
	struct history_record record;
	const uint8_t *key;
	size_t size;
	bool good = true;
	int ret = 0;
	while (good && (ret = history_batch_next(&answer->rows, &key, &size, &record)) == 1) {
		printer->rows++;
		good = printer->json ? print_json(printer, &record, answer->sensors)
		                     : print_row(printer, &record);
	}
	if (!end_json(printer) || !good) {
		log_error("standard output cannot be written");
		return false;
	}
	report_left_out(answer);
	return ret == 0;
}

static bool ask(struct printer *printer, const struct history_query *query)
{
	static const char *const HEADINGS[] = {
		[HISTORY_KEY_FOLDED] =
		        "names that were seen once, combined into one row for their zone:",
		[HISTORY_KEY_TARGET] = "in the data of records:",
		[HISTORY_KEY_SERVER] = "mail servers:",
		[HISTORY_KEY_MAIL_SERVER] = "domains for which mail servers took mail:",
		[HISTORY_KEY_RECIPIENT] = "mails to the domain or mailbox:",
		[HISTORY_KEY_SENDER] = "mails from the domain or mailbox:",
	};
	struct history_answer answer;
	int ret = history_ask(&printer->reading, query, &answer);
	if (ret != 0) {
		history_report_failure(printer->options->history, ret);
	} else if (HEADINGS[query->kind] != NULL && !printer->json &&
	           cursor_left(&answer.rows) > 0) {
		(void)printf("\n%s\n", HEADINGS[query->kind]);
	}
	bool good = ret == 0 && print_answer(printer, &answer);
	history_answer_free(&answer);
	return good;
}

static bool read_types(const struct options *options, struct history_query *query)
{
	if (options->types.count > HISTORY_TYPES_MAX) {
		log_error("--type: more than %d types are given", HISTORY_TYPES_MAX);
		return false;
	}
	for (size_t i = 0; i < options->types.count; i++) {
		if (!dns_type_read(options->types.items[i], &query->types[i])) {
			log_error("--type: %s is not a record type; examples are NS, MX, A and "
			          "TYPE65280",
			          options->types.items[i]);
			return false;
		}
	}
	query->types_count = options->types.count;
	return true;
}

static bool read_query(struct history_query *query, const char *text)
{
	const char *wrong = history_query_read(query, text);
	if (wrong != NULL) {
		log_error("history: \"%s\": %s", text, wrong);
	}
	return wrong == NULL;
}

/* A word can be a misspelt command, or one that is not in its place. */
static void report_nothing(const struct printer *printer, const char *text)
{
	char nearest[NEAREST_TEXT_MAX] = "";
	if (strpbrk(text, ".@:/") == NULL) {
		command_nearest("history", text, nearest);
	}
	if (nearest[0] != '\0') {
		log_warn("history: '%s' was looked up as a name, and has no rows; a command comes "
		         "right "
		         "after nsmx history%s",
		         text, nearest);
	} else if (!printer->json) {
		log_info("%s: no rows", text);
	}
}

static bool answer_text(struct printer *printer, struct history_query *query, const char *text)
{
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	bool good = read_query(query, text);
	size_t count = good ? history_query_parts(query, parts) : 0;
	if (good && count == 0) {
		log_warn("history: '%s' is looked up in rows of mail, which have no record type: "
		         "leave out --type",
		         text);
		return true;
	}
	printer->rows = 0;
	for (size_t i = 0; i < count && good; i++) {
		query->kind = parts[i];
		good = ask(printer, query);
	}
	if (good && printer->rows == 0) {
		report_nothing(printer, text);
	}
	return good;
}

static bool are_queries(const struct options *options)
{
	struct history_query query;
	bool good = true;
	for (size_t i = 0; i < options->operands.count; i++) {
		good = read_query(&query, options->operands.items[i]) && good;
	}
	return good;
}

static bool has_question(const struct options *options)
{
	if (options->operands.count == 0) {
		log_error("history: no name, address, network or mailbox is given; see nsmx help "
		          "history");
	}
	return options->operands.count > 0;
}

static bool answer_all(struct printer *printer, struct history_query *query)
{
	const struct options *options = printer->options;
	int ret = history_reading_open(&printer->reading, options->history, report_damage, printer);
	bool good = ret == 0;
	if (ret != 0) {
		history_report_failure(options->history, ret);
		return false;
	}
	for (size_t i = 0; i < options->operands.count; i++) {
		good = answer_text(printer, query, options->operands.items[i]) && good;
	}
	history_reading_close(&printer->reading);
	return good;
}

int cmd_history(struct options *options)
{
	struct history_query query = {
		.since_s = (uint64_t)(options->since_ns > 0 ? options->since_ns / NS_PER_S : 0),
		.until_s = options->until_ns > 0 ? (uint64_t)(options->until_ns / NS_PER_S)
		                                 : UINT64_MAX,
		.limit = options->limit,
		.clients = options->clients,
	};
	struct printer printer = { .options = options,
		                   .json = options->json || isatty(STDOUT_FILENO) == 0 };
	if (!history_is_given(options) || !has_question(options) || !are_queries(options) ||
	    !read_types(options, &query)) {
		return EXIT_USAGE;
	}
	history_report_stranger(options->history);
	writer_init_growing(&printer.line, 8 * HISTORY_DATA_TEXT_MAX);
	bool good = answer_all(&printer, &query);
	writer_free(&printer.line);
	json_free(&printer.object);
	good = good && !printer.damaged;
	return good && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
