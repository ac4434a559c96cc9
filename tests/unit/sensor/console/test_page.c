/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "sensor/console/page.h"
#include "sensor/console/page_timeline.h"

static char *text;
static size_t size;

static FILE *begin(void)
{
	return open_memstream(&text, &size);
}

/* Ends the stream; the text lives until the next call. */
static const char *end(FILE *out)
{
	static char kept[65536];
	assert_int_equal(fclose(out), 0);
	assert_true(size < sizeof(kept));
	memcpy(kept, text, size + 1);
	free(text);
	return kept;
}

static unsigned count(const char *where, const char *part)
{
	unsigned found = 0;
	for (const char *at = where; (at = strstr(at, part)) != NULL; at++) {
		found++;
	}
	return found;
}

static void targets_are_encoded(void **state)
{
	static const char *const rows[][2] = {
		{ "example.com", "example.com" },     { "a-b_c.d", "a-b_c.d" },
		{ "a/b?c=d&e", "a%2Fb%3Fc%3Dd%26e" }, { "\"><x", "%22%3E%3Cx" },
		{ "\xff\x80 ", "%FF%80%20" },         { "", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *out = begin();
		page_put_target(out, rows[i][0], strlen(rows[i][0]));
		assert_string_equal(end(out), rows[i][1]);
	}
}

static const char *body_of(struct console_answer *answer)
{
	return writer_text(&answer->body);
}

static void pages_have_a_frame(void **state)
{
	struct console_answer answer = { .status = 0 };
	struct console_request request = { .logged_in = false };
	(void)state;
	writer_init_growing(&answer.body, CONSOLE_ANSWER_MAX);
	page_sentence(&answer, 404, PAGE_LOOKUP, &request, "A title", "<b>&\"'");
	const char *body = body_of(&answer);
	assert_int_equal(answer.status, 404);
	assert_int_equal(answer.type, CONSOLE_HTML);
	assert_non_null(strstr(body, "<title>A title</title>"));
	assert_non_null(strstr(body, "&lt;b&gt;&amp;&quot;&#39;"));
	assert_non_null(strstr(body, "href=\"/lookup\" aria-current=\"page\""));
	assert_null(strstr(body, "/logout"));
	assert_null(strstr(body, "http-equiv=\"refresh\""));
	request.logged_in = true;
	page_sentence(&answer, 503, PAGE_INCIDENTS, &request, "A title", "x");
	body = body_of(&answer);
	assert_non_null(strstr(body, "action=\"/logout\""));
	assert_non_null(strstr(body, "http-equiv=\"refresh\" content=\"10\""));
	page_login(&answer, false);
	assert_int_equal(answer.status, 200);
	assert_null(strstr(body_of(&answer), "role=\"alert\""));
	page_login(&answer, true);
	assert_int_equal(answer.status, 403);
	assert_non_null(strstr(body_of(&answer), "role=\"alert\""));
	writer_free(&answer.body);
	assert_int_equal(count(page_policy(), "'sha256-"), 3);
	assert_non_null(strstr(page_policy(), "default-src 'none'"));
}

static void add(struct timeline_rows *rows, uint16_t type, const char *data, size_t data_size,
                uint64_t first, uint64_t last)
{
	const struct history_record record = {
		.kind = HISTORY_KEY_OWNER,
		.row = { .type = type, .data = (const uint8_t *)data, .data_size = data_size },
		.seen = { .first = first, .last = last },
	};
	page_timeline_add(rows, &record);
}

/* The attribute of the n-th bar. */
static int bar(const char *picture, unsigned number, const char *attribute)
{
	for (unsigned i = 0; i <= number; i++) {
		picture = strstr(picture, "class=\"row\"") + 1;
	}
	return atoi(strstr(picture, attribute) + strlen(attribute));
}

static void records_are_bars(void **state)
{
	static struct timeline_rows rows;
	(void)state;
	rows.count = rows.omitted = 0;
	add(&rows, DNS_TYPE_NS, "\2ns\0", 4, 2000, 3000);
	add(&rows, DNS_TYPE_A, "\12\0\0\1", 4, 1000, 2000);
	add(&rows, DNS_TYPE_A, "\12\0\0\2", 4, 1500, 1500);
	add(&rows, DNS_TYPE_A, "\12\0\0\1", 4, 1200, 3000); /* the same, of another origin */
	assert_int_equal(rows.count, 3);
	FILE *out = begin();
	page_timeline_put(out, &rows);
	const char *picture = end(out);
	assert_int_equal(count(picture, "class=\"row\""), 3);
	assert_true(strstr(picture, "10.0.0.1") < strstr(picture, "10.0.0.2"));
	assert_true(strstr(picture, "10.0.0.2") < strstr(picture, ">ns<"));
	assert_int_equal(bar(picture, 0, " x=\""), 16);
	assert_int_equal(bar(picture, 0, "width=\""), 928);
	assert_int_equal(bar(picture, 1, " x=\""), 16 + 232);
	assert_int_equal(bar(picture, 1, "width=\""), 4);
	assert_int_equal(bar(picture, 2, " x=\""), 16 + 464);
	assert_int_equal(bar(picture, 2, "width=\""), 464);
	assert_null(strstr(picture, "further"));
}

static void the_timeline_has_bounds(void **state)
{
	static struct timeline_rows rows;
	char data[200];
	(void)state;
	rows.count = rows.omitted = 0;
	FILE *out = begin();
	page_timeline_put(out, &rows);
	assert_string_equal(end(out), "");
	for (unsigned i = 0; i < TIMELINE_LANES_MAX + 5; i++) {
		memset(data, 'a', sizeof(data));
		data[0] = (char)(sizeof(data) - 1);
		data[1] = (char)('0' + i);
		add(&rows, DNS_TYPE_TXT, data, sizeof(data), 1000, 2000);
	}
	assert_int_equal(rows.count, TIMELINE_LANES_MAX);
	assert_int_equal(rows.omitted, 5);
	out = begin();
	page_timeline_put(out, &rows);
	const char *picture = end(out);
	assert_int_equal(count(picture, "&hellip;"), TIMELINE_LANES_MAX);
	assert_non_null(strstr(picture, "and 5 further records"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_encoded),
		cmocka_unit_test(pages_have_a_frame),
		cmocka_unit_test(records_are_bars),
		cmocka_unit_test(the_timeline_has_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
