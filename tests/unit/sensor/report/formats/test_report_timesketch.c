/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/report/formats/parsed_document.h"

#define LINES_MAX 16

/* Reads JSON lines. Returns their number. */
static size_t read_lines(const struct report *report, json_t *lines[LINES_MAX])
{
	struct sample_document document = sample_write(report_write_timesketch, report);
	size_t count = 0;
	for (const char *at = document.text; at < document.text + document.size; count++) {
		const char *end = strchr(at, '\n');
		assert_non_null(end);
		assert_true(count < LINES_MAX);
		lines[count] = parsed_document(at, (size_t)(end - at));
		at = end + 1;
	}
	free(document.text);
	return count;
}

static void free_lines(json_t *lines[LINES_MAX], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_decref(lines[i]);
	}
}

static void writes_lines(void **state)
{
	static const struct {
		size_t line;
		const char *key, *text;
	} expected[] = {
		{ 0, "timestamp_desc", "First seen" },
		{ 0, "message", "expected NS of coincheck.com: ns-405.awsdns-50.com" },
		{ 0, "datetime", "2020-05-29T15:05:12.025846+00:00" },
		{ 1, "message", "rogue NS of coincheck.com: ns-1515.awsdns-061.org" },
		{ 1, "last_seen", "2020-05-30T15:05:14.025846Z" },
		{ 2, "timestamp_desc", "Hit" },
		{ 2, "message", "name server ns-1515.awsdns-061.org of coincheck.com" },
		{ 2, "severity", "critical" },
		{ 2, "event_id", "e1" },
		{ 2, "incident_owner", "coincheck.com" },
		{ 4, "server_ip", "45.77.24.250" },
		{ 5, "timestamp_desc", "Mail" },
		{ 5, "message",
		  "mail from <alice@example.net> to <support@coincheck.com>, <none@coincheck.com>: "
		  "accepted, content transferred" },
		{ 5, "accepted_recipients.0", "support@coincheck.com" },
		{ 5, "recipients.1", "none@coincheck.com" },
		{ 6, "subject", "My account" },
	};
	json_t *lines[LINES_MAX];
	struct sample s;
	(void)state;
	sample_init(&s);
	size_t count = read_lines(&s.report, lines);
	assert_int_equal(count, 7);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		parsed_equals(lines[expected[i].line], expected[i].key, expected[i].text);
	}
	assert_int_equal(json_integer_value(parsed_at(lines[2], "timestamp")), 1590851112025846);
	free_lines(lines, count);
}

/* Times with nanoseconds and before 1970. */
static void writes_times(void **state)
{
	static const struct {
		int64_t time_ns;
		const char *datetime;
		json_int_t timestamp;
	} tests[] = {
		{ SAMPLE_T0 + 999, "2020-05-30T15:05:12.025846+00:00", 1590851112025846 },
		{ 0, "1970-01-01T00:00:00.000000+00:00", 0 },
		{ -1, "1969-12-31T23:59:59.999999+00:00", -1 },
		{ -2 * NS_PER_S, "1969-12-31T23:59:58.000000+00:00", -2000000 },
		{ INT64_MAX, "2262-04-11T23:47:16.854775+00:00", INT64_MAX / 1000 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		json_t *lines[LINES_MAX];
		struct sample s;
		sample_init(&s);
		s.hits[0].time_ns = tests[i].time_ns;
		size_t count = read_lines(&s.report, lines);
		parsed_equals(lines[2], "datetime", tests[i].datetime);
		assert_int_equal(json_integer_value(parsed_at(lines[2], "timestamp")),
		                 tests[i].timestamp);
		free_lines(lines, count);
	}
}

static void names_recipients(void **state)
{
	static struct report_rcpt rcpts[5];
	json_t *lines[LINES_MAX];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < 5; i++) {
		rcpts[i].address = sample_text("a@example.net");
	}
	s.mails[0].rcpts = rcpts;
	s.mails[0].rcpt_count = 5;
	s.mails[0].content = false;
	s.mails[1].rcpt_count = 0;
	s.mails[1].from.text = NULL;
	s.mails[1].content = false;
	s.mails[1].accepted = false;
	size_t count = read_lines(&s.report, lines);
	parsed_equals(lines[5], "message",
	              "mail from <alice@example.net> to <a@example.net>, <a@example.net>, "
	              "<a@example.net> and 2 more: accepted");
	assert_int_equal(json_array_size(parsed_at(lines[5], "recipients")), 5);
	assert_null(parsed_at(lines[5], "accepted_recipients"));
	parsed_equals(lines[6], "message", "mail: recipients not seen");
	free_lines(lines, count);
}

static void keeps_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		json_t *lines[LINES_MAX];
		struct sample s;
		sample_init(&s);
		sample_hostile(&s, SAMPLE_ATTACKS[i]);
		size_t count = read_lines(&s.report, lines);
		assert_int_equal(count, 7);
		parsed_is_text(lines[0], "value", &SAMPLE_ATTACKS[i]);
		parsed_is_text(lines[2], "rule_id", &SAMPLE_ATTACKS[i]);
		parsed_is_text(lines[5], "subject", &SAMPLE_ATTACKS[i]);
		for (size_t j = 0; j < count; j++) {
			assert_true(json_string_length(parsed_at(lines[j], "message")) > 0);
		}
		free_lines(lines, count);
	}
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_timesketch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_lines),      cmocka_unit_test(writes_times),
		cmocka_unit_test(names_recipients),  cmocka_unit_test(keeps_texts),
		cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
