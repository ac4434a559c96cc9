/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DNS responses in order of time, each after two octets of its size and one of the hours since the
 * one before: what baselines report has an owner, reasons and a score.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "sensor/detect/history_rows.h"
#include "tests/fuzz/found.h"
#include "tests/fuzz/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char RULES[] = "learn * all after=0 min=1\n"
                            "learn .example.com ns,ip after=2h min=2 forget=9h sev=low\n"
                            "allow ns .example.net\n";

#define START_S 1590883512
#define HEAD    3

static size_t change_count;

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static uint8_t *no_room(void *ctx)
{
	(void)ctx;
	return NULL;
}

static void put_nothing(void *ctx, size_t size, size_t rows)
{
	(void)ctx;
	(void)size;
	(void)rows;
}

static void take_change(void *ctx, const struct baseline_change *change)
{
	char text[BASELINE_TEXT_SIZE];
	(void)ctx;
	change_count++;
	check(change->reasons != 0 && change->score > 0 && change->score <= SCORE_MAX);
	check(change->known_count <= BASELINE_KNOWN_MAX);
	check(change->seen.owner != NULL);
	check(dns_name_is_whole(change->seen.owner, change->seen.owner_size));
	check(change->seen.name == NULL ||
	      dns_name_is_whole(change->seen.name, change->seen.name_size));
	for (size_t i = 0; i < change->known_count; i++) {
		baseline_text(&change->known[i], text);
		check(strlen(text) < sizeof(text));
	}
	found_number(change->reasons);
	found_number(change->kind);
	found_number(change->score);
}

struct learner {
	struct known *known;
	struct history_table *table;
	struct baseline *baseline;
};

static size_t see(const struct learner *learner, const uint8_t *wire, size_t size, int64_t time_ns)
{
	static const struct in6_addr server = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 53 } };
	struct dns_message message;
	struct history_response response;
	change_count = 0;
	if (dns_open(&message, wire, size) != DNS_OK || !dns_is_response(&message)) {
		return 0;
	}
	history_rows_expect(&response, learner->table, &message, NULL);
	response.baseline = learner->baseline;
	response.server = &server;
	if (history_rows_add(&response, false, time_ns, true)) {
		history_rows_judge(&response, time_ns, true, take_change, NULL);
	}
	return change_count;
}

static void see_all(const struct learner *learner, const uint8_t *data, size_t size)
{
	int64_t time_s = START_S;
	while (size > HEAD) {
		size_t part = (size_t)data[0] << 8 | data[1];
		time_s += data[2] * 3600;
		data += HEAD;
		size -= HEAD;
		part = part < size ? part : size;
		(void)see(learner, data, part, time_s * NS_PER_S);
		data += part;
		size -= part;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *rules;
	static const struct history_sink sink = { .room = no_room, .put = put_nothing };
	struct learner learner = { .known = known_new(), .table = history_table_new(&sink) };
	if (rules == NULL) {
		rules = load_rules(RULES);
	}
	learner.baseline = baseline_new(learner.known, rules, NULL);
	check(rules != NULL && learner.table != NULL && learner.baseline != NULL);
	see_all(&learner, data, size);
	baseline_free(learner.baseline);
	history_table_free(learner.table);
	known_free(learner.known);
	return 0;
}
