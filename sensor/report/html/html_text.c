/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/html/html.h"

#include <inttypes.h>
#include <string.h>

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

void html_put(FILE *out, const char *markup)
{
	(void)fputs(markup, out);
}

static const char *reference(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* How many octets at the start of a text are written as they are. */
static size_t plain(const char *text, size_t size)
{
	size_t count = 0;
	while (count < size && text_is_plain(text[count]) && reference(text[count]) == NULL) {
		count++;
	}
	return count;
}

void html_text(FILE *out, const char *text, size_t size)
{
	for (size_t at = 0, used; at < size; at += used) {
		char shown[PRINTABLE_MAX];
		used = plain(text + at, size - at);
		if (used > 0) {
			(void)fwrite(text + at, 1, used, out);
			continue;
		}
		const char *name = reference(text[at]);
		size_t length = printable_next(text + at, size - at, shown, &used);
		(void)fwrite(name != NULL ? name : shown, 1, name != NULL ? strlen(name) : length,
		             out);
	}
}

size_t html_cut(const struct report_text *text, size_t max)
{
	size_t size = text->size;
	if (size > max) {
		size = max;
		while (size > 0 && size + 3 > max && utf8_is_continuation(text->text[size])) {
			size--;
		}
	}
	return size;
}

void html_value(FILE *out, const struct report_text *text)
{
	if (text->text == NULL || text->size == 0) {
		html_put(out, "<span class=\"none\">&ndash;</span>");
		return;
	}
	size_t size = html_cut(text, HTML_TEXT_MAX);
	html_put(out, "<bdi>");
	html_text(out, text->text, size);
	html_put(out, "</bdi>");
	html_omitted(out, text->size - size, "octets");
}

void html_number(FILE *out, uint64_t number)
{
	char digits[TEXT_NUMBER_MAX];
	size_t size = (size_t)(text_number(digits, number) - digits);
	for (size_t i = 0; i < size; i++) {
		if (i > 0 && (size - i) % 3 == 0) {
			(void)fputc(',', out);
		}
		(void)fputc(digits[i], out);
	}
}

void html_time_digits(FILE *out, int64_t time_ns, struct html_digits digits)
{
	char text[TEXT_TIME_MAX];
	int size = (int)(text_time(text, time_ns) - text);
	(void)fprintf(out, " data-t=\"%.*s\" data-d=\"%d %d\">", size, text, digits.from,
	              digits.to);
	for (int i = digits.from; i < digits.to && i < size; i++) {
		(void)fputc(text[i] == 'T' ? ' ' : text[i], out);
	}
}

void html_time(FILE *out, int64_t time_ns, struct html_digits digits)
{
	if (time_ns == 0) {
		html_put(out, "<span class=\"none\">&ndash;</span>");
		return;
	}
	char text[TEXT_TIME_MAX];
	int size = (int)(text_time(text, time_ns) - text);
	(void)fprintf(out, "<time datetime=\"%.*s\"", size, text);
	html_time_digits(out, time_ns, digits);
	html_put(out, "</time>");
}

void html_omitted(FILE *out, uint64_t count, const char *noun)
{
	if (count > 0) {
		html_put(out, " <span class=\"more\">and ");
		html_number(out, count);
		(void)fprintf(out, " further %s</span>", noun);
	}
}

void html_table(FILE *out, const char *caption, const char *heads)
{
	(void)fprintf(out,
	              "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
	              "aria-label=\"%s\"><table><caption>%s"
	              "</caption><thead><tr>",
	              caption, caption);
	for (const char *end; (end = strchr(heads, '|')) != NULL; heads = end + 1) {
		(void)fprintf(out, "<th scope=\"col\">%.*s</th>", (int)(end - heads), heads);
	}
	html_put(out, "</tr></thead><tbody>\n");
}

void html_table_end(FILE *out)
{
	html_put(out, "</tbody></table></div>\n");
}

const char *html_severity(unsigned severity)
{
	return severity >= 90   ? "critical"
	       : severity >= 75 ? "high"
	       : severity >= 50 ? "medium"
	                        : "low";
}
