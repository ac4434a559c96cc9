/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief JSON read back with jansson, which takes nothing but strict JSON in UTF-8.
 */
#pragma once

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static inline json_t *parsed(const char *text, size_t size)
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (root == NULL) {
		fail_msg("%s: %s", text, error.text);
	}
	return root;
}

/*! \brief The value at a path: "threat.enrichments.0.matched.atomic"; NULL: there is none. */
static inline json_t *parsed_at(json_t *value, const char *path)
{
	while (value != NULL && *path != '\0') {
		size_t size = strcspn(path, ".");
		char key[64];
		assert_true(size < sizeof(key));
		memcpy(key, path, size);
		key[size] = '\0';
		value = json_is_array(value) ? json_array_get(value, (size_t)atoi(key))
		                             : json_object_get(value, key);
		path += size + (path[size] == '.');
	}
	return value;
}

/*! \brief A value as text: a string as it is, everything else as JSON; "" for nothing. */
static inline const char *parsed_text(json_t *root, const char *path)
{
	static char text[4096];
	json_t *value = parsed_at(root, path);
	if (json_is_string(value)) {
		return json_string_value(value);
	}
	size_t size = value != NULL ? json_dumpb(value, text, sizeof(text) - 1,
	                                         JSON_ENCODE_ANY | JSON_COMPACT)
	                            : 0;
	assert_true(size < sizeof(text));
	text[size] = '\0';
	return text;
}
