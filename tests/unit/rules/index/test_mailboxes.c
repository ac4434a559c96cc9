/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "rules/index/mailboxes.h"

static void folds(void **state)
{
	(void)state;
	static const struct {
		const char *local, *folded;
	} tests[] = {
		{ "", "" },
		{ "User.Name+Tag", "user.name+tag" },
		{ "\xc3\x9cser", "\xc3\x9cser" },
		/* quoted (RFC 5321 section 4.1.2) */
		{ "\"User\"", "user" },
		{ "\"a b\"", "a b" },
		{ "\"a\\\"b\\\\c\"", "a\"b\\c" },
		{ "\"\"", "" },
		{ "\"a\\\"", "a\"" },
		{ "a.\"B c\".d", "a.b c.d" },
		{ "a\\@b", "a@b" },
		/* never closed */
		{ "\"", "" },
		{ "\"a", "a" },
		{ "a\"", "a" },
		/* an octet may be quoted alone */
		{ "a\\b", "ab" },
		{ "a\\", "a\\" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char folded[MAILBOX_LOCAL_MAX];
		int size = mailbox_local_fold(tests[i].local, strlen(tests[i].local), folded);
		if (size != (int)strlen(tests[i].folded) ||
		    memcmp(folded, tests[i].folded, (size_t)size) != 0) {
			fail_msg("%s: %.*s", tests[i].local, size, folded);
		}
	}
}

static void longest_local(void **state)
{
	(void)state;
	char local[MAILBOX_LOCAL_MAX + 3];
	char folded[MAILBOX_LOCAL_MAX];
	memset(local, 'a', sizeof(local));
	assert_int_equal(mailbox_local_fold(local, 255, folded), 255);
	assert_int_equal(mailbox_local_fold(local, 256, folded), -1);
	local[0] = '"';
	local[256] = '"';
	assert_int_equal(mailbox_local_fold(local, 257, folded), 255);
	local[256] = 'a';
	local[257] = '"';
	assert_int_equal(mailbox_local_fold(local, 258, folded), -1);
}

static void parts_do_not_run_together(void **state)
{
	(void)state;
	static const uint8_t DOMAIN[] = "\1a\1b";
	static const uint8_t UPPER[] = "\1b";
	struct mailboxes mailboxes = { .keys = { 0 } };
	size_t domain;
	size_t size;
	assert_int_equal(mailboxes_add(&mailboxes, DOMAIN, sizeof(DOMAIN), "user", 4), 0);
	assert_int_equal(mailboxes_add(&mailboxes, DOMAIN, sizeof(DOMAIN), "", 0), 1);
	assert_int_equal(mailboxes_find(&mailboxes, DOMAIN, sizeof(DOMAIN), "user", 4), 0);
	assert_int_equal(mailboxes_find(&mailboxes, DOMAIN, sizeof(DOMAIN), NULL, 0), 1);
	assert_int_equal(mailboxes_find(&mailboxes, DOMAIN, sizeof(DOMAIN), "use", 3), INTERN_NONE);
	assert_int_equal(mailboxes_find(&mailboxes, UPPER, sizeof(UPPER), "user", 4), INTERN_NONE);
	assert_int_equal(mailboxes_find(&mailboxes, DOMAIN, 256, "user", 4), INTERN_NONE);
	assert_int_equal(mailboxes_add(&mailboxes, DOMAIN, 256, "user", 4), INTERN_NONE);
	const uint8_t *key = intern_get(&mailboxes.keys, 0, &size);
	mailbox_split(key, size, &domain);
	assert_int_equal(domain, sizeof(DOMAIN));
	intern_free(&mailboxes.keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folds),
		cmocka_unit_test(longest_local),
		cmocka_unit_test(parts_do_not_run_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
