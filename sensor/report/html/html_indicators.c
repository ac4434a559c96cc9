/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <string.h>

#include "sensor/report/html/html.h"

enum form { FORM_ADDRESS, FORM_NAME, FORM_MAILBOX, FORM_COUNT };

/* Values to search for, each once. They borrow the texts of the incident. */
struct indicators {
	const struct report_text *texts[HTML_ROWS_MAX];
	size_t count;
	uint64_t omitted; /* Not in the list; a value may be counted more than once. */
};

static bool is_address(const struct report_text *text)
{
	unsigned char address[sizeof(struct in6_addr)];
	char copy[INET6_ADDRSTRLEN] = "";
	if (text->size >= sizeof(copy) || memchr(text->text, 0, text->size) != NULL) {
		return false;
	}
	memcpy(copy, text->text, text->size);
	return inet_pton(AF_INET, copy, address) == 1 || inet_pton(AF_INET6, copy, address) == 1;
}

static enum form form_of(const struct report_text *text)
{
	if (memchr(text->text, '@', text->size) != NULL) {
		return FORM_MAILBOX;
	}
	return is_address(text) ? FORM_ADDRESS : FORM_NAME;
}

/* The victims of intercepted mail are no indicators of the attack. */
static bool is_recipient(const struct report_incident *incident, const struct report_text *text)
{
	for (size_t i = 0; i < incident->mail_count; i++) {
		const struct report_mail *mail = &incident->mails[i];
		for (size_t at = 0; at < mail->rcpt_count; at++) {
			if (report_text_compare(&mail->rcpts[at].address, text) == 0) {
				return true;
			}
		}
	}
	return false;
}

static void add(struct indicators *list, const struct report_incident *incident,
                const struct report_text *text)
{
	if (text->text == NULL || text->size == 0) {
		return;
	}
	for (size_t i = 0; i < list->count; i++) {
		if (report_text_compare(list->texts[i], text) == 0) {
			return;
		}
	}
	if (form_of(text) == FORM_MAILBOX && is_recipient(incident, text)) {
		return;
	}
	if (list->count == HTML_ROWS_MAX) {
		list->omitted++;
	} else {
		list->texts[list->count++] = text;
	}
}

static void collect(struct indicators *list, const struct report_incident *incident)
{
	for (size_t i = 0; i < incident->seen.count; i++) {
		add(list, incident, &incident->seen.items[i]);
	}
	for (size_t i = 0; i < incident->answer_count; i++) {
		if (incident->answers[i].kind == REPORT_ROGUE) {
			add(list, incident, &incident->answers[i].value);
		}
	}
	for (size_t i = 0; i < incident->mail_count; i++) {
		add(list, incident, &incident->mails[i].server);
	}
}

/* One value a line, so that a copy of the block is a list that other tools read. */
static void put_form(FILE *out, const struct indicators *list, enum form form)
{
	static const char *const NAMES[FORM_COUNT] = { "Addresses", "Names", "Mailboxes" };
	size_t count = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (form_of(list->texts[i]) != form) {
			continue;
		}
		if (++count == 1) {
			(void)fprintf(out, "<div class=\"copy\"><h4>%s</h4><pre tabindex=\"0\">",
			              NAMES[form]);
		}
		html_put(out, count > 1 ? "\n<bdi>" : "<bdi>");
		html_text(out, list->texts[i]->text, list->texts[i]->size);
		html_put(out, "</bdi>");
	}
	html_put(out, count > 0 ? "</pre></div>\n" : "");
}

void html_indicators(FILE *out, const struct report_incident *incident)
{
	struct indicators list = { .count = 0 };
	collect(&list, incident);
	if (list.count == 0) {
		return;
	}
	html_put(out, "<h3>Indicators to copy</h3>\n<div class=\"columns\">");
	for (enum form form = 0; form < FORM_COUNT; form++) {
		put_form(out, &list, form);
	}
	html_put(out, "</div>\n");
	html_omitted(out, list.omitted, "values, some of them repeated");
}
