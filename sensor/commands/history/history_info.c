/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "history/rows/cof.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"

const struct command_help history_info_help = {
	.text = "Checks all files and counts all rows. If a file is damaged, a warning "
	        "contains its name, and the exit status is 1.",
	.examples = { { "nsmx history info --history seen/", "check a folder" } },
};

struct count {
	struct history_folder *folder;
	struct history_work *work;
	uint64_t first_s, last_s; /* of all rows */
	bool stopped;
};

/* Counts the rows of a kind, and prints their number. */
static void count_rows(struct count *count, enum history_key_kind kind, const char *name)
{
	struct history_record record;
	uint64_t rows = 0, sightings = 0;
	history_folder_seek(count->folder, kind);
	while (!count->stopped && history_folder_next(count->folder, &record)) {
		const struct history_seen *seen = &record.seen;
		rows++;
		sightings += seen->count;
		count->first_s = seen->first < count->first_s ? seen->first : count->first_s;
		count->last_s = seen->last > count->last_s ? seen->last : count->last_s;
		count->stopped = !history_work_count(count->work);
	}
	if (count->stopped) {
		return;
	}
	progress_clear(&count->work->progress);
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

static void print_counts(struct count *count)
{
	const struct history_totals *totals = history_folder_totals(count->folder);
	count_rows(count, HISTORY_KEY_OWNER, "records");
	count_rows(count, HISTORY_KEY_FOLDED, "folded");
	count_rows(count, HISTORY_KEY_MAIL, "mail");
	count_rows(count, HISTORY_KEY_SERVER, "servers");
	count_rows(count, HISTORY_KEY_RECIPIENT, "mailboxes");
	count_rows(count, HISTORY_KEY_CLIENT, "clients");
	if (count->stopped) {
		return;
	}
	if (count->first_s <= count->last_s) {
		print_time("first seen", count->first_s);
		print_time("last seen", count->last_s);
	}
	(void)printf("%-12s%zu, %zu damaged\n%-12s%" PRIu64 " octets\n%-12s%s\n", "files",
	             totals->files, totals->damaged, "size", totals->octets, "sensors",
	             totals->sensors);
}

static int show(const struct options *options, struct history_work *work)
{
	struct count count = { .work = work, .first_s = UINT64_MAX };
	int ret = history_open(options, &count.folder);
	if (ret != EXIT_DONE) {
		return ret;
	}
	print_counts(&count);
	bool failed = history_folder_totals(count.folder)->damaged > 0 ||
	              history_folder_failed(count.folder) || fflush(stdout) != 0;
	history_folder_close(count.folder);
	return failed ? EXIT_FAILED : EXIT_DONE;
}

int cmd_history_info(struct options *options)
{
	struct history_work work;
	history_work_begin(&work, options, "counting", "rows");
	int ret = show(options, &work);
	return history_work_end(&work, ret, NULL);
}
