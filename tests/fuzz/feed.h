/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shared by the fuzz targets of feeds: every input yields valid rules, and each name and
 *        address in them is in the input, refanged.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/feeds/feed.h"
#include "rules/language/language.h"
#include "rules/language/refang.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct feed_fuzz {
	size_t complaints;
	size_t rules;
	char *plain; /*!< The input refanged, in lower case, without blanks; NULL: not compared. */
	bool has_ranges;
};

/*! \brief Refangs an input; NULL for one whose indicators need not be in it literally. */
static inline char *feed_fuzz_refang(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t used = 0;
	char *plain = malloc(size * REFANG_SIGN_SIZE + 1);
	if (plain == NULL) {
		abort();
	}
	for (size_t at = 0; at < size;) {
		/* IDNA maps other characters; escapes of JSON and of zone files mean any. */
		if ((text[at] & 0x80) != 0 || text[at] == '\\' || text[at] == '\0') {
			free(plain);
			return NULL;
		}
		char sign[REFANG_SIGN_SIZE];
		size_t step = refang_sign(text + at, size - at, sign);
		for (const char *c = sign; step > 0 && *c != '\0'; c++) {
			plain[used++] = *c;
		}
		if (step == 0 && strchr(" \t", text[at]) == NULL) {
			plain[used++] = ascii_lower(text[at]);
		}
		at += step > 0 ? step : 1;
	}
	plain[used] = '\0';
	return plain;
}

/*! \brief Whether an indicator is in the input; true for those that need not be. */
static inline bool feed_fuzz_is_in(const struct feed_fuzz *fuzz, const struct indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	const struct network *network = &indicator->network;
	if (indicator->form != FORM_NETWORK) {
		dns_name_to_host(indicator->name, indicator->name_size, text);
		return strstr(fuzz->plain, text) != NULL;
	}
	/* A range becomes networks, and IPv6 has many texts. */
	if (fuzz->has_ranges || !network_is_v4(network) || network->bits < 128) {
		return true;
	}
	network_text(network, text);
	return strstr(fuzz->plain, text) != NULL || strstr(fuzz->plain, "::") != NULL;
}

static inline void feed_fuzz_complain(void *ctx, const char *file, size_t line, size_t column,
                                      const char *message)
{
	struct feed_fuzz *fuzz = ctx;
	(void)file;
	found_number(line);
	found_number(column);
	found_text(message);
	fuzz->complaints += strlen(message) > 0;
}

static inline int feed_fuzz_rule(void *ctx, const struct language_rule *rule)
{
	struct feed_fuzz *fuzz = ctx;
	fuzz->rules += rule->count == 1;
	if (fuzz->plain != NULL && !feed_fuzz_is_in(fuzz, &rule->indicators[0])) {
		abort();
	}
	return 0;
}

/*! \brief Reads the written rules: no mistake, and as many rules as reported. */
static inline void feed_fuzz_read(const char *text, size_t size, size_t most, char *plain)
{
	size_t bad = 0;
	struct feed_fuzz fuzz = {
		.plain = plain,
		.has_ranges = plain != NULL && strchr(plain, '-') != NULL,
	};
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

static inline void feed_fuzz_stats(const struct feed_stats *stats)
{
	found_number(stats->format);
	found_number(stats->rules);
	found_number(stats->merged);
	found_number(stats->left_out);
	found_number(stats->named);
	found_number(stats->errors);
	for (size_t i = 0; i < FEED_REASONS_MAX; i++) {
		found_text(stats->reasons[i].text);
		found_number(stats->reasons[i].count);
	}
}

static inline int feed_fuzz(enum feed_format format, const uint8_t *data, size_t size)
{
	char *text = NULL;
	size_t text_size = 0;
	struct feed_stats stats;
	struct feed_fuzz fuzz = { .rules = 0 };
	const struct feed_options options = {
		.format = format,
		.as = format == FEED_WARNINGLIST ? FEED_AS_ALLOW : FEED_AS_PUBLISHED,
	};
	FILE *in = size > 0 ? fmemopen((void *)data, size, "r") : fopen("/dev/null", "r");
	FILE *out = open_memstream(&text, &text_size);
	if (in == NULL || out == NULL ||
	    feed_import(in, "fuzz", &options, out, feed_fuzz_complain, &fuzz, &stats) != 0 ||
	    fclose(out) != 0 || (fuzz.complaints > 0) != (stats.errors + stats.named > 0)) {
		abort();
	}
	(void)fclose(in);
	/* Addresses in zones are backwards. */
	char *plain = stats.format != FEED_RPZ ? feed_fuzz_refang(data, size) : NULL;
	feed_fuzz_read(text, text_size, stats.rules, plain);
	free(plain);
	found_bytes(text, text_size);
	feed_fuzz_stats(&stats);
	free(text);
	return 0;
}
