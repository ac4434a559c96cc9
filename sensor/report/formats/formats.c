/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/formats.h"

#include <string.h>

static const struct report_format FORMATS[] = {
#define X(id, name, extension, media) { name, extension, media, report_write_##id },
	REPORT_FORMATS(X)
#undef X
};

#define FORMATS_COUNT (sizeof(FORMATS) / sizeof(FORMATS[0]))

const struct report_format *report_format_at(size_t i)
{
	return i < FORMATS_COUNT ? &FORMATS[i] : NULL;
}

static bool ends_with(const char *name, const char *extension)
{
	size_t size = strlen(name);
	size_t end = strlen(extension);
	return size > end && strcmp(name + size - end, extension) == 0;
}

const struct report_format *report_format_of_file(const char *name)
{
	for (size_t i = 0; i < FORMATS_COUNT; i++) {
		if (ends_with(name, FORMATS[i].extension)) {
			return &FORMATS[i];
		}
	}
	return NULL;
}
