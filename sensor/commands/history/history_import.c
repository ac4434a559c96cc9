/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "history/import/import.h"
#include "history/store.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_open.h"

const struct command_help history_import_help = {
	.text = "Reads lines in the Common Output Format of passive DNS, one JSON object on each "
	        "line, as nsmx history export, CIRCL and DNSDB write them, and adds their records "
	        "to the folder. FILE may be - for standard input. Times are seconds since 1970 or "
	        "dates (ISO 8601); zone_time_first, rdata as an array and bailiwick are "
	        "understood.\n\n"
	        "A line that cannot be read is reported with its number and left out; all other "
	        "lines are imported, and the exit status is then 1. Records are added to those in "
	        "the folder: a file that is imported twice counts twice.",
	.examples = { { "zstdcat seen.cof.zst | nsmx history import --history copy/ -",
	                "an export becomes a folder again" },
	              { "nsmx history import --history seen/ circl.json dnsdb.jsonl",
	                "records from elsewhere" } },
};

struct place {
	const char *file;
};

static void complain(void *ctx, uint64_t line, const char *reason)
{
	const struct place *place = ctx;
	log_warn("%s:%" PRIu64 ": left out: %s", place->file, line, reason);
}

static void report(const char *file, const struct history_import_totals *totals)
{
	log_info("%s: %" PRIu64 " records imported, %" PRIu64
	         " of types that are not kept, %" PRIu64 " lines left out",
	         file, totals->rows, totals->not_kept, totals->bad);
}

static bool import_file(struct history_import *import, const char *path)
{
	struct history_import_totals totals;
	bool standard = strcmp(path, "-") == 0;
	struct place place = { standard ? "stdin" : path };
	FILE *file = standard ? stdin : fopen(path, "re");
	if (file == NULL) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	int ret = history_import_file(import, file, complain, &place, &totals);
	if (!standard) {
		(void)fclose(file);
	}
	if (ret != 0) {
		log_error("%s: %s", place.file, strerror(-ret));
	}
	report(place.file, &totals);
	return ret == 0 && totals.bad == 0;
}

/* These functions are a target that writes a folder. */

static bool add(void *ctx, const uint8_t *batch, size_t size, size_t rows)
{
	(void)rows;
	return history_store_add(ctx, batch, size);
}

static bool name_sensor(void *ctx, const char *name, size_t size)
{
	return history_store_name_sensor(ctx, name, size);
}

static bool import_files(struct history_store *store, const struct options_operands *files)
{
	const struct history_target target = { add, name_sensor, store };
	struct history_import *import = history_import_new(&target);
	bool good = true;
	if (import == NULL) {
		log_error("out of memory");
		return false;
	}
	for (size_t i = 0; i < files->count; i++) {
		good = import_file(import, files->items[i]) && good;
	}
	good = history_import_finish(import) && good;
	history_import_free(import);
	return good;
}

int cmd_history_import(struct options *options)
{
	char error[HISTORY_ERROR_MAX];
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	if (options->operands.count == 0) {
		log_error("no files: expected nsmx history import --history DIR FILE...");
		return EXIT_USAGE;
	}
	struct history_store *store = history_store_open(options->history, "", error);
	if (store == NULL) {
		log_error("%s", error);
		return EXIT_FAILED;
	}
	bool good = import_files(store, &options->operands);
	history_store_settle(store);
	history_store_close(store);
	return good ? EXIT_DONE : EXIT_FAILED;
}
