/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/url_part.h"

static struct url_part part(const char *text)
{
	return (struct url_part){ text, strlen(text) };
}

static void cuts(void **state)
{
	struct url_part head = part("a:b:c"), tail = part("before");
	(void)state;
	assert_false(url_cut(&head, '/', false, &tail));
	assert_true(url_part_is(tail, "before"));
	assert_true(url_cut(&head, ':', true, &tail));
	assert_true(url_part_is(head, "a:b") && url_part_is(tail, "c"));
	assert_true(url_cut(&head, ':', false, &tail));
	assert_true(url_part_is(head, "a") && url_part_is(tail, "b"));
	assert_false(url_part_is(head, "ab"));
	assert_false(url_part_is(head, ""));
	assert_false(url_cut(&(struct url_part){ NULL, 0 }, ':', false, &tail));
}

static void decodes(void **state)
{
	static const struct {
		const char *text, *decoded, *error;
	} rows[] = {
		{ "", "", NULL },
		{ "plain", "plain", NULL },
		{ "p%40%2fS", "p@/S", NULL },
		{ "p%4", NULL, "x: two hexadecimal digits must follow % (write %25 for % itself)" },
		{ "p%4g", NULL,
		  "x: two hexadecimal digits must follow % (write %25 for % itself)" },
		{ "%0a", NULL, "x: contains a control character" },
		{ "1234567", "1234567", NULL },
		{ "12345678", NULL, "x: longer than 7 characters" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[8], text[100] = "";
		struct url_error error = { text, sizeof(text) };
		int ret = url_decode(&error, part(rows[i].text), "x", out, sizeof(out));
		assert_int_equal(ret, rows[i].error != NULL ? -EINVAL : 0);
		assert_string_equal(ret == 0 ? out : text,
		                    ret == 0 ? rows[i].decoded : rows[i].error);
	}
}

static void numbers(void **state)
{
	static const char *const bad[] = { "",   "0",   "11", "1 ",
		                           "+1", "0x1", "1a", "18446744073709551617" };
	char text[100];
	struct url_error error = { text, sizeof(text) };
	uint64_t number = 0;
	(void)state;
	assert_int_equal(url_number(&error, part("10"), "x", 1, 10, &number), 0);
	assert_int_equal(number, 10);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(url_number(&error, part(bad[i]), "x", 1, 10, &number), -EINVAL);
		assert_string_equal(text, "x: must be a number from 1 to 10");
	}
	assert_int_equal(number, 10);
}

static void hosts(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} rows[] = {
		{ "a.example", "a.example", NULL },
		{ "a.example:1", "a.example", "1" },
		{ "a:", "a", "" },
		{ "[::1]", "::1", NULL },
		{ "[::1]:2", "::1", "2" },
		{ "", "", NULL },
		{ "::1", NULL, NULL },
		{ "[::1", NULL, NULL },
		{ "[::1]2", NULL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[100];
		struct url_error error = { text, sizeof(text) };
		struct url_part host = part(rows[i].text), port;
		bool has_port = false;
		int ret = url_split_host(&error, &host, &port, &has_port);
		assert_int_equal(ret, rows[i].host == NULL ? -EINVAL : 0);
		if (ret == 0) {
			assert_true(url_part_is(host, rows[i].host));
			assert_int_equal(has_port, rows[i].port != NULL);
			assert_true(!has_port || url_part_is(port, rows[i].port));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts),
		cmocka_unit_test(decodes),
		cmocka_unit_test(numbers),
		cmocka_unit_test(hosts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
