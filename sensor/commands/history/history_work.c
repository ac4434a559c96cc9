/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/history/history_work.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "base/log.h"
#include "history/child.h"
#include "history/store/output.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/signals.h"

/* So often the progress and the signals are checked. */
#define CHECK_EVERY 1024

/* A file is being written by a child process. */
static uint64_t octets_written(int folder)
{
	static const char *const names[] = { HISTORY_UNFINISHED_BATCH, HISTORY_UNFINISHED_MERGE };
	uint64_t octets = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat info;
		if (fstatat(folder, names[i], &info, AT_SYMLINK_NOFOLLOW) == 0) {
			octets += (uint64_t)info.st_size;
		}
	}
	return octets;
}

bool history_work_goes_on(void *ctx)
{
	struct history_work *work = ctx;
	if (progress_is_due(&work->progress)) {
		if (work->folder >= 0) {
			work->done = octets_written(work->folder);
		}
		progress_show_work(&work->progress, work->name, work->done, work->unit);
	}
	return !signals_stop();
}

void history_work_writes(struct history_work *work, int folder)
{
	work->folder = folder;
	work->unit = "octets written";
}

bool history_work_count(struct history_work *work)
{
	return ++work->done % CHECK_EVERY != 0 || history_work_goes_on(work);
}

void history_work_begin(struct history_work *work, const struct options *options, const char *name,
                        const char *unit)
{
	*work = (struct history_work){ .name = name, .unit = unit, .folder = -1 };
	progress_init(&work->progress, options->progress);
	signals_install();
	history_watch(history_work_goes_on, work);
}

int history_work_end(struct history_work *work, int status, const char *result)
{
	history_watch(NULL, NULL);
	progress_clear(&work->progress);
	if (!signals_stop()) {
		return status;
	}
	if (result != NULL) {
		log_error("%s was interrupted: %s", work->name, result);
	} else {
		log_error("%s was interrupted after %" PRIu64 " %s", work->name, work->done,
		          work->unit);
	}
	return EXIT_INTERRUPTED;
}
