/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A writer of one JSON text (RFC 8259) into memory that is used again.
 *
 * The writer adds commas, and an object or array that stays empty is left
 * out with its key. Strings may hold any bytes: each octet that is not valid UTF-8
 * becomes U+FFFD, so that the text is always valid. A key given as NULL writes an
 * array element.
 *
 * What is written often goes to `out` directly, as text that is JSON already.
 *
 * Errors are sticky as in writer.h: when out of memory, past JSON_SIZE_MAX or
 * JSON_DEPTH_MAX nothing more is written, and json_finish() returns NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"

/*! \brief The largest text, its NUL included, and the most objects and arrays in each other. */
#define JSON_SIZE_MAX  (4U << 20)
#define JSON_DEPTH_MAX 16

struct json {
	struct writer out;
	bool first; /*!< No comma before the next value. */
	struct {
		size_t size;
		bool first;
	} opened[JSON_DEPTH_MAX]; /*!< For each open bracket, the state before it. */
	unsigned depth;           /*!< Brackets that are open. */
};

/*! \brief Starts again with an empty text; the memory is kept. A new `json` is all zeros. */
void json_begin(struct json *json);

/*!
 * \brief Ends the text with NUL.
 *
 * \return The text, which lives until json_begin() or json_free(); NULL on failure.
 */
const char *json_finish(struct json *json);
void json_free(struct json *json);

/*! \brief Octets written so far. */
static inline size_t json_size(const struct json *json)
{
	return writer_size(&json->out);
}

/*!
 * \brief A comma if one is due, before members or elements that are JSON already.
 *
 * \return `out`, for the members: `"a":1,"b":[2]`. They must not be empty.
 */
static inline struct writer *json_members(struct json *json)
{
	if (!json->first) {
		writer_char(&json->out, ',');
	}
	json->first = false;
	return &json->out;
}

/*! \brief Copies the members, or elements, that another writer has gathered. */
void json_put_members(struct json *json, const struct json *from);

/*! \brief Writes a quoted and escaped string, without a key or a comma. */
void json_put_text(struct json *json, const char *text, size_t size);

void json_put_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_put_array(struct json *json, const char *key);
void json_end_array(struct json *json);

void json_put_string(struct json *json, const char *key, const char *text);
/*! \brief Writes a string; writes nothing if `text` is NULL or empty. */
void json_put_optional(struct json *json, const char *key, const char *text);
void json_put_bytes(struct json *json, const char *key, const char *text, size_t size);
void json_put_number(struct json *json, const char *key, uint64_t value);
/*! \brief Writes a time as a string; see text_time(). */
void json_put_time(struct json *json, const char *key, int64_t time_ns);
void json_put_bool(struct json *json, const char *key, bool value);
