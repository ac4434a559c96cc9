/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/html/html.h"
#include "sensor/report/summary.h"

static void pen_words(void *ctx, const char *words)
{
	html_put(ctx, words);
}

static void pen_value(void *ctx, const struct report_text *value)
{
	html_put(ctx, "<b>");
	html_value(ctx, value);
	html_put(ctx, "</b>");
}

static void pen_time(void *ctx, int64_t time_ns)
{
	html_time(ctx, time_ns, HTML_TO_SECOND);
	html_put(ctx, " <span class=\"zone\">UTC</span>");
}

static void pen_number(void *ctx, uint64_t number)
{
	html_number(ctx, number);
}

static void summary(FILE *out, const struct report_incident *incident)
{
	const struct summary_pen pen = { out, pen_words, pen_value, pen_time, pen_number };
	html_put(out, "<div class=\"summary\"><p>");
	summary_seen(incident, &pen);
	html_put(out, "</p><p>");
	summary_cached(incident, &pen);
	html_put(out, "</p><p>");
	summary_mail(incident, &pen);
	html_put(out, "</p></div>\n");
}

/* The title is the hijacked name, or the rule. */
static void title(FILE *out, const struct report_incident *incident, size_t number)
{
	(void)fprintf(out, "<header><p class=\"kind\"><span class=\"severity %s\">%s</span>",
	              html_severity(incident->severity), html_severity(incident->severity));
	if (incident->state.text != NULL) {
		html_put(out, " <span>");
		html_value(out, &incident->state);
		html_put(out, "</span>");
	}
	if (incident->network.text != NULL) {
		html_put(out, " <span>network ");
		html_value(out, &incident->network);
		html_put(out, "</span>");
	}
	(void)fprintf(out, "</p><h2 id=\"h%zu\">", number);
	if (incident->owner.text != NULL) {
		html_value(out, &incident->owner);
	} else if (incident->rules.count > 0) {
		html_put(out, "Rule ");
		html_value(out, &incident->rules.items[0]);
	} else {
		html_put(out, "Incident");
	}
	html_put(out, "</h2></header>\n");
}

static void figure(FILE *out, const char *name, uint64_t number)
{
	(void)fprintf(out, "<div><dt>%s</dt><dd>", name);
	html_number(out, number);
	html_put(out, "</dd></div>");
}

static void figures(FILE *out, const struct report_incident *incident)
{
	html_put(out, "<dl class=\"figures\">");
	figure(out, "hits", incident->hit_count);
	figure(out, "clients", incident->clients_count);
	figure(out, "resolvers", incident->resolver_count);
	figure(out, "mail sessions", incident->mail_sessions);
	figure(out, "mails", incident->mail_count);
	html_put(out, "<div class=\"wide\"><dt>cached until</dt><dd>");
	html_time(out, incident->cached_until_ns, HTML_TO_SECOND);
	html_put(out, "</dd></div></dl>\n");
}

static void list(FILE *out, const char *name, const char *style, const struct report_texts *texts)
{
	(void)fprintf(out, "<div><h3>%s</h3>", name);
	if (texts->count == 0) {
		html_put(out, "<p class=\"none\">none</p></div>");
		return;
	}
	(void)fprintf(out, "<ul class=\"%s\">", style);
	size_t shown = texts->count < HTML_ROWS_MAX ? texts->count : HTML_ROWS_MAX;
	for (size_t i = 0; i < shown; i++) {
		html_put(out, "<li>");
		html_value(out, &texts->items[i]);
		html_put(out, "</li>");
	}
	html_put(out, "</ul>");
	html_omitted(out, texts->count - shown, "values");
	html_put(out, "</div>\n");
}

static void lists(FILE *out, const struct report_incident *incident)
{
	html_put(out, "<div class=\"columns\">");
	if (incident->expected.count > 0) {
		list(out, "Expected", "values expected", &incident->expected);
	}
	list(out, "Seen", "values rogue", &incident->seen);
	html_put(out, "</div><div class=\"columns\">");
	list(out, "Clients", "values", &incident->clients);
	list(out, "Rules", "values", &incident->rules);
	list(out, "Reasons", "values", &incident->reasons);
	html_put(out, "</div>\n");
}

void html_incident(FILE *out, const struct report_incident *incident, size_t number)
{
	(void)fprintf(out, "<article id=\"i%zu\" class=\"%s\" aria-labelledby=\"h%zu\">\n", number,
	              html_severity(incident->severity), number);
	title(out, incident, number);
	summary(out, incident);
	figures(out, incident);
	html_timeline(out, incident, number);
	lists(out, incident);
	html_resolvers(out, incident);
	html_mails(out, incident);
	html_indicators(out, incident);
	html_evidence(out, incident);
	html_hits(out, incident);
	html_put(out, "<p class=\"note\">Incident ");
	html_value(out, &incident->id);
	html_omitted(out, incident->omitted,
	             "values that did not fit into the bounds of this report");
	html_put(out, "</p></article>\n");
}
