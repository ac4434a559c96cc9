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

const json_t *json_root(struct feed *feed)
{
	json_error_t error;
	if (feed->json == NULL && !feed->is_json_broken) {
		feed->json = json_loadb(feed->text, feed->size, 0, &error);
		feed->is_json_broken = feed->json == NULL;
		if (feed->json == NULL) {
			size_t line = error.line > 0 ? (size_t)error.line : 1;
			size_t column = error.column > 0 ? (size_t)error.column : 1;
			feed_complain(feed, line, column, "%s", error.text);
		}
	}
	return feed->json;
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
