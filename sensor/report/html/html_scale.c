/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/html/html_scale.h"

#include "base/time_ns.h"

#define LABEL_WIDTH 110 /* Pixels between two labels. */
#define BOUND_WIDTH 150 /* Pixels between a label and the end of the part, which has one, too. */

static double span(const struct html_part *part)
{
	return (double)part->to_ns - (double)part->from_ns;
}

static void add_parts(struct html_scale *scale, const struct html_part parts[HTML_PARTS_MAX])
{
	for (size_t i = 0; i < HTML_PARTS_MAX; i++) {
		if (parts[i].to_ns > parts[i].from_ns) {
			scale->parts[scale->count++] = parts[i];
		}
	}
	if (scale->count == 0) { /* All happened at one time, which is in the middle. */
		scale->parts[scale->count++] = (struct html_part){
			.from_ns = time_ns_after(parts[0].from_ns, -NS_PER_S),
			.to_ns = time_ns_after(parts[0].from_ns, NS_PER_S),
		};
	}
}

/* Widths in proportion to the spans of the parts that are wide enough; the others have the least.
 */
static void share_width(struct html_scale *scale, double width, double widths[HTML_PARTS_MAX])
{
	bool narrow[HTML_PARTS_MAX] = { false };
	bool again = true;
	while (again) {
		double total = 0, left = width;
		again = false;
		for (size_t i = 0; i < scale->count; i++) {
			total += narrow[i] ? 0 : span(&scale->parts[i]);
			left -= narrow[i] ? width * scale->parts[i].least / 100 : 0;
		}
		for (size_t i = 0; i < scale->count; i++) {
			double least = width * scale->parts[i].least / 100;
			widths[i] = narrow[i] ? least : left * span(&scale->parts[i]) / total;
			if (widths[i] < least) {
				narrow[i] = again = true;
				scale->even = false;
			}
		}
	}
}

void html_scale_init(struct html_scale *scale, const struct html_part parts[HTML_PARTS_MAX],
                     int left, int right)
{
	double widths[HTML_PARTS_MAX];
	double at = left;
	*scale = (struct html_scale){ .even = true };
	add_parts(scale, parts);
	share_width(scale, right - left, widths);
	for (size_t i = 0; i < scale->count; i++) {
		scale->parts[i].left = (int)(at + 0.5);
		at += widths[i];
		scale->parts[i].right = (int)(at + 0.5);
	}
}

static int part_x(const struct html_part *part, int64_t time_ns)
{
	double share = ((double)time_ns - (double)part->from_ns) / span(part);
	return part->left + (int)(share * (part->right - part->left) + 0.5);
}

int html_scale_x(const struct html_scale *scale, int64_t time_ns)
{
	const struct html_part *last = &scale->parts[scale->count - 1];
	if (time_ns <= scale->parts[0].from_ns) {
		return scale->parts[0].left;
	}
	for (const struct html_part *part = scale->parts; part <= last; part++) {
		if (time_ns <= part->to_ns) {
			return part_x(part, time_ns);
		}
	}
	return last->right;
}

/* Steps that a reader counts in, and what a label of each shows. */
static const struct {
	int64_t step_ns;
	struct html_digits digits;
} STEPS[] = {
	{ 1 * NS_PER_MS, { 11, 23 } },    { 10 * NS_PER_MS, { 11, 23 } },
	{ 100 * NS_PER_MS, { 11, 21 } },  { NS_PER_S, { 11, 19 } },
	{ 5 * NS_PER_S, { 11, 19 } },     { 15 * NS_PER_S, { 11, 19 } },
	{ 60 * NS_PER_S, { 11, 16 } },    { 300 * NS_PER_S, { 11, 16 } },
	{ 900 * NS_PER_S, { 11, 16 } },   { 3600 * NS_PER_S, { 11, 16 } },
	{ 10800 * NS_PER_S, { 5, 16 } },  { 21600 * NS_PER_S, { 5, 16 } },
	{ NS_PER_DAY, { 0, 10 } },        { 2 * NS_PER_DAY, { 0, 10 } },
	{ 7 * NS_PER_DAY, { 0, 10 } },    { 28 * NS_PER_DAY, { 0, 10 } },
	{ 91 * NS_PER_DAY, { 0, 10 } },   { 364 * NS_PER_DAY, { 0, 10 } },
	{ 3640 * NS_PER_DAY, { 0, 10 } }, { 36400 * NS_PER_DAY, { 0, 10 } },
};

/* The finest step whose labels have room in a part. */
static size_t choose_step(const struct html_part *part)
{
	size_t at = 0;
	double room = (double)(part->right - part->left) / LABEL_WIDTH;
	while (at + 1 < sizeof(STEPS) / sizeof(STEPS[0]) &&
	       span(part) / (double)STEPS[at].step_ns > room) {
		at++;
	}
	return at;
}

static int64_t round_up(int64_t time_ns, int64_t step_ns)
{
	int64_t rest = time_ns % step_ns;
	return rest == 0 ? time_ns : time_ns_after(time_ns, rest > 0 ? step_ns - rest : -rest);
}

size_t html_scale_ticks(const struct html_part *part, struct html_tick ticks[HTML_TICKS_MAX])
{
	size_t step = choose_step(part), count = 0;
	int64_t step_ns = STEPS[step].step_ns;
	for (int64_t at = round_up(part->from_ns, step_ns);
	     at < part->to_ns && count < HTML_TICKS_MAX; at = time_ns_after(at, step_ns)) {
		int x = part_x(part, at);
		if (x - part->left >= BOUND_WIDTH && part->right - x >= BOUND_WIDTH) {
			ticks[count++] = (struct html_tick){ .time_ns = at,
				                             .x = x,
				                             .digits = STEPS[step].digits };
		}
	}
	return count;
}
