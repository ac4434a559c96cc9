/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/report/formats/sample.h"

#define COLUMNS 31

/* Reads a cell (RFC 4180). Returns the position after its comma or line end. */
static const char *read_cell(const char *at, char *cell, bool *last)
{
	bool quoted = *at == '"';
	at += quoted;
	while (quoted ? *at != '"' || at[1] == '"' : *at != ',' && *at != '\r') {
		assert_int_not_equal(*at, '\0');
		at += quoted && *at == '"';
		*cell++ = *at++;
	}
	*cell = '\0';
	at += quoted;
	*last = *at == '\r';
	if (*last) {
		assert_int_equal(at[1], '\n');
		return at + 2;
	}
	assert_int_equal(*at, ',');
	return at + 1;
}

/* Reads a row; all have the same number of cells. */
static const char *read_row(const char *at, char cells[COLUMNS][4096])
{
	bool last = false;
	for (size_t i = 0; i < COLUMNS; i++) {
		assert_false(last);
		at = read_cell(at, cells[i], &last);
	}
	assert_true(last);
	return at;
}

static char cells[COLUMNS][4096];

static size_t find(const char *heading, const char *text)
{
	char names[COLUMNS][4096];
	(void)read_row(text, names);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (strcmp(names[i], heading) == 0) {
			return i;
		}
	}
	fail_msg("no column %s", heading);
	return 0;
}

static void writes_rows(void **state)
{
	static const struct {
		size_t row;
		const char *column, *value;
	} expected[] = {
		{ 1, "kind", "expected answer" },
		{ 1, "time", "2020-05-29T15:05:12.025846Z" },
		{ 1, "last", "2020-05-30T15:05:11.025846Z" },
		{ 1, "count", "3" },
		{ 2, "kind", "rogue answer" },
		{ 2, "owner", "coincheck.com" },
		{ 2, "value", "ns-1515.awsdns-061.org" },
		{ 2, "cached_until", "2020-06-03T15:05:12.025846Z" },
		{ 3, "kind", "resolver" },
		{ 3, "value", "192.0.2.53" },
		{ 4, "kind", "hit" },
		{ 4, "severity", "critical" },
		{ 4, "server", "2001:db8::53" },
		{ 4, "server_port", "53" },
		{ 4, "rule", "ns-061" },
		{ 4, "accepted", "" },
		{ 7, "kind", "mail" },
		{ 7, "sender", "alice@example.net" },
		{ 7, "recipient", "support@coincheck.com" },
		{ 7, "accepted", "yes" },
		{ 7, "reply_code", "250" },
		{ 7, "content", "yes" },
		{ 7, "tls", "no" },
		{ 7, "subject", "My account" },
		{ 8, "recipient", "none@coincheck.com" },
		{ 8, "accepted", "no" },
		{ 9, "event_id", "m2" },
	};
	struct sample s;
	(void)state;
	sample_init(&s);
	struct sample_document document = sample_write(report_write_csv, &s.report);
	size_t row = 0;
	for (const char *at = document.text; *at != '\0'; row++) {
		at = read_row(at, cells);
		for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
			if (expected[i].row == row) {
				assert_string_equal(cells[find(expected[i].column, document.text)],
				                    expected[i].value);
			}
		}
	}
	assert_int_equal(row, 10);
	free(document.text);
}

static void guards_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		struct sample s;
		sample_init(&s);
		sample_hostile(&s, SAMPLE_ATTACKS[i]);
		struct sample_document document = sample_write(report_write_csv, &s.report);
		assert_int_equal(strlen(document.text), document.size);
		size_t rows = 0;
		for (const char *at = document.text; *at != '\0'; rows++) {
			at = read_row(at, cells);
			for (size_t j = 0; j < COLUMNS; j++) {
				const char *cell = cells[j] + strspn(cells[j], " ");
				assert_null(cell[0] != '\0' ? strchr("=+-@\t\r\n", cell[0]) : NULL);
				assert_null(strpbrk(cells[j], "\r\n\x1b"));
				assert_null(strstr(cells[j], "\xe2\x80\xae"));
				assert_int_not_equal(strncmp(cell, "\xef\xbc\x9d", 3), 0);
			}
		}
		assert_int_equal(rows, 10);
		free(document.text);
	}
}

static void shows_values(void **state)
{
	static const struct {
		struct report_text text;
		const char *cell;
	} tests[] = {
		{ SAMPLE_TEXT("=1"), "'=1" },
		{ SAMPLE_TEXT("a=1"), "a=1" },
		{ SAMPLE_TEXT("  +1"), "'  +1" },
		{ SAMPLE_TEXT("\xe3\x80\x80-1"), "'\xe3\x80\x80-1" },
		{ SAMPLE_TEXT("say \"hi\", twice"), "say \"hi\", twice" },
		{ SAMPLE_TEXT("two\nlines"), "two\\x0alines" },
		{ SAMPLE_TEXT("\xe6\x97\xa5"), "\xe6\x97\xa5" },
		{ SAMPLE_TEXT("\xff"), "\\xff" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample s;
		sample_init(&s);
		s.mails[0].subject = tests[i].text;
		struct sample_document document = sample_write(report_write_csv, &s.report);
		const char *at = document.text;
		for (size_t row = 0; row < 8; row++) {
			at = read_row(at, cells);
		}
		assert_string_equal(cells[find("subject", document.text)], tests[i].cell);
		free(document.text);
	}
}

static void writes_no_incident(void **state)
{
	const struct report none = { .incidents = NULL };
	(void)state;
	struct sample_document document = sample_write(report_write_csv, &none);
	assert_int_equal(*read_row(document.text, cells), '\0');
	free(document.text);
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_csv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_rows),       cmocka_unit_test(guards_cells),
		cmocka_unit_test(shows_values),      cmocka_unit_test(writes_no_incident),
		cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
