/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options_config.h"

#include <stdio.h>
#include <string.h>

#include "sensor/options/config_file.h"
#include "sensor/options/options_table.h"

static void refuse_name(const char *name, char error[OPTIONS_ERROR_MAX])
{
	char nearest[NEAREST_TEXT_MAX];
	options_nearest(COMMAND_RUN, name, strlen(name), nearest);
	(void)snprintf(error, OPTIONS_ERROR_MAX, "'%.100s' is not an option%s", name, nearest);
}

static bool set_option(void *ctx, const struct config_line *line, char error[OPTIONS_ERROR_MAX])
{
	const struct options_row *row =
	        options_find_name(COMMAND_RUN, line->name, strlen(line->name));
	if (line->section[0] != '\0' || row == NULL || row->not_in_file) {
		refuse_name(line->section[0] != '\0' ? line->section : line->name, error);
		return false;
	}
	return row->set(ctx, row, line->value, error);
}

bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX])
{
	return config_file_read(path, set_option, options, error);
}
