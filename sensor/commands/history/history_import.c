/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/import/clickhouse_target.h"
#include "history/import/import.h"
#include "history/store/store.h"
#include "sensor/commands/command.h"
#include "sensor/commands/history/history_import_redis.h"
#include "sensor/commands/history/history_open.h"
#include "sensor/commands/history/history_work.h"
#include "sensor/redis/redis_url.h"
#include "sensor/system/signals.h"

const struct command_help history_import_help = {
	.text = "Reads lines in the Common Output Format of passive DNS, one JSON object on each "
	        "line, as nsmx history export, CIRCL and DNSDB write them, and adds their records "
	        "to the folder. FILE may be - for standard input. Times are seconds since 1970 or "
	        "dates (ISO 8601). The members zone_time_first, zone_time_last and bailiwick are "
	        "read, too, and rdata can be an array.\n\n"
	        "A line that cannot be read is reported with its number and left out; the exit "
	        "status is then 1, but all other lines are imported. Records are added to those in "
	        "the folder, so a file that is imported twice counts twice.\n\n"
	        "With --history clickhouse://HOST/DB, FILE can also be a history folder, and a "
	        "file or folder that is imported twice counts once. If FILE is redis://..., the "
	        "rows that sensors send there (-o redis://...?rows=nsmx:rows) are imported, each "
	        "once, until SIGINT or SIGTERM.",
	.examples = { { "zstdcat seen.cof.zst | nsmx history import --history copy/ -",
	                "make a folder from an export" },
	              { "nsmx history import --history seen/ circl.json dnsdb.jsonl",
	                "add records that other systems have exported" } },
};

struct place {
	const char *file;
	struct history_work *work;
};

static void complain(void *ctx, uint64_t line, const char *reason)
{
	const struct place *place = ctx;
	progress_clear(&place->work->progress);
	log_warn("%s:%" PRIu64 ": left out: %s", place->file, line, reason);
}

static bool count_line(void *ctx)
{
	const struct place *place = ctx;
	return history_work_count(place->work) && !signals_stop();
}

static void report(const struct place *place, const struct history_import_totals *totals, int ret)
{
	progress_clear(&place->work->progress);
	if (ret == -ECANCELED) {
		log_error("%s: interrupted after line %" PRIu64, place->file, totals->lines);
	} else if (ret != 0) {
		log_error("%s: %s", place->file, strerror(-ret));
	}
	log_info("%s: %" PRIu64 " records imported, %" PRIu64
	         " of types that are not kept, %" PRIu64 " lines left out",
	         place->file, totals->rows, totals->not_kept, totals->bad);
}

static bool import_file(struct history_import *import, struct history_work *work, const char *path)
{
	struct history_import_totals totals;
	bool standard = strcmp(path, "-") == 0;
	struct place place = { standard ? "stdin" : path, work };
	const struct history_import_events events = { complain, count_line, &place };
	FILE *file = standard ? stdin : fopen(path, "re");
	if (file == NULL) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	int ret = history_import_file(import, file, &events, &totals);
	if (!standard) {
		(void)fclose(file);
	}
	report(&place, &totals, ret);
	return ret == 0 && totals.bad == 0;
}

/* These functions add batches to a folder. */

static bool add(void *ctx, const uint8_t *batch, size_t size, size_t rows)
{
	(void)rows;
	return history_store_add(ctx, batch, size);
}

static bool name_sensor(void *ctx, const char *name, size_t size)
{
	return history_store_name_sensor(ctx, name, size);
}

/* After a signal the rows of the lines that were read are added. */
static bool import_files(const struct history_target *target, struct history_work *work,
                         const struct options_operands *files)
{
	struct history_import *import = history_import_new(target);
	bool good = true;
	if (import == NULL) {
		log_error("out of memory");
		return false;
	}
	history_watch(NULL, NULL);
	for (size_t i = 0; i < files->count && !signals_stop(); i++) {
		good = import_file(import, work, files->items[i]) && good;
	}
	good = history_import_finish(import) && good;
	history_import_free(import);
	history_watch(history_work_goes_on, work);
	return good;
}

static bool import_to_folder(const struct options *options, struct history_work *work)
{
	struct history_store *store = history_open_store(options);
	if (store == NULL) {
		return false;
	}
	const struct history_target target = { add, name_sensor, store };
	bool good = import_files(&target, work, &options->operands);
	if (history_goes_on()) {
		history_store_settle(store);
	}
	history_store_close(store);
	return good;
}

static void report_damage(void *ctx, const char *name)
{
	history_report_file(ctx, name);
}

static bool import_folder(struct clickhouse_target *target, char *path)
{
	struct history_folder *folder;
	history_report_stranger(path);
	int ret = history_folder_open(&folder, path, report_damage, path);
	if (ret != 0) {
		history_report_failure(path, ret);
		return false;
	}
	bool good = clickhouse_target_add_folder(target, folder);
	bool damaged = history_folder_totals(folder)->damaged > 0;
	history_folder_close(folder);
	return good && !damaged;
}

static bool is_folder(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Adds the rows of the folders among the operands, and removes these operands. */
static bool import_folders(struct clickhouse_target *target, struct options_operands *operands)
{
	size_t files = 0;
	bool good = true;
	for (size_t i = 0; i < operands->count && history_goes_on(); i++) {
		if (is_folder(operands->items[i])) {
			good = import_folder(target, operands->items[i]) && good;
		} else {
			operands->items[files++] = operands->items[i];
		}
	}
	operands->count = files;
	return good;
}

static bool import_to_clickhouse(struct options *options, struct history_work *work)
{
	struct clickhouse_target *clickhouse = clickhouse_target_open(options->history);
	if (clickhouse == NULL) {
		return false;
	}
	const struct history_target target = clickhouse_target_of(clickhouse);
	bool good = import_folders(clickhouse, &options->operands);
	good = import_files(&target, work, &options->operands) && good;
	clickhouse_target_close(clickhouse);
	return good;
}

static int too_many(void)
{
	log_error("history import: redis:// must be the only operand");
	return EXIT_USAGE;
}

int cmd_history_import(struct options *options)
{
	struct history_work work;
	if (!history_is_given(options)) {
		return EXIT_USAGE;
	}
	if (options->operands.count == 0) {
		log_error("no files are given: expected nsmx history import --history DIR FILE...");
		return EXIT_USAGE;
	}
	if (redis_url_is(options->operands.items[0])) {
		return options->operands.count == 1
		               ? history_import_redis(options, options->operands.items[0])
		               : too_many();
	}
	bool clickhouse = clickhouse_url_is(options->history);
	history_work_begin(&work, options, "the import", "lines");
	bool good = clickhouse ? import_to_clickhouse(options, &work)
	                       : import_to_folder(options, &work);
	return history_work_end(
	        &work, good ? EXIT_DONE : EXIT_FAILED,
	        clickhouse ? "import it again: rows that were imported before count once"
	                   : "the rows of the lines that were read were added");
}
