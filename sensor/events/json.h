/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A writer of one JSON object (RFC 8259) into a buffer that is used again.
 *
 * Commas are put by the writer, and an object or array that stays empty is left
 * out with its key. Strings may hold any bytes: what is not valid
 * UTF-8 becomes U+FFFD, so that the result always is. A key given as NULL
 * writes an array element.
 *
 * The writer saturates: without memory, or past JSON_SIZE_MAX or JSON_DEPTH_MAX,
 * nothing more is written and `failed` is set; json_finish() then says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*! \brief No event is larger, or has more objects and arrays in each other. */
#define JSON_SIZE_MAX  (4U << 20)
#define JSON_DEPTH_MAX 16

struct json {
	char *text;
	size_t size;
	size_t room;
	bool first; /*!< No comma before the next value. */
	struct {
		size_t size;
		bool first;
	} opened[JSON_DEPTH_MAX]; /*!< How it was before each bracket that is open. */
	unsigned depth;           /*!< Brackets that are open. */
	bool failed;
};

/*! \brief Starts again with an empty text; the buffer is kept. */
void json_begin(struct json *json);

/*!
 * \brief Ends the text with NUL.
 *
 * \return The text, which lives until json_begin() or json_free(); NULL if it failed.
 */
const char *json_finish(struct json *json);
void json_free(struct json *json);

/*! \brief Makes the buffer larger; false, and `failed`, if it cannot be. */
bool json_grow(struct json *json, size_t more);

/*!
 * \brief Room for text that is JSON already, for what is written often.
 *
 * \return Where up to `most` octets may be written; NULL if it failed.
 */
static inline char *json_room(struct json *json, size_t most)
{
	/* One octet is kept for the final NUL. */
	if (json->failed || (json->size + most >= json->room && !json_grow(json, most))) {
		return NULL;
	}
	return json->text + json->size;
}

/*! \brief Says where what was written into the room ends. */
static inline void json_wrote(struct json *json, const char *end)
{
	json->size = (size_t)(end - json->text);
}

/*!
 * \brief Room for members or elements, behind a comma if one is due.
 *
 * What is written is not empty: `"a":1,"b":[2]`.
 */
char *json_room_members(struct json *json, size_t most);

/*! \brief Takes over the members, or elements, that another writer has gathered. */
void json_put_members(struct json *json, const struct json *from);

/*! \brief Text that is JSON already: a part of a member or of an element. */
static inline void json_put_raw(struct json *json, const char *text, size_t size)
{
	char *at = json_room(json, size);
	if (at != NULL) {
		memcpy(at, text, size);
		json->size += size;
	}
}

#define JSON_PUT(json, literal) json_put_raw(json, literal, sizeof(literal) - 1)

/*! \brief A comma, if one is due, in front of a member or an element of raw text. */
static inline void json_put_comma(struct json *json)
{
	if (!json->first) {
		JSON_PUT(json, ",");
	}
	json->first = false;
}

/*! \brief A string alone: neither key nor comma. */
void json_put_text(struct json *json, const char *text, size_t size);

void json_put_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_put_array(struct json *json, const char *key);
void json_end_array(struct json *json);

void json_put_string(struct json *json, const char *key, const char *text);
void json_put_bytes(struct json *json, const char *key, const char *text, size_t size);
void json_put_number(struct json *json, const char *key, uint64_t value);
void json_put_bool(struct json *json, const char *key, bool value);
