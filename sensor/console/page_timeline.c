/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/page_timeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/time_ns.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/report/html/html.h"
#include "sensor/report/html/html_scale.h"

#define WIDTH       960
#define LEFT        16
#define RIGHT       (WIDTH - 16)
#define TOP         6
#define LANE_HEIGHT 30 /* a label, and the bar below it */
#define BAR_TOP     16
#define BAR_HEIGHT  8
#define AXIS_HEIGHT 36
#define NAME_WIDTH  8 /* of an octet of a label, at least */

static int64_t ns_of(uint64_t time_s)
{
	const uint64_t latest = INT64_MAX / NS_PER_S;
	return (int64_t)MIN(time_s, latest) * NS_PER_S;
}

void page_timeline_add(struct timeline_rows *rows, const struct history_record *record)
{
	char text[HISTORY_DATA_TEXT_MAX];
	size_t size = history_data_text(&record->row, text);
	struct report_text whole = { text, size };
	size_t kept = html_cut(&whole, TIMELINE_TEXT_MAX), at = 0;
	while (at < rows->count &&
	       (rows->lanes[at].type != record->row.type || rows->lanes[at].size != kept ||
	        memcmp(rows->lanes[at].text, text, kept) != 0)) {
		at++;
	}
	if (at == TIMELINE_LANES_MAX) {
		rows->omitted++;
		return;
	}
	struct timeline_lane *lane = &rows->lanes[at];
	if (at == rows->count) {
		rows->count++;
		*lane = (struct timeline_lane){ .type = record->row.type,
			                        .first_s = record->seen.first,
			                        .size = kept,
			                        .cut = kept < size };
		memcpy(lane->text, text, kept);
	}
	lane->first_s = MIN(lane->first_s, record->seen.first);
	lane->last_s = MAX(lane->last_s, record->seen.last);
}

static int compare(const void *a, const void *b)
{
	const struct timeline_lane *one = a, *other = b;
	if (one->type != other->type) {
		return one->type < other->type ? -1 : 1;
	}
	if (one->first_s != other->first_s) {
		return one->first_s < other->first_s ? -1 : 1;
	}
	return memcmp(one->text, other->text, sizeof(one->text));
}

static void tick(FILE *out, int x, int axis, const char *anchor, int64_t time_ns,
                 struct html_digits digits)
{
	(void)fprintf(out,
	              "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>"
	              "<text x=\"%d\" y=\"%d\" class=\"tick\" text-anchor=\"%s\"",
	              x, x, axis, axis + 5, x, axis + 20, anchor);
	html_time_digits(out, time_ns, digits);
	html_put(out, "</text>\n");
}

static void put_axis(FILE *out, const struct html_scale *scale, int axis)
{
	struct html_tick ticks[HTML_TICKS_MAX];
	const struct html_part *part = scale->parts;
	(void)fprintf(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT,
	              RIGHT, axis, axis);
	tick(out, LEFT, axis, "start", part->from_ns, (struct html_digits){ 0, 16 });
	size_t count = html_scale_ticks(part, ticks);
	for (size_t i = 0; i < count; i++) {
		tick(out, ticks[i].x, axis, "middle", ticks[i].time_ns, ticks[i].digits);
	}
	tick(out, RIGHT, axis, "end", part->to_ns, (struct html_digits){ 0, 16 });
}

static void put_lane(FILE *out, const struct timeline_lane *lane, const struct html_scale *scale,
                     int y)
{
	char room[DNS_CODE_TEXT_MAX];
	int left = html_scale_x(scale, ns_of(lane->first_s));
	int width = html_scale_x(scale, ns_of(lane->last_s)) - left;
	int wide = (int)(lane->size + 8) * NAME_WIDTH;
	int x = left + wide <= RIGHT ? left : MAX(RIGHT - wide, LEFT);
	(void)fprintf(out,
	              "<g><text x=\"%d\" y=\"%d\" class=\"name\"><tspan class=\"type\">%s</tspan> "
	              "<tspan class=\"iso\">",
	              x, y + BAR_TOP - 5, dns_type_text(lane->type, room));
	html_text(out, lane->text, lane->size);
	(void)fprintf(out,
	              "%s</tspan></text><rect class=\"row\" x=\"%d\" y=\"%d\" width=\"%d\" "
	              "height=\"%d\" rx=\"2\"/></g>\n",
	              lane->cut ? "&hellip;" : "", left, y + BAR_TOP, MAX(width, 4), BAR_HEIGHT);
}

static void find_times(const struct timeline_rows *rows, struct html_scale *scale)
{
	int64_t from_ns = INT64_MAX, to_ns = 0;
	for (size_t i = 0; i < rows->count; i++) {
		from_ns = MIN(from_ns, ns_of(rows->lanes[i].first_s));
		to_ns = MAX(to_ns, ns_of(rows->lanes[i].last_s));
	}
	const struct html_part parts[HTML_PARTS_MAX] = {
		{ .from_ns = from_ns, .to_ns = to_ns },
		{ .from_ns = to_ns, .to_ns = to_ns },
		{ .from_ns = to_ns, .to_ns = to_ns },
	};
	html_scale_init(scale, parts, LEFT, RIGHT);
}

void page_timeline_put(FILE *out, struct timeline_rows *rows)
{
	struct html_scale scale;
	int axis = TOP + (int)rows->count * LANE_HEIGHT + 10;
	if (rows->count == 0) {
		return;
	}
	qsort(rows->lanes, rows->count, sizeof(rows->lanes[0]), compare);
	find_times(rows, &scale);
	(void)fprintf(
	        out,
	        "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	        "aria-label=\"Timeline\"><svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	        "role=\"img\" aria-label=\"When each record was seen; the table has the same "
	        "times\">\n",
	        WIDTH, axis + AXIS_HEIGHT, WIDTH, axis + AXIS_HEIGHT);
	put_axis(out, &scale, axis);
	for (size_t i = 0; i < rows->count; i++) {
		put_lane(out, &rows->lanes[i], &scale, TOP + (int)i * LANE_HEIGHT);
	}
	html_put(out, "</svg></div><figcaption><span>From the first sighting of each record to the "
	              "last, in <span class=\"zone\">UTC</span></span>");
	html_omitted(out, rows->omitted, "records");
	html_put(out, "</figcaption></figure>\n");
}
