/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/utf8.h"

#define ROOM_FIRST 4096

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

void json_begin(struct json *json)
{
	json->size = 0;
	json->first = true;
	json->depth = 0;
	json->failed = false;
}

void json_free(struct json *json)
{
	free(json->text);
	*json = (struct json){ .text = NULL };
}

static bool reserve(struct json *json, size_t more)
{
	if (json->failed) {
		return false;
	}
	size_t need = json->size + more + 1;
	if (need <= json->room) {
		return true;
	}
	size_t room = json->room != 0 ? json->room : ROOM_FIRST;
	while (room < need) {
		room *= 2;
	}
	char *text = need <= JSON_SIZE_MAX ? realloc(json->text, room) : NULL;
	if (text == NULL) {
		json->failed = true;
		return false;
	}
	json->text = text;
	json->room = room;
	return true;
}

static void put(struct json *json, const char *text, size_t size)
{
	if (reserve(json, size)) {
		memcpy(json->text + json->size, text, size);
		json->size += size;
	}
}

static void put_char(struct json *json, char c)
{
	put(json, &c, 1);
}

const char *json_finish(struct json *json)
{
	if (!reserve(json, 0)) {
		return NULL;
	}
	json->text[json->size] = '\0';
	return json->text;
}

static void put_control(struct json *json, unsigned char c)
{
	char escape[8];
	int size = snprintf(escape, sizeof(escape), "\\u%04x", c);
	put(json, escape, (size_t)size);
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_quoted(struct json *json, const char *text, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)text;
	put_char(json, '"');
	for (size_t i = 0; i < size;) {
		size_t run = 0;
		while (i + run < size && is_plain(bytes[i + run])) {
			run++;
		}
		put(json, text + i, run);
		i += run;
		if (i == size) {
			break;
		}
		size_t length = utf8_sequence(bytes + i, size - i);
		if (length == 0) {
			put(json, REPLACEMENT, sizeof(REPLACEMENT) - 1);
			length = 1;
		} else if (bytes[i] == '"' || bytes[i] == '\\') {
			put_char(json, '\\');
			put_char(json, text[i]);
		} else if (length == 1) {
			put_control(json, bytes[i]);
		} else {
			put(json, text + i, length);
		}
		i += length;
	}
	put_char(json, '"');
}

static void put_key(struct json *json, const char *key)
{
	if (!json->first) {
		put_char(json, ',');
	}
	json->first = false;
	if (key != NULL) {
		put_quoted(json, key, strlen(key));
		put_char(json, ':');
	}
}

static void open_with(struct json *json, const char *key, char bracket)
{
	if (json->failed || json->depth == JSON_DEPTH_MAX) {
		json->failed = true;
		return;
	}
	json->opened[json->depth].size = json->size;
	json->opened[json->depth].first = json->first;
	json->depth++;
	put_key(json, key);
	put_char(json, bracket);
	json->first = true;
}

static void close_with(struct json *json, char bracket)
{
	if (json->failed || json->depth == 0) {
		json->failed = true;
		return;
	}
	json->depth--;
	/* Nothing came since the bracket was opened. */
	if (json->first) {
		json->size = json->opened[json->depth].size;
		json->first = json->opened[json->depth].first;
		return;
	}
	put_char(json, bracket);
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
	put_quoted(json, text, size);
}

void json_put_string(struct json *json, const char *key, const char *text)
{
	json_put_bytes(json, key, text, strlen(text));
}

void json_put_number(struct json *json, const char *key, uint64_t value)
{
	char digits[24];
	int size = snprintf(digits, sizeof(digits), "%" PRIu64, value);
	put_key(json, key);
	put(json, digits, (size_t)size);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	put(json, value ? "true" : "false", value ? 4 : 5);
}
