/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/param.h>

#include "sensor/report/html/html.h"

static size_t rows(size_t count)
{
	return MIN(count, HTML_ROWS_MAX);
}

#define ONE_LINE_MAX 40 /* Octets of a value that is written on one line. */

static void cell(FILE *out, const struct report_text *text)
{
	html_put(out, text->size <= ONE_LINE_MAX ? "<td class=\"name\">" : "<td>");
	html_value(out, text);
	html_put(out, "</td>");
}

static void time_cell(FILE *out, int64_t time_ns, struct html_digits digits)
{
	html_put(out, "<td class=\"time\">");
	html_time(out, time_ns, digits);
	html_put(out, "</td>");
}

/* Ends a table of which not all rows are shown. */
static void end(FILE *out, size_t count)
{
	html_table_end(out);
	if (count > rows(count)) {
		html_put(out, "<p class=\"note\">");
		html_number(out, rows(count));
		html_put(out, " rows are shown");
		html_omitted(out, count - rows(count), "are not");
		html_put(out, ".</p>\n");
	}
}

void html_resolvers(FILE *out, const struct report_incident *incident)
{
	if (incident->resolver_count == 0) {
		return;
	}
	html_put(out, "<h3>Who was answered</h3>\n");
	html_table(out,
	           "Resolvers that were given these answers, and until when they may return them",
	           "resolver|first answer|cached until|");
	for (size_t i = 0; i < rows(incident->resolver_count); i++) {
		const struct report_resolver *resolver = &incident->resolvers[i];
		html_put(out, "<tr>");
		cell(out, &resolver->ip);
		time_cell(out, resolver->first_ns, HTML_TO_MS);
		time_cell(out, resolver->cached_until_ns, HTML_TO_SECOND);
		html_put(out, "</tr>\n");
	}
	end(out, incident->resolver_count);
}

static void put_rcpts(FILE *out, const struct report_mail *mail)
{
	if (mail->rcpt_count == 0) {
		html_put(out, "<td class=\"none\">not seen</td>");
		return;
	}
	html_put(out, "<td><ul class=\"rcpts\">");
	for (size_t i = 0; i < rows(mail->rcpt_count); i++) {
		const struct report_rcpt *rcpt = &mail->rcpts[i];
		(void)fprintf(out, "<li class=\"%s\">", rcpt->accepted ? "accepted" : "refused");
		html_value(out, &rcpt->address);
		(void)fprintf(out, " <span>%s", rcpt->accepted ? "accepted" : "not accepted");
		if (rcpt->reply_code > 0) {
			(void)fprintf(out, ", %u", rcpt->reply_code);
		}
		html_put(out, "</span></li>");
	}
	html_put(out, "</ul>");
	html_omitted(out, mail->rcpt_count - rows(mail->rcpt_count), "recipients");
	html_put(out, "</td>");
}

/* Addresses and HELO name: who connected to whom. */
static void put_route(FILE *out, const struct report_mail *mail)
{
	html_put(out, "<td><div>");
	html_value(out, &mail->client);
	html_put(out, " &rarr; ");
	html_value(out, &mail->server);
	html_put(out, "</div>");
	if (mail->helo.text != NULL) {
		html_put(out, "<div class=\"sub\">HELO ");
		html_value(out, &mail->helo);
		html_put(out, "</div>");
	}
	html_put(out, "</td>");
}

static void put_mail(FILE *out, const struct report_mail *mail)
{
	html_put(out, "<tr>");
	time_cell(out, mail->time_ns, HTML_TO_MS);
	put_route(out, mail);
	cell(out, &mail->from);
	put_rcpts(out, mail);
	html_put(out, "<td class=\"subject\">");
	html_value(out, &mail->subject);
	html_put(out, mail->content ? "<div class=\"sub\">content transferred</div>" : "");
	html_put(out, "</td>");
	(void)fprintf(out, "<td class=\"%s\">%s</td></tr>\n", mail->tls ? "good" : "bad",
	              mail->tls ? "yes" : "no");
}

void html_mails(FILE *out, const struct report_incident *incident)
{
	if (incident->mail_count == 0) {
		return;
	}
	html_put(out, "<h3>Mails</h3>\n<div class=\"mails\">");
	html_table(out, "Mails to matched servers or mailboxes",
	           "time|client &rarr; server|sender|recipients|subject|TLS|");
	for (size_t i = 0; i < rows(incident->mail_count); i++) {
		put_mail(out, &incident->mails[i]);
	}
	end(out, incident->mail_count);
	html_put(out, "</div>\n");
}

/* A file with packets, and the hits that they made. */
struct packets {
	const struct report_text *file;
	int64_t first_ns, last_ns;
	uint64_t hits;
};

struct files {
	struct packets items[HTML_ROWS_MAX];
	size_t count;
	uint64_t omitted; /* Hits whose file is not in the list. */
};

static void add_packets(struct files *files, const struct report_hit *hit)
{
	size_t at = 0;
	while (at < files->count &&
	       report_text_compare(files->items[at].file, &hit->evidence) != 0) {
		at++;
	}
	if (at == HTML_ROWS_MAX) {
		files->omitted++;
		return;
	}
	struct packets *packets = &files->items[at];
	if (at == files->count) {
		*packets = (struct packets){ .file = &hit->evidence, .first_ns = hit->time_ns };
		files->count++;
	}
	packets->last_ns = hit->time_ns;
	packets->hits += hit->count;
}

static void put_packets(FILE *out, const struct packets *packets)
{
	html_put(out, "<tr>");
	cell(out, packets->file);
	html_put(out, "<td class=\"number\">");
	html_number(out, packets->hits);
	html_put(out, "</td>");
	time_cell(out, packets->first_ns, HTML_TO_MS);
	time_cell(out, packets->last_ns, HTML_TO_MS);
	html_put(out, "</tr>\n");
}

void html_evidence(FILE *out, const struct report_incident *incident)
{
	struct files files = { .count = 0 };
	for (size_t i = 0; i < incident->hits_listed; i++) {
		if (incident->hits[i].evidence.text != NULL) {
			add_packets(&files, &incident->hits[i]);
		}
	}
	if (files.count == 0) {
		return;
	}
	html_put(out, "<h3>Evidence</h3>\n");
	html_table(out, "Files with the packets of hits, in the folder of --evidence",
	           "file|hits|first|last|");
	for (size_t i = 0; i < files.count; i++) {
		put_packets(out, &files.items[i]);
	}
	html_table_end(out);
	html_omitted(out, files.omitted, "hits in other files");
}

/* The file names with the event ids: a comment in the file has the id, too. */
static void put_event(FILE *out, const struct report_hit *hit)
{
	html_put(out, "<td>");
	html_value(out, &hit->event_id);
	if (hit->evidence.text != NULL) {
		html_put(out, "<div class=\"sub\">");
		html_value(out, &hit->evidence);
		html_put(out, "</div>");
	}
	html_put(out, "</td>");
}

static void put_hit(FILE *out, const struct report_hit *hit)
{
	html_put(out, "<tr>");
	time_cell(out, hit->time_ns, HTML_TO_MS);
	(void)fprintf(out, "<td data-k=\"%u\"><span class=\"severity %s\">%s</span></td>",
	              hit->severity, html_severity(hit->severity), html_severity(hit->severity));
	cell(out, &hit->kind);
	cell(out, &hit->value);
	cell(out, &hit->client);
	cell(out, &hit->server);
	cell(out, &hit->rule_id);
	html_put(out, "<td class=\"number\">");
	html_number(out, hit->count);
	html_put(out, "</td>");
	put_event(out, hit);
	html_put(out, "</tr>\n");
}

void html_hits(FILE *out, const struct report_incident *incident)
{
	if (incident->hits_listed == 0) {
		return;
	}
	html_put(out, "<details><summary>Single hits (");
	html_number(out, incident->hits_listed);
	html_put(out, ")</summary>\n");
	html_table(out, "Hits in the order of time",
	           "time|severity|what|value|client|server|rule|count|event.id and file|");
	for (size_t i = 0; i < rows(incident->hits_listed); i++) {
		put_hit(out, &incident->hits[i]);
	}
	end(out, incident->hits_listed);
	html_put(out, "</details>\n");
}
