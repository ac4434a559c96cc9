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
	.text = "QUERY is a NAME, *.NAME (the names below it), .NAME (both), an ADDRESS or a "
	        "NETWORK. Names are looked up as owners of records, and then in the data of "
	        "records, for example as name servers, mail exchangers and targets of CNAME. "
	        "Addresses are looked up only in the data.\n\n"
	        "The newest records come first. On a terminal the answer is a table; otherwise it "
	        "is JSON in the Common Output Format of passive DNS, with one object on each line. "
	        "The folder is only read; a sensor may write it at the same time. If no record is "
	        "found, the exit status is still 0.",
	.examples = { { "nsmx replay --history seen/ captures/", "keep what was seen in captures" },
	              { "nsmx history --history seen/ .example.com",
	                "all records of example.com and of the names below it" },
	              { "nsmx history --history seen/ --type A 192.0.2.0/24",
	                "the names that had addresses in this network" } },
};

struct printer {
	const struct options *options;
	bool json;
	bool headed; /* the table's heading has been printed */
	struct json object;
	struct writer line;
};

static void put_time(struct writer *line, uint64_t time_s)
{
	char text[HISTORY_TIME_MAX];
	history_time_text(time_s, text);
	writer_string(line, text);
	writer_literal(line, "  ");
}

/* Rows of mail have no origin. */
static void put_row(struct writer *line, const struct history_record *record)
{
	char numbers[96];
	put_time(line, record->seen.first);
	put_time(line, record->seen.last);
	(void)snprintf(numbers, sizeof(numbers), "%8llu  %-6s  ",
	               (unsigned long long)record->seen.count,
	               record->kind == HISTORY_KEY_OWNER ? history_origin_text(record->row.origin)
	                                                 : "mail");
	writer_string(line, numbers);
	history_put_texts(line, record, "  ");
	writer_char(line, '\n');
}

static bool print_row(struct printer *printer, const struct history_record *record,
                      const char *sensors)
{
	if (printer->json) {
		const char *text = history_cof(&printer->object, record, sensors);
		return text != NULL && puts(text) >= 0;
	}
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

static bool print_answer(struct printer *printer, struct history_answer *answer)
{
	struct history_record record;
	const uint8_t *key;
	size_t size;
	int ret;
	while ((ret = history_batch_next(&answer->rows, &key, &size, &record)) == 1) {
		if (!print_row(printer, &record, answer->sensors)) {
			log_error("standard output cannot be written");
			return false;
		}
	}
	if (answer->left_out > 0) {
		log_warn("%llu older records are not shown; see --limit",
		         (unsigned long long)answer->left_out);
	}
	return ret == 0;
}

static bool ask(struct printer *printer, const struct history_query *query, const char *heading)
{
	struct history_answer answer;
	int ret = history_ask(printer->options->history, query, &answer, history_report_damage,
	                      (void *)printer->options);
	if (ret != 0) {
		log_error("history folder %s: %s", printer->options->history, strerror(-ret));
	} else if (heading != NULL && !printer->json && cursor_left(&answer.rows) > 0) {
		(void)printf("\n%s\n", heading);
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

static bool answer_text(struct printer *printer, struct history_query *query, const char *text)
{
	query->by_data = false;
	const char *wrong = history_query_read(query, text);
	if (wrong != NULL) {
		log_error("history: \"%s\": %s", text, wrong);
		return false;
	}
	if (query->by_data) {
		return ask(printer, query, NULL);
	}
	struct history_query by_data = *query;
	by_data.by_data = true;
	return ask(printer, query, NULL) && ask(printer, &by_data, "in the data of records:");
}

static bool has_question(const struct options *options)
{
	if (options->operands.count == 0) {
		log_error("history: no name, address or network is given; see nsmx help history");
	}
	return options->operands.count > 0;
}

int cmd_history(struct options *options)
{
	struct history_query query = {
		.since_s = (uint64_t)(options->since_ns > 0 ? options->since_ns / NS_PER_S : 0),
		.until_s = options->until_ns > 0 ? (uint64_t)(options->until_ns / NS_PER_S)
		                                 : UINT64_MAX,
		.limit = options->limit,
	};
	struct printer printer = { .options = options,
		                   .json = options->json || isatty(STDOUT_FILENO) == 0 };
	bool good = true;
	if (!history_is_given(options) || !has_question(options) || !read_types(options, &query)) {
		return EXIT_USAGE;
	}
	writer_init_growing(&printer.line, 8 * HISTORY_DATA_TEXT_MAX);
	for (size_t i = 0; i < options->operands.count; i++) {
		good = answer_text(&printer, &query, options->operands.items[i]) && good;
	}
	writer_free(&printer.line);
	json_free(&printer.object);
	return good && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
