/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes JSON texts (RFC 8259). Each text reuses the memory of the text before it.
 *
 * The writer adds commas. An empty object or array is omitted, together with its key. Strings may
 * contain any bytes: each octet that is not valid UTF-8 becomes U+FFFD, so that the text is always
 * valid. With NULL as the key, the functions write an array element.
 *
 * For speed, members that occur in every event are written to `out` as text that is JSON already;
 * see json_members().
 *
 * Errors are lack of memory, a text larger than JSON_SIZE_MAX, and nesting deeper than
 * JSON_DEPTH_MAX. After an error nothing more is written, and json_finish() returns NULL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"

/*!
 * \brief The largest size of a text, in octets with the final NUL, and the largest depth of nested
 *        objects and arrays.
 */
#define JSON_SIZE_MAX  (4U << 20)
#define JSON_DEPTH_MAX 16

struct json {
	struct writer out;
	bool first; /*!< The next value is the first of its object or array, so it needs no comma.
	             */
	struct {
		size_t size;
		bool first;
	} opened[JSON_DEPTH_MAX]; /*!< For each open object or array, the state before it began. */
	unsigned depth;           /*!< The number of objects and arrays that are open. */
};

/*! \brief Starts a new text in the same memory. Before the first call all fields must be zero. */
void json_begin(struct json *json);

/*!
 * \brief Ends the text with NUL.
 *
 * \return The text, which lives until json_begin() or json_free(); NULL on failure.
 */
const char *json_finish(struct json *json);
void json_free(struct json *json);

/*! \brief Returns the number of octets written so far. */
static inline size_t json_size(const struct json *json)
{
	return writer_size(&json->out);
}

/*!
 * \brief Prepares to write members or elements that are JSON text already. It writes a comma if one
 *        is needed.
 *
 * \return `out`. The caller must then write at least one member or element to it, such as `"a":1`.
 *         Commas must separate several of them.
 */
static inline struct writer *json_members(struct json *json)
{
	if (!json->first) {
		writer_char(&json->out, ',');
	}
	json->first = false;
	return &json->out;
}

/*! \brief Copies all members or elements from another struct json. */
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
