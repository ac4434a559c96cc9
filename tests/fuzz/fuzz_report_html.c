/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A report all of whose texts are the input. Its page has the markup of a page whose texts contain
 * no character that HTML gives a meaning to, and no character that changes how others are shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "sensor/report/html/html_page.h"
#include "tests/fuzz/found.h"

#define INPUT_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Tags, and quotes of attributes. */
struct markup {
	size_t opened, closed, quotes;
};

static struct markup markup_of(const char *page, size_t size)
{
	struct markup markup = { 0 };
	for (size_t i = 0; i < size; i++) {
		markup.opened += page[i] == '<';
		markup.closed += page[i] == '>';
		markup.quotes += page[i] == '"' || page[i] == '\'';
	}
	return markup;
}

static void expect_printable(const char *page, size_t size)
{
	for (size_t at = 0, length; at < size; at += length) {
		uint32_t code;
		length = utf8_decode(page + at, size - at, &code);
		if (length == 0 || (code != '\n' && code != '\t' && !printable_is(code))) {
			abort();
		}
	}
}

static char *page_of(struct report_text text, size_t *size)
{
	struct report_texts texts = { &text, 1 };
	struct report_rcpt rcpt = { .address = { "a@b", 3 }, .accepted = true };
	struct report_resolver resolver = { .ip = text, .cached_until_ns = 9 };
	struct report_mail mail = { .time_ns = 5,
		                    .client = text,
		                    .server = text,
		                    .helo = text,
		                    .subject = text,
		                    .from = text,
		                    .rcpts = &rcpt,
		                    .rcpt_count = 1 };
	struct report_hit hit = { .time_ns = 3,
		                  .event_id = text,
		                  .rule_id = text,
		                  .kind = text,
		                  .value = text,
		                  .client = text,
		                  .server = text,
		                  .evidence = text };
	struct report_answer answer = { .kind = REPORT_ROGUE,
		                        .owner = { "o", 1 },
		                        .type = text,
		                        .value = text,
		                        .first_ns = 2,
		                        .last_ns = 4 };
	struct report_incident incident = {
		.id = text,
		.owner = text,
		.network = text,
		.state = text,
		.first_ns = 1,
		.last_ns = 8,
		.expected = texts,
		.seen = texts,
		.reasons = texts,
		.clients = texts,
		.rules = texts,
		.resolvers = &resolver,
		.resolver_count = 1,
		.answers = &answer,
		.answer_count = 1,
		.mails = &mail,
		.mail_count = 1,
		.hits = &hit,
		.hits_listed = 1,
	};
	struct report report = { .sensors = texts,
		                 .sources = texts,
		                 .limits = texts,
		                 .incidents = &incident,
		                 .incident_count = 1 };
	char *page = NULL;
	FILE *out = open_memstream(&page, size);
	if (out == NULL) {
		abort();
	}
	html_page(&report, out);
	(void)fclose(out);
	return page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char plain[INPUT_MAX];
	size = size < INPUT_MAX ? size : INPUT_MAX;
	for (size_t i = 0; i < size; i++) {
		plain[i] = strchr("<>&\"'", data[i]) != NULL && data[i] != 0 ? 'z' : (char)data[i];
	}
	size_t page_size, plain_size;
	char *page = page_of((struct report_text){ (const char *)data, size }, &page_size);
	char *other = page_of((struct report_text){ plain, size }, &plain_size);
	struct markup markup = markup_of(page, page_size);
	struct markup expected = markup_of(other, plain_size);
	if (memcmp(&markup, &expected, sizeof(markup)) != 0) {
		abort();
	}
	expect_printable(page, page_size);
	const char *body = strstr(page, "<main>"); /* After the style sheet, which may change. */
	found_bytes(body, (size_t)(strstr(body, "</main>") - body));
	free(page);
	free(other);
	return 0;
}
