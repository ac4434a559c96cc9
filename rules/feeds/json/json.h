/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What readers of JSON share. Jansson refuses a nesting deeper than 2048. */
#pragma once

#include <jansson.h>

#include "rules/feeds/import/reader.h"

/*! \brief Room for a note or a list of tags; more is cut. */
#define JSON_TEXT_SIZE 512

/*! \brief Whether a feed begins as a JSON object, or as an array of objects, arrays or strings. */
bool json_is(const struct feed *feed);

/*! \brief Whether a feed is JSON lines: an object on each line. */
bool json_is_lines(const struct feed *feed);

/*!
 * \brief The value that the text of a feed is; NULL when it is not JSON.
 *
 * It is parsed once, and lives until json_release().
 */
const json_t *json_peek(struct feed *feed);

/*! \brief The same, with a complaint when it is not JSON. */
const json_t *json_root(struct feed *feed);

void json_release(struct feed *feed);

/*! \brief A member that is a text, up to a NUL; NULL when it is missing or of another type. */
const char *json_text(const json_t *object, const char *name);

/*! \brief The same for a text that must be whole; NULL also when it has a NUL. */
const char *json_value(const json_t *object, const char *name);

/*! \brief Appends a tag; a comma inside it becomes a semicolon. */
void json_tag(char tags[JSON_TEXT_SIZE], const char *tag);

/*! \brief Writes `TITLE: TEXT`, or the one of them that is there. */
void json_note(char note[JSON_TEXT_SIZE], const char *title, const char *text);
