/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events as syslog messages. The input is the JSON of an event. If it is not JSON, it is the text
 * of all members that have texts. A message is one line of UTF-8, the header of CEF has its seven
 * separators, and each key and each value of the extension can be found again.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/json.h"
#include "base/utf8.h"
#include "sensor/syslog/syslog_message.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Returns the text after the header's `count` separators. */
static const char *check_header(const char *at, const char *end, unsigned count)
{
	for (; count > 0; at++) {
		check(at < end);
		if (*at == '\\') {
			check(++at < end && strchr("\\|", *at) != NULL);
		} else if (*at == '|') {
			count--;
		}
	}
	return at;
}

/* A `=` without a backslash follows a key, which begins the extension or follows a blank. */
static void check_key(const char *start, const char *equals)
{
	const char *at = equals;
	while (at > start && ascii_is_alphanumeric(at[-1])) {
		at--;
	}
	check(at < equals && (at == start || at[-1] == ' '));
}

static void check_extension(const char *start, const char *end)
{
	for (const char *at = start; at < end; at++) {
		if (*at == '\\') {
			check(++at < end && strchr("\\=nr", *at) != NULL);
		} else if (*at == '=') {
			check_key(start, at);
		}
	}
}

static void check_cef(const char *text, size_t size)
{
	const char *end = text + size, *cef = strstr(text, " - CEF:0|nsmx|nsmx|");
	check(cef != NULL);
	for (const char *at = text; at < end;) {
		size_t step = utf8_sequence((const uint8_t *)at, (size_t)(end - at));
		check(step > 0 && (unsigned char)*at >= ' ' && *at != 0x7f);
		at += step;
	}
	check_extension(check_header(cef + strlen(" - "), end, 7), end);
}

static void put(enum syslog_form form, const char *json, size_t size)
{
	const struct record record = {
		.kind = RECORD_HIT, .severity = 50, .json = json, .json_size = size
	};
	struct writer out;
	writer_init_growing(&out, 1 << 22);
	if (syslog_message_put(&out, form, 16, &record)) {
		const char *text = writer_text(&out);
		check(text != NULL && memchr(text, '\n', writer_size(&out)) == NULL);
		check(strncmp(text, "<132>1 ", 7) == 0);
		if (form == SYSLOG_CEF) {
			check_cef(text, writer_size(&out));
		}
		found_bytes(text, writer_size(&out));
	}
	writer_free(&out);
}

static void put_member(struct json *json, const char *object, const char *key, const uint8_t *data,
                       size_t size)
{
	json_put_object(json, object);
	json_put_bytes(json, key, (const char *)data, size);
	json_end_object(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json json = { .depth = 0 };
	put(SYSLOG_CEF, (const char *)data, size);
	put(SYSLOG_JSON, (const char *)data, size);
	json_begin(&json);
	json_put_object(&json, NULL);
	json_put_bytes(&json, "@timestamp", (const char *)data, size);
	put_member(&json, "event", "reason", data, size);
	put_member(&json, "rule", "id", data, size);
	put_member(&json, "observer", "name", data, size);
	put_member(&json, "client", "ip", data, size);
	put_member(&json, "nsmx", "owner", data, size);
	json_end_object(&json);
	if (json_finish(&json) != NULL) {
		put(SYSLOG_CEF, json.out.start, json_size(&json));
	}
	json_free(&json);
	return 0;
}
