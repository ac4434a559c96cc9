/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/html/html_page.h"

#include <string.h>

#include "sensor/report/html/html.h"
#include "sensor/report/html/html_assets.h"

/* Nothing is allowed but the two assets; a text that got into the page as markup stays inert. A
 * page of the console has its policy in the header of the answer. */
static void policy(FILE *out)
{
	char style[HTML_HASH_MAX], script[HTML_HASH_MAX];
	html_asset_hash(html_style(), style);
	html_asset_hash(html_script(), script);
	(void)fprintf(out,
	              "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	              "style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
	              style, script);
}

static void head(FILE *out, const struct html_frame *frame)
{
	html_put(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
	if (frame == NULL) {
		policy(out);
	} else if (frame->refresh_s > 0) {
		(void)fprintf(out, "<meta http-equiv=\"refresh\" content=\"%u\">\n",
		              frame->refresh_s);
	}
	/* With no-referrer, the form to log in would have the origin `null`. */
	html_put(out, frame == NULL ? "<meta name=\"referrer\" content=\"no-referrer\">\n"
	                            : "<meta name=\"referrer\" content=\"same-origin\">\n");
	html_put(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	              "<meta name=\"color-scheme\" content=\"light dark\">\n"
	              "<meta name=\"format-detection\" content=\"telephone=no, email=no, "
	              "address=no, date=no\">\n"
	              "<meta name=\"robots\" content=\"noindex\">\n");
}

static void asset(FILE *out, const char *tag, struct html_asset text)
{
	(void)fprintf(out, "<%s>", tag);
	(void)fwrite(text.text, 1, text.size, out);
	(void)fprintf(out, "</%s>\n", tag);
}

static void put_texts(FILE *out, const char *name, const struct report_texts *texts)
{
	size_t shown = texts->count < HTML_ROWS_MAX ? texts->count : HTML_ROWS_MAX;
	if (shown == 0) {
		return;
	}
	(void)fprintf(out, "<div><dt>%s</dt><dd>", name);
	for (size_t i = 0; i < shown; i++) {
		html_put(out, i > 0 ? ", " : "");
		html_value(out, &texts->items[i]);
	}
	html_omitted(out, texts->count - shown, name);
	html_put(out, "</dd></div>");
}

/* The title of the window names the first incident, for the reader of many tabs. */
static void window_title(FILE *out, const struct report *report)
{
	html_put(out, "<title>Incident report");
	if (report->incident_count > 0 && report->incidents[0].owner.text != NULL) {
		const struct report_text *owner = &report->incidents[0].owner;
		html_put(out, ": ");
		html_text(out, owner->text, html_cut(owner, HTML_TEXT_MAX));
	}
	html_put(out, "</title>\n");
}

static void masthead(FILE *out, const struct report *report)
{
	html_put(out, "<header class=\"masthead\"><h1><span>nsmx</span> incident report</h1>"
	              "<dl class=\"about\">");
	if (report->first_ns != 0) {
		html_put(out, "<div><dt>traffic</dt><dd>");
		html_time(out, report->first_ns, HTML_TO_SECOND);
		html_put(out, " to ");
		html_time(out, report->last_ns, HTML_TO_SECOND);
		html_put(out, "</dd></div>");
	}
	put_texts(out, "sensors", &report->sensors);
	put_texts(out, "sources", &report->sources);
	html_put(out, "<div><dt>written</dt><dd>");
	html_time(out, report->written_ns, HTML_TO_SECOND);
	html_put(out, "</dd></div><div><dt>times</dt><dd id=\"zone\"><span "
	              "class=\"zone\">UTC</span></dd></div></dl></header>\n");
}

static void put_row(FILE *out, const struct report_incident *incident, size_t number)
{
	bool detailed = number <= HTML_INCIDENTS_MAX;
	(void)fprintf(out, "<tr><td data-k=\"%u\"><span class=\"severity %s\">%s</span></td><td>",
	              incident->severity, html_severity(incident->severity),
	              html_severity(incident->severity));
	if (detailed) {
		(void)fprintf(out, "<a href=\"#i%zu\">", number);
	}
	html_value(out, incident->owner.text != NULL || incident->rules.count == 0
	                        ? &incident->owner
	                        : &incident->rules.items[0]);
	html_put(out, detailed ? "</a></td><td class=\"time\">" : "</td><td class=\"time\">");
	html_time(out, incident->first_ns, HTML_TO_SECOND);
	html_put(out, "</td><td class=\"time\">");
	html_time(out, incident->last_ns, HTML_TO_SECOND);
	html_put(out, "</td><td class=\"number\">");
	html_number(out, incident->hit_count);
	html_put(out, "</td><td class=\"number\">");
	html_number(out, incident->clients_count);
	html_put(out, "</td><td class=\"number\">");
	html_number(out, incident->mail_count);
	html_put(out, "</td><td class=\"time\">");
	html_time(out, incident->cached_until_ns, HTML_TO_SECOND);
	html_put(out, "</td></tr>\n");
}

static void overview(FILE *out, const struct report *report)
{
	size_t shown =
	        report->incident_count < HTML_LIST_MAX ? report->incident_count : HTML_LIST_MAX;
	html_put(out, "<section><h2>Incidents</h2>");
	if (shown == 0) {
		html_put(out, report->partial
		                      ? "<p>No incident was found in what could be read.</p>"
		                      : "<p>No incident was found.</p>");
		html_put(out, "</section>\n");
		return;
	}
	html_table(out, "The most severe first",
	           "severity|name or rule|first|last|hits|clients|mails|cached until|");
	for (size_t i = 0; i < shown; i++) {
		put_row(out, &report->incidents[i], i + 1);
	}
	html_table_end(out);
	html_omitted(out, report->incident_count - shown, "incidents");
	if (report->incident_count > HTML_INCIDENTS_MAX) {
		(void)fprintf(out, "<p class=\"note\">The first %d have details below.</p>",
		              HTML_INCIDENTS_MAX);
	}
	html_put(out, "</section>\n");
}

static void limits(FILE *out, const struct report *report)
{
	html_put(out, "<section class=\"limits\"><h2>What the sensor could not see</h2>");
	if (report->limits.count == 0) {
		html_put(out, "<p>The sources state no loss.</p>");
	} else {
		html_put(out, "<ul>");
		for (size_t i = 0; i < report->limits.count && i < HTML_ROWS_MAX; i++) {
			html_put(out, "<li>");
			html_value(out, &report->limits.items[i]);
			html_put(out, "</li>\n");
		}
		html_put(out, "</ul>");
	}
	html_put(out, "</section>\n");
}

static void begin_body(FILE *out, const struct html_frame *frame)
{
	asset(out, "style", html_style());
	if (frame != NULL) {
		asset(out, "style", frame->style);
	}
	html_put(out, "</head>\n<body>\n");
	html_put(out, frame != NULL ? frame->navigation : "");
	html_put(out, "<main>\n");
}

void html_page_begin(FILE *out, const struct html_frame *frame)
{
	head(out, frame);
	html_put(out, "<title>");
	html_text(out, frame->title, strlen(frame->title));
	html_put(out, "</title>\n");
	begin_body(out, frame);
}

void html_page_mast(FILE *out, const char *name)
{
	(void)fprintf(out,
	              "<header class=\"masthead\"><h1><span>nsmx</span> %s</h1><dl class=\"about\">"
	              "<div><dt>times</dt><dd id=\"zone\"><span class=\"zone\">UTC</span></dd>"
	              "</div></dl></header>\n",
	              name);
}

void html_page_end(FILE *out)
{
	html_put(out, "</main>\n");
	asset(out, "script", html_script());
	html_put(out, "</body>\n</html>\n");
}

void html_page_in(const struct report *report, FILE *out, const struct html_frame *frame)
{
	head(out, frame);
	window_title(out, report);
	begin_body(out, frame);
	masthead(out, report);
	if (report->incident_count != 1) {
		overview(out, report);
	}
	for (size_t i = 0; i < report->incident_count && i < HTML_INCIDENTS_MAX; i++) {
		html_incident(out, &report->incidents[i], i + 1);
	}
	limits(out, report);
	html_page_end(out);
}

void html_page(const struct report *report, FILE *out)
{
	html_page_in(report, out, NULL);
}
