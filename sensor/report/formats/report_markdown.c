/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A page for a ticket, in the Markdown of GitHub and GitLab. Every text from the wire is in a code
 * span: nothing in it is a link, an image, HTML or the mention of a user. A character that ends a
 * code span or a cell of a table is written as `\xHH`.
 */
#include <sys/param.h>

#include "base/printable.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/report_out.h"
#include "sensor/report/summary.h"

/* The largest number of octets of a text; further octets are left out, and an ellipsis shows it. */
#define TEXT_MAX ((size_t)4096)
/* The largest numbers of rows of a table; the others are counted. A ticket has a bound for its
 * text, which is 65536 characters at GitHub. */
#define ROWS_MAX 100
/* The largest number of incidents with a section; the others are in a table. */
#define SECTIONS_MAX 20

struct page {
	FILE *file;
	struct writer text;
};

static void put_words(struct page *page, const char *words)
{
	(void)fputs(words, page->file);
}

static void put_number(struct page *page, uint64_t number)
{
	(void)fprintf(page->file, "%llu", (unsigned long long)number);
}

static void put_time(struct page *page, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	if (time_ns != 0) {
		*text_time(text, time_ns) = '\0';
		put_words(page, text);
	}
}

static bool is_active(char c)
{
	return c == '`' || c == '|' || c == '<' || c == '>';
}

/* Writes a text without the code span around it. */
static void put_escaped(struct page *page, const struct report_text *text)
{
	writer_restart(&page->text);
	printable_put(&page->text, text->text, MIN(text->size, TEXT_MAX));
	const char *shown = writer_text(&page->text);
	for (; shown != NULL && *shown != '\0'; shown++) {
		if (is_active(*shown)) {
			(void)fprintf(page->file, "\\x%02x", (unsigned)*shown);
		} else {
			(void)fputc(*shown, page->file);
		}
	}
	put_words(page, text->size > TEXT_MAX ? "..." : "");
}

static void put_value(struct page *page, const struct report_text *text)
{
	if (report_text_is_set(text)) {
		(void)fputc('`', page->file);
		put_escaped(page, text);
		(void)fputc('`', page->file);
	}
}

/* The functions of a pen: see summary.h. */
static void pen_words(void *ctx, const char *words)
{
	put_words(ctx, words);
}

static void pen_value(void *ctx, const struct report_text *value)
{
	put_value(ctx, value);
}

static void pen_time(void *ctx, int64_t time_ns)
{
	put_time(ctx, time_ns);
}

static void pen_number(void *ctx, uint64_t number)
{
	put_number(ctx, number);
}

static void put_sentences(struct page *page, const struct report_incident *incident)
{
	const struct summary_pen pen = { .ctx = page,
		                         .words = pen_words,
		                         .value = pen_value,
		                         .time = pen_time,
		                         .number = pen_number };
	summary_seen(incident, &pen);
	put_words(page, "\n");
	summary_cached(incident, &pen);
	put_words(page, "\n");
	summary_mail(incident, &pen);
	put_words(page, "\n\n");
}

static void cell_text(struct page *page, const struct report_text *text)
{
	put_words(page, " ");
	put_value(page, text);
	put_words(page, " |");
}

static void cell_time(struct page *page, int64_t time_ns)
{
	put_words(page, " ");
	put_time(page, time_ns);
	put_words(page, " |");
}

/* A count of 0 is not known. */
static void cell_count(struct page *page, uint64_t count)
{
	put_words(page, " ");
	if (count > 0) {
		put_number(page, count);
	}
	put_words(page, " |");
}

static void cell_words(struct page *page, const char *words)
{
	put_words(page, " ");
	put_words(page, words);
	put_words(page, " |");
}

/* Starts a section with a table. Returns the number of rows to write. */
static size_t begin_table(struct page *page, const char *title, const char *heading, size_t rows)
{
	if (rows == 0) {
		return 0;
	}
	(void)fprintf(page->file, "### %s\n\n%s\n", title, heading);
	for (const char *at = heading; *at != '\0'; at++) {
		put_words(page, *at == '|' ? (at[1] != '\0' ? "| --- " : "|") : "");
	}
	put_words(page, "\n");
	return MIN(rows, ROWS_MAX);
}

static void end_table(struct page *page, size_t rows)
{
	put_words(page, rows > 0 ? "\n" : "");
	if (rows > ROWS_MAX) {
		(void)fprintf(page->file, "%zu more are in the other formats of this report.\n\n",
		              rows - ROWS_MAX);
	}
}

static void put_list(struct page *page, const char *title, const struct report_texts *texts)
{
	size_t rows = MIN(texts->count, ROWS_MAX);
	if (rows == 0) {
		return;
	}
	(void)fprintf(page->file, "**%s:** ", title);
	for (size_t i = 0; i < rows; i++) {
		put_words(page, i > 0 ? ", " : "");
		put_value(page, &texts->items[i]);
	}
	if (texts->count > rows) {
		(void)fprintf(page->file, " and %zu more", texts->count - rows);
	}
	put_words(page, "\n\n");
}

static void put_answers(struct page *page, const struct report_incident *incident)
{
	size_t rows = begin_table(page, "Timeline",
	                          "| First | Last | Kind | Owner | Type | Value | Count | Cached "
	                          "until |",
	                          incident->answer_count);
	for (size_t i = 0; i < rows; i++) {
		const struct report_answer *answer = &incident->answers[i];
		put_words(page, "|");
		cell_time(page, answer->first_ns);
		cell_time(page, answer->last_ns);
		cell_words(page, report_answer_word(answer->kind));
		cell_text(page, &answer->owner);
		cell_text(page, &answer->type);
		cell_text(page, &answer->value);
		cell_count(page, answer->count);
		cell_time(page, answer->cached_until_ns);
		put_words(page, "\n");
	}
	end_table(page, incident->answer_count);
}

static void put_resolvers(struct page *page, const struct report_incident *incident)
{
	size_t rows =
	        begin_table(page, "Resolvers that have the records in a cache",
	                    "| Resolver | First answer | Cached until |", incident->resolver_count);
	for (size_t i = 0; i < rows; i++) {
		const struct report_resolver *resolver = &incident->resolvers[i];
		put_words(page, "|");
		cell_text(page, &resolver->ip);
		cell_time(page, resolver->first_ns);
		cell_time(page, resolver->cached_until_ns);
		put_words(page, "\n");
	}
	end_table(page, incident->resolver_count);
}

static void cell_recipients(struct page *page, const struct report_mail *mail)
{
	size_t rows = MIN(mail->rcpt_count, ROWS_MAX);
	put_words(page, " ");
	for (size_t i = 0; i < rows; i++) {
		put_words(page, i > 0 ? ", " : "");
		put_value(page, &mail->rcpts[i].address);
		put_words(page, mail->rcpts[i].accepted ? " (accepted)" : "");
	}
	if (mail->rcpt_count > rows) {
		(void)fprintf(page->file, " and %zu more", mail->rcpt_count - rows);
	}
	put_words(page, " |");
}

static void put_mails(struct page *page, const struct report_incident *incident)
{
	size_t rows = begin_table(page, "Mail",
	                          "| Time | Client | Server | Sender | Recipients | Outcome | TLS "
	                          "| Subject |",
	                          incident->mail_count);
	for (size_t i = 0; i < rows; i++) {
		const struct report_mail *mail = &incident->mails[i];
		put_words(page, "|");
		cell_time(page, mail->time_ns);
		cell_text(page, &mail->client);
		cell_text(page, &mail->server);
		cell_text(page, &mail->from);
		cell_recipients(page, mail);
		cell_words(page, report_mail_outcome(mail));
		cell_words(page, mail->tls ? "yes" : "no");
		cell_text(page, &mail->subject);
		put_words(page, "\n");
	}
	end_table(page, incident->mail_count);
}

static void put_hits(struct page *page, const struct report_incident *incident)
{
	size_t rows = begin_table(page, "Hits",
	                          "| Time | Severity | What | Value | Client | Server | Rule | "
	                          "Event | Packets |",
	                          incident->hits_listed);
	for (size_t i = 0; i < rows; i++) {
		const struct report_hit *hit = &incident->hits[i];
		put_words(page, "|");
		cell_time(page, hit->time_ns);
		cell_words(page, report_severity_word(hit->severity));
		cell_text(page, &hit->kind);
		cell_text(page, &hit->value);
		cell_text(page, &hit->client);
		cell_text(page, &hit->server);
		cell_text(page, &hit->rule_id);
		cell_text(page, &hit->event_id);
		cell_text(page, &hit->evidence);
		put_words(page, "\n");
	}
	end_table(page, incident->hits_listed);
}

/* What an incident is about: an incident of a rule has no owner. */
static void put_subject(struct page *page, const struct report_incident *incident)
{
	if (report_text_is_set(&incident->owner)) {
		put_value(page, &incident->owner);
	} else if (incident->rules.count > 0) {
		put_words(page, "Rule ");
		put_value(page, &incident->rules.items[0]);
	} else {
		put_words(page, "Incident");
	}
}

static void put_title(struct page *page, const struct report_incident *incident)
{
	put_words(page, "## ");
	put_subject(page, incident);
	(void)fprintf(page->file, " (%s)\n\n", report_severity_word(incident->severity));
}

static void put_incident(struct page *page, const struct report_incident *incident)
{
	put_title(page, incident);
	put_sentences(page, incident);
	put_list(page, "Expected", &incident->expected);
	put_list(page, "Seen", &incident->seen);
	put_list(page, "Reasons", &incident->reasons);
	put_list(page, "Rules", &incident->rules);
	put_list(page, "Clients", &incident->clients);
	put_answers(page, incident);
	put_resolvers(page, incident);
	put_mails(page, incident);
	put_hits(page, incident);
	put_words(page, "Incident ");
	put_value(page, &incident->id);
	(void)fprintf(page->file, ": %llu hits.\n\n", (unsigned long long)incident->hit_count);
}

/* Those after the most severe ones. */
static void put_further(struct page *page, const struct report *report)
{
	size_t left = report->incident_count - MIN(report->incident_count, SECTIONS_MAX);
	size_t rows = begin_table(page, "Further incidents",
	                          "| Incident | Severity | First | Last | Hits | Mails |", left);
	for (size_t i = 0; i < rows; i++) {
		const struct report_incident *incident = &report->incidents[SECTIONS_MAX + i];
		put_words(page, "| ");
		put_subject(page, incident);
		put_words(page, " |");
		cell_words(page, report_severity_word(incident->severity));
		cell_time(page, incident->first_ns);
		cell_time(page, incident->last_ns);
		cell_count(page, incident->hit_count);
		cell_count(page, incident->mail_count);
		put_words(page, "\n");
	}
	end_table(page, left);
}

static void put_limits(struct page *page, const struct report *report)
{
	if (report->limits.count == 0) {
		return;
	}
	put_words(page, "## What this sensor could not see\n\n");
	for (size_t i = 0; i < report->limits.count; i++) {
		put_words(page, "- ");
		put_value(page, &report->limits.items[i]);
		put_words(page, "\n");
	}
	put_words(page, "\n");
}

static void put_head(struct page *page, const struct report *report)
{
	put_words(page, "# Report of nsmx\n\n");
	put_words(page, "**Written:** ");
	put_time(page, report->written_ns);
	if (report->first_ns != 0 || report->last_ns != 0) {
		put_words(page, "  \n**Events:** ");
		put_time(page, report->first_ns);
		put_words(page, " to ");
		put_time(page, report->last_ns);
	}
	put_words(page, "\n\n");
	put_list(page, "Sensors", &report->sensors);
	put_list(page, "Sources", &report->sources);
	if (report->incident_count == 0) {
		put_words(page, report->partial ? "No incident was found in what could be read.\n\n"
		                                : "No incident was found.\n\n");
	}
}

bool report_write_markdown(const struct report *report, FILE *file)
{
	struct page page = { .file = file };
	writer_init_growing(&page.text, TEXT_MAX * PRINTABLE_MAX + 1);
	put_head(&page, report);
	for (size_t i = 0; i < report->incident_count && i < SECTIONS_MAX; i++) {
		put_incident(&page, &report->incidents[i]);
	}
	put_further(&page, report);
	put_limits(&page, report);
	bool fits = !page.text.failed;
	writer_free(&page.text);
	return fits && fflush(file) == 0 && !ferror(file);
}
