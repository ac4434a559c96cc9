/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/options/nearest.h"

static const char *const NAMES[] = { "replay", "run", "rules", "history", "hunt", "tail", "help" };

static void names(void **state)
{
	static const struct {
		const char *word, *text;
	} rows[] = {
		{ "rplay", " (nearest: replay)" },
		{ "repaly", " (nearest: replay)" },
		{ "replays", " (nearest: replay)" },
		{ "raplai", " (nearest: replay)" },
		{ "hustory", " (nearest: history)" },
		{ "rum", " (nearest: run)" },
		{ "rn", " (nearest: run)" },
		{ "HELP", "" },
		{ "xyz", "" },
		{ "", "" },
		{ "histrionics", "" },
		{ "tali", " (nearest: tail)" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nearest nearest;
		char text[NEAREST_TEXT_MAX];
		nearest_begin(&nearest, rows[i].word, strlen(rows[i].word));
		for (size_t j = 0; j < sizeof(NAMES) / sizeof(NAMES[0]); j++) {
			nearest_try(&nearest, NAMES[j]);
		}
		nearest_text(&nearest, text);
		assert_string_equal(text, rows[i].text);
	}
}

/* The first of names with the same distance, and the nearest of all. */
static void equally_near(void **state)
{
	struct nearest nearest;
	(void)state;
	nearest_begin(&nearest, "sinse", 5);
	nearest_try(&nearest, "sinxe");
	nearest_try(&nearest, "since");
	assert_string_equal(nearest.name, "sinxe");
	nearest_try(&nearest, "sinse");
	assert_string_equal(nearest.name, "sinse");
	assert_int_equal(nearest.distance, 0);
}

static void long_words(void **state)
{
	struct nearest nearest;
	char word[NEAREST_WORD_MAX + 3];
	char name[NEAREST_WORD_MAX + 2];
	char text[NEAREST_TEXT_MAX];
	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	memset(name, 'x', sizeof(name) - 1);
	word[sizeof(word) - 1] = name[sizeof(name) - 1] = '\0';
	nearest_begin(&nearest, word, sizeof(word) - 1);
	nearest_try(&nearest, name + 1);
	assert_null(nearest.name);
	nearest_begin(&nearest, word, NEAREST_WORD_MAX);
	nearest_try(&nearest, name);
	assert_null(nearest.name);
	nearest_try(&nearest, name + 1);
	assert_non_null(nearest.name);
	nearest_text(&nearest, text);
	assert_int_equal(strlen(text), NEAREST_WORD_MAX + strlen(" (nearest: )"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(equally_near),
		cmocka_unit_test(long_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
