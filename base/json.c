/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <endian.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

void json_begin(struct json *json)
{
	if (json->out.start == NULL) {
		writer_init_growing(&json->out, JSON_SIZE_MAX);
	}
	writer_restart(&json->out);
	json->first = true;
	json->depth = 0;
}

const char *json_finish(struct json *json)
{
	return writer_text(&json->out);
}

void json_free(struct json *json)
{
	writer_free(&json->out);
}

/* Writes the octet that ended a run of plain octets, and the rest of its UTF-8 sequence. Returns
 * the number of octets that were read from `bytes`. */
static size_t put_special(struct writer *out, const uint8_t *bytes, size_t size)
{
	size_t length = utf8_sequence(bytes, size);
	if (length == 0) {
		writer_literal(out, UTF8_REPLACEMENT_TEXT);
		return 1;
	}
	if (length == 1) {
		writer_literal(out, "\\u00");
		writer_hex8(out, bytes[0]);
	} else {
		writer_put(out, (const char *)bytes, length);
	}
	return length;
}

/* The number of octets that are examined one by one. */
#define MIXED_MAX 32

/* The size of `\DDD`, which names of DNS have in place of octets that are no text. */
#define ESCAPE 4

/* Returns true for a backslash and three octets from `0` to `?`, which need no escapes. */
static bool is_escape(const char *text, size_t size)
{
	uint32_t octets;
	if (size < ESCAPE || text[0] != '\\') {
		return false;
	}
	memcpy(&octets, text, sizeof(octets));
	return (octets & htole32(0xf0f0f000)) == htole32(0x30303000);
}

/* Copies plain octets, quotes and backslashes, about MIXED_MAX. After one of them there are often
 * more, with only a few octets between them. `*plain` receives whether all of them are plain. */
static size_t put_mixed(struct writer *out, const char *text, size_t size, bool *plain)
{
	char *start = writer_reserve(out, (size_t)2 * (MIXED_MAX + ESCAPE));
	char *to = start;
	size_t at = 0;
	*plain = false;
	if (to == NULL) {
		return 0;
	}
	while (at < size && at < MIXED_MAX) {
		if (is_escape(text + at, size - at)) {
			*to++ = '\\';
			memcpy(to, text + at, ESCAPE);
			to += ESCAPE;
			at += ESCAPE;
			continue;
		}
		if (text[at] == '"' || text[at] == '\\') {
			*to++ = '\\';
		} else if (!text_is_plain(text[at])) {
			break;
		}
		*to++ = text[at++];
	}
	*plain = at >= MIXED_MAX && to == start + at;
	writer_advance(out, (size_t)(to - start));
	return at;
}

void json_put_text(struct json *json, const char *text, size_t size)
{
	struct writer *out = &json->out;
	size_t at = text_plain(text, size);
	char *to = writer_take(out, at + 1);
	if (to == NULL) {
		return;
	}
	*to = '"';
	memcpy(to + 1, text, at);
	while (at < size) {
		bool plain;
		size_t run = put_mixed(out, text + at, size - at, &plain);
		at += run;
		if (plain) {
			run = text_plain(text + at, size - at);
			writer_put(out, text + at, run);
			at += run;
		} else if (run < MIXED_MAX && at < size) {
			at += put_special(out, (const uint8_t *)text + at, size - at);
		}
	}
	writer_char(out, '"');
}

static void put_key(struct json *json, const char *key)
{
	(void)json_members(json);
	if (key != NULL) {
		json_put_text(json, key, strlen(key));
		writer_char(&json->out, ':');
	}
}

static void open_with(struct json *json, const char *key, char bracket)
{
	if (json->depth == JSON_DEPTH_MAX) {
		writer_fail(&json->out);
		return;
	}
	json->opened[json->depth].size = json_size(json);
	json->opened[json->depth].first = json->first;
	json->depth++;
	put_key(json, key);
	writer_char(&json->out, bracket);
	json->first = true;
}

static void close_with(struct json *json, char bracket)
{
	if (json->out.failed || json->depth == 0) {
		writer_fail(&json->out);
		return;
	}
	json->depth--;
	/* Nothing was written since the bracket was opened. */
	if (json->first) {
		writer_rewind(&json->out, json->opened[json->depth].size);
		json->first = json->opened[json->depth].first;
		return;
	}
	writer_char(&json->out, bracket);
	json->first = false;
}

void json_put_object(struct json *json, const char *key)
{
	open_with(json, key, '{');
}

void json_end_object(struct json *json)
{
	close_with(json, '}');
}

void json_put_array(struct json *json, const char *key)
{
	open_with(json, key, '[');
}

void json_end_array(struct json *json)
{
	close_with(json, ']');
}

void json_put_bytes(struct json *json, const char *key, const char *text, size_t size)
{
	put_key(json, key);
	json_put_text(json, text, size);
}

void json_put_string(struct json *json, const char *key, const char *text)
{
	json_put_bytes(json, key, text, strlen(text));
}

void json_put_optional(struct json *json, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0') {
		json_put_string(json, key, text);
	}
}

void json_put_time(struct json *json, const char *key, int64_t time_ns)
{
	put_key(json, key);
	writer_char(&json->out, '"');
	writer_time(&json->out, time_ns);
	writer_char(&json->out, '"');
}

void json_put_number(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	writer_number(&json->out, value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	writer_string(&json->out, value ? "true" : "false");
}

void json_put_members(struct json *json, const struct json *from)
{
	if (from->out.failed) {
		writer_fail(&json->out);
	} else if (json_size(from) > 0) {
		writer_put(json_members(json), from->out.start, json_size(from));
	}
}
