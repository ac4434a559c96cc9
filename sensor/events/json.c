/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/events/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

#define ROOM_FIRST 4096

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

bool json_grow(struct json *json, size_t more)
{
	size_t need = json->size + more + 1;
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

char *json_room_members(struct json *json, size_t most)
{
	json_put_comma(json);
	return json_room(json, most);
}

static void put_char(struct json *json, char c)
{
	json_put_raw(json, &c, 1);
}

const char *json_finish(struct json *json)
{
	if (json_room(json, 0) == NULL) {
		return NULL;
	}
	json->text[json->size] = '\0';
	return json->text;
}

static void put_control(struct json *json, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	const char escape[] = { '\\', 'u', '0', '0', digits[c >> 4], digits[c & 0xf] };
	json_put_raw(json, escape, sizeof(escape));
}

/* The octet that ended a run, and what belongs to it. */
static size_t put_special(struct json *json, const uint8_t *bytes, size_t size)
{
	size_t length = utf8_sequence(bytes, size);
	if (length == 0) {
		json_put_raw(json, UTF8_REPLACEMENT_TEXT, sizeof(UTF8_REPLACEMENT_TEXT) - 1);
		return 1;
	}
	if (bytes[0] == '"' || bytes[0] == '\\') {
		const char escape[] = { '\\', (char)bytes[0] };
		json_put_raw(json, escape, sizeof(escape));
	} else if (length == 1) {
		put_control(json, bytes[0]);
	} else {
		json_put_raw(json, (const char *)bytes, length);
	}
	return length;
}

void json_put_text(struct json *json, const char *text, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t run = text_plain(text, size);
	char *at = json_room(json, run + 2);
	if (at == NULL) {
		return;
	}
	*at++ = '"';
	at = text_put(at, text, run);
	json_wrote(json, at);
	for (size_t i = run; i < size; i += run) {
		i += put_special(json, bytes + i, size - i);
		run = text_plain(text + i, size - i);
		json_put_raw(json, text + i, run);
	}
	put_char(json, '"');
}

static void put_key(struct json *json, const char *key)
{
	json_put_comma(json);
	if (key != NULL) {
		json_put_text(json, key, strlen(key));
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
	json_put_text(json, text, size);
}

void json_put_string(struct json *json, const char *key, const char *text)
{
	json_put_bytes(json, key, text, strlen(text));
}

void json_put_number(struct json *json, const char *key, uint64_t value)
{
	char digits[TEXT_NUMBER_MAX];
	put_key(json, key);
	json_put_raw(json, digits, (size_t)(text_number(digits, value) - digits));
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	json_put_raw(json, value ? "true" : "false", value ? 4 : 5);
}

void json_put_members(struct json *json, const struct json *from)
{
	if (from->failed) {
		json->failed = true;
	} else if (from->size > 0) {
		char *at = json_room_members(json, from->size);
		if (at != NULL) {
			json_wrote(json, text_put(at, from->text, from->size));
		}
	}
}
