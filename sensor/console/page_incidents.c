/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/page_incidents.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/console/page.h"
#include "sensor/report/html/html.h"

static int by_last(const void *a, const void *b)
{
	const struct report_incident *one = *(const struct report_incident *const *)a;
	const struct report_incident *other = *(const struct report_incident *const *)b;
	if (one->last_ns != other->last_ns) {
		return one->last_ns > other->last_ns ? -1 : 1;
	}
	return report_text_compare(&one->id, &other->id);
}

static void put_name(FILE *out, const struct report_incident *incident)
{
	html_put(out, "<td class=\"mono\" data-h=\"name or rule\"><a href=\"/incidents/");
	page_put_target(out, incident->id.text, incident->id.size);
	html_put(out, "\">");
	html_value(out, incident->owner.text != NULL || incident->rules.count == 0
	                        ? &incident->owner
	                        : &incident->rules.items[0]);
	html_put(out, "</a></td>");
}

static void put_count(FILE *out, const char *head, uint64_t number)
{
	(void)fprintf(out, "<td class=\"number\" data-h=\"%s\"><span>", head);
	html_number(out, number);
	html_put(out, "</span></td>");
}

static void put_time(FILE *out, const char *head, int64_t time_ns)
{
	(void)fprintf(out, "<td class=\"time\" data-h=\"%s\">", head);
	html_time(out, time_ns, HTML_TO_SECOND);
	html_put(out, "</td>");
}

static void put_row(FILE *out, const struct report_incident *incident)
{
	const char *severity = html_severity(incident->severity);
	html_put(out, "<tr>");
	put_time(out, "last hit", incident->last_ns);
	(void)fprintf(out,
	              "<td data-h=\"severity\" data-k=\"%u\"><span class=\"severity %s\">%s</span>"
	              "</td>",
	              incident->severity, severity, severity);
	put_name(out, incident);
	html_put(out, "<td data-h=\"state\"><span>");
	html_value(out, &incident->state);
	html_put(out, "</span></td>");
	put_time(out, "first hit", incident->first_ns);
	put_count(out, "hits", incident->hit_count);
	put_count(out, "clients", incident->clients_count);
	put_count(out, "mails", incident->mail_count);
	put_time(out, "cached until", incident->cached_until_ns);
	html_put(out, "</tr>\n");
}

static void put_list(FILE *out, const struct report *report)
{
	size_t count = report->incident_count;
	const struct report_incident **newest = calloc(count + 1, sizeof(const void *));
	if (count == 0 || newest == NULL) {
		html_put(out, "<p>There is no incident.</p>\n");
		free(newest);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		newest[i] = &report->incidents[i];
	}
	qsort(newest, count, sizeof(newest[0]), by_last);
	size_t shown = count < PAGE_INCIDENTS_MAX ? count : PAGE_INCIDENTS_MAX;
	html_put(out, "<section class=\"rows\">");
	html_table(out, "The newest first",
	           "last hit|severity|name or rule|state|first hit|hits|clients|mails|cached "
	           "until|");
	for (size_t i = 0; i < shown; i++) {
		put_row(out, newest[i]);
	}
	html_table_end(out);
	html_omitted(out, count - shown, "incidents");
	html_put(out, "</section>\n");
	free(newest);
}

static void put_state(FILE *out, const struct events *events, bool still)
{
	html_put(out, "<p class=\"note live\"><span>Read ");
	html_time(out, events->report.written_ns, HTML_TO_SECOND);
	html_put(out, " <span class=\"zone\">UTC</span></span> ");
	if (still) {
		html_put(out, "<a href=\"/incidents\">Show this page anew every ten seconds</a>");
	} else {
		html_put(out, "<span>This page is shown anew every ten seconds.</span> "
		              "<a href=\"/incidents?refresh=0\">Stop</a>");
	}
	html_put(out, "</p>\n");
}

static void put_limits(FILE *out, const struct report *report)
{
	if (report->limits.count > 0) {
		html_put(out,
		         "<section class=\"limits\"><h2>What these events do not show</h2><ul>");
		for (size_t i = 0; i < report->limits.count; i++) {
			html_put(out, "<li>");
			html_value(out, &report->limits.items[i]);
			html_put(out, "</li>\n");
		}
		html_put(out, "</ul></section>\n");
	}
}

static void answer_list(struct events *events, const struct console_request *request,
                        struct console_answer *answer)
{
	struct page page;
	struct html_frame frame = page_frame(PAGE_INCIDENTS, request, "Incidents",
	                                     request->still ? 0 : PAGE_REFRESH_S);
	page_open(&page);
	if (page.out != NULL) {
		html_page_begin(page.out, &frame);
		html_page_mast(page.out, "incidents");
		put_state(page.out, events, request->still);
		put_list(page.out, &events->report);
		put_limits(page.out, &events->report);
		html_page_end(page.out);
	}
	page_close(&page, answer, 200);
}

static void answer_one(struct events *events, const struct console_request *request,
                       struct console_answer *answer)
{
	struct report_incident *incident = events_find(events, request->text);
	struct page page;
	if (incident == NULL) {
		page_sentence(answer, 404, PAGE_INCIDENTS, request, "Incident",
		              "The events have no incident with this id.");
		return;
	}
	struct report one = events->report;
	one.incidents = incident;
	one.incident_count = 1;
	struct html_frame frame = page_frame(PAGE_INCIDENTS, request, NULL, 0);
	page_open(&page);
	if (page.out != NULL) {
		html_page_in(&one, page.out, &frame);
	}
	page_close(&page, answer, 200);
}

void page_incidents_answer(struct events *events, const struct console_request *request,
                           struct console_answer *answer)
{
	if (events->source == NULL) {
		page_sentence(answer, 404, PAGE_INCIDENTS, request, "Incidents",
		              "The console has no events: start it with --events.");
	} else if (!events_refresh(events)) {
		char sentence[sizeof(events->error) + 64];
		(void)snprintf(sentence, sizeof(sentence), "The events could not be read: %s.",
		               events->error);
		page_sentence(answer, 503, PAGE_INCIDENTS, request, "Incidents", sentence);
	} else if (request->page == CONSOLE_INCIDENT) {
		answer_one(events, request, answer);
	} else {
		answer_list(events, request, answer);
	}
}
