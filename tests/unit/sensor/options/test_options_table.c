/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/options/options_table.h"

static const struct options_row *row_of(unsigned command, size_t i)
{
	return options_row_at((enum command_id)(1U << command), i);
}

/* Two rows of one command with the same name or letter: the second is never found. */
static void names_are_unique_in_a_command(void **state)
{
	(void)state;
	for (unsigned command = 0; command < COMMANDS_COUNT; command++) {
		const struct options_row *row;
		enum command_id id = (enum command_id)(1U << command);
		for (size_t i = 0; (row = row_of(command, i)) != NULL; i++) {
			assert_ptr_equal(options_find_name(id, row->name, strlen(row->name)), row);
			if (row->letter != 0) {
				assert_ptr_equal(options_find_letter(id, row->letter), row);
			}
		}
	}
}

/* Help, man pages and completion use these columns. */
static void rows_are_complete(void **state)
{
	(void)state;
	for (unsigned command = 0; command < COMMANDS_COUNT; command++) {
		const struct options_row *row;
		for (size_t i = 0; (row = row_of(command, i)) != NULL; i++) {
			assert_non_null(row->set);
			assert_non_null(row->help);
			assert_true(row->help[strlen(row->help) - 1] != '.');
			assert_true(row->more == NULL || row->more[strlen(row->more) - 1] == '.');
			assert_true(row->argument != NULL || row->value == NULL);
			assert_true(row->run_value == NULL || (row->commands & COMMAND_RUN) != 0);
		}
	}
}

/* Each default goes through its setter; a bad one would fail every command line. */
static void defaults_are_accepted(void **state)
{
	(void)state;
	for (unsigned command = 0; command < COMMANDS_COUNT; command++) {
		struct options options;
		char error[OPTIONS_ERROR_MAX] = "";
		char config[] = "--config=/dev/null";
		char *words[] = { config };
		enum command_id id = (enum command_id)(1U << command);
		if (!options_parse(&options, id, id == COMMAND_RUN, words, error)) {
			fail_msg("command %u: %s", command, error);
		}
		options_free(&options);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_unique_in_a_command),
		cmocka_unit_test(rows_are_complete),
		cmocka_unit_test(defaults_are_accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
