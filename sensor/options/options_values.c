/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/options/options_private.h"

struct options_text {
	struct options_text *next;
	char text[];
};

/* A copy that lives as long as the options: arguments lose their passwords, and
 * lines of a file their buffer. */
static char *keep(struct options *options, const char *value)
{
	size_t size = strlen(value) + 1;
	struct options_text *kept = malloc(sizeof(*kept) + size);
	if (kept == NULL) {
		return NULL;
	}
	memcpy(kept->text, value, size);
	kept->next = options->texts;
	options->texts = kept;
	return kept->text;
}

void options_free(struct options *options)
{
	while (options->texts != NULL) {
		struct options_text *kept = options->texts;
		options->texts = kept->next;
		free(kept);
	}
}

bool options_set_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	const char *text = keep(options, value);
	if (text == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: out of memory", row->name);
		return false;
	}
	*(const char **)((char *)options + row->offset) = text;
	return true;
}

bool options_set_file(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	if (strcmp(value, "-") == 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s -: standard output is for events; name a file, or /dev/stderr",
		               row->name);
		return false;
	}
	return options_set_text(options, row, value, error);
}

bool options_set_number(struct options *options, const struct options_row *row, const char *value,
                        char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	errno = 0;
	unsigned long number = isdigit((unsigned char)value[0]) ? strtoul(value, &end, 10) : 0;
	if (end == NULL || *end != '\0' || errno != 0 || number < row->low || number > row->high) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from %u to %u", row->name, value,
		               row->low, row->high);
		return false;
	}
	*(uint32_t *)((char *)options + row->offset) = (uint32_t)number;
	return true;
}

static bool add_item(struct options_list *list, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	if (value == NULL || value[0] == '\0' || list->count == OPTIONS_LIST_MAX) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s: %s", row->name,
		               value == NULL      ? "out of memory"
		               : value[0] == '\0' ? "an empty value"
		                                  : "given too many times");
		return false;
	}
	list->items[list->count++] = value;
	return true;
}

bool options_add_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	struct options_list *list = (struct options_list *)((char *)options + row->offset);
	return add_item(list, row, keep(options, value), error);
}

bool options_add_interfaces(struct options *options, const struct options_row *row,
                            const char *value, char error[OPTIONS_ERROR_MAX])
{
	char *rest = keep(options, value);
	if (rest == NULL) {
		return add_item(&options->interfaces, row, NULL, error);
	}
	for (char *name; (name = strsep(&rest, ",")) != NULL;) {
		if (!add_item(&options->interfaces, row, name, error)) {
			return false;
		}
	}
	return true;
}

bool options_set_log(struct options *options, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX])
{
	const char *rest = value;
	do {
		size_t size = strcspn(rest, ",");
		bool all = size == 3 && strncmp(rest, "all", 3) == 0;
		bool dns = all || (size == 3 && strncmp(rest, "dns", 3) == 0);
		bool smtp = all || (size == 4 && strncmp(rest, "smtp", 4) == 0);
		if (!dns && !smtp) {
			(void)snprintf(error, OPTIONS_ERROR_MAX,
			               "--%s '%.100s': expected dns, smtp or all", row->name,
			               value);
			return false;
		}
		options->log_dns = options->log_dns || dns;
		options->log_smtp = options->log_smtp || smtp;
		rest += size;
	} while (*rest++ != '\0');
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

bool options_set_promiscuous(struct options *options, const struct options_row *row,
                             const char *value, char error[OPTIONS_ERROR_MAX])
{
	options->promiscuous = strcmp(value, "yes") == 0;
	if (!options->promiscuous && strcmp(value, "no") != 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected yes or no",
		               row->name, value);
		return false;
	}
	return true;
}

bool options_set_progress(struct options *options, const struct options_row *row, const char *value,
                          char error[OPTIONS_ERROR_MAX])
{
	static const char *const words[] = { "auto", "always", "never" };
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, words[i]) == 0) {
			options->progress = (enum options_progress)i;
			return true;
		}
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected auto, always or never",
	               row->name, value);
	return false;
}

bool options_set_size(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	static const char units[] = "KMGT";
	char *end = NULL;
	errno = 0;
	uint64_t size = isdigit((unsigned char)value[0]) ? strtoull(value, &end, 10) : 0;
	const char *unit = end != NULL && *end != '\0' ? strchr(units, toupper(*end)) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	bool whole = end != NULL && end[unit != NULL] == '\0';
	if (!whole || errno != 0 || size > UINT64_MAX >> shift ||
	    size << shift < JOURNAL_BYTES_MIN) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a size such as 64M or 1G, at least 512K",
		               row->name, value);
		return false;
	}
	*(uint64_t *)((char *)options + row->offset) = size << shift;
	return true;
}

bool options_set_ratio(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX])
{
	char *end = NULL;
	double ratio = isdigit((unsigned char)value[0]) ? strtod(value, &end) : -1;
	if (end == NULL || *end != '\0' || !(ratio >= 0 && ratio <= 1)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected a number from 0 to 1, such as 0.5",
		               row->name, value);
		return false;
	}
	options->min_ratio = ratio;
	return true;
}

bool options_set_metrics(struct options *options, const struct options_row *row, const char *value,
                         char error[OPTIONS_ERROR_MAX])
{
	if (!endpoint_parse(&options->metrics, value)) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--%s '%.100s': expected ADDR:PORT, such as 127.0.0.1:9153, "
		               "[::1]:9153 or :9153",
		               row->name, value);
		return false;
	}
	return true;
}

bool options_set_sync(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX])
{
	static const char *const words[] = {
		[JOURNAL_SYNC_NONE] = "none",
		[JOURNAL_SYNC_INTERVAL] = "interval",
		[JOURNAL_SYNC_ALWAYS] = "always",
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			options->journal_sync = (enum journal_sync)i;
			return true;
		}
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX, "--%s '%.100s': expected none, interval or always",
	               row->name, value);
	return false;
}
