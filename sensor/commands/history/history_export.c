/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/log.h"
#include "history/rows/cof.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help history_export_help = {
	.text = "Prints all rows on standard output in the Common Output Format of passive DNS, "
	        "with one object on each line. Records come first, sorted by owner; the labels of "
	        "owners are compared from the last to the first. Then come folded zones, mail for "
	        "domains, and what mail servers have shown. With --personal, single mails and the "
	        "clients of records follow. Folders with the same rows yield the same lines.",
	.examples = { { "nsmx history export --history seen/ | zstd > seen.cof.zst",
	                "a copy for others" } },
};

static bool print_kind(struct history_folder *folder, enum history_key_kind kind, struct json *json)
{
	struct history_record record;
	const char *sensors = history_folder_totals(folder)->sensors;
	bool good = true;
	history_folder_seek(folder, kind);
	while (good && history_folder_next(folder, &record)) {
		const char *text = history_cof(json, &record, sensors);
		good = text != NULL && puts(text) >= 0;
	}
	return good;
}

static bool print_all(struct history_folder *folder, bool personal)
{
	struct json json = { .depth = 0 };
	bool good = print_kind(folder, HISTORY_KEY_OWNER, &json) &&
	            print_kind(folder, HISTORY_KEY_FOLDED, &json) &&
	            print_kind(folder, HISTORY_KEY_MAIL, &json) &&
	            print_kind(folder, HISTORY_KEY_SERVER, &json);
	if (good && personal) {
		good = print_kind(folder, HISTORY_KEY_RECIPIENT, &json) &&
		       print_kind(folder, HISTORY_KEY_CLIENT, &json);
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
	if (!print_all(folder, options->personal)) {
		log_error("standard output cannot be written");
		ret = EXIT_FAILED;
	}
	bool damaged = history_folder_totals(folder)->damaged > 0 || history_folder_failed(folder);
	history_folder_close(folder);
	return damaged ? EXIT_FAILED : ret;
}
