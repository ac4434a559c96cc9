/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Imports a text in memory, and keeps its rules and what was complained of. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/feeds/feed.h"
#include "rules/ruleset/ruleset.h"
#include "tests/unit/rules/load.h"

struct imported {
	char rules[16384];     /*!< Without the header and without ids. */
	char complaints[8192]; /*!< LINE:COLUMN: MESSAGE, one a line. */
	struct feed_stats stats;
};

/*! \brief One feed, its rules and its complaints; NULL complaints: none. */
struct import_test {
	enum feed_format format;
	const char *text;
	const char *rules;
	const char *complaints;
};

static inline void import_complain(void *ctx, const char *file, size_t line, size_t column,
                                   const char *message)
{
	struct imported *imported = ctx;
	size_t used = strlen(imported->complaints);
	assert_string_equal(file, "a/test.feed");
	int size = snprintf(imported->complaints + used, sizeof(imported->complaints) - used,
	                    "%zu:%zu: %s\n", line, column, message);
	assert_true((size_t)size < sizeof(imported->complaints) - used);
}

/*! \brief Copies rules without their ids, which must be there in those in force. */
static inline void import_strip(const char *text, char *rules, size_t room)
{
	size_t used = 0;
	const char *id;
	while ((id = strstr(text, " id=test-")) != NULL) {
		size_t size = (size_t)(id - text);
		assert_true(used + size < room);
		memcpy(rules + used, text, size);
		used += size;
		text = id + strlen(" id=test-0123456789abcdef");
	}
	assert_true(used + strlen(text) < room);
	memcpy(rules + used, text, strlen(text) + 1);
}

/*! \brief Imports a text. The output must load without a complaint, for any input. */
static inline void import_text(const char *text, size_t size, const struct feed_options *options,
                               struct imported *imported)
{
	char *out_text = NULL;
	size_t out_size = 0;
	memset(imported, 0, sizeof(*imported));
	FILE *in = size > 0 ? fmemopen((void *)text, size, "r") : fopen("/dev/null", "r");
	FILE *out = open_memstream(&out_text, &out_size);
	assert_non_null(in);
	assert_non_null(out);
	assert_int_equal(feed_import(in, "a/test.feed", options, out, import_complain, imported,
	                             &imported->stats),
	                 0);
	assert_int_equal(fclose(out), 0);
	fclose(in);
	const char *body = strstr(out_text, "\n\n");
	assert_non_null(body);
	import_strip(body + 2, imported->rules, sizeof(imported->rules));
	struct complaints complaints;
	struct ruleset_stats stats;
	struct ruleset *set = load_octets(out_text, out_size, &complaints, &stats);
	if (set == NULL) {
		fail_msg("%s\n%s", out_text, complaints.text);
	}
	ruleset_free(set);
	free(out_text);
}

static inline void import_check(const struct import_test *tests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct imported imported;
		struct feed_options options = { .format = tests[i].format };
		const char *complaints = tests[i].complaints != NULL ? tests[i].complaints : "";
		import_text(tests[i].text, strlen(tests[i].text), &options, &imported);
		if (strcmp(imported.rules, tests[i].rules) != 0 ||
		    strcmp(imported.complaints, complaints) != 0) {
			fail_msg("%s\ngives\n%s%s", tests[i].text, imported.rules,
			         imported.complaints);
		}
	}
}

#define IMPORT_CHECK(tests) import_check(tests, sizeof(tests) / sizeof((tests)[0]))
