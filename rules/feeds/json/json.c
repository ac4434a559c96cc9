/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/json/json.h"

#include <stdio.h>
#include <string.h>

bool json_is(const struct feed *feed)
{
	const char *at = feed->text + strspn(feed->text, " \t\r\n");
	if (*at == '[') {
		at++;
		at += strspn(at, " \t\r\n");
		return *at == '{' || *at == '[' || *at == '"' || *at == ']';
	}
	return *at == '{';
}

bool json_is_lines(const struct feed *feed)
{
	const char *at = feed->text + strspn(feed->text, " \t\r\n");
	const char *end = strchr(at, '\n');
	const char *next = end != NULL ? end + strspn(end, " \t\r\n") : "";
	while (end != NULL && end > at && strchr(" \t\r\n", *end) != NULL) {
		end--;
	}
	return *at == '{' && end != NULL && *end == '}' && *next == '{';
}

const json_t *json_peek(struct feed *feed)
{
	json_error_t error;
	if (feed->json != NULL || feed->is_json_broken) {
		return feed->json;
	}
	feed->json = json_loadb(feed->text, feed->size, JSON_ALLOW_NUL, &error);
	if (feed->json == NULL) {
		feed->is_json_broken = true;
		feed->json_line = error.line > 0 ? (size_t)error.line : 1;
		feed->json_column = error.column > 0 ? (size_t)error.column : 1;
		snprintf(feed->json_why, sizeof(feed->json_why), "%.159s", error.text);
	}
	return feed->json;
}

const json_t *json_guess(struct feed *feed)
{
	bool is_value = json_is(feed) && !json_is_lines(feed) && feed->size <= FEED_JSON_SIZE_MAX;
	return is_value ? json_peek(feed) : NULL;
}

const json_t *json_root(struct feed *feed)
{
	const json_t *root = json_peek(feed);
	if (root == NULL) {
		feed_complain(feed, feed->json_line, feed->json_column, "%s", feed->json_why);
	}
	return root;
}

void json_release(struct feed *feed)
{
	json_decref(feed->json);
	feed->json = NULL;
}

const char *json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *json_value(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	const char *text = json_string_value(value);
	return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

void json_tag(char tags[JSON_TEXT_SIZE], const char *tag)
{
	size_t used = strlen(tags);
	if (tag == NULL || tag[0] == '\0' || used + 1 + strlen(tag) >= JSON_TEXT_SIZE) {
		return;
	}
	if (used > 0) {
		tags[used++] = ',';
	}
	for (; *tag != '\0'; tag++) {
		tags[used++] = *tag == ',' ? ';' : *tag;
	}
	tags[used] = '\0';
}

void json_note(char note[JSON_TEXT_SIZE], const char *title, const char *text)
{
	bool both = title != NULL && title[0] != '\0' && text != NULL && text[0] != '\0';
	snprintf(note, JSON_TEXT_SIZE, "%.200s%s%.300s", title != NULL ? title : "",
	         both ? ": " : "", text != NULL ? text : "");
}
