/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/report/formats/parsed_document.h"

static void writes_event(void **state)
{
	static const struct {
		const char *path, *text;
	} expected[] = {
		{ "Event.info", "nsmx: hijack of coincheck.com" },
		{ "Event.date", "2020-05-30" },
		{ "Event.timestamp", "1590851115" },
		{ "Event.threat_level_id", "1" },
		{ "Event.Attribute.0.type", "domain" },
		{ "Event.Attribute.0.value", "awsdns-061.org" },
		{ "Event.Attribute.0.comment", "It's a \"note\"" },
		{ "Event.Attribute.0.first_seen", "2020-05-30T15:05:12.025846+00:00" },
		{ "Event.Attribute.0.Tag.0.name", "nsmx:what=\"ns\"" },
		{ "Event.Attribute.0.Tag.1.name", "nsmx:reach=\"both\"" },
		{ "Event.Attribute.0.Sighting.0.date_sighting", "1590851112" },
		{ "Event.Attribute.0.Sighting.1.date_sighting", "1590851114" },
		{ "Event.Attribute.0.Sighting.0.source", "tap1" },
		{ "Event.Attribute.1.type", "ip-dst" },
		{ "Event.Attribute.1.value", "45.77.24.250" },
		{ "Event.Object.0.name", "passive-dns" },
		{ "Event.Object.0.template_uuid", "b77b7b1c-66ab-4a41-8da4-83810f6d2d6c" },
		{ "Event.Object.0.Attribute.0.object_relation", "rrname" },
		{ "Event.Object.0.Attribute.0.value", "coincheck.com" },
		{ "Event.Object.0.Attribute.2.value", "ns-405.awsdns-50.com" },
		{ "Event.Object.0.Attribute.3.value", "3" },
		{ "Event.Object.1.comment", "rogue" },
		{ "Event.Object.2.name", "email" },
		{ "Event.Object.2.Attribute.0.value", "alice@example.net" },
		{ "Event.Object.2.Attribute.1.object_relation", "to" },
		{ "Event.Object.2.Attribute.2.value", "none@coincheck.com" },
		{ "Event.Object.2.Attribute.3.value", "My account" },
	};
	struct sample s;
	(void)state;
	sample_init(&s);
	json_t *event = parsed_report(report_write_misp, &s.report);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		parsed_equals(event, expected[i].path, expected[i].text);
	}
	/* the second hit is more than a second after the first; the mail server has one hit */
	assert_int_equal(json_array_size(parsed_at(event, "Event.Attribute.0.Sighting")), 2);
	assert_int_equal(json_array_size(parsed_at(event, "Event.Attribute.1.Sighting")), 1);
	assert_true(json_is_true(parsed_at(event, "Event.Attribute.0.to_ids")));
	assert_true(json_is_false(parsed_at(event, "Event.Object.2.Attribute.0.to_ids")));
	parsed_equals(event, "Event.attribute_count", "29");
	json_decref(event);
}

/* The type, value, reach and `to_ids` of an attribute for an indicator of a rule. */
static void writes_indicators(void **state)
{
	static const struct {
		const char *rule, *type, *value, *tag;
		bool to_ids;
	} tests[] = {
		{ "alert any x.example", "hostname", "x.example", "nsmx:reach=\"exact\"", true },
		{ "alert any *.x.example", "domain", "x.example", "nsmx:reach=\"below\"", true },
		{ "alert any @x.example", "domain", "x.example", "nsmx:reach=\"mailboxes\"", true },
		{ "alert any a@x.example", "email", "a@x.example", "nsmx:severity=\"high\"", true },
		{ "alert from a@x.example", "email-src", "a@x.example", "nsmx:what=\"from\"",
		  true },
		{ "alert rcpt a@x.example", "email-dst", "a@x.example", "nsmx:what=\"rcpt\"",
		  true },
		{ "alert ip 192.0.2.0/24", "ip-dst", "192.0.2.0/24", "nsmx:what=\"ip\"", true },
		{ "alert rcpt @x.example server=192.0.2.1", "domain", "x.example",
		  "nsmx:what=\"rcpt\"", false },
		{ "alert from \"\\\"a b\\\"@x.example\"", "other", "\"a b\"@x.example",
		  "nsmx:what=\"from\"", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample s;
		sample_init(&s);
		s.hits[0].rule_text = sample_text(tests[i].rule);
		s.hits[0].severity = 75;
		s.incident.hits_listed = 1;
		json_t *event = parsed_report(report_write_misp, &s.report);
		parsed_equals(event, "Event.Attribute.0.type", tests[i].type);
		parsed_equals(event, "Event.Attribute.0.value", tests[i].value);
		parsed_equals(event, "Event.Attribute.0.Tag.0.name", tests[i].tag);
		assert_int_equal(json_is_true(parsed_at(event, "Event.Attribute.0.to_ids")),
		                 tests[i].to_ids);
		json_decref(event);
	}
}

/* MISP accepts a value once in a category. */
static void has_each_value_once(void **state)
{
	static struct report_incident incidents[2];
	struct sample s;
	(void)state;
	sample_init(&s);
	s.hits[0].rule_text = sample_text("alert ip 45.77.24.250");
	s.hits[1].rule_text = sample_text("alert resolver 45.77.24.250");
	incidents[0] = s.incident;
	incidents[1] = s.incident;
	s.report.incidents = incidents;
	s.report.incident_count = 2;
	json_t *event = parsed_report(report_write_misp, &s.report);
	assert_int_equal(json_array_size(parsed_at(event, "Event.Attribute")), 3);
	parsed_equals(event, "Event.Attribute.0.category", "Network activity");
	parsed_equals(event, "Event.Attribute.1.category", "External analysis");
	parsed_equals(event, "Event.Attribute.2.category", "Payload delivery");
	json_decref(event);
}

static void keeps_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		const struct report_text *text = &SAMPLE_ATTACKS[i];
		bool nul = text->size > 0 && memchr(text->text, '\0', text->size) != NULL;
		struct sample s;
		sample_init(&s);
		s.mails[0].subject = *text;
		json_t *event = parsed_report(report_write_misp, &s.report);
		if (nul) {
			parsed_equals(event, "Event.Object.2.Attribute.3.value", "nul\\x00octet");
		} else if (text->size > 0) {
			parsed_is_text(event, "Event.Object.2.Attribute.3.value", text);
		}
		json_decref(event);
		sample_hostile(&s, *text);
		json_decref(parsed_report(report_write_misp, &s.report));
	}
}

static void summarizes_incidents(void **state)
{
	static struct report_incident incidents[3];
	static const char LONG[] = "a-name-that-is-so-long-that-there-is-no-place-for-a-third-one."
	                           "a-name-that-is-so-long-that-there-is-no-place-for-a-third-one."
	                           "example";
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < 3; i++) {
		incidents[i] = s.incident;
		incidents[i].owner = sample_text(LONG);
	}
	incidents[0].owner = (struct report_text){ .text = NULL };
	s.report.incidents = incidents;
	s.report.incident_count = 3;
	json_t *event = parsed_report(report_write_misp, &s.report);
	char info[512];
	(void)snprintf(info, sizeof(info), "nsmx: rule ns-061, hijack of %s and 1 more", LONG);
	parsed_equals(event, "Event.info", info);
	json_decref(event);
	s.report.incident_count = 0;
	event = parsed_report(report_write_misp, &s.report);
	parsed_equals(event, "Event.info", "nsmx: no incident");
	parsed_equals(event, "Event.threat_level_id", "4");
	json_decref(event);
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_misp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_event),         cmocka_unit_test(writes_indicators),
		cmocka_unit_test(has_each_value_once),  cmocka_unit_test(keeps_texts),
		cmocka_unit_test(summarizes_incidents), cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
