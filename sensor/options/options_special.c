/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "base/duration.h"
#include "base/time_ns.h"
#include "history/clickhouse/clickhouse_url.h"
#include "sensor/options/options_table.h"

bool options_set_log(struct options *options, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	if (!options_add_words(options, row, value, error)) {
		return false;
	}
	if ((options->log & OPTIONS_LOG_ALL) != 0) {
		options->log |= OPTIONS_LOG_DNS | OPTIONS_LOG_SMTP;
	}
	return true;
}

bool options_set_ports(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	char reason[256];
	if (!ports_parse(&options->ports, value, reason, sizeof(reason))) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s %s", row->name, reason);
		return false;
	}
	return true;
}

bool options_set_tunnel_ports(struct options *options, const struct options_row *row,
                              const char *value, char error[OPTIONS_ERROR_MAX])
{
	char reason[256];
	if (!ports_parse_tunnels(&options->ports.tunnels, value, reason, sizeof(reason))) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s %s", row->name, reason);
		return false;
	}
	return true;
}

bool options_set_cpus(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	if (!cpus_parse(&options->cpus, value)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected numbers of processors, such as 2-5 or 0,2",
		               row->name, value);
		return false;
	}
	return true;
}

bool options_set_endpoint(struct options *options, const struct options_row *row, const char *value,
                          char error[OPTIONS_ERROR_MAX])
{
	struct endpoint *endpoint = (struct endpoint *)((char *)options + row->member);
	if (!endpoint_parse(endpoint, value)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected ADDR:PORT, such as 127.0.0.1:9153, "
		               "[::1]:9153 or :9153",
		               row->name, value);
		return false;
	}
	return true;
}

/* That long before now. */
static bool parse_age(const char *text, int64_t *time_ns)
{
	uint64_t seconds;
	if (!duration_parse(text, &seconds)) {
		return false;
	}
	int64_t begin = time(NULL) - (int64_t)seconds;
	*time_ns = begin > 0 ? begin * NS_PER_S : 0;
	return true;
}

static bool parse_kept(const char *text, uint64_t *seconds)
{
	if (strcmp(text, "forever") == 0) {
		*seconds = 0;
		return true;
	}
	return duration_parse(text, seconds) && *seconds > 0;
}

bool options_set_age(struct options *options, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	if (!parse_kept(value, (uint64_t *)(void *)((char *)options + row->member))) {
		(void)snprintf(
		        error, OPTIONS_ERROR_MAX,
		        "--%s '%.100s': expected an age such as 90s, 10m, 2h, 7d, or forever",
		        row->name, value);
		return false;
	}
	return true;
}

#define KEPT_CLIENTS   1u
#define KEPT_MAILBOXES 2u
#define KEPT_ROWS      4u
#define PERSONAL_S     ((uint64_t)30 * 86400)

/* Reads "AGE", "clients=AGE" or "mailboxes=AGE". */
static bool read_kept(struct options_history_keep *keep, const char *text, unsigned *given)
{
	const struct {
		const char *prefix;
		unsigned bit;
		uint64_t *seconds;
	} parts[] = { { "clients=", KEPT_CLIENTS, &keep->clients_s },
		      { "mailboxes=", KEPT_MAILBOXES, &keep->mailboxes_s },
		      { "", KEPT_ROWS, &keep->rows_s } };
	size_t i = 0;
	while (strncmp(text, parts[i].prefix, strlen(parts[i].prefix)) != 0) {
		i++;
	}
	bool again = (*given & parts[i].bit) != 0;
	*given |= parts[i].bit;
	return !again && parse_kept(text + strlen(parts[i].prefix), parts[i].seconds);
}

bool options_set_history_keep(struct options *options, const struct options_row *row,
                              const char *value, char error[OPTIONS_ERROR_MAX])
{
	struct options_history_keep keep = { .rows_s = 0 };
	char text[128];
	char *rest = text;
	unsigned given = 0;
	bool good = strlen(value) < sizeof(text);
	(void)snprintf(text, sizeof(text), "%s", value);
	for (char *part; good && (part = strsep(&rest, ",")) != NULL;) {
		good = read_kept(&keep, part, &given);
	}
	if (!good || (given & KEPT_ROWS) == 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected AGE[,clients=AGE][,mailboxes=AGE], such as "
		               "400d,clients=30d,mailboxes=30d",
		               row->name, value);
		return false;
	}
	uint64_t personal_s = keep.rows_s < PERSONAL_S ? keep.rows_s : PERSONAL_S;
	keep.clients_s = (given & KEPT_CLIENTS) != 0 ? keep.clients_s : personal_s;
	keep.mailboxes_s = (given & KEPT_MAILBOXES) != 0 ? keep.mailboxes_s : personal_s;
	options->history_keep = keep;
	return true;
}

static bool parse_when(int64_t *time_ns, const struct options_row *row, const char *value,
                       const char *expected, char error[OPTIONS_ERROR_MAX])
{
	if (parse_age(value, time_ns)) {
		return true;
	}
	const char *wrong = date_parse(value, row->end, time_ns);
	if (wrong != NULL) {
		(void)snprintf(
		        error, OPTIONS_ERROR_MAX,
		        "--%s '%.100s': expected %san age (90s, 10m, 2h, 7d) or a date: %.200s",
		        row->name, value, expected, wrong);
	}
	return wrong == NULL;
}

bool options_set_since(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	int64_t time_ns = 0;
	if (strcmp(value, "0") != 0 && !parse_when(&time_ns, row, value, "0 (all), ", error)) {
		return false;
	}
	options->since_ms = time_ns / NS_PER_MS;
	return true;
}

bool options_set_when(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	int64_t *time_ns = (int64_t *)(void *)((char *)options + row->member);
	return parse_when(time_ns, row, value, "", error);
}

bool options_set_severity(struct options *options, const struct options_row *row, const char *value,
                          char error[OPTIONS_ERROR_MAX])
{
	if (!options_set_word(options, row, value, error)) {
		return false;
	}
	options->severity = rule_severity_number((enum rule_severity)options->severity);
	return true;
}

bool options_set_confidence(struct options *options, const struct options_row *row,
                            const char *value, char error[OPTIONS_ERROR_MAX])
{
	if (!options_set_number(options, row, value, error)) {
		return false;
	}
	options->conf++;
	return true;
}

bool options_add_columns(struct options *options, const struct options_row *row, const char *value,
                         char error[OPTIONS_ERROR_MAX])
{
	size_t before = options->columns.count;
	if (!options_add_texts(options, row, value, error)) {
		return false;
	}
	for (size_t i = before; i < options->columns.count; i++) {
		const char *wrong = feed_column_check(options->columns.items[i]);
		if (wrong != NULL) {
			(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s %.100s: %s", row->name,
			               options->columns.items[i], wrong);
			return false;
		}
	}
	return true;
}

bool options_set_history(struct options *options, const struct options_row *row, const char *value,
                         char error[OPTIONS_ERROR_MAX])
{
	char reason[CLICKHOUSE_ERROR_MAX];
	if (!options_set_text(options, row, value, error)) {
		return false;
	}
	/* The copy of the text is ours, and is printed in messages. */
	if (clickhouse_url_is(value) &&
	    !clickhouse_url_take_password((char *)options->history, reason)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--history: %s", reason);
		return false;
	}
	return true;
}

bool options_set_url(struct options *options, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	if (strstr(value, "://") == NULL || strpbrk(value, " \t\r\n\"\\") != NULL) {
		(void)snprintf(
		        error, OPTIONS_ERROR_MAX,
		        "--%s %.100s: expected a complete URL such as https://example.com/report",
		        row->name, value);
		return false;
	}
	return options_set_text(options, row, value, error);
}
