/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Strings of any bytes through the JSON writer: the output is valid UTF-8, its quotes
 * and brackets match, and plain text is unchanged. The input is a script: one octet for
 * the value to write, one for the number of octets of its text, and the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Skips a string after its first quote; returns the place after the last. */
static const char *check_string(const char *at, const char *end)
{
	while (at < end && *at != '"') {
		size_t step = utf8_sequence((const uint8_t *)at, (size_t)(end - at));
		check(step > 0 && (uint8_t)*at >= 0x20);
		if (*at == '\\') {
			check(at + 1 < end && strchr("\"\\u", at[1]) != NULL);
			step = at[1] == 'u' ? 6 : 2;
			check(step == 2 || (size_t)(end - at) >= 6);
			check(step == 2 || strspn(at + 2, "0123456789abcdef") >= 4);
		}
		at += step;
	}
	check(at < end);
	return at + 1;
}

static void check_text(const char *text, size_t size)
{
	char open[JSON_DEPTH_MAX + 1];
	size_t depth = 0;
	const char *end = text + size;
	for (const char *at = text; at < end;) {
		char c = *at++;
		if (c == '"') {
			at = check_string(at, end);
		} else if (c == '{' || c == '[') {
			check(depth < JSON_DEPTH_MAX);
			check(at < end && *at != ',' && *at != '}' && *at != ']');
			open[depth++] = c;
		} else if (c == '}' || c == ']') {
			check(depth > 0 && open[--depth] == (c == '}' ? '{' : '['));
		} else {
			check(strchr(",:truefalse0123456789", c) != NULL);
			check(c != ',' || (at < end && strchr(",:}]", *at) == NULL));
		}
	}
	check(depth == 0);
}

/* One step of the script; keys in objects, none in arrays. */
struct script {
	struct json *json;
	char open[JSON_DEPTH_MAX];
	size_t depth;
};

static void write_open(struct script *script, const char *key, bool object)
{
	if (script->depth == JSON_DEPTH_MAX) {
		return;
	}
	if (object) {
		json_put_object(script->json, key);
	} else {
		json_put_array(script->json, key);
	}
	script->open[script->depth++] = object ? '{' : '[';
}

/* The outermost object stays open to the end. */
static void write_close(struct script *script, size_t outermost)
{
	if (script->depth <= outermost) {
		return;
	}
	if (script->open[--script->depth] == '{') {
		json_end_object(script->json);
	} else {
		json_end_array(script->json);
	}
}

static void write_step(struct script *script, uint8_t kind, const uint8_t *text, size_t size)
{
	const char *key = script->open[script->depth - 1] == '{' ? "k\"\xff" : NULL;
	switch (kind % 6) {
	case 0:
		write_open(script, key, true);
		break;
	case 1:
		write_open(script, key, false);
		break;
	case 2:
		write_close(script, 1);
		break;
	case 3:
		json_put_number(script->json, key, kind * 0x0101010101010101ULL);
		break;
	case 4:
		json_put_bool(script->json, key, size % 2 == 0);
		break;
	default:
		json_put_bytes(script->json, key, (const char *)text, size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json json = { .depth = 0 };
	struct script script = { .json = &json };
	json_begin(&json);
	write_open(&script, NULL, true);
	for (size_t at = 0; at + 2 <= size;) {
		size_t left = size - at - 2;
		size_t length = data[at + 1] < left ? data[at + 1] : left;
		bool takes_text = data[at] % 6 == 5;
		write_step(&script, data[at], data + at + 2, length);
		at += 2 + (takes_text ? length : 0);
	}
	while (script.depth > 0) {
		write_close(&script, 0);
	}
	const char *text = json_finish(&json);
	check((text == NULL) == json.out.failed);
	if (text != NULL) {
		check(strlen(text) == json_size(&json));
		check_text(text, json_size(&json));
		found_bytes(text, json_size(&json));
	}
	json_free(&json);
	return 0;
}
