/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events on a terminal: within its width, and with no text that controls it. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "sensor/outputs/terminal.h"

#define TIME "2020-05-30T15:05:12.025846Z"

static const char INCIDENT[] =
        "{\"@timestamp\":\"" TIME "\",\"event\":{\"action\":\"incident\"},\"nsmx\":{\"incident\":{"
        "\"id\":\"x\",\"state\":\"%s\",\"owner\":\"example.com\",\"severity\":99,"
        "\"first\":\"2020-05-30T15:05:10.5Z\",\"last\":\"2020-05-30T15:05:12.5Z\","
        "\"expected\":[\"ns.example.com\"],\"seen\":[\"a.test\",\"b.test\",\"c.test\",\"d.test\","
        "\"e.test\",\"f.test\",\"g.test\",\"h.test\",\"i.test\",\"j.test\"],"
        "\"reasons\":[\"ioc-match\"],\"clients_count\":1000,\"clients\":[\"192.0.2.1\","
        "\"192.0.2.2\"],\"cached_until\":\"" TIME "\",\"resolvers\":[{\"ip\":\"192.0.2.53\","
        "\"cached_until\":\"2020-06-01T15:05:12Z\"}],\"mail_sessions\":1,\"mails\":[{\"time\":"
        "\"" TIME "\",\"from\":\"a@example.net\",\"rcpt\":[\"b@example.com\"],\"accepted\":true,"
        "\"content\":true,\"tls\":false}],\"rules\":[\"rule-1\"],\"hits\":3000}}}";

static char text[1 << 16];

static void take(struct writer *out)
{
	assert_false(out->failed);
	assert_true(writer_size(out) < sizeof(text));
	memcpy(text, out->start, writer_size(out));
	text[writer_size(out)] = '\0';
	writer_free(out);
}

static const char *event(const char *reason, size_t size, unsigned width)
{
	struct writer out;
	writer_init_growing(&out, sizeof(text));
	terminal_put_event(&out, TIME, 75, reason, size, width, false);
	take(&out);
	return text;
}

static bool put(const char *json, unsigned width, bool coloured)
{
	struct writer out;
	json_t *parsed = json_loads(json, 0, NULL);
	assert_non_null(parsed);
	writer_init_growing(&out, sizeof(text));
	writer_literal(&out, "");
	bool is_incident = terminal_put_incident(&out, parsed, width, coloured);
	if (is_incident) {
		take(&out);
	} else {
		assert_int_equal(writer_size(&out), 0);
	}
	json_decref(parsed);
	return is_incident;
}

static void put_state(const char *state, unsigned width)
{
	char json[2048];
	(void)snprintf(json, sizeof(json), INCIDENT, state);
	assert_true(put(json, width, false));
}

/* The columns of the longest line, one for each character. */
static size_t longest(const char *shown)
{
	size_t longest = 0, columns = 0;
	for (; *shown != '\0'; shown++) {
		columns = *shown == '\n' ? 0 : columns + !utf8_is_continuation(*shown);
		longest = columns > longest ? columns : longest;
	}
	return longest;
}

static void sentences_are_broken_between_words(void **state)
{
	(void)state;
	static const char reason[] =
	        "name server ns.rogue.test of example.com in the answer section";
	assert_string_equal(event(reason, strlen(reason), 60),
	                    "2020-05-30 15:05:12Z  high      name server ns.rogue.test of\n"
	                    "    example.com in the answer section\n");
	assert_string_equal(event("", 0, 60), "2020-05-30 15:05:12Z  high      \n");
	char words[600];
	memset(words, 'x', sizeof(words));
	for (unsigned width = TERMINAL_WIDTH_MIN; width < 200; width++) {
		for (size_t blank = 3; blank < 60; blank++) {
			memset(words, 'x', sizeof(words));
			for (size_t at = blank; at < sizeof(words); at += blank) {
				words[at] = ' ';
			}
			assert_in_range(longest(event(words, sizeof(words), width)), width / 2,
			                width);
		}
	}
}

static void long_words_go_on(void **state)
{
	(void)state;
	char word[200];
	memset(word, 'x', sizeof(word));
	(void)event(word, sizeof(word), 60);
	assert_int_equal(longest(text), 60);
	size_t count = 0;
	for (const char *at = text; *at != '\0'; at++) {
		count += *at == 'x';
	}
	assert_int_equal(count, sizeof(word));
	/* Wide characters are two columns. */
	char wide[300];
	for (size_t i = 0; i < sizeof(wide); i += 3) {
		memcpy(wide + i, "\xe4\xbe\x8b", 3);
	}
	(void)event(wide, sizeof(wide), 60);
	assert_in_range(longest(text), 28, 46);
}

static void an_incident_is_a_table(void **state)
{
	(void)state;
	put_state("open", 80);
	assert_string_equal(
	        text,
	        "2020-05-30 15:05:12Z  critical  example.com: new incident\n"
	        "    seen       a.test, b.test, c.test, d.test, e.test, f.test, g.test, h.test\n"
	        "               and 2 more\n"
	        "    expected   ns.example.com\n"
	        "    clients    192.0.2.1, 192.0.2.2 and 998 more\n"
	        "    rules      rule-1\n");
	put_state("closed", 200);
	assert_string_equal(
	        text,
	        "2020-05-30 15:05:12Z  critical  example.com: incident has ended, 3000 hits\n"
	        "    time       2020-05-30 15:05:10Z to 2020-05-30 15:05:12Z\n"
	        "    seen       a.test, b.test, c.test, d.test, e.test, f.test, g.test, h.test "
	        "and 2 more\n"
	        "    expected   ns.example.com\n"
	        "    clients    192.0.2.1, 192.0.2.2 and 998 more\n"
	        "    cached by  192.0.2.53 until 2020-06-01 15:05:12Z\n"
	        "    mail       1 session, 1 mail\n"
	        "               2020-05-30 15:05:12Z from a@example.net to b@example.com, "
	        "accepted, transferred\n"
	        "    reasons    ioc-match\n"
	        "    rules      rule-1\n");
	put_state("update", TERMINAL_WIDTH_MIN);
	assert_int_equal(longest(text) <= TERMINAL_WIDTH_MIN, 1);
	assert_non_null(strstr(text, "incident grows"));
}

static void texts_cannot_control_the_terminal(void **state)
{
	(void)state;
	(void)event("a\x1b[2J\r\nb\xff", 9, 80);
	assert_non_null(strstr(text, "a\\x1b[2J\\x0d\\x0ab\\xff\n"));
	assert_true(
	        put("{\"@timestamp\":\"\\u001b[2J\",\"nsmx\":{\"incident\":{\"state\":\"closed\","
	            "\"owner\":\"\\u202e\\n\",\"seen\":[\"\\u0007\"],\"hits\":2}}}",
	            80, false));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\x07'));
	assert_non_null(strstr(text, "\\u{202e}\\x0a: incident has ended"));
}

/* `nsmx tail FILE` reads any file. */
static void events_of_any_origin(void **state)
{
	(void)state;
	static const char *const none[] = { "{}", "[]", "{\"nsmx\":[]}",
		                            "{\"nsmx\":{\"incident\":1}}",
		                            "{\"nsmx\":{\"incident\":{\"state\":7}}}" };
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_false(put(none[i], 80, false));
	}
	static const char *const odd[] = {
		"{\"nsmx\":{\"incident\":{\"state\":\"\"}}}",
		"{\"@timestamp\":1,\"nsmx\":{\"incident\":{\"state\":\"x\",\"seen\":7,\"clients\":"
		"{},\"mails\":[1,[],{}],\"resolvers\":[1,{}],\"rules\":[{}],\"hits\":-1,"
		"\"clients_count\":-5,\"mail_sessions\":\"x\",\"severity\":1000000000000}}}",
	};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_true(put(odd[i], 80, true));
		assert_true(strlen(text) > 20 && text[strlen(text) - 1] == '\n');
	}
}

static void no_terminal_has_no_width(void **state)
{
	(void)state;
	assert_int_equal(setenv("COLUMNS", "60", 1), 0);
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(terminal_width(fds[1]), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	assert_int_equal(terminal_width(terminal), 60);
	assert_int_equal(setenv("COLUMNS", "7", 1), 0);
	assert_int_equal(terminal_width(terminal), TERMINAL_WIDTH_MIN);
	assert_int_equal(unsetenv("COLUMNS"), 0);
	assert_int_equal(terminal_width(terminal), TERMINAL_WIDTH);
	struct winsize size = { .ws_col = 132 };
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	assert_int_equal(terminal_width(terminal), 132);
	(void)close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_broken_between_words),
		cmocka_unit_test(long_words_go_on),
		cmocka_unit_test(an_incident_is_a_table),
		cmocka_unit_test(texts_cannot_control_the_terminal),
		cmocka_unit_test(events_of_any_origin),
		cmocka_unit_test(no_terminal_has_no_width),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
