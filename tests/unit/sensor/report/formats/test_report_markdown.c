/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/report/formats/sample.h"

static void expect(const char *page, const char *part)
{
	if (strstr(page, part) == NULL) {
		fail_msg("%s is not in %s", part, page);
	}
}

static void writes_page(void **state)
{
	static const char *const PARTS[] = {
		"# Report of nsmx\n",
		"## `coincheck.com` (critical)\n",
		"`coincheck.com` was seen with `ns-1515.awsdns-061.org` and `45.77.24.250`",
		"**Expected:** `awsdns-[00-63].org`\n",
		"| 2020-05-30T15:05:12.025846Z | 2020-05-30T15:05:14.025846Z | rogue | "
		"`coincheck.com` | `NS` | `ns-1515.awsdns-061.org` | 3 | "
		"2020-06-03T15:05:12.025846Z |\n",
		"| `192.0.2.53` | 2020-05-30T15:05:12.025846Z | 2020-06-03T15:05:12.025846Z |\n",
		"`alice@example.net` | `support@coincheck.com` (accepted), `none@coincheck.com` | "
		"accepted, content transferred | no | `My account` |\n",
		"| 2020-05-30T15:05:12.025846Z | critical | `ns` | `ns-1515.awsdns-061.org` |",
		"## What this sensor could not see\n\n- `The kernel dropped 1,204 packets.`\n",
	};
	struct sample s;
	(void)state;
	sample_init(&s);
	struct sample_document page = sample_write(report_write_markdown, &s.report);
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		expect(page.text, PARTS[i]);
	}
	free(page.text);
}

/* A code span ends at the next backtick. What is outside of the spans is of this program. */
static void check_outside(const char *page)
{
	static const char OWN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	                          " .,:;()|#*-\n";
	bool inside = false;
	for (const char *at = page; *at != '\0'; at++) {
		if (*at == '`') {
			inside = !inside;
		} else if (!inside) {
			assert_non_null(strchr(OWN, *at));
		} else {
			assert_null(strchr("|<>\n\r\t\x1b", *at));
			assert_true((unsigned char)*at >= ' ');
		}
	}
	assert_false(inside);
}

/* Each row of a table has as many cells as its heading. */
static void check_tables(const char *page)
{
	size_t expected = 0;
	for (const char *line = page; *line != '\0';) {
		size_t size = strcspn(line, "\n");
		size_t bars = 0;
		for (size_t i = 0; i < size; i++) {
			bars += line[i] == '|';
		}
		if (line[0] == '|') {
			assert_true(expected == 0 || bars == expected);
			expected = bars;
		} else {
			assert_int_equal(bars, 0);
			expected = 0;
		}
		line += size + (line[size] == '\n');
	}
}

static void contains_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		struct sample s;
		sample_init(&s);
		sample_hostile(&s, SAMPLE_ATTACKS[i]);
		struct sample_document page = sample_write(report_write_markdown, &s.report);
		assert_int_equal(strlen(page.text), page.size);
		check_outside(page.text);
		check_tables(page.text);
		free(page.text);
	}
}

static void shows_values(void **state)
{
	static const struct {
		struct report_text text;
		const char *shown;
	} tests[] = {
		{ SAMPLE_TEXT("<b>|`x`"), "`\\x3cb\\x3e\\x7c\\x60x\\x60`" },
		{ SAMPLE_TEXT("a\nb"), "`a\\x0ab`" },
		{ SAMPLE_TEXT("\xe2\x80\xae"), "`\\u{202e}`" },
		{ SAMPLE_TEXT("\xe5\x8f\xa3\xe5\xba\xa7"), "`\xe5\x8f\xa3\xe5\xba\xa7`" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample s;
		sample_init(&s);
		s.mails[0].subject = tests[i].text;
		struct sample_document page = sample_write(report_write_markdown, &s.report);
		expect(page.text, tests[i].shown);
		free(page.text);
	}
}

static void shows_outcomes(void **state)
{
	static const struct {
		bool content, accepted;
		size_t rcpts;
		const char *cells;
	} tests[] = {
		{ true, true, 1,
		  "`support@coincheck.com` (accepted) | accepted, content transferred |" },
		{ false, true, 1, "`support@coincheck.com` (accepted) | accepted |" },
		{ false, false, 1, "`support@coincheck.com` (accepted) | not accepted |" },
		{ false, false, 0, "|  | recipients not seen |" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample s;
		sample_init(&s);
		s.mails[0].content = tests[i].content;
		s.mails[0].accepted = tests[i].accepted;
		s.mails[0].rcpt_count = tests[i].rcpts;
		s.incident.mail_count = 1;
		struct sample_document page = sample_write(report_write_markdown, &s.report);
		expect(page.text, tests[i].cells);
		free(page.text);
	}
}

#define MANY 150

static void bounds_tables(void **state)
{
	static struct report_hit hits[MANY];
	static struct report_text seen[MANY];
	static char subject[8192];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < MANY; i++) {
		hits[i] = s.hits[0];
		seen[i] = sample_text("x.example");
	}
	memset(subject, 'a', sizeof(subject) - 1);
	s.incident.hits = hits;
	s.incident.hits_listed = MANY;
	s.incident.seen = sample_texts(seen, MANY);
	s.mails[0].subject = sample_text(subject);
	struct sample_document page = sample_write(report_write_markdown, &s.report);
	expect(page.text, "50 more are in the other formats of this report.\n");
	expect(page.text, "`x.example` and 50 more\n");
	expect(page.text, "aaa...` |\n");
	check_tables(page.text);
	free(page.text);
}

/* A ticket has no room for the sections of all incidents. */
static void bounds_incidents(void **state)
{
	static struct report_incident incidents[MANY];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < MANY; i++) {
		incidents[i] = s.incident;
	}
	incidents[21].owner.text = NULL;
	s.report.incidents = incidents;
	s.report.incident_count = MANY;
	struct sample_document page = sample_write(report_write_markdown, &s.report);
	size_t sections = 0;
	for (const char *at = page.text; (at = strstr(at, "\n## `coin")) != NULL; at++) {
		sections++;
	}
	assert_int_equal(sections, 20);
	expect(page.text, "| `coincheck.com` | critical | 2020-05-30T15:05:12.025846Z | "
	                  "2020-05-30T15:05:15.025846Z | 9 | 2 |\n| Rule `ns-061` | critical |");
	expect(page.text, "\n30 more are in the other formats of this report.\n");
	check_tables(page.text);
	free(page.text);
}

static void writes_no_incident(void **state)
{
	const struct report none = { .incidents = NULL };
	const struct report partial = { .partial = true };
	(void)state;
	struct sample_document page = sample_write(report_write_markdown, &none);
	expect(page.text, "No incident was found.\n");
	free(page.text);
	page = sample_write(report_write_markdown, &partial);
	expect(page.text, "No incident was found in what could be read.\n");
	free(page.text);
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_markdown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_page),        cmocka_unit_test(contains_texts),
		cmocka_unit_test(shows_values),       cmocka_unit_test(shows_outcomes),
		cmocka_unit_test(bounds_tables),      cmocka_unit_test(bounds_incidents),
		cmocka_unit_test(writes_no_incident), cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
