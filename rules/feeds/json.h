/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the readers of JSON feeds share. Jansson refuses what nests deeper than 2048. */
#pragma once

#include <jansson.h>

#include "rules/feeds/reader.h"

/*! \brief Room for a note or a list of tags; more is cut. */
#define JSON_TEXT_SIZE 512

/*! \brief A member that is a text; NULL when it is none or is not there. */
const char *json_text(const json_t *object, const char *name);

/*! \brief Adds a tag behind others; commas in it would part it. */
void json_tag(char tags[JSON_TEXT_SIZE], const char *tag);

/*! \brief Writes `TITLE: TEXT`, or the one of them that is there. */
void json_note(char note[JSON_TEXT_SIZE], const char *title, const char *text);

void stix_read(struct feed *feed, const json_t *root);
void misp_read(struct feed *feed, const json_t *root);

/*! \brief Whether a value looks like a MISP event, or holds some. */
bool misp_is(const json_t *root);
