/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/replay/scratch.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sensor/system/exit_status.h"

/* The number of descriptors that nftw(3) may use. */
#define WALK_DESCRIPTORS 8

static int remove_file(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

bool scratch_make(struct scratch *scratch, const char *name)
{
	const char *parent = getenv("TMPDIR");
	int size = snprintf(scratch->path, sizeof(scratch->path), "%s/%s-XXXXXX",
	                    parent != NULL ? parent : "/tmp", name);
	if ((size_t)size < sizeof(scratch->path) && mkdtemp(scratch->path) != NULL) {
		return true;
	}
	log_error("%s: %s: no temporary folder can be made; set TMPDIR to a folder for it",
	          scratch->path, strerror(errno));
	scratch->path[0] = '\0';
	return false;
}

void scratch_remove(struct scratch *scratch)
{
	if (scratch->path[0] != '\0') {
		(void)nftw(scratch->path, remove_file, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
		scratch->path[0] = '\0';
	}
}

int scratch_run(const char *command, enum command_id id, scratch_run_t run, char *const *words,
                size_t words_count, const struct options_operands *operands,
                const struct scratch_members *members)
{
	static char end[] = "--";
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	size_t count = words_count + 1 + operands->count;
	char **all = calloc(count, sizeof(*all));
	int ret = EXIT_FAILED;
	if (all == NULL) {
		log_error("out of memory");
		return ret;
	}
	memcpy(all, words, words_count * sizeof(*all));
	all[words_count] = end;
	for (size_t i = 0; i < operands->count; i++) {
		all[words_count + 1 + i] = operands->items[i];
	}
	if (options_parse(&options, id, (int)count, all, error)) {
		options.since_ns = members->since_ns;
		options.until_ns = members->until_ns;
		options.unread = members->unread;
		ret = run(&options);
	} else {
		log_error("%s: %s", command, error);
	}
	options_free(&options);
	free(all);
	return ret;
}
