/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "tests/unit/sensor/report/formats/parsed_document.h"

#define INCIDENT "incidents.0."

static void writes_model(void **state)
{
	static const struct {
		const char *path, *text;
	} expected[] = {
		{ "format", "nsmx.report" },
		{ "written", "2020-05-31T15:05:12.025846Z" },
		{ "first", "2020-05-30T15:05:12.025846Z" },
		{ "sensors.0", "tap1" },
		{ "sources.0", "hijack.pcap" },
		{ "limits.0", "The kernel dropped 1,204 packets." },
		{ INCIDENT "id", "b87175be1b8e19733000c59f60a38c92" },
		{ INCIDENT "owner", "coincheck.com" },
		{ INCIDENT "state", "closed" },
		{ INCIDENT "expected.0", "awsdns-[00-63].org" },
		{ INCIDENT "seen.1", "45.77.24.250" },
		{ INCIDENT "cached_until", "2020-06-03T15:05:12.025846Z" },
		{ INCIDENT "resolvers.0.ip", "192.0.2.53" },
		{ INCIDENT "answers.0.kind", "expected" },
		{ INCIDENT "answers.1.kind", "rogue" },
		{ INCIDENT "answers.1.type", "NS" },
		{ INCIDENT "answers.1.value", "ns-1515.awsdns-061.org" },
		{ INCIDENT "mails.0.from", "alice@example.net" },
		{ INCIDENT "mails.0.rcpt.1", "none@coincheck.com" },
		{ INCIDENT "mails.0.rcpt_to.0.address", "support@coincheck.com" },
		{ INCIDENT "mails.0.subject", "My account" },
		{ INCIDENT "hit_list.0.rule.id", "ns-061" },
		{ INCIDENT "hit_list.0.client", "192.0.2.53" },
		{ INCIDENT "hit_list.2.action", "mail-intercepted" },
	};
	struct sample s;
	(void)state;
	sample_init(&s);
	json_t *root = parsed_report(report_write_json, &s.report);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		parsed_equals(root, expected[i].path, expected[i].text);
	}
	assert_int_equal(json_integer_value(parsed_at(root, "version")), 1);
	assert_int_equal(json_integer_value(parsed_at(root, INCIDENT "hits")), 9);
	assert_int_equal(json_integer_value(parsed_at(root, INCIDENT "severity")), 99);
	assert_int_equal(json_integer_value(parsed_at(root, INCIDENT "hit_list.1.count")), 7);
	assert_int_equal(
	        json_integer_value(parsed_at(root, INCIDENT "mails.0.rcpt_to.1.reply_code")), 550);
	assert_true(json_is_true(parsed_at(root, INCIDENT "mails.0.content")));
	assert_true(json_is_false(parsed_at(root, INCIDENT "mails.0.rcpt_to.1.accepted")));
	assert_int_equal(json_array_size(parsed_at(root, INCIDENT "hit_list")), 3);
	/* Fields without a value are left out. */
	assert_null(parsed_at(root, INCIDENT "network"));
	assert_null(parsed_at(root, INCIDENT "hit_list.0.evidence"));
	assert_null(parsed_at(root, INCIDENT "answers.0.cached_until"));
	json_decref(root);
}

static void keeps_texts(void **state)
{
	static const char *const PATHS[] = {
		"sensors.0",
		"limits.0",
		INCIDENT "id",
		INCIDENT "owner",
		INCIDENT "seen.0",
		INCIDENT "answers.0.value",
		INCIDENT "mails.0.subject",
		INCIDENT "mails.0.rcpt.0",
		INCIDENT "hit_list.0.value",
		INCIDENT "hit_list.2.reason",
	};
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		struct sample s;
		sample_init(&s);
		sample_hostile(&s, SAMPLE_ATTACKS[i]);
		json_t *root = parsed_report(report_write_json, &s.report);
		for (size_t j = 0; j < sizeof(PATHS) / sizeof(PATHS[0]); j++) {
			parsed_is_text(root, PATHS[j], &SAMPLE_ATTACKS[i]);
		}
		json_decref(root);
	}
}

static void writes_no_incident(void **state)
{
	const struct report none = { .incidents = NULL };
	(void)state;
	json_t *root = parsed_report(report_write_json, &none);
	assert_true(json_is_array(parsed_at(root, "incidents")));
	assert_int_equal(json_array_size(parsed_at(root, "incidents")), 0);
	json_decref(root);
}

#define MANY 40000

/* More than the memory of one JSON text, with empty lists between. */
static void writes_long_reports(void **state)
{
	static struct report_incident incidents[MANY];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < MANY; i++) {
		incidents[i] = s.incident;
		incidents[i].answer_count = i % 3;
		incidents[i].hits_listed = i % 2;
		incidents[i].mail_count = i % 2;
	}
	s.report.incidents = incidents;
	s.report.incident_count = MANY;
	struct sample_document document = sample_write(report_write_json, &s.report);
	assert_true(document.size > JSON_SIZE_MAX);
	json_t *root = parsed_document(document.text, document.size);
	assert_int_equal(json_array_size(parsed_at(root, "incidents")), MANY);
	assert_int_equal(json_array_size(parsed_at(root, "incidents.1.hit_list")), 1);
	assert_null(parsed_at(root, "incidents.2.hit_list"));
	json_decref(root);
	free(document.text);
}

/* A text that does not fit ends the document: it is not written again and again. */
static void refuses_long_texts(void **state)
{
	static char subject[JSON_SIZE_MAX];
	struct report_mail mails[4];
	struct sample s;
	char *text;
	size_t size;
	(void)state;
	sample_init(&s);
	memset(subject, 'a', sizeof(subject) - 1);
	s.mails[0].subject = sample_text(subject);
	for (size_t i = 0; i < 4; i++) {
		mails[i] = s.mails[0];
	}
	s.incident.mails = mails;
	s.incident.mail_count = 4;
	FILE *out = open_memstream(&text, &size);
	assert_false(report_write_json(&s.report, out));
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(fclose(out), 0);
	assert_true(size < JSON_SIZE_MAX);
	free(text);
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_model),       cmocka_unit_test(keeps_texts),
		cmocka_unit_test(writes_no_incident), cmocka_unit_test(writes_long_reports),
		cmocka_unit_test(refuses_long_texts), cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
