/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads JSON documents of the writers, strictly, and finds values in them. */
#pragma once

#include <jansson.h>

#include "base/json.h"
#include "base/utf8.h"
#include "tests/unit/sensor/report/formats/sample.h"

/*! \brief Parses a document, which the caller frees with json_decref(). */
static inline json_t *parsed_document(const char *text, size_t size)
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (root == NULL) {
		fail_msg("%s at %d", error.text, error.position);
	}
	return root;
}

static inline json_t *parsed_report(report_write_t write, const struct report *report)
{
	struct sample_document document = sample_write(write, report);
	json_t *root = parsed_document(document.text, document.size);
	free(document.text);
	return root;
}

/*! \brief Returns the value at a path of keys and indexes, such as `incidents.0.id`. */
static inline json_t *parsed_at(json_t *value, const char *path)
{
	char step[64];
	for (size_t size; *path != '\0'; path += size + (path[size] == '.')) {
		size = strcspn(path, ".");
		assert_true(size < sizeof(step));
		memcpy(step, path, size);
		step[size] = '\0';
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(step))
		                             : json_object_get(value, step);
	}
	return value;
}

static inline void parsed_equals(json_t *root, const char *path, const char *text)
{
	const json_t *value = parsed_at(root, path);
	if (!json_is_string(value)) {
		fail_msg("no string at %s", path);
	}
	assert_string_equal(json_string_value(value), text);
}

/*! \brief The text as a document has it: octets that are not UTF-8 are U+FFFD. */
static inline size_t parsed_replace(const struct report_text *text, char *valid)
{
	char *to = valid;
	for (size_t at = 0, used; at < text->size; at += used) {
		used = utf8_sequence((const uint8_t *)text->text + at, text->size - at);
		if (used == 0) {
			memcpy(to, UTF8_REPLACEMENT_TEXT, 3);
			to += 3;
			used = 1;
		} else {
			memcpy(to, text->text + at, used);
			to += used;
		}
	}
	return (size_t)(to - valid);
}

/*! \brief Fails unless a value is a text from the wire. */
static inline void parsed_is_text(json_t *root, const char *path, const struct report_text *text)
{
	char valid[4096];
	size_t size = parsed_replace(text, valid);
	const json_t *value = parsed_at(root, path);
	assert_true(json_is_string(value));
	assert_int_equal(json_string_length(value), size);
	assert_memory_equal(json_string_value(value), valid, size);
}
