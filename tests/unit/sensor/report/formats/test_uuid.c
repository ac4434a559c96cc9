/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/uuid.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct uuid DNS = { { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00,
	                           0xc0, 0x4f, 0xd4, 0x30, 0xc8 } };

/* The first is the example of RFC 9562, appendix A.4. */
static void hashes_names(void **state)
{
	static const struct {
		const char *name, *text;
	} tests[] = {
		{ "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2" },
		{ "", "4ebd0208-8328-5d69-8c44-ec50939c0967" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct uuid uuid;
		char text[UUID_TEXT_SIZE];
		assert_true(uuid_of_name(&uuid, &DNS, tests[i].name, strlen(tests[i].name)));
		uuid_text(&uuid, text);
		assert_string_equal(text, tests[i].text);
	}
}

#define MANY 1000

static void keeps_sets(void **state)
{
	struct uuid_set set = { .count = 0 };
	struct uuid uuid;
	(void)state;
	(void)uuid_of_name(&uuid, &DNS, "x", 1);
	assert_false(uuid_set_has(&set, &uuid));
	uuid_set_clear(&set);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < MANY; i++) {
			(void)uuid_of_name(&uuid, &DNS, &i, sizeof(i));
			assert_false(uuid_set_has(&set, &uuid));
			assert_int_equal(uuid_set_add(&set, &uuid), UUID_NEW);
			assert_int_equal(uuid_set_add(&set, &uuid), UUID_KNOWN);
			assert_true(uuid_set_has(&set, &uuid));
		}
		assert_int_equal(set.count, MANY);
		uuid_set_clear(&set);
	}
	uuid_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hashes_names),
		                            cmocka_unit_test(keeps_sets) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
