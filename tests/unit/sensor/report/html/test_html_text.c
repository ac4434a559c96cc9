/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/report/html/html.h"

/* What a function writes; the caller frees it. */
struct sink {
	char *text;
	size_t size;
	FILE *out;
};

static void sink_open(struct sink *sink)
{
	sink->out = open_memstream(&sink->text, &sink->size);
	assert_non_null(sink->out);
}

static void sink_expect(struct sink *sink, const char *expected)
{
	assert_int_equal(fclose(sink->out), 0);
	assert_string_equal(sink->text, expected);
	free(sink->text);
}

static void texts(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t size;
		const char *written;
	} tests[] = {
#define ROW(text, written) { text, sizeof(text) - 1, written }
		ROW("", ""),
		ROW("plain", "plain"),
		/* text, attributes and SVG */
		ROW("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
		ROW("\" onload='x", "&quot; onload=&#39;x"),
		ROW("a&lt;b", "a&amp;lt;b"),
		ROW("]]><!--", "]]&gt;&lt;!--"),
		/* NUL, C0, DEL, C1 */
		ROW("a\0b", "a\\x00b"),
		ROW("\r\n\t\x1b\x7f", "\\x0d\\x0a\\x09\\x1b\\x7f"),
		ROW("\xc2\x9b", "\\u{009b}"),
		/* bidirectional controls, zero width, separators */
		ROW("\xe2\x80\xae"
		    "cod.exe",
		    "\\u{202e}cod.exe"),
		ROW("\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8f", "\\u{2066}\\u{2069}\\u{200f}"),
		ROW("\xe2\x80\xa8\xe2\x80\x8b", "\\u{2028}\\u{200b}"),
		/* names as they are */
		ROW("M\xc3\xbcller", "M\xc3\xbcller"),
		ROW("\xe6\x9c\xac\xe4\xba\xba", "\xe6\x9c\xac\xe4\xba\xba"),
		/* not UTF-8: an overlong '<', a cut sequence */
		ROW("\xc0\xbc\xe6\x9c", "\\xc0\\xbc\\xe6\\x9c"),
		/* The text ends before the last octet of the character. */
		{ "\xe6\x9c\xac", 2, "\\xe6\\x9c" },
#undef ROW
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sink sink;
		sink_open(&sink);
		html_text(sink.out, tests[i].text, tests[i].size);
		sink_expect(&sink, tests[i].written);
	}
}

/* A long value is cut at a character, and what is left out is counted. */
static void values(void **state)
{
	(void)state;
	char text[HTML_TEXT_MAX + 8];
	struct sink sink;
	struct report_text value = { text, sizeof(text) };
	memset(text, 'a', sizeof(text));
	memcpy(text + HTML_TEXT_MAX - 1, "\xe6\x9c\xac", 3);
	assert_int_equal(html_cut(&value, HTML_TEXT_MAX), HTML_TEXT_MAX - 1);
	assert_int_equal(html_cut(&value, HTML_TEXT_MAX + 1), HTML_TEXT_MAX - 1);
	assert_int_equal(html_cut(&value, HTML_TEXT_MAX + 2), HTML_TEXT_MAX + 2);
	assert_int_equal(html_cut(&value, sizeof(text)), sizeof(text));

	sink_open(&sink);
	html_value(sink.out, &value);
	assert_int_equal(fclose(sink.out), 0);
	assert_non_null(
	        strstr(sink.text, "aa</bdi> <span class=\"more\">and 9 further octets</span>"));
	free(sink.text);

	value = (struct report_text){ NULL, 0 };
	sink_open(&sink);
	html_value(sink.out, &value);
	sink_expect(&sink, "<span class=\"none\">&ndash;</span>");
}

static void numbers(void **state)
{
	(void)state;
	static const struct {
		uint64_t number;
		const char *written;
	} tests[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 123456, "123,456" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sink sink;
		sink_open(&sink);
		html_number(sink.out, tests[i].number);
		sink_expect(&sink, tests[i].written);
	}
}

static void times(void **state)
{
	(void)state;
	static const struct {
		int64_t time_ns;
		struct html_digits digits;
		const char *written;
	} tests[] = {
		{ 0, { 0, 19 }, "<span class=\"none\">&ndash;</span>" },
		{ INT64_C(1590851112025846000),
		  { 0, 19 },
		  "<time datetime=\"2020-05-30T15:05:12.025846Z\" "
		  "data-t=\"2020-05-30T15:05:12.025846Z\" "
		  "data-d=\"0 19\">2020-05-30 15:05:12</time>" },
		{ INT64_C(1590851112025846001),
		  { 11, 23 },
		  "<time datetime=\"2020-05-30T15:05:12.025846001Z\" "
		  "data-t=\"2020-05-30T15:05:12.025846001Z\" data-d=\"11 "
		  "23\">15:05:12.025</time>" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sink sink;
		sink_open(&sink);
		html_time(sink.out, tests[i].time_ns, tests[i].digits);
		sink_expect(&sink, tests[i].written);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(values),
		cmocka_unit_test(numbers),
		cmocka_unit_test(times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
