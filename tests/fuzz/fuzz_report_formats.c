/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A report whose texts are parts of the input, separated by RS: the texts of the wire, the rule,
 * the kind of observation and the value. Each document parses, has the text, and can be imported if
 * it is one of those that `rules import` reads.
 */
#include <jansson.h>

#include "sensor/report/formats/formats.h"
#include "tests/fuzz/feed.h"

#define INPUT_MAX  4096
#define PARTS      4
#define SEPARATOR  0x1e
#define JSON_FLAGS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

/* What a writer wrote, with a final NUL. */
struct document {
	char *text;
	size_t size;
};

static char input[INPUT_MAX + PARTS];

/* Splits the input. Each part ends with NUL, as all texts of a report. */
static void split(const uint8_t *data, size_t size, struct report_text parts[PARTS])
{
	char *to = input;
	size_t part = 0;
	parts[0].text = to;
	for (size_t i = 0; i < size && i < INPUT_MAX; i++) {
		if (data[i] == SEPARATOR && part + 1 < PARTS) {
			parts[part].size = (size_t)(to - parts[part].text);
			*to++ = '\0';
			parts[++part].text = to;
		} else {
			*to++ = (char)data[i];
		}
	}
	parts[part].size = (size_t)(to - parts[part].text);
	*to = '\0';
}

static struct document write(report_write_t writer, const struct report *report)
{
	struct document document = { .text = NULL };
	FILE *out = open_memstream(&document.text, &document.size);
	if (out == NULL || !writer(report, out) || fclose(out) != 0) {
		abort();
	}
	return document;
}

static void check_json(const char *text, size_t size)
{
	json_error_t error;
	json_t *root = json_loadb(text, size, JSON_FLAGS, &error);
	if (root == NULL) {
		abort();
	}
	json_decref(root);
}

static void check_lines(const struct document *document)
{
	for (const char *at = document->text; at < document->text + document->size;) {
		const char *end = strchr(at, '\n');
		if (end == NULL) {
			abort();
		}
		check_json(at, (size_t)(end - at));
		at = end + 1;
	}
}

/* All rows have as many cells as the first, and no cell is a formula. */
static void check_table(const struct document *document)
{
	size_t cells = 1;
	size_t expected = 0;
	bool quoted = false;
	for (const char *at = document->text; *at != '\0'; at++) {
		bool begins = at > document->text && (at[-1] == ',' || at[-1] == '\n');
		if (*at == '"') {
			quoted = !quoted;
			if (quoted && begins && strchr("=+-@", at[1]) != NULL) {
				abort();
			}
		} else if (!quoted && *at == ',') {
			cells++;
		} else if (*at == '\n') {
			expected = expected > 0 ? expected : cells;
			if (quoted || cells != expected) {
				abort();
			}
			cells = 1;
		}
	}
}

/* Code spans are closed in their line, and tables have no further cells. */
static void check_page(const struct document *document)
{
	size_t ticks = 0;
	for (size_t i = 0; i < document->size; i++) {
		char c = document->text[i];
		ticks += c == '`';
		bool inside = ticks % 2 > 0;
		if (inside && (strchr("|<>\n", c) != NULL || (unsigned char)c < ' ')) {
			abort();
		}
	}
}

static void import(const struct document *document, enum feed_format format)
{
	(void)feed_fuzz(format, (const uint8_t *)document->text, document->size);
}

static void check(const struct report *report)
{
	static const report_write_t WRITERS[] = { report_write_json, report_write_timesketch,
		                                  report_write_csv,  report_write_markdown,
		                                  report_write_stix, report_write_misp };
	struct document documents[sizeof(WRITERS) / sizeof(WRITERS[0])];
	for (size_t i = 0; i < sizeof(WRITERS) / sizeof(WRITERS[0]); i++) {
		documents[i] = write(WRITERS[i], report);
		found_bytes(documents[i].text, documents[i].size);
	}
	check_json(documents[0].text, documents[0].size);
	check_lines(&documents[1]);
	check_table(&documents[2]);
	check_page(&documents[3]);
	check_json(documents[4].text, documents[4].size);
	import(&documents[4], FEED_STIX);
	check_json(documents[5].text, documents[5].size);
	import(&documents[5], FEED_MISP);
	for (size_t i = 0; i < sizeof(WRITERS) / sizeof(WRITERS[0]); i++) {
		free(documents[i].text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report_text parts[PARTS] = { { .text = NULL } };
	split(data, size, parts);
	struct report_text text = parts[0];
	struct report_texts texts = { &text, 1 };
	struct report_rcpt rcpts[] = { { .address = text, .accepted = true },
		                       { .address = parts[3] } };
	struct report_resolver resolver = { .ip = text, .cached_until_ns = 9 };
	struct report_mail mail = { .time_ns = 5,
		                    .client = parts[3],
		                    .server = text,
		                    .helo = text,
		                    .subject = text,
		                    .message_id = text,
		                    .from = parts[3],
		                    .rcpts = rcpts,
		                    .rcpt_count = 2 };
	struct report_mail mails[] = { mail, mail };
	struct report_hit hit = { .time_ns = 3,
		                  .severity = 50,
		                  .count = 1,
		                  .event_id = text,
		                  .action = text,
		                  .reason = text,
		                  .rule_id = text,
		                  .rule_text = parts[1],
		                  .kind = parts[2],
		                  .value = parts[3],
		                  .owner = text,
		                  .protocol = text,
		                  .client = parts[3],
		                  .server = text };
	struct report_answer answer = { .kind = REPORT_ROGUE,
		                        .owner = parts[3],
		                        .type = parts[2],
		                        .value = text,
		                        .first_ns = 2,
		                        .last_ns = 4 };
	struct report_incident incidents[] = {
		{
		        .id = text,
		        .owner = text,
		        .state = text,
		        .severity = 75,
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
		        .mails = mails,
		        .mail_count = 2,
		        .hits = &hit,
		        .hits_listed = 1,
		},
		{ .id = parts[3], .seen = texts, .rules = texts, .first_ns = 1, .last_ns = 8 },
	};
	const struct report report = { .sensors = texts,
		                       .sources = texts,
		                       .limits = texts,
		                       .incidents = incidents,
		                       .incident_count = 2 };
	check(&report);
	return 0;
}
