/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options_config.h"

#include <stdio.h>
#include <string.h>

#include "sensor/options/config_file.h"
#include "sensor/options/options_table.h"

struct reading {
	struct options *options;
	enum command_id command;
};

static void refuse_name(enum command_id command, const char *name, char error[OPTIONS_ERROR_MAX])
{
	char nearest[NEAREST_TEXT_MAX];
	options_nearest(command, name, strlen(name), nearest);
	(void)snprintf(error, OPTIONS_ERROR_MAX, "'%.100s' is not an option%s", name, nearest);
}

/* A file may serve both `run` and `replay`: what only `run` has is read without effect. */
static bool set_option(void *ctx, const struct config_line *line, char error[OPTIONS_ERROR_MAX])
{
	const struct reading *reading = ctx;
	struct options unused = { .config = NULL };
	struct options *options = reading->options;
	size_t size = strlen(line->name);
	const struct options_row *row = options_find_name(reading->command, line->name, size);
	if (row == NULL) {
		options = &unused;
		row = options_find_name(COMMAND_RUN, line->name, size);
	}
	if (line->section[0] != '\0' || row == NULL || row->not_in_file) {
		refuse_name(reading->command, line->section[0] != '\0' ? line->section : line->name,
		            error);
		return false;
	}
	bool set = row->set(options, row, line->value, error);
	options_free(&unused);
	return set;
}

bool options_read_config(struct options *options, enum command_id command, const char *path,
                         char error[OPTIONS_ERROR_MAX])
{
	struct reading reading = { options, command };
	return config_file_read(path, set_option, &reading, error);
}
