/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "rules/feeds/import/shared_hosts.h"

static void keep(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	char *text = ctx;
	size_t used = strlen(text);
	assert_string_equal(file, "shared");
	snprintf(text + used, 512 - used, "%zu:%zu: %s\n", line, column, message);
}

static int add(struct shared_hosts *hosts, const char *text, char complaints[512])
{
	FILE *in = fmemopen((void *)text, strlen(text), "r");
	complaints[0] = '\0';
	assert_non_null(in);
	int ret = shared_hosts_read(hosts, in, "shared", keep, complaints);
	fclose(in);
	return ret;
}

static void knows(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		bool is;
	} tests[] = {
		{ "github.com", true },
		{ "raw.githubusercontent.com", true },
		{ "docs.google.com", true },
		{ "bit.ly", true },
		{ "amazonaws.com", true },
		/* a customer's own name */
		{ "evil.github.io", false },
		{ "evil.s3.amazonaws.com", false },
		{ "xgithub.com", false },
		{ "github.com.evil.example", false },
		{ "com", false },
		{ "", false },
		/* of the user */
		{ "files.corp.example", true },
		{ "a.files.corp.example", false },
		{ "cdn.corp.example", true },
		{ "a.cdn.corp.example", true },
		{ "corp.example", false },
	};
	char complaints[512];
	struct shared_hosts hosts = { .names = { 0 } };
	assert_int_equal(shared_hosts_add_known(&hosts), 0);
	assert_int_equal(
	        add(&hosts, "# own\nFiles.Corp.example # x\n\n.cdn[.]corp.example\n", complaints),
	        0);
	assert_string_equal(complaints, "");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (shared_hosts_has(&hosts, tests[i].host) != tests[i].is) {
			fail_msg("%s", tests[i].host);
		}
	}
	shared_hosts_free(&hosts);
}

static void refuses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaints;
	} tests[] = {
		{ "192.0.2.1\n",
		  "1:1: write a name, with a dot in front to include the names below it\n" },
		{ "a.example\n *.b.example\n",
		  "2:2: write a name, with a dot in front to include the names below it\n" },
		{ "a..example\n", "1:1: the name has an empty label: are there too many dots?\n" },
		{ "\"a.example\n", "1:1: a quote is not closed\n" },
		{ "a.example \x01\n",
		  "1:11: the line has a control character: is this a text file in UTF-8?\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char complaints[512];
		struct shared_hosts hosts = { .names = { 0 } };
		assert_int_equal(add(&hosts, tests[i].text, complaints), -1);
		assert_string_equal(complaints, tests[i].complaints);
		shared_hosts_free(&hosts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows),
		cmocka_unit_test(refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
