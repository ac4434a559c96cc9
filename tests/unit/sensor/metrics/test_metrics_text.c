/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"
#include "sensor/metrics/metrics_text.h"

static struct counters counters;
static struct counters_names names;
static struct rule_hits *rules;

static int reset(void **state)
{
	(void)state;
	memset(&counters, 0, sizeof(counters));
	memset(&names, 0, sizeof(names));
	rule_hits_free(rules);
	rules = rule_hits_new();
	return rules == NULL;
}

static char *text_of(const char *sensor)
{
	size_t size;
	char *text = metrics_text(&counters, rules, &names, sensor, &size);
	assert_non_null(text);
	assert_int_equal(strlen(text), size);
	return text;
}

static void assert_line(const char *text, const char *wanted)
{
	char line[512];
	(void)snprintf(line, sizeof(line), "\n%s\n", wanted);
	if (strstr(text, line) == NULL) {
		fail_msg("no line %s in:\n%s", wanted, text);
	}
}

static void every_counter_is_there(void **state)
{
	(void)state;
	(void)snprintf(names.of[0], COUNTERS_NAME_MAX, "null");
	char *text = text_of("s");
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		const struct counters_row *row = counters_row(i);
		const char *end = row->gauge ? "" : "_total";
		char line[256];
		(void)snprintf(line, sizeof(line), "# TYPE nsmx_%s%s %s", row->name, end,
		               row->gauge ? "gauge" : "counter");
		assert_line(text, line);
		(void)snprintf(line, sizeof(line), "# HELP nsmx_%s%s %s.", row->name, end,
		               row->meaning);
		assert_line(text, line);
		(void)snprintf(line, sizeof(line), "\nnsmx_%s%s", row->name, end);
		if (strstr(text, line) == NULL) {
			fail_msg("no value of %s", row->name);
		}
	}
	free(text);
}

static void values(void **state)
{
	(void)state;
	counter_set(&counters.packets, UINT64_MAX);
	counter_set(&counters.rules, 44);
	char *text = text_of("s");
	assert_line(text, "nsmx_packets_total 18446744073709551615");
	assert_line(text, "nsmx_rules 44");
	assert_line(text, "nsmx_hits_total{severity=\"low\",rule=\"other\"} 0");
	assert_line(text, "nsmx_hits_total{severity=\"critical\",rule=\"other\"} 0");
	assert_null(strstr(text, "nsmx_hits_total 0"));
	free(text);
}

static void count_hit(const char *id, enum rule_severity severity)
{
	rule_hits_count(rules, &counters, id, strlen(id), severity);
}

static void hits_by_rule(void **state)
{
	(void)state;
	char long_id[RULE_HITS_ID + 1];
	memset(long_id, 'x', RULE_HITS_ID);
	long_id[RULE_HITS_ID] = '\0';
	count_hit("a", SEVERITY_HIGH);
	count_hit("a", SEVERITY_HIGH);
	count_hit("a", SEVERITY_LOW);
	count_hit("a \"quoted\" \\ id", SEVERITY_LOW);
	/* Not labels: too long, not UTF-8, empty, the label of all others. */
	count_hit(long_id, SEVERITY_CRITICAL);
	count_hit("\xff", SEVERITY_CRITICAL);
	count_hit("a\nb", SEVERITY_CRITICAL);
	count_hit("", SEVERITY_CRITICAL);
	count_hit("other", SEVERITY_CRITICAL);
	char *text = text_of("s");
	assert_line(text, "nsmx_hits_total{severity=\"high\",rule=\"a\"} 2");
	assert_line(text, "nsmx_hits_total{severity=\"low\",rule=\"a\"} 1");
	assert_line(text, "nsmx_hits_total{severity=\"low\",rule=\"a \\\"quoted\\\" \\\\ id\"} 1");
	assert_line(text, "nsmx_hits_total{severity=\"critical\",rule=\"other\"} 5");
	free(text);
}

static size_t count_lines(const char *text, const char *start)
{
	size_t lines = 0;
	for (; (text = strstr(text, start)) != NULL; text++) {
		lines++;
	}
	return lines;
}

/* However many rules have hits, in however many workers. */
static void labels_have_a_bound(void **state)
{
	(void)state;
	char id[32];
	struct counters sets[3];
	memset(sets, 0, sizeof(sets));
	for (size_t i = 0; i < 3000; i++) {
		(void)snprintf(id, sizeof(id), "rule-%zu", i / 2);
		rule_hits_count(rules, &sets[i % 3], id, strlen(id), SEVERITY_MEDIUM);
	}
	counters_sum(sets, 3, &counters);
	char *text = text_of("s");
	assert_int_equal(count_lines(text, "nsmx_hits_total{"), RULE_HITS_MAX + SEVERITY_COUNT);
	assert_line(text, "nsmx_hits_total{severity=\"medium\",rule=\"rule-0\"} 2");
	assert_line(text, "nsmx_hits_total{severity=\"medium\",rule=\"other\"} 2800");
	free(text);
}

static void nothing_from_hostile_memory(void **state)
{
	(void)state;
	/* What a worker under the control of an attacker can write. */
	uint8_t *octets = (uint8_t *)rules;
	for (int octet = 1; octet < 256; octet++) {
		memset(octets, octet, sizeof(uint32_t) + COUNTERS_RULES * (8 + RULE_HITS_ID));
		for (size_t i = 0; i < COUNTERS_RULES; i++) {
			octets[4 + i * (8 + RULE_HITS_ID)] = 2;
			memset(octets + 5 + i * (8 + RULE_HITS_ID), 0, 7);
		}
		count_hit("a", SEVERITY_LOW);
		char *text = text_of("s");
		bool is_text = octet >= ' ' && octet < 0x80;
		assert_int_equal(count_lines(text, "nsmx_hits_total{"),
		                 SEVERITY_COUNT + is_text); /* one label for all places */
		assert_line(text, "nsmx_hits_total{severity=\"high\",rule=\"other\"} 0");
		free(text);
	}
}

static void faults_by_reason(void **state)
{
	(void)state;
	(void)snprintf(names.of[0], COUNTERS_NAME_MAX, "null");
	counter_set(&counters.dns_malformed, 3);
	counter_set(&counters.dns_faults[-DNS_LONG_NAME], 1);
	counter_set(&counters.dns_faults[-DNS_TRAILING], 2);
	char *text = text_of("s");
	assert_line(text, "nsmx_dns_malformed_total{reason=\"short_header\"} 0");
	assert_line(text, "nsmx_dns_malformed_total{reason=\"long_name\"} 1");
	assert_line(text, "nsmx_dns_malformed_total{reason=\"trailing\"} 2");
	assert_null(strstr(text, "nsmx_dns_malformed_total 3"));
	counter_set(&counters.undecoded[0], 5);
	counter_set(&counters.undecoded[FRAME_REASONS_COUNT - 1], 6);
	free(text);
	text = text_of("s");
	char line[128];
	for (unsigned i = 0; i < FRAME_REASONS_COUNT; i++) {
		(void)snprintf(line, sizeof(line), "nsmx_undecoded_packets_total{reason=\"%s\"} %d",
		               frame_reason_name((enum frame_reason)i),
		               i == 0                         ? 5
		               : i == FRAME_REASONS_COUNT - 1 ? 6
		                                              : 0);
		assert_line(text, line);
	}
	assert_null(strstr(text, "unknown"));
	assert_null(strstr(text, "nsmx_dns_malformed_total{output"));
	assert_null(strstr(text, "nsmx_undecoded_packets_total{output"));
	free(text);
}

static void events_by_output(void **state)
{
	(void)state;
	struct counters_output *first = &counters.outputs[0];
	struct counters_output *last = &counters.outputs[COUNTERS_OUTPUTS - 1];
	(void)snprintf(names.of[0], COUNTERS_NAME_MAX, "redis://h:6379/0");
	counter_set(&first->due, 10);
	counter_set(&first->delivered, 5);
	counter_set(&first->dropped, 2);
	memset(names.of[COUNTERS_OUTPUTS - 1], 'x', COUNTERS_NAME_MAX - 1);
	counter_set(&last->due, 1);
	counter_set(&last->delivered, 2); /* as seen between two additions */
	counter_set(&counters.events_dropped, 3);
	char *text = text_of("s");
	assert_line(text, "nsmx_events_delivered_total{output=\"redis://h:6379/0\"} 5");
	assert_line(text, "nsmx_events_pending{output=\"redis://h:6379/0\"} 3");
	assert_line(text, "nsmx_events_dropped_total{output=\"redis://h:6379/0\"} 2");
	assert_line(text, "nsmx_events_dropped_total{output=\"\"} 1");
	assert_non_null(strstr(text, "xxx\"} 2\n"));
	assert_non_null(strstr(text, "xxx\"} 0\n"));
	free(text);
}

/* Nothing is dropped before it reaches an output. */
static void no_rest(void **state)
{
	(void)state;
	(void)snprintf(names.of[1], COUNTERS_NAME_MAX, "null");
	counter_set(&counters.outputs[1].dropped, 3);
	counter_set(&counters.events_dropped, 3);
	char *text = text_of("s");
	assert_line(text, "nsmx_events_dropped_total{output=\"null\"} 3");
	assert_null(strstr(text, "output=\"\""));
	free(text);
	counter_set(&counters.events_dropped, 4);
	text = text_of("s");
	assert_line(text, "nsmx_events_dropped_total{output=\"\"} 1");
	free(text);
}

static void labels_are_escaped(void **state)
{
	(void)state;
	char *text = text_of("a\\b\"c\nd");
	assert_non_null(strstr(text, ",sensor=\"a\\\\b\\\"c\\nd\"} 1\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_counter_is_there, reset),
		cmocka_unit_test_setup(values, reset),
		cmocka_unit_test_setup(hits_by_rule, reset),
		cmocka_unit_test_setup(labels_have_a_bound, reset),
		cmocka_unit_test_setup(nothing_from_hostile_memory, reset),
		cmocka_unit_test_setup(faults_by_reason, reset),
		cmocka_unit_test_setup(events_by_output, reset),
		cmocka_unit_test_setup(no_rest, reset),
		cmocka_unit_test_setup(labels_are_escaped, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
