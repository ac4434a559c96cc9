/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/lookalike/deletion_keys.h"
#include "rules/lookalike/protected_index.h"

static struct names names;
static struct protected_index protected;

static int make(void **state)
{
	(void)state;
	return protected_index_init(&protected, &names) ? 0 : -1;
}

static int clear(void **state)
{
	(void)state;
	protected_index_deinit(&protected);
	names_free(&names);
	names = (struct names){ 0 };
	return 0;
}

/* The number of the name in `names`. */
static uint32_t know(const char *text)
{
	struct dns_name name = { .size = 1 };
	assert_int_equal(dns_name_from_text(text, strlen(text), &name), DNS_NAME_OK);
	uint32_t number = names_add(&names, name.wire, name.size);
	assert_int_not_equal(number, INTERN_NONE);
	return number;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hashes[DNS_NAME_MAX];
	deletion_key_hash_ends(protected.seed, (const uint8_t *)text, strlen(text), hashes);
	return hashes[0];
}

static uint32_t key_of_label(const char *label, const char *suffix)
{
	struct shape shape;
	shape_read(&shape, (const uint8_t *)label, strlen(label));
	return deletion_key_of_label(protected.seed, &shape, hash_text(suffix));
}

/* Names that differ only in a number share a key; each keeps its own number while the index grows.
 */
static void names_of_one_key(void **state)
{
	enum { COUNT = 100 };
	bool found[COUNT] = { false };
	uint32_t number;
	unsigned walked = 0;
	(void)state;
	know("other.example");
	for (uint32_t i = 0; i < COUNT; i++) {
		char text[32];
		snprintf(text, sizeof(text), "host%u.net", i);
		assert_int_equal(protected_index_add(&protected, NULL, know(text)), 1);
	}
	struct multimap_walk walk = protected_index_walk(&protected, key_of_label("host7", "net"));
	while ((number = multimap_walk_next(&walk)) != MULTIMAP_NONE) {
		char text[32];
		struct protected_name name;
		int size = snprintf(text, sizeof(text), "host%u", number);
		assert_in_range(number, 0, COUNT - 1);
		assert_false(found[number]);
		found[number] = true;
		walked++;
		assert_int_equal(protected_index_name(&protected, number), number + 1);
		protected_index_read(&protected, number, &name);
		assert_int_equal(name.domain.label_size, size);
		assert_memory_equal(name.domain.label, text, size);
	}
	assert_int_equal(walked, COUNT);
}

static void keys_of_a_name(void **state)
{
	(void)state;
	assert_int_equal(protected_index_add(&protected, NULL, know("www.example.net")), 1);
	assert_true(protected_index_has(&protected, deletion_key_of_suffix(hash_text("net"))));
	assert_true(protected_index_has(&protected, key_of_label("example", "net")));
	assert_true(protected_index_has(&protected, key_of_label("exmple", "net")));
	assert_true(protected_index_has(&protected, deletion_key_of_text(hash_text("examplenet"))));
	assert_true(
	        protected_index_has(&protected, deletion_key_of_text(hash_text("wwwexamplenet"))));
	assert_false(protected_index_has(&protected, deletion_key_of_suffix(hash_text("com"))));
	assert_false(protected_index_has(&protected, key_of_label("example", "com")));
	assert_false(protected_index_has(&protected, key_of_label("exaple2", "net")));
	assert_false(
	        protected_index_has(&protected, deletion_key_of_text(hash_text("wexamplenet"))));
}

static void suffixes_are_refused(void **state)
{
	(void)state;
	assert_int_equal(protected_index_add(&protected, NULL, know("net")), 0);
	assert_false(protected_index_has(&protected, deletion_key_of_suffix(hash_text("net"))));
	/* The next name gets the first number. */
	assert_int_equal(protected_index_add(&protected, NULL, know("example.net")), 1);
	assert_int_equal(protected_index_name(&protected, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_of_one_key, make, clear),
		cmocka_unit_test_setup_teardown(keys_of_a_name, make, clear),
		cmocka_unit_test_setup_teardown(suffixes_are_refused, make, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
