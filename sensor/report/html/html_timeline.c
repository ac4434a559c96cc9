/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/param.h>

#include "base/text.h"
#include "base/time_ns.h"
#include "sensor/report/html/html.h"
#include "sensor/report/html/html_scale.h"

#define WIDTH       960
#define LEFT        16
#define RIGHT       (WIDTH - 16)
#define PHASES_TOP  4
#define LANES_TOP   36 /* Below the names of the phases. */
#define LANE_HEIGHT 30 /* A label, and the bar below it. */
#define BAR_TOP     16
#define BAR_HEIGHT  8
#define AXIS_HEIGHT 44
#define LANES_MAX   24
#define MINUTE_NS   (60 * NS_PER_S)
#define MARKS_MAX   300 /* Mails. */
#define NAME_WIDTH  8   /* Of an octet of a label, at least. */
#define KIND_WIDTH  40
#define VALUE_MAX   60 /* Octets of a value, of an owner and of a type, so that labels have room. */
#define OWNER_MAX   40
#define TYPE_MAX    12

/* All answers of one kind with the same value. */
struct lane {
	const struct report_answer *first;
	int64_t last_ns, cached_until_ns;
};

struct timeline {
	const struct report_incident *incident;
	struct lane lanes[LANES_MAX];
	size_t lane_count;
	uint64_t omitted;                 /* Values without a lane. */
	int64_t from_ns, to_ns;           /* All of the picture. */
	int64_t hijack_ns, hijack_end_ns; /* The first rogue answer or mail, and the last. */
	int64_t recovered_ns, cached_ns; /* The first expected answer after it; 0: there is none. */
	bool hijacked;                   /* There is a rogue answer. */
	struct html_scale scale;
	int axis; /* y of the axis. */
};

static bool lane_is(const struct lane *lane, const struct report_answer *answer)
{
	return lane->first->kind == answer->kind &&
	       report_text_compare(&lane->first->value, &answer->value) == 0 &&
	       report_text_compare(&lane->first->type, &answer->type) == 0 &&
	       report_text_compare(&lane->first->owner, &answer->owner) == 0;
}

static void add_lane(struct timeline *t, const struct report_answer *answer)
{
	size_t at = 0;
	while (at < t->lane_count && !lane_is(&t->lanes[at], answer)) {
		at++;
	}
	if (at == LANES_MAX) {
		t->omitted++;
		return;
	}
	struct lane *lane = &t->lanes[at];
	if (at == t->lane_count) {
		*lane = (struct lane){ .first = answer };
		t->lane_count++;
	}
	lane->last_ns = MAX(lane->last_ns, answer->last_ns);
	lane->cached_until_ns = MAX(lane->cached_until_ns, answer->cached_until_ns);
}

/* Lanes of expected values come first, so that the eye sees below them what took their place. */
static void add_lanes(struct timeline *t, enum report_answer_kind kind)
{
	for (size_t i = 0; i < t->incident->answer_count; i++) {
		if (t->incident->answers[i].kind == kind) {
			add_lane(t, &t->incident->answers[i]);
		}
	}
}

static void widen(struct timeline *t, int64_t from_ns, int64_t to_ns)
{
	t->from_ns = from_ns < t->from_ns ? from_ns : t->from_ns;
	t->to_ns = MAX(t->to_ns, to_ns);
}

static void widen_hijack(struct timeline *t, int64_t from_ns, int64_t to_ns)
{
	widen(t, from_ns, to_ns);
	t->hijack_ns = from_ns < t->hijack_ns ? from_ns : t->hijack_ns;
	t->hijack_end_ns = MAX(t->hijack_end_ns, to_ns);
}

static void find_times(struct timeline *t)
{
	const struct report_incident *incident = t->incident;
	t->from_ns = t->hijack_ns = incident->first_ns;
	t->to_ns = t->hijack_end_ns = incident->last_ns;
	for (size_t i = 0; i < incident->answer_count; i++) {
		const struct report_answer *answer = &incident->answers[i];
		if (answer->kind == REPORT_ROGUE) {
			t->hijacked = true;
			widen_hijack(t, answer->first_ns, answer->last_ns);
			t->cached_ns = MAX(t->cached_ns, answer->cached_until_ns);
		} else {
			widen(t, answer->first_ns, answer->last_ns);
		}
	}
	for (size_t i = 0; i < incident->mail_count; i++) {
		widen_hijack(t, incident->mails[i].time_ns, incident->mails[i].time_ns);
	}
	t->cached_ns = MAX(t->cached_ns, incident->cached_until_ns);
	t->to_ns = MAX(t->to_ns, t->cached_ns);
}

static void find_recovery(struct timeline *t)
{
	for (size_t i = 0; i < t->incident->answer_count; i++) {
		const struct report_answer *answer = &t->incident->answers[i];
		if (answer->kind == REPORT_EXPECTED && answer->first_ns > t->hijack_end_ns &&
		    (t->recovered_ns == 0 || answer->first_ns < t->recovered_ns)) {
			t->recovered_ns = answer->first_ns;
		}
	}
}

static void label(FILE *out, int x, int y, const char *style, const char *anchor, const char *text)
{
	(void)fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"%s\" text-anchor=\"%s\">%s</text>", x,
	              y, style, anchor, text);
}

static void time_label(FILE *out, int x, int y, const char *anchor, int64_t time_ns,
                       struct html_digits digits)
{
	(void)fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"tick\" text-anchor=\"%s\"", x, y,
	              anchor);
	html_time_digits(out, time_ns, digits);
	html_put(out, "</text>");
}

static void plain_time(FILE *out, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	size_t size = (size_t)(text_time(text, time_ns) - text);
	(void)fwrite(text, 1, size, out);
}

/* A band from the top to the axis, with its name. */
static void phase(FILE *out, const struct timeline *t, const char *style, const char *name,
                  int64_t from_ns, int64_t to_ns)
{
	int left = html_scale_x(&t->scale, from_ns);
	int width = html_scale_x(&t->scale, to_ns) - left;
	(void)fprintf(out,
	              "<rect class=\"band %s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
	              style, left, PHASES_TOP, width > 2 ? width : 2, t->axis - PHASES_TOP);
	label(out, left + 6, PHASES_TOP + 17, "phase", "start", name);
	html_put(out, "\n");
}

static void phases(FILE *out, const struct timeline *t)
{
	if (t->from_ns < t->hijack_ns) {
		phase(out, t, "before", "before", t->from_ns, t->hijack_ns);
	}
	phase(out, t, "during", t->hijacked ? "rogue answers" : "hits", t->hijack_ns,
	      t->hijack_end_ns);
	if (t->recovered_ns > 0) {
		phase(out, t, "after", "recovered", t->recovered_ns, t->to_ns);
	} else if (t->to_ns > t->hijack_end_ns) {
		phase(out, t, "after", "cached", t->hijack_end_ns, t->to_ns);
	}
}

static void bar(FILE *out, const char *style, int left, int right, int y)
{
	int width = right - left;
	(void)fprintf(out,
	              "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"/>",
	              style, left, y, width > 4 ? width : 4, BAR_HEIGHT);
}

static void bars(FILE *out, const struct timeline *t, const struct lane *lane, int y)
{
	const char *style = lane->first->kind == REPORT_ROGUE ? "rogue" : "expected";
	const struct report_incident *incident = t->incident;
	int last = html_scale_x(&t->scale, lane->last_ns);
	if (lane->cached_until_ns > lane->last_ns) {
		bar(out, lane->first->kind == REPORT_ROGUE ? "tail rogue" : "tail expected", last,
		    html_scale_x(&t->scale, lane->cached_until_ns), y);
	}
	for (size_t i = 0; i < incident->answer_count; i++) {
		const struct report_answer *answer = &incident->answers[i];
		if (lane_is(lane, answer)) {
			bar(out, style, html_scale_x(&t->scale, answer->first_ns),
			    html_scale_x(&t->scale, answer->last_ns), y);
		}
	}
}

/* SVG has no `bdi` element. */
static void svg_value(FILE *out, const struct report_text *value, size_t max)
{
	size_t size = html_cut(value, max);
	html_put(out, "<tspan class=\"iso\">");
	html_text(out, value->text, size);
	html_put(out, size < value->size ? "&hellip;</tspan>" : "</tspan>");
}

/* Where a label of some octets begins: with its bar, if it has room there. */
static int label_x(int x, size_t size)
{
	int width = (int)size * NAME_WIDTH + KIND_WIDTH;
	return x + width <= RIGHT ? x + 3 : RIGHT > width ? RIGHT - width : 0;
}

static void draw_label(FILE *out, const struct timeline *t, const struct report_answer *answer,
                       int y)
{
	bool other = answer->owner.text != NULL &&
	             report_text_compare(&answer->owner, &t->incident->owner) != 0;
	size_t size = MIN(answer->value.size, VALUE_MAX) +
	              (other ? MIN(answer->owner.size, OWNER_MAX) + strlen(" of ") : 0);
	(void)fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"name\"><tspan class=\"%s\">",
	              label_x(html_scale_x(&t->scale, answer->first_ns), size), y + BAR_TOP - 5,
	              answer->kind == REPORT_ROGUE ? "kind rogue" : "kind expected");
	html_text(out, answer->type.text, html_cut(&answer->type, TYPE_MAX));
	html_put(out, "</tspan> ");
	svg_value(out, &answer->value, VALUE_MAX);
	if (other) {
		html_put(out, "<tspan class=\"owner\"> of ");
		svg_value(out, &answer->owner, OWNER_MAX);
		html_put(out, "</tspan>");
	}
	html_put(out, "</text>");
}

static void draw_lane(FILE *out, const struct timeline *t, const struct lane *lane, int y)
{
	html_put(out, "<g>");
	draw_label(out, t, lane->first, y);
	bars(out, t, lane, y + BAR_TOP);
	html_put(out, "</g>\n");
}

/* What became of a mail. Those that come later in the enumeration are drawn above the others. */
enum fate { FATE_UNSEEN, FATE_REFUSED, FATE_ACCEPTED, FATE_COUNT };

static enum fate fate_of(const struct report_mail *mail)
{
	return mail->accepted ? FATE_ACCEPTED : mail->rcpt_count > 0 ? FATE_REFUSED : FATE_UNSEEN;
}

static void draw_marks(FILE *out, const struct timeline *t, enum fate fate, int y)
{
	static const char *const STYLES[FATE_COUNT] = { "mail unseen", "mail", "mail accepted" };
	size_t count = MIN(t->incident->mail_count, MARKS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct report_mail *mail = &t->incident->mails[i];
		if (fate_of(mail) == fate) {
			(void)fprintf(out, "<path class=\"%s\" d=\"M%d %dl6 6l-6 6l-6-6z\"/>",
			              STYLES[fate], html_scale_x(&t->scale, mail->time_ns), y);
		}
	}
}

/* A diamond for each mail. */
static void draw_mails(FILE *out, const struct timeline *t, int y)
{
	if (t->incident->mail_count == 0) {
		return;
	}
	int x = html_scale_x(&t->scale, t->incident->mails[0].time_ns);
	html_put(out, "<g>");
	label(out, label_x(x, strlen("mail")), y + BAR_TOP - 5, "name", "start", "mail");
	for (enum fate fate = 0; fate < FATE_COUNT; fate++) {
		draw_marks(out, t, fate, y + BAR_TOP + BAR_HEIGHT / 2 - 6);
	}
	html_put(out, "</g>\n");
}

/* A line at the end of a part, and its time; to the millisecond if the part is short. */
static void draw_bound(FILE *out, const struct timeline *t, const struct html_part *part, bool end)
{
	int x = end ? part->right : part->left;
	const char *anchor = x == LEFT ? "start" : x == RIGHT ? "end" : "middle";
	bool brief = part->to_ns - MINUTE_NS < part->from_ns;
	(void)fprintf(out, "<line class=\"bound\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", x, x,
	              PHASES_TOP, t->axis + 8);
	time_label(out, x, t->axis + 20, anchor, end ? part->to_ns : part->from_ns,
	           (struct html_digits){ 5, brief ? 23 : 19 });
	html_put(out, "\n");
}

static void draw_axis(FILE *out, const struct timeline *t)
{
	struct html_tick ticks[HTML_TICKS_MAX];
	const struct html_part *part = t->scale.parts;
	(void)fprintf(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT,
	              RIGHT, t->axis, t->axis);
	draw_bound(out, t, part, false);
	for (size_t i = 0; i < t->scale.count; i++, part++) {
		size_t count = html_scale_ticks(part, ticks);
		for (size_t at = 0; at < count; at++) {
			(void)fprintf(
			        out,
			        "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
			        ticks[at].x, ticks[at].x, t->axis, t->axis + 5);
			time_label(out, ticks[at].x, t->axis + 20, "middle", ticks[at].time_ns,
			           ticks[at].digits);
		}
		draw_bound(out, t, part, true);
	}
}

/* What a reader who cannot see the picture needs: its phases, in words. */
static void describe(FILE *out, const struct timeline *t, size_t number)
{
	(void)fprintf(out,
	              "<title id=\"t%zu\">Timeline of answers and mails</title><desc id=\"d%zu\">",
	              number, number);
	(void)fprintf(out, "%zu values in answers and %zu mails. ", t->lane_count,
	              t->incident->mail_count);
	html_put(out, t->hijacked ? "Rogue answers from " : "Hits from ");
	plain_time(out, t->hijack_ns);
	html_put(out, " to ");
	plain_time(out, t->hijack_end_ns);
	if (t->recovered_ns > 0) {
		html_put(out, ", expected answers again from ");
		plain_time(out, t->recovered_ns);
	}
	if (t->cached_ns > 0) {
		html_put(out, ", in caches until ");
		plain_time(out, t->cached_ns);
	}
	html_put(out, ".</desc>\n");
}

static void caption(FILE *out, const struct timeline *t)
{
	html_put(out, "<figcaption><span class=\"key expected\">expected answer</span> "
	              "<span class=\"key rogue\">rogue answer</span> "
	              "<span class=\"key tail\">in caches</span> "
	              "<span class=\"key mail\">mail accepted</span> "
	              "<span class=\"key mail refused\">mail refused</span> "
	              "<span class=\"key mail unseen\">mail of unseen recipients</span>");
	if (!t->scale.even) {
		html_put(out, " <span>The scale of time changes at the dashed lines.</span>");
	}
	html_omitted(out, t->omitted, "values");
	html_omitted(out,
	             t->incident->mail_count > MARKS_MAX ? t->incident->mail_count - MARKS_MAX : 0,
	             "mails");
	html_put(out, "</figcaption></figure>\n");
}

static void draw(FILE *out, const struct timeline *t, size_t number)
{
	int y = LANES_TOP;
	int height = t->axis + AXIS_HEIGHT;
	(void)fprintf(
	        out,
	        "<figure><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	        "aria-label=\"Timeline\"><svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
	        "role=\"img\" aria-labelledby=\"t%zu d%zu\">",
	        WIDTH, height, WIDTH, height, number, number);
	describe(out, t, number);
	phases(out, t);
	draw_axis(out, t); /* Below the labels. */
	for (size_t i = 0; i < t->lane_count; i++, y += LANE_HEIGHT) {
		draw_lane(out, t, &t->lanes[i], y);
	}
	draw_mails(out, t, y);
	html_put(out, "</svg></div>");
	caption(out, t);
}

void html_timeline(FILE *out, const struct report_incident *incident, size_t number)
{
	struct timeline t = { .incident = incident };
	if (incident->first_ns == 0) {
		return;
	}
	find_times(&t);
	find_recovery(&t);
	add_lanes(&t, REPORT_EXPECTED);
	add_lanes(&t, REPORT_ROGUE);
	size_t lanes = t.lane_count + (incident->mail_count > 0);
	t.axis = LANES_TOP + (int)lanes * LANE_HEIGHT + 10;
	/* The hijack itself is what the reader looks for. */
	const struct html_part parts[HTML_PARTS_MAX] = {
		{ .from_ns = t.from_ns, .to_ns = t.hijack_ns, .least = 18 },
		{ .from_ns = t.hijack_ns, .to_ns = t.hijack_end_ns, .least = 42 },
		{ .from_ns = t.hijack_end_ns, .to_ns = t.to_ns, .least = 22 },
	};
	html_scale_init(&t.scale, parts, LEFT, RIGHT);
	draw(out, &t, number);
}
