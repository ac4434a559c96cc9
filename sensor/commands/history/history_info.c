/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "history/rows/cof.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help history_info_help = {
	.text = "Checks all files and counts all rows. If a file is damaged, a warning "
	        "contains its name, and the exit status is 1.",
	.examples = { { "nsmx history info --history seen/", "check a folder" } },
};

struct count {
	uint64_t first_s, last_s; /* of all rows */
};

/* Counts the rows of a kind, and prints their number. */
static void count_rows(struct history_folder *folder, enum history_key_kind kind, const char *name,
                       struct count *count)
{
	struct history_record record;
	uint64_t rows = 0, sightings = 0;
	history_folder_seek(folder, kind);
	while (history_folder_next(folder, &record)) {
		const struct history_seen *seen = &record.seen;
		rows++;
		sightings += seen->count;
		count->first_s = seen->first < count->first_s ? seen->first : count->first_s;
		count->last_s = seen->last > count->last_s ? seen->last : count->last_s;
	}
	(void)printf("%-12s%" PRIu64 "\n", name, rows);
	if (kind == HISTORY_KEY_OWNER) {
		(void)printf("%-12s%" PRIu64 "\n", "sightings", sightings);
	}
}

static void print_time(const char *name, uint64_t time_s)
{
	char text[HISTORY_TIME_MAX];
	history_time_text(time_s, text);
	(void)printf("%-12s%s\n", name, text);
}

int cmd_history_info(struct options *options)
{
	struct history_folder *folder;
	int ret = history_open(options, &folder);
	if (ret != EXIT_DONE) {
		return ret;
	}
	const struct history_totals *totals = history_folder_totals(folder);
	struct count count = { .first_s = UINT64_MAX };
	count_rows(folder, HISTORY_KEY_OWNER, "records", &count);
	count_rows(folder, HISTORY_KEY_FOLDED, "folded", &count);
	count_rows(folder, HISTORY_KEY_MAIL, "mail", &count);
	count_rows(folder, HISTORY_KEY_SERVER, "servers", &count);
	count_rows(folder, HISTORY_KEY_RECIPIENT, "mailboxes", &count);
	count_rows(folder, HISTORY_KEY_CLIENT, "clients", &count);
	if (count.first_s <= count.last_s) {
		print_time("first seen", count.first_s);
		print_time("last seen", count.last_s);
	}
	(void)printf("%-12s%zu, %zu damaged\n%-12s%" PRIu64 " octets\n%-12s%s\n", "files",
	             totals->files, totals->damaged, "size", totals->octets, "sensors",
	             totals->sensors);
	bool damaged = totals->damaged > 0 || history_folder_failed(folder);
	ret = damaged || fflush(stdout) != 0 ? EXIT_FAILED : EXIT_DONE;
	history_folder_close(folder);
	return ret;
}
