/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/log.h"
#include "history/rows/cof.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help history_export_help = {
	.text = "Prints all records on standard output in the Common Output Format of passive DNS, "
	        "with one object on each line, sorted by their owners, whose labels are compared "
	        "from the root. Folders with the same records yield the same lines.",
	.examples = { { "nsmx history export --history seen/ | zstd > seen.cof.zst",
	                "a copy for others" } },
};

static bool print_all(struct history_folder *folder)
{
	struct history_record record;
	struct json json = { .depth = 0 };
	const char *sensors = history_folder_totals(folder)->sensors;
	bool good = true;
	while (good && history_folder_next(folder, &record)) {
		const char *text = history_cof(&json, &record, sensors);
		good = text != NULL && puts(text) >= 0;
	}
	json_free(&json);
	return good && fflush(stdout) == 0;
}

int cmd_history_export(struct options *options)
{
	struct history_folder *folder;
	int ret = history_open(options, &folder);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!print_all(folder)) {
		log_error("standard output cannot be written");
		ret = EXIT_FAILED;
	}
	bool damaged = history_folder_totals(folder)->damaged > 0;
	history_folder_close(folder);
	return damaged ? EXIT_FAILED : ret;
}
