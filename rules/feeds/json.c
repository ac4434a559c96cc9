/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/json.h"

#include <stdio.h>
#include <string.h>

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

void json_read(struct feed *feed)
{
	json_error_t error;
	json_t *root = json_loadb(feed->text, feed->size, 0, &error);
	if (root == NULL) {
		size_t line = error.line > 0 ? (size_t)error.line : 1;
		feed_complain(feed, line, error.column > 0 ? (size_t)error.column : 1, "%s",
		              error.text);
		return;
	}
	if (feed->options->format == FEED_AUTO) {
		feed->stats->format = misp_is(root) ? FEED_MISP : FEED_STIX;
	}
	if (feed->stats->format == FEED_MISP) {
		misp_read(feed, root);
	} else {
		stix_read(feed, root);
	}
	feed->place = NULL;
	json_decref(root);
}
