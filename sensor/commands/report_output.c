/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/report_output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

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

/* The rights are those of a file that is created as usual. */
static FILE *open_temporary(char *path)
{
	int fd = mkstemp(path);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	mode_t mask = umask(0);
	(void)umask(mask);
	if (out == NULL) {
		return NULL;
	}
	(void)fchmod(fd, 0666 & ~mask);
	return out;
}

static bool replace(const struct report *report, const struct report_format *format,
                    const char *path, char *temporary)
{
	FILE *out = open_temporary(temporary);
	if (out == NULL) {
		return false;
	}
	bool good = write_stream(report, format, out);
	int error = errno;
	good = fclose(out) == 0 && good;
	error = good || error != 0 ? error : errno;
	if (good && rename(temporary, path) == 0) {
		return true;
	}
	error = good ? errno : error;
	(void)unlink(temporary);
	errno = error;
	return false;
}

static bool write_file(const struct report *report, const struct report_format *format,
                       const char *path)
{
	char *temporary = NULL;
	if (!is_replaceable(path)) {
		FILE *out = fopen(path, "we");
		bool good = out != NULL && write_stream(report, format, out);
		return out != NULL && fclose(out) == 0 && good;
	}
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		errno = ENOMEM;
		return false;
	}
	bool good = replace(report, format, path, temporary);
	free(temporary);
	return good;
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
