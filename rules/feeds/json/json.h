/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Functions that the readers of JSON formats share. Limit: Jansson rejects a text with more
 *        than 2048 levels of nesting.
 */
#pragma once

#include <jansson.h>

#include "rules/feeds/import/reader.h"

/*!
 * \brief Room for a note or a list of tags, in octets, the final zero included. A longer note is
 *        cut. A tag that does not fit is omitted.
 */
#define JSON_TEXT_SIZE 512

/*!
 * \brief Returns true if a feed begins like a JSON object, or like an array of objects, arrays or
 *        strings.
 */
bool json_is(const struct feed *feed);

/*! \brief Returns true if a feed is JSON lines, with one object on each line. */
bool json_is_lines(const struct feed *feed);

/*!
 * \brief Parses the text of a feed as JSON; returns NULL if it is not JSON.
 *
 * The text is parsed only once. The value lives until json_release().
 */
const json_t *json_peek(struct feed *feed);

/*!
 * \brief Does the same as json_peek(), but also returns NULL for JSON lines and for a text that is
 *        too large. It is used to recognise a format.
 */
const json_t *json_guess(struct feed *feed);

/*! \brief Does the same as json_peek(), and reports an error if the text is not JSON. */
const json_t *json_root(struct feed *feed);

void json_release(struct feed *feed);

/*!
 * \brief Returns the text of a member that is a string. The text ends at the first NUL of the
 *        string. Returns NULL if the object has no such member, or the member has another type.
 */
const char *json_text(const json_t *object, const char *name);

/*! \brief Does the same as json_text(), but also returns NULL if the string contains a NUL. */
const char *json_value(const json_t *object, const char *name);

/*! \brief Appends a tag to a list; a comma inside the tag becomes a semicolon. */
void json_tag(char tags[JSON_TEXT_SIZE], const char *tag);

/*! \brief Writes TITLE: TEXT. If one of the two is NULL or empty, writes only the other. */
void json_note(char note[JSON_TEXT_SIZE], const char *title, const char *text);
