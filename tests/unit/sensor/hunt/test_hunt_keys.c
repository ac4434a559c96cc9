/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which keys are looked up for which rules. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "sensor/hunt/hunt_keys.h"
#include "tests/unit/rules/load.h"

#define ADDRESS "0300000000000000000000ffff"

/* The keys in hexadecimal, separated by commas. */
static const char *keys_of(const struct history_lookup *lookup)
{
	static char text[2048];
	size_t size = 0;
	text[0] = '\0';
	for (size_t i = 0; i < lookup->count; i++) {
		const struct history_prefix *item = &lookup->items[i];
		size += (size_t)sprintf(text + size, "%s", i > 0 ? "," : "");
		for (size_t at = 0; at < item->size; at++) {
			size += (size_t)sprintf(text + size, "%02x", lookup->octets[item->at + at]);
		}
	}
	return text;
}

static void keys(void **state)
{
	(void)state;
	static const struct {
		const char *rules, *keys;
	} tests[] = {
		/* by data: a name, the names below it, both; 61 is "a", 62 is "b" */
		{ "alert ns a.b", "020162016100" },
		{ "alert mx *.a.b", "0201620161" },
		{ "alert cname .a.b", "0201620161" },
		/* by owner, too */
		{ "alert name a.b", "010162016100,020162016100" },
		{ "alert any .a.b", "0101620161,0201620161,0401620161,0701620161,0801620161,06" },
		{ "alert any .a.b\nallow any .c.b",
		  "0101620161,0201620161,0401620161,0701620161,0801620161,06" },
		{ "alert ip 10.1.2.3",
		  ADDRESS "0a010203,030064ff9b00000000000000000a010203,0320020a010203,"
		          "030064ff9b0001" },
		{ "alert ip 10.2.0.0/15",
		  ADDRESS "0a,030064ff9b00000000000000000a,0320020a,030064ff9b0001" },
		{ "alert ip 2001:db8::/33", "0320010db8" },
		{ "alert any 2001:db8::/32", "0320010db8,0520010db8,0620010db8" },
		{ "pin a.b ns c.b d.b", "010162016100" },
		{ "pin .a.b ip 10.1.2.3", "0101620161" },
		/* mail: by the server, the recipient, the sender; all greetings */
		{ "alert server 2001:db8::/32", "0520010db8,0620010db8" },
		{ "alert rcpt a.b", "040162016100,070162016100" },
		{ "alert rcpt u@a.b", "040162016100,070162016100" },
		{ "alert from @a.b", "080162016100" },
		{ "alert banner a.b", "06" },
		{ "pin a.b rcpt 10.1.2.3", "040162016100,070162016100" },
		/* rows do not have these */
		{ "alert resolver 10.1.2.3", "" },
		{ "alert helo a.b", "" },
		{ "alert sni a.b", "" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct history_lookup lookup = { .count = 0 };
		struct ruleset *set = load_text(tests[i].rules);
		assert_int_equal(hunt_keys_make(set, SIZE_MAX, &lookup), HUNT_LOOK_UP);
		if (strcmp(keys_of(&lookup), tests[i].keys) != 0) {
			fail_msg("%s: %s, not %s", tests[i].rules, keys_of(&lookup), tests[i].keys);
		}
		history_lookup_free(&lookup);
		ruleset_free(set);
	}
}

static void all_rows_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *rules;
		size_t most;
		enum hunt_way way;
	} tests[] = {
		{ "alert ns a.b c.b d.b", 3, HUNT_LOOK_UP },
		{ "alert ns a.b c.b d.b e.b", 3, HUNT_READ_ALL },
		{ "alert ns a.b c.b d.b e.b", 2, HUNT_READ_ALL },
		{ "alert ns a.b", 0, HUNT_READ_ALL },
		/* any name can imitate a protected one */
		{ "alert ns a.b\nprotect example.com", SIZE_MAX, HUNT_READ_ALL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct history_lookup lookup = { .count = 0 };
		struct ruleset *set = load_text(tests[i].rules);
		assert_int_equal(hunt_keys_make(set, tests[i].most, &lookup), tests[i].way);
		history_lookup_free(&lookup);
		ruleset_free(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(all_rows_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
