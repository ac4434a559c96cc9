/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/syslog/syslog_message.h"

#define EVENT(time, name) "{\"@timestamp\":\"" time "\",\"observer\":{\"name\":\"" name "\"}}"
#define USUAL             EVENT("2020-05-30T15:05:12.025846Z", "s1")

static const char *message(enum syslog_form form, unsigned facility, const struct record *record)
{
	static char text[4096];
	struct writer out;
	writer_init(&out, text, sizeof(text));
	if (!syslog_message_put(&out, form, facility, record)) {
		assert_int_equal(writer_size(&out), 0);
		return NULL;
	}
	return writer_text(&out);
}

static struct record record_of(const char *json, enum record_kind kind, unsigned severity)
{
	return (struct record){
		.kind = kind, .severity = severity, .json = json, .json_size = strlen(json)
	};
}

static void headers(void **state)
{
	static const struct {
		enum record_kind kind;
		unsigned severity, facility;
		const char *json, *expected;
	} rows[] = {
		{ RECORD_HIT, 99, 16, USUAL,
		  "<130>1 2020-05-30T15:05:12.025846Z s1 nsmx - hit - " },
		{ RECORD_HIT, 75, 16, USUAL,
		  "<131>1 2020-05-30T15:05:12.025846Z s1 nsmx - hit - " },
		{ RECORD_HIT, 50, 16, USUAL,
		  "<132>1 2020-05-30T15:05:12.025846Z s1 nsmx - hit - " },
		{ RECORD_HIT, 25, 0, USUAL, "<5>1 2020-05-30T15:05:12.025846Z s1 nsmx - hit - " },
		{ RECORD_LOG, 0, 23, USUAL, "<190>1 2020-05-30T15:05:12.025846Z s1 nsmx - log - " },
		{ RECORD_INCIDENT, 99, 16, USUAL,
		  "<130>1 2020-05-30T15:05:12.025846Z s1 nsmx - incident - " },
		/* At most six digits of a fraction; a host name has no blanks. */
		{ RECORD_HIT, 99, 16, EVENT("2020-05-30T15:05:12.025846789Z", "a b\\u00e9"),
		  "<130>1 2020-05-30T15:05:12.025846Z a_b__ nsmx - hit - " },
		{ RECORD_HIT, 99, 16, EVENT("never", ""), "<130>1 - - nsmx - hit - " },
		{ RECORD_HIT, 99, 16, "{}", "<130>1 - - nsmx - hit - " },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct record record =
		        record_of(rows[i].json, rows[i].kind, rows[i].severity);
		const char *text = message(SYSLOG_JSON, rows[i].facility, &record);
		assert_non_null(text);
		assert_memory_equal(text, rows[i].expected, strlen(rows[i].expected));
		assert_string_equal(text + strlen(rows[i].expected), rows[i].json);
	}
}

static void cef(void **state)
{
	const struct record record = record_of(USUAL, RECORD_HIT, 50);
	(void)state;
	assert_string_equal(message(SYSLOG_CEF, 16, &record),
	                    "<132>1 2020-05-30T15:05:12.025846Z s1 nsmx - hit - "
	                    "CEF:0|nsmx|nsmx||||5|rt=1590851112025 dvchost=s1");
}

/* A damaged journal must not become a message. */
static void not_an_event(void **state)
{
	static const char *const rows[] = { "", "[]", "7", "{", "{\n}", "{}x" };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct record record = record_of(rows[i], RECORD_HIT, 50);
		assert_null(message(SYSLOG_JSON, 16, &record));
		assert_null(message(SYSLOG_CEF, 16, &record));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(cef),
		cmocka_unit_test(not_an_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
