/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The scale of the timeline: the place of a time in the picture, and the ticks of the axis.
 *
 * An incident may last a second, while its answers are cached for four days. On one linear axis
 * such a short incident could not be seen. The axis therefore has up to HTML_PARTS_MAX parts, each
 * of which is linear. A part that would be narrower than its least share of the picture is widened
 * to this share. `even` is then false, and the page states that the scale differs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/report/html/html.h"

#define HTML_PARTS_MAX 3
#define HTML_TICKS_MAX 12

struct html_part {
	int64_t from_ns, to_ns;
	int left, right; /*!< In pixels of the picture. */
	unsigned least;  /*!< The least share of the picture, in percent. */
};

struct html_scale {
	struct html_part parts[HTML_PARTS_MAX];
	size_t count;
	bool even; /*!< All parts have the same scale. */
};

struct html_tick {
	int64_t time_ns;
	int x;
	struct html_digits digits; /*!< The parts of the time that the label shows. */
};

/*!
 * \brief Divides the picture.
 *
 * \param parts  HTML_PARTS_MAX parts, in order and without a gap between them. The caller has set
 *               their times and least shares; the sum of the shares is below 100. A part without
 *               length is left out.
 */
void html_scale_init(struct html_scale *scale, const struct html_part parts[HTML_PARTS_MAX],
                     int left, int right);

/*! \brief Returns the place of a time; a time beyond the scale is at its end. */
int html_scale_x(const struct html_scale *scale, int64_t time_ns);

/*!
 * \brief Finds ticks at round times within a part, so far from each other, and from both ends of
 * the part, that their labels have room.
 */
size_t html_scale_ticks(const struct html_part *part, struct html_tick ticks[HTML_TICKS_MAX]);
