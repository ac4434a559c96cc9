/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/metrics/metrics_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "parsers/dns/dns.h"
#include "rules/keywords.h"

#define PREFIX "nsmx_"

/* Writes the value of a label, in which three characters must be escaped. A name may contain any of
 * them. */
static void put_label(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n') {
			(void)fputs("\\n", file);
			continue;
		}
		if (*text == '\\' || *text == '"') {
			(void)fputc('\\', file);
		}
		(void)fputc(*text, file);
	}
}

static void put_head(FILE *file, const struct counters_row *row)
{
	(void)fprintf(file, "# HELP " PREFIX "%s%s %s.\n# TYPE " PREFIX "%s%s %s\n", row->name,
	              row->gauge ? "" : "_total", row->meaning, row->name,
	              row->gauge ? "" : "_total", row->gauge ? "gauge" : "counter");
}

static void put_labelled(FILE *file, const struct counters_row *row, const char *label,
                         const char *value, uint64_t count)
{
	(void)fprintf(file, PREFIX "%s%s{%s=\"", row->name, row->gauge ? "" : "_total", label);
	put_label(file, value);
	(void)fprintf(file, "\"} %" PRIu64 "\n", count);
}

/* A counter with labels has no line without labels, because sums would count it twice. */

static void put_reasons(FILE *file, const struct counters *counters, const struct counters_row *row)
{
	struct counters_reasons reasons;
	if (!counters_reasons(counters, row->part, &reasons)) {
		return;
	}
	for (unsigned i = reasons.first; i < reasons.count; i++) {
		put_labelled(file, row, "reason", reasons.name(i), counter_get(&reasons.values[i]));
	}
}

static void put_outputs(FILE *file, const struct counters *counters,
                        const struct counters_names *names, const struct counters_row *row)
{
	uint64_t rest = counter_get(&counters->events_dropped);
	for (size_t i = 0; i < COUNTERS_OUTPUTS; i++) {
		const struct counters_output *output = &counters->outputs[i];
		if (names->of[i][0] != '\0') {
			put_labelled(file, row, "output", names->of[i],
			             counters_output_value(output, row->part));
			rest -= counter_get(&output->dropped);
		}
	}
	if (row->part == COUNTERS_DROPPED && rest > 0) {
		put_labelled(file, row, "output", "",
		             rest); /* dropped before they reached an output */
	}
}

static void put_rule(void *ctx, enum rule_severity severity, const char *id, uint64_t hits)
{
	FILE *file = ctx;
	(void)fprintf(file, PREFIX "hits_total{severity=\"%s\",rule=\"",
	              KEYWORD_SEVERITIES[severity]);
	put_label(file, id);
	(void)fprintf(file, "\"} %" PRIu64 "\n", hits);
}

static void put_row(FILE *file, const struct counters *counters, const struct rule_hits *rules,
                    const struct counters_names *names, size_t index)
{
	const struct counters_row *row = counters_row(index);
	put_head(file, row);
	switch (row->part) {
	case COUNTERS_WHOLE:
		(void)fprintf(file, PREFIX "%s%s %" PRIu64 "\n", row->name,
		              row->gauge ? "" : "_total", counters_value(counters, index));
		break;
	case COUNTERS_BY_LAYER:
	case COUNTERS_BY_FAULT:
		put_reasons(file, counters, row);
		break;
	case COUNTERS_BY_RULE:
		rule_hits_each(rules, counters, put_rule, file);
		break;
	default:
		put_outputs(file, counters, names, row);
		break;
	}
}

char *metrics_text(const struct counters *counters, const struct rule_hits *rules,
                   const struct counters_names *names, const char *sensor, size_t *size)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, size);
	if (file == NULL) {
		return NULL;
	}
	(void)fputs("# HELP " PREFIX "build_info Version and name of the sensor.\n"
	            "# TYPE " PREFIX "build_info gauge\n" PREFIX
	            "build_info{version=\"" NSMX_VERSION "\",sensor=\"",
	            file);
	put_label(file, sensor);
	(void)fputs("\"} 1\n", file);
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		put_row(file, counters, rules, names, i);
	}
	int failed = ferror(file);
	if (fclose(file) != 0 || failed) {
		free(text);
		return NULL;
	}
	return text;
}
