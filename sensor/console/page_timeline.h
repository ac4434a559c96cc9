/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The timeline of the records of a name, as an SVG picture: each record has a bar from its
 *        first sighting to its last.
 *
 * Limits: TIMELINE_LANES_MAX records; further ones are counted.
 */
#pragma once

#include <stdio.h>

#include "history/rows/row.h"

#define TIMELINE_LANES_MAX 40
#define TIMELINE_TEXT_MAX  64 /*!< Octets of a label. */

struct timeline_lane {
	uint16_t type;
	uint64_t first_s, last_s;
	char text[TIMELINE_TEXT_MAX + 4];
	size_t size;
	bool cut; /*!< The text is the beginning of a longer one. */
};

struct timeline_rows {
	struct timeline_lane lanes[TIMELINE_LANES_MAX];
	size_t count;
	uint64_t omitted;
};

/*! \brief Adds a record. If there is already a lane with the same type and the same label, extends
 *         the times of that lane. */
void page_timeline_add(struct timeline_rows *rows, const struct history_record *record);

/*! \brief Writes the picture; nothing if there are no records. */
void page_timeline_put(FILE *out, struct timeline_rows *rows);
