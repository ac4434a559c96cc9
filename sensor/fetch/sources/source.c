/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/sources/source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum source_outcome source_fail(struct source *source, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(source->why, sizeof(source->why), format, args);
	va_end(args);
	return SOURCE_FAILED;
}

static bool is_type(const char *given, const char *type)
{
	size_t size = strlen(type);
	return strncasecmp(given, type, size) == 0 &&
	       (given[size] == '\0' || strchr("; \t", given[size]) != NULL);
}

json_t *source_get_json(struct source *source, const struct http_request *request, const char *type,
                        struct http_answer **answer)
{
	json_error_t error;
	if (http_get(source->http, request, answer) != HTTP_GOT) {
		(void)source_fail(source, "%s", (*answer)->why);
		return NULL;
	}
	if (type != NULL && !is_type((*answer)->type, type)) {
		(void)source_fail(source, "the server sends %.60s in place of %s: check url",
		                  (*answer)->type[0] != '\0' ? (*answer)->type : "no type", type);
		return NULL;
	}
	json_t *value = json_loadb((*answer)->body.start, writer_size(&(*answer)->body), 0, &error);
	if (value == NULL) {
		(void)source_fail(source, "the answer is not JSON: line %d: %.160s", error.line,
		                  error.text);
	}
	return value;
}
