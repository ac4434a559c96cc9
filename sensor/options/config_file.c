/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/config_file.h"

#include <errno.h>
#include <ini.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/log.h"

/* libinih reads a longer line in parts, of which the first is already refused. */
#define LINE_MAX (2 * CONFIG_VALUE_MAX)

/* The file is read again after each mistake, without the lines that are wrong. */
#define MISTAKES_MAX 20

struct config_lines {
	FILE *file;
	int at; /* the number of the current line */
	int wrong[MISTAKES_MAX];
	size_t wrong_count;
	bool cut;      /* the current line is longer than its room; its rest follows as a line */
	bool left_out; /* the current line is wrong */
};

struct config_reader {
	struct config_lines lines;
	config_set_t set;
	void *ctx;
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

static int read_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct config_reader *reader = ctx;
	const struct config_lines *lines = &reader->lines;
	if (lines->wrong_count > 0 && lines->at < lines->wrong[lines->wrong_count - 1]) {
		return 1; /* it was received when the file was read before */
	}
	if (strlen(value) > CONFIG_VALUE_MAX) {
		(void)snprintf(reader->error, CONFIG_ERROR_MAX,
		               "'%.100s' has a value of more than %d characters", name,
		               CONFIG_VALUE_MAX);
		return 0;
	}
	char *text = strndup(value, size_before_comment(value));
	if (text == NULL) {
		(void)snprintf(reader->error, CONFIG_ERROR_MAX, "out of memory");
		return 0;
	}
	const struct config_line line = { section, name, text, lines->at };
	bool set = reader->set(reader->ctx, &line, reader->error);
	explicit_bzero(text, strlen(text)); /* the text may have a password */
	free(text);
	return set;
}

static char *next_line(char *line, int room, void *ctx)
{
	struct config_lines *lines = ctx;
	bool left_out = lines->left_out && lines->cut;
	if (fgets(line, room, lines->file) == NULL) {
		return NULL;
	}
	lines->at++;
	for (size_t i = 0; i < lines->wrong_count; i++) {
		left_out |= lines->wrong[i] == lines->at;
	}
	lines->left_out = left_out;
	lines->cut = strchr(line, '\n') == NULL;
	line[0] = left_out ? '\0' : line[0];
	return line;
}

/* \return The number of the first line with a mistake, whose reason is then set; 0: none. */
static int parse(struct config_reader *reader, char reason[CONFIG_ERROR_MAX])
{
	reader->error = reason;
	(void)snprintf(reason, CONFIG_ERROR_MAX, "the line is not 'name = value'");
	rewind(reader->lines.file);
	reader->lines.at = 0;
	reader->lines.cut = false;
	return ini_parse_stream(next_line, &reader->lines, read_line, reader);
}

static void find_mistakes(struct config_reader *reader, const char *path,
                          char error[CONFIG_ERROR_MAX])
{
	struct config_lines *lines = &reader->lines;
	char reason[CONFIG_ERROR_MAX];
	int line;
	while (lines->wrong_count < MISTAKES_MAX && (line = parse(reader, reason)) > 0) {
		if (lines->wrong_count > 0) {
			log_error("%s", error);
		}
		(void)snprintf(error, CONFIG_ERROR_MAX, "%.200s:%d: %.250s", path, line, reason);
		lines->wrong[lines->wrong_count++] = line;
	}
	if (lines->wrong_count == MISTAKES_MAX) {
		log_error("%s: the lines after line %d are not read, since %d lines are wrong",
		          path, lines->wrong[MISTAKES_MAX - 1], MISTAKES_MAX);
	}
}

bool config_file_read(const char *path, config_set_t set, void *ctx, char error[CONFIG_ERROR_MAX])
{
	struct config_reader reader = { .lines = { .file = fopen(path, "re") },
		                        .set = set,
		                        .ctx = ctx };
	if (reader.lines.file == NULL) {
		(void)snprintf(error, CONFIG_ERROR_MAX, "%.200s: %s", path, strerror(errno));
		return false;
	}
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
	find_mistakes(&reader, path, error);
	(void)fclose(reader.lines.file);
	(void)mallopt(M_PERTURB, 0);
	return reader.lines.wrong_count == 0;
}
