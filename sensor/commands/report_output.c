/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/report_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/commands/new_file.h"

const struct report_format *report_output_format(const struct options *options,
                                                 const struct report_format *otherwise)
{
	const struct report_format *format = NULL;
	if (options->report_format > 0) {
		return report_format_at(options->report_format - 1);
	}
	if (options->report != NULL) {
		format = report_format_of_file(options->report);
	}
	return format != NULL ? format : otherwise;
}

static bool write_stream(const struct report *report, const struct report_format *format, FILE *out)
{
	errno = 0;
	bool good = format->write(report, out);
	return fflush(out) == 0 && ferror(out) == 0 && good;
}

static bool write_standard_output(const struct report *report, const struct report_format *format)
{
	if (!write_stream(report, format, stdout)) {
		log_error("standard output cannot be written: %s",
		          errno != 0 ? strerror(errno) : "out of memory");
		return false;
	}
	return true;
}

/* Of a device or a pipe, such as /dev/stderr, no temporary file is made. */
static bool is_replaceable(const char *path)
{
	struct stat info;
	return lstat(path, &info) != 0 || S_ISREG(info.st_mode);
}

/* `out` is closed. */
static bool write_and_close(const struct report *report, const struct report_format *format,
                            FILE *out)
{
	bool good = write_stream(report, format, out);
	int error = errno;
	good = fclose(out) == 0 && good;
	errno = good || error != 0 ? error : errno;
	return good;
}

static bool replace(const struct report *report, const struct report_format *format,
                    const char *path)
{
	struct new_file file;
	FILE *out = new_file_open(&file, path) ? fdopen(dup(file.fd), "w") : NULL;
	bool good = out != NULL && write_and_close(report, format, out) && new_file_commit(&file);
	new_file_discard(&file);
	return good;
}

static bool write_file(const struct report *report, const struct report_format *format,
                       const char *path)
{
	if (is_replaceable(path)) {
		return replace(report, format, path);
	}
	FILE *out = fopen(path, "we");
	return out != NULL && write_and_close(report, format, out);
}

bool report_output_write(const struct report *report, const struct report_format *format,
                         const char *path)
{
	if (path == NULL || strcmp(path, "-") == 0) {
		return write_standard_output(report, format);
	}
	if (!write_file(report, format, path)) {
		log_error("%s: the report could not be written: %s", path,
		          errno != 0 ? strerror(errno) : "out of memory");
		return false;
	}
	log_info("the report is %s", path);
	return true;
}
