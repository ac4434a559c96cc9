/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shared by the fuzz targets of feeds: every input yields valid rules, and each name and
 *        address in them is in the input, refanged once or twice: by the import, and by the
 *        language of rules.
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
	/*! The input refanged, in lower case, without blanks; NULL: not compared. */
	char *once, *twice;
	bool has_ranges;
};

/*! \brief Whether all indicators in an input are in it literally. */
static inline bool feed_fuzz_is_literal(const uint8_t *data, size_t size)
{
	/* IDNA maps other characters; escapes of JSON and of zone files mean any. */
	for (size_t i = 0; i < size; i++) {
		if (data[i] >= 0x80 || data[i] == '\\' || data[i] == '\0') {
			return false;
		}
	}
	return true;
}

/*! \brief Returns a text refanged, in lower case and without blanks. The caller frees it. */
static inline char *feed_fuzz_refang(const char *text, size_t size)
{
	size_t used = 0;
	char *plain = malloc(size * REFANG_SIGN_SIZE + 1);
	if (plain == NULL) {
		abort();
	}
	for (size_t at = 0; at < size;) {
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

/*! \brief Whether a text is in the input, refanged once or twice. */
static inline bool feed_fuzz_has(const struct feed_fuzz *fuzz, const char *text)
{
	return strstr(fuzz->once, text) != NULL || strstr(fuzz->twice, text) != NULL;
}

/*! \brief Whether an indicator is in the input; true for those that need not be. */
static inline bool feed_fuzz_is_in(const struct feed_fuzz *fuzz, const struct indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	const struct network *network = &indicator->network;
	if (indicator->form != FORM_NETWORK) {
		dns_name_to_host(indicator->name, indicator->name_size, text);
		return feed_fuzz_has(fuzz, text);
	}
	/* A range becomes networks, and IPv6 has many texts. */
	if (fuzz->has_ranges || !network_is_v4(network) || network->bits < 128) {
		return true;
	}
	network_text(network, text);
	return feed_fuzz_has(fuzz, text) || feed_fuzz_has(fuzz, "::");
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
	if (fuzz->once != NULL && !feed_fuzz_is_in(fuzz, &rule->indicators[0])) {
		abort();
	}
	return 0;
}

/*! \brief Reads the written rules: no mistake, and as many rules as reported. */
static inline void feed_fuzz_read(const char *text, size_t size, size_t most, char *once)
{
	size_t bad = 0;
	struct feed_fuzz fuzz = {
		.once = once,
		.twice = once != NULL ? feed_fuzz_refang(once, strlen(once)) : NULL,
		.has_ranges = once != NULL && strchr(once, '-') != NULL,
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
	free(fuzz.twice);
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
	bool compared = stats.format != FEED_RPZ && feed_fuzz_is_literal(data, size);
	char *once = compared ? feed_fuzz_refang((const char *)data, size) : NULL;
	feed_fuzz_read(text, text_size, stats.rules, once);
	free(once);
	found_bytes(text, text_size);
	feed_fuzz_stats(&stats);
	free(text);
	return 0;
}
