/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "history/child.h"
#include "history/rows/cof.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"

const struct command_help history_export_help = {
	.text = "Prints all rows on standard output in the Common Output Format of passive DNS, "
	        "with one object on each line. Records come first, sorted by owner; the labels of "
	        "owners are compared from the last to the first. Then come zones whose names were "
	        "replaced by their number, mail for domains, and what mail servers have shown, "
	        "such as their banners. With --personal, single mails and the clients of records "
	        "follow. Folders with the same rows yield the same lines.",
	.examples = { { "nsmx history export --history seen/ | zstd > seen.cof.zst",
	                "a copy for others" },
	              { "zstd -dc seen.cof.zst | nsmx history import --history copy/ -",
	                "read the copy" } },
};

struct printer {
	struct history_folder *folder;
	struct history_work *work;
	struct json json;
	bool failed; /* standard output cannot be written */
};

static bool print_kind(struct printer *printer, enum history_key_kind kind)
{
	struct history_folder *folder = printer->folder;
	struct history_record record;
	const char *sensors = history_folder_totals(folder)->sensors;
	bool good = true;
	history_folder_seek(folder, kind);
	while (good && history_folder_next(folder, &record)) {
		const char *text = history_cof(&printer->json, &record, sensors);
		printer->failed = text == NULL || puts(text) < 0;
		good = !printer->failed && history_work_count(printer->work);
	}
	return good;
}

static void print_all(struct printer *printer, bool personal)
{
	bool good =
	        print_kind(printer, HISTORY_KEY_OWNER) && print_kind(printer, HISTORY_KEY_FOLDED) &&
	        print_kind(printer, HISTORY_KEY_MAIL) && print_kind(printer, HISTORY_KEY_SERVER);
	if (good && personal) {
		good = print_kind(printer, HISTORY_KEY_RECIPIENT) &&
		       print_kind(printer, HISTORY_KEY_CLIENT);
	}
	json_free(&printer->json);
	printer->failed |= fflush(stdout) != 0;
}

static int export_folder(const struct options *options, struct history_work *work)
{
	struct printer printer = { .work = work };
	int ret = history_open(options, &printer.folder);
	if (ret != EXIT_DONE) {
		return ret;
	}
	print_all(&printer, options->personal);
	if (printer.failed && history_goes_on()) {
		log_error("standard output cannot be written");
	}
	bool damaged = history_folder_totals(printer.folder)->damaged > 0 ||
	               history_folder_failed(printer.folder);
	history_folder_close(printer.folder);
	return damaged || printer.failed ? EXIT_FAILED : EXIT_DONE;
}

int cmd_history_export(struct options *options)
{
	struct history_work work;
	history_work_begin(&work, options, "the export", "rows");
	if (isatty(STDOUT_FILENO) != 0) {
		work.progress.enabled = false; /* the rows show it */
	}
	int ret = export_folder(options, &work);
	return history_work_end(&work, ret, NULL);
}
