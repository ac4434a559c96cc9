/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Shared by the fuzz targets of feeds: every input yields valid rules. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/feeds/feed.h"
#include "rules/language/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed_fuzz {
	size_t complaints;
	size_t rules;
};

static inline void feed_fuzz_complain(void *ctx, const char *file, size_t line, size_t column,
                                      const char *message)
{
	struct feed_fuzz *fuzz = ctx;
	(void)file;
	(void)line;
	(void)column;
	fuzz->complaints += strlen(message) > 0;
}

static inline int feed_fuzz_rule(void *ctx, const struct language_rule *rule)
{
	struct feed_fuzz *fuzz = ctx;
	fuzz->rules += rule->count == 1;
	return 0;
}

/*! \brief Reads the written rules: no mistake, and as many rules as reported. */
static inline void feed_fuzz_read(const char *text, size_t size, size_t most)
{
	size_t bad = 0;
	struct feed_fuzz fuzz = { .rules = 0 };
	const struct language_sink sink = {
		.rule = feed_fuzz_rule,
		.complain = feed_fuzz_complain,
		.ctx = &fuzz,
	};
	FILE *in = fmemopen((void *)text, size, "r");
	if (in == NULL || language_read(in, "fuzz", &sink, &bad) != 0 || bad > 0 ||
	    fuzz.complaints > 0 || fuzz.rules > most) {
		abort();
	}
	(void)fclose(in);
}

static inline int feed_fuzz(enum feed_format format, const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t text_size = 0;
	struct feed_stats stats;
	struct feed_fuzz fuzz = { .rules = 0 };
	const struct feed_options options = { .format = format };
	FILE *in = size > 0 ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "r");
	FILE *out = open_memstream(&text, &text_size);
	if (in == NULL || out == NULL ||
	    feed_import(in, "fuzz", &options, out, feed_fuzz_complain, &fuzz, &stats) != 0 ||
	    fclose(out) != 0 || (fuzz.complaints > 0) != (stats.errors > 0)) {
		abort();
	}
	(void)fclose(in);
	feed_fuzz_read(text, text_size, stats.rules);
	free(text);
	return 0;
}
