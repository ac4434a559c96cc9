/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include "base/time_ns.h"
#include "sensor/correlate/incident_summary.h"

#define ANSWERS_MAX 3

static const uint8_t OWNER[] = "\3bad\7example";

struct answer {
	int64_t time_s;
	uint32_t ttl;
};

static void add(struct incident_summary *summary, const struct network_id *network,
                enum observation_kind kind, const struct answer *answer)
{
	const struct observation seen = {
		.kind = kind,
		.owner = OWNER,
		.owner_size = sizeof(OWNER),
		.ttl = answer->ttl,
		.time_ns = answer->time_s * NS_PER_S,
	};
	incident_summary_answer(summary, network, &seen);
}

static void expect_report(const struct incident_summary *summary, const char *text)
{
	static struct captured output;
	char found[sizeof(output.text)];
	captured_begin(&output);
	incident_summary_report(summary);
	(void)snprintf(found, sizeof(found), "%s", captured_take(&output));
	captured_end(&output);
	assert_string_equal(found, text);
}

#define REPORT(kind, count, first, last, earliest, latest)                                         \
	"nsmx: bad.example: " kind " answers that matched a rule: " count                          \
	", first at 1970-01-01T00:" first ".000000Z, last at 1970-01-01T00:" last                  \
	".000000Z; resolvers cache them until 1970-01-01T00:" earliest                             \
	".000000Z at the earliest, 1970-01-01T00:" latest ".000000Z at the latest\n"

/* Of the answers with the longest TTL the first expiry counts, of all answers the last one. */
static const struct {
	struct answer answers[ANSWERS_MAX];
	size_t count;
	const char *text;
} ROWS[] = {
	{ { { 1, 60 } }, 1, REPORT("ns", "1", "00:01", "00:01", "01:01", "01:01") },
	{ { { 1, 60 }, { 2, 60 } }, 2, REPORT("ns", "2", "00:01", "00:02", "01:01", "01:02") },
	{ { { 2, 60 }, { 1, 60 } }, 2, REPORT("ns", "2", "00:01", "00:02", "01:01", "01:02") },
	{ { { 1, 60 }, { 2, 30 } }, 2, REPORT("ns", "2", "00:01", "00:02", "01:01", "01:01") },
	{ { { 1, 30 }, { 2, 60 } }, 2, REPORT("ns", "2", "00:01", "00:02", "01:02", "01:02") },
	{ { { 9, 0 } }, 1, REPORT("ns", "1", "00:09", "00:09", "00:09", "00:09") },
	{ { { 5, 10 }, { 1, 20 }, { 20, 9 } },
	  3,
	  REPORT("ns", "3", "00:01", "00:20", "00:21", "00:29") },
};

/* In any order, and in whichever worker each answer was seen. */
static void answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		for (unsigned where = 0; where < 1U << ROWS[i].count; where++) {
			struct incident_summary *parts[] = { incident_summary_new(),
				                             incident_summary_new() };
			for (size_t k = 0; k < ROWS[i].count; k++) {
				add(parts[where >> k & 1], NULL, KIND_NS, &ROWS[i].answers[k]);
			}
			incident_summary_merge(parts[0], parts[1]);
			expect_report(parts[0], ROWS[i].text);
			incident_summary_free(parts[0]);
			incident_summary_free(parts[1]);
		}
	}
}

/* A worker that saw no name server of a name leaves those that another one saw. */
static void answers_of_one_worker(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 2; first++) {
		struct incident_summary *parts[] = { incident_summary_new(),
			                             incident_summary_new() };
		add(parts[first], NULL, KIND_NS, &(struct answer){ 1, 60 });
		add(parts[1 - first], NULL, KIND_MX, &(struct answer){ 2, 60 });
		incident_summary_merge(parts[0], parts[1]);
		expect_report(parts[0],
		              REPORT("ns", "1", "00:01", "00:01", "01:01", "01:01")
		                      REPORT("mx", "1", "00:02", "00:02", "01:02", "01:02"));
		incident_summary_free(parts[0]);
		incident_summary_free(parts[1]);
	}
}

/* Records of one message are one answer. */
static void records_of_a_message(void **state)
{
	(void)state;
	struct incident_summary *summary = incident_summary_new();
	add(summary, NULL, KIND_NS, &(struct answer){ 1, 60 });
	add(summary, NULL, KIND_NS, &(struct answer){ 1, 60 });
	expect_report(summary, REPORT("ns", "1", "00:01", "00:01", "01:01", "01:01"));
	incident_summary_free(summary);
}

static void kinds_and_networks(void **state)
{
	static const struct network_id network = { .vlans = 7 };
	(void)state;
	struct incident_summary *summary = incident_summary_new();
	add(summary, NULL, KIND_MX, &(struct answer){ 1, 60 });
	add(summary, NULL, KIND_NAME, &(struct answer){ 1, 60 }); /* a question is no answer */
	add(summary, NULL, KIND_NS, &(struct answer){ 2, 60 });
	expect_report(summary, REPORT("ns", "1", "00:02", "00:02", "01:02", "01:02")
	                               REPORT("mx", "1", "00:01", "00:01", "01:01", "01:01"));
	incident_summary_free(summary);
	summary = incident_summary_new();
	add(summary, &network, KIND_NS, &(struct answer){ 1, 60 });
	struct incident_summary *merged = incident_summary_new();
	incident_summary_merge(merged, summary);
	static struct captured output;
	captured_begin(&output);
	incident_summary_report(merged);
	captured_expect(&output, "bad.example (vlan 7)");
	captured_end(&output);
	incident_summary_free(summary);
	incident_summary_free(merged);
}

/* The number of names is bounded, and it is reported that names are missing. */
static void too_many_names(void **state)
{
	(void)state;
	struct incident_summary *summary = incident_summary_new();
	for (unsigned i = 0; i <= INCIDENT_SUMMARY_NAMES; i++) {
		static struct captured output;
		const uint8_t owner[] = { 2, 'a' + i / 26, 'a' + i % 26, 0 };
		const struct observation seen = { .kind = KIND_NS,
			                          .owner = owner,
			                          .owner_size = sizeof(owner) };
		incident_summary_answer(summary, NULL, &seen);
		if (i + 1 < INCIDENT_SUMMARY_NAMES) {
			continue;
		}
		captured_begin(&output);
		incident_summary_report(summary);
		char last[128] = "";
		off_t end = lseek(output.fd, 0, SEEK_END);
		assert_true(pread(output.fd, last, 100, end - 100) == 100);
		captured_end(&output);
		assert_int_equal(strstr(last, "the summary is incomplete") != NULL,
		                 i == INCIDENT_SUMMARY_NAMES);
	}
	incident_summary_free(summary);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(answers_of_one_worker),
		cmocka_unit_test(records_of_a_message),
		cmocka_unit_test(kinds_and_networks),
		cmocka_unit_test(too_many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
