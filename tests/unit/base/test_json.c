/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "tests/unit/guard.h"
#include "tests/unit/parsed.h"

static json_t *read_back(struct json *json)
{
	const char *text = json_finish(json);
	assert_non_null(text);
	assert_int_equal(strlen(text), json_size(json));
	return parsed(text, json_size(json));
}

static void writes_text(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	json_begin(&json);
	json_put_object(&json, NULL);
	json_put_string(&json, "a", "x");
	json_put_array(&json, "b");
	json_put_number(&json, NULL, 1);
	json_put_bool(&json, NULL, true);
	json_end_array(&json);
	json_put_object(&json, "c");
	json_put_bool(&json, "d", false);
	json_put_number(&json, "e", UINT64_MAX);
	json_end_object(&json);
	json_end_object(&json);
	assert_string_equal(json_finish(&json), "{\"a\":\"x\",\"b\":[1,true],"
	                                        "\"c\":{\"d\":false,\"e\":18446744073709551615}}");
	json_free(&json);
}

/* Empty objects and arrays are left out at any place. In a script `(` begins an object, `[` an
 * array, `)` and `]` are their ends, `1` is a number. */
static void empty_is_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *script;
		const char *text;
	} tests[] = {
		{ "()", "" },
		{ "(1)", "{\"k\":1}" },
		{ "(1())", "{\"k\":1}" },
		{ "([]1)", "{\"k\":1}" },
		{ "([1]())", "{\"k\":[1]}" },
		/* in each other, and next to each other */
		{ "(1(()))", "{\"k\":1}" },
		{ "(([()])1)", "{\"k\":1}" },
		{ "((()())1)", "{\"k\":1}" },
		{ "(([][1]()))", "{\"k\":{\"k\":[1]}}" },
		{ "(((1)()))", "{\"k\":{\"k\":{\"k\":1}}}" },
		{ "[[][](1)[]]", "[{\"k\":1}]" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct json json = { .depth = 0 };
		char within[16] = { '[' };
		size_t depth = 0;
		json_begin(&json);
		for (const char *at = tests[i].script; *at != '\0'; at++) {
			const char *key = within[depth] == '(' ? "k" : NULL;
			switch (*at) {
			case '(':
				json_put_object(&json, key);
				within[++depth] = '(';
				break;
			case '[':
				json_put_array(&json, key);
				within[++depth] = '[';
				break;
			case ')':
				json_end_object(&json);
				depth--;
				break;
			case ']':
				json_end_array(&json);
				depth--;
				break;
			default:
				json_put_number(&json, key, 1);
			}
		}
		assert_string_equal(json_finish(&json), tests[i].text);
		json_free(&json);
	}
}

static void depth_is_limited(void **state)
{
	(void)state;
	for (unsigned depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
		struct json json = { .depth = 0 };
		json_begin(&json);
		for (unsigned i = 0; i < depth; i++) {
			json_put_array(&json, NULL);
		}
		json_put_number(&json, NULL, 1);
		for (unsigned i = 0; i < depth; i++) {
			json_end_array(&json);
		}
		assert_int_equal(json_finish(&json) != NULL, depth == JSON_DEPTH_MAX);
		json_free(&json);
	}
}

static void end_without_beginning_fails(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	json_begin(&json);
	json_end_object(&json);
	assert_null(json_finish(&json));
	json_free(&json);
}

static void buffer_is_used_again(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	for (int i = 0; i < 3; i++) {
		json_begin(&json);
		json_put_object(&json, NULL);
		json_put_number(&json, "n", (uint64_t)i);
		json_end_object(&json);
		const char text[] = { '{', '"', 'n', '"', ':', (char)('0' + i), '}', '\0' };
		assert_string_equal(json_finish(&json), text);
	}
	json_free(&json);
	json_free(&json);
}

#define REPLACED "\xef\xbf\xbd"

static void strings(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
		const char *text; /* as JSON, between the quotes */
	} tests[] = {
#define ROW(bytes, text) { bytes, sizeof(bytes) - 1, text }
		ROW("", ""),
		ROW("plain", "plain"),
		/* what has to be escaped, RFC 8259 section 7 */
		ROW("\"", "\\\""),
		ROW("\\", "\\\\"),
		ROW("/", "/"),
		ROW("\0", "\\u0000"),
		ROW("\r\n\t", "\\u000d\\u000a\\u0009"),
		ROW("\x1f \x7e\x7f", "\\u001f ~\\u007f"),
		ROW("\\u0000", "\\\\u0000"),
		ROW("a\"},{\"b\":\"", "a\\\"},{\\\"b\\\":\\\""),
		/* UTF-8 */
		ROW("\xc3\xa9", "\xc3\xa9"),
		ROW("\xe3\x81\x82\xf0\x9f\x93\xa7", "\xe3\x81\x82\xf0\x9f\x93\xa7"),
		ROW("\xe2\x80\xa8", "\xe2\x80\xa8"),
		/* not UTF-8 */
		ROW("\xff", REPLACED),
		ROW("a\x80z", "a" REPLACED "z"),
		ROW("\xc3", REPLACED),
		ROW("\xc3(", REPLACED "("),
		ROW("\xc0\xaf", REPLACED REPLACED),
		ROW("\xed\xa0\x80", REPLACED REPLACED REPLACED),
		ROW("\xf4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED),
		ROW("\xf0\x9f\x93", REPLACED REPLACED REPLACED),
		ROW("\xf0\x9f\x93\"", REPLACED REPLACED REPLACED "\\\""),
#undef ROW
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct json json = { .depth = 0 };
		const uint8_t *bytes = guard_lay(&guard, tests[i].bytes, tests[i].size);
		json_begin(&json);
		json_put_array(&json, NULL);
		json_put_bytes(&json, NULL, (const char *)bytes, tests[i].size);
		json_end_array(&json);
		json_decref(read_back(&json));
		size_t size = strlen(tests[i].text);
		assert_int_equal(json_size(&json), size + 4);
		assert_memory_equal(json.out.start + 2, tests[i].text, size);
		json_free(&json);
	}
	guard_close(&guard);
}

/* Octets that need no escape, fewer or more of them between two that do. */
static void plain_runs(void **state)
{
	(void)state;
	static const char *const MARKS[] = { "\"", "\\", "\x01", "\xc3\xa9" };
	static const char LETTERS[] =
	        "abcdefghijklmnopqrstuvwxyz0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ.,-";
	struct json json = { .depth = 0 };
	for (size_t i = 0; i < 4 * (sizeof(LETTERS) - 1); i++) {
		const char *mark = MARKS[i % 4];
		char text[256];
		int size = snprintf(text, sizeof(text), "%s%.*s%s%s", mark, (int)(i / 4), LETTERS,
		                    mark, LETTERS);
		json_begin(&json);
		json_put_array(&json, NULL);
		json_put_bytes(&json, NULL, text, (size_t)size);
		json_end_array(&json);
		json_t *value = read_back(&json);
		assert_string_equal(json_string_value(json_array_get(value, 0)), text);
		json_decref(value);
	}
	json_free(&json);
}

/* Escapes of DNS, whole and cut, and what looks like them, at each place of a text. */
static void escapes_of_dns(void **state)
{
	(void)state;
	static const char *const ENDS[] = { "",       "\\",          "\\0",     "\\00",
		                            "\\000",  "\\\\\\",      "\\?;:",   "\\01/",
		                            "\\0\"1", "\\9\xc3\xa9", "\\25\x01" };
	struct json json = { .depth = 0 };
	for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		for (unsigned escapes = 0; escapes < 20; escapes++) {
			char text[256] = "";
			for (unsigned at = 0; at < escapes; at++) {
				strcat(text, at % 5 == 4 ? "." : "\\255");
			}
			strcat(text, ENDS[i]);
			strcat(text, escapes % 2 == 0 ? "" : "\\000 and a longer run of text\"");
			json_begin(&json);
			json_put_array(&json, NULL);
			json_put_bytes(&json, NULL, text, strlen(text));
			json_end_array(&json);
			json_t *value = read_back(&json);
			assert_string_equal(json_string_value(json_array_get(value, 0)), text);
			json_decref(value);
		}
	}
	json_free(&json);
}

/* A key is a string too. */
static void keys_are_escaped(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	json_begin(&json);
	json_put_object(&json, NULL);
	json_put_string(&json, "a\"b\xff", "x");
	json_end_object(&json);
	json_t *value = read_back(&json);
	assert_string_equal(json_string_value(json_object_get(value, "a\"b" REPLACED)), "x");
	json_decref(value);
	json_free(&json);
}

/* Every pair of octets gives valid JSON; ASCII is read back unchanged. */
static void every_pair_of_octets(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	for (unsigned high = 0; high < 256; high++) {
		json_begin(&json);
		json_put_array(&json, NULL);
		for (unsigned low = 0; low < 256; low++) {
			const char pair[2] = { (char)high, (char)low };
			json_put_bytes(&json, NULL, pair, sizeof(pair));
		}
		json_end_array(&json);
		json_t *value = read_back(&json);
		assert_int_equal(json_array_size(value), 256);
		for (unsigned low = 0; low < 128 && high < 128; low++) {
			json_t *text = json_array_get(value, low);
			assert_int_equal(json_string_length(text), 2);
			assert_int_equal(json_string_value(text)[0], high);
			assert_int_equal(json_string_value(text)[1], low);
		}
		json_decref(value);
	}
	json_free(&json);
}

static void numbers(void **state)
{
	(void)state;
	static const uint64_t tests[] = { 0, 9, 10, UINT32_MAX, INT64_MAX };
	struct json json = { .depth = 0 };
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		json_begin(&json);
		json_put_array(&json, NULL);
		json_put_number(&json, NULL, tests[i]);
		json_end_array(&json);
		json_t *value = read_back(&json);
		assert_int_equal(json_integer_value(json_array_get(value, 0)), tests[i]);
		json_decref(value);
	}
	json_free(&json);
}

/* A text up to the limit is written, a longer one fails, and the writer can start again. */
static void saturates(void **state)
{
	(void)state;
	const size_t fits = JSON_SIZE_MAX - 5; /* brackets, quotes, NUL */
	struct json json = { .depth = 0 };
	char *text = malloc(fits + 1);
	assert_non_null(text);
	memset(text, 'x', fits + 1);
	for (size_t more = 0; more <= 1; more++) {
		json_begin(&json);
		json_put_array(&json, NULL);
		json_put_bytes(&json, NULL, text, fits + more);
		json_end_array(&json);
		assert_int_equal(json_finish(&json) == NULL, more > 0);
		assert_int_equal(json.out.failed, more > 0);
		assert_true(json_size(&json) <= JSON_SIZE_MAX);
	}
	json_put_number(&json, NULL, 1);
	assert_null(json_finish(&json));
	json_begin(&json);
	json_put_array(&json, NULL);
	json_put_number(&json, NULL, 1);
	json_end_array(&json);
	assert_string_equal(json_finish(&json), "[1]");
	json_free(&json);
	free(text);
}

/* Octets that JSON escapes sixfold. */
static void saturates_while_escaping(void **state)
{
	(void)state;
	struct json json = { .depth = 0 };
	char *zeros = calloc(1, JSON_SIZE_MAX);
	assert_non_null(zeros);
	json_begin(&json);
	json_put_array(&json, NULL);
	json_put_bytes(&json, NULL, zeros, JSON_SIZE_MAX);
	json_end_array(&json);
	assert_null(json_finish(&json));
	json_free(&json);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_text),
		cmocka_unit_test(empty_is_left_out),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(end_without_beginning_fails),
		cmocka_unit_test(buffer_is_used_again),
		cmocka_unit_test(strings),
		cmocka_unit_test(plain_runs),
		cmocka_unit_test(escapes_of_dns),
		cmocka_unit_test(keys_are_escaped),
		cmocka_unit_test(every_pair_of_octets),
		cmocka_unit_test(numbers),
		cmocka_unit_test(saturates),
		cmocka_unit_test(saturates_while_escaping),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
