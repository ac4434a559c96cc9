/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options_config.h"

#include <errno.h>
#include <ini.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "sensor/options/options_table.h"

#define VALUE_MAX 32768
/* libinih reads a longer line in parts, of which the first is already refused. */
#define LINE_MAX (2 * VALUE_MAX)

struct config_reader {
	struct options *options;
	char *error;
};

/* libinih treats " ;" as the start of a comment. Here " #" also starts one, as it does at the start
 * of a line. */
static size_t size_before_comment(const char *value)
{
	size_t size = 0;
	for (size_t i = 0; value[i] != '\0'; i++) {
		bool blank = ascii_is_blank(value[i]);
		if (blank && value[i + 1] == '#') {
			break;
		}
		size = blank ? size : i + 1;
	}
	return size;
}

static void refuse_name(const char *name, char error[OPTIONS_ERROR_MAX])
{
	char nearest[NEAREST_TEXT_MAX];
	options_nearest(COMMAND_RUN, name, strlen(name), nearest);
	(void)snprintf(error, OPTIONS_ERROR_MAX, "'%.100s' is not an option%s", name, nearest);
}

static int read_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct config_reader *reader = ctx;
	const struct options_row *row = options_find_name(COMMAND_RUN, name, strlen(name));
	if (section[0] != '\0' || row == NULL || row->not_in_file) {
		refuse_name(section[0] != '\0' ? section : name, reader->error);
		return 0;
	}
	if (strlen(value) > VALUE_MAX) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX,
		               "'%.100s' has a value of more than %d characters", name, VALUE_MAX);
		return 0;
	}
	char *text = strndup(value, size_before_comment(value));
	if (text == NULL) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX, "out of memory");
		return 0;
	}
	bool set = row->set(reader->options, row, text, reader->error);
	explicit_bzero(text, strlen(text)); /* the text may have a password */
	free(text);
	return set;
}

bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX])
{
	char reason[OPTIONS_ERROR_MAX] = "the line is not 'name = value'";
	struct config_reader reader = { .options = options, .error = reason };
	/* The default bound of 198 characters would split a long URL. */
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = LINE_MAX;
	ini_initial_alloc = LINE_MAX;
	/* Otherwise the number would be that of the first invalid line, but the reason that of the
	 * last one. */
	ini_stop_on_first_error = true;
	/* Memory that the library frees is overwritten. glibc does so for large pieces only, such
	 * as a line and the buffer of a stream. */
	(void)mallopt(M_PERTURB, 0xff);
	int line = ini_parse(path, read_line, &reader);
	(void)mallopt(M_PERTURB, 0);
	if (line < 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
	} else if (line > 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s:%d: %.250s", path, line, reason);
	}
	return line == 0;
}
