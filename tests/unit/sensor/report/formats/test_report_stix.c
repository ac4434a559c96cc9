/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/report/formats/parsed_document.h"

/* Returns the n-th object of a type in a bundle; NULL: there are fewer. */
static json_t *find(json_t *bundle, const char *type, size_t n)
{
	size_t i;
	json_t *object;
	json_array_foreach(json_object_get(bundle, "objects"), i, object)
	{
		const char *is = json_string_value(json_object_get(object, "type"));
		if (is != NULL && strcmp(is, type) == 0 && n-- == 0) {
			return object;
		}
	}
	return NULL;
}

/* Every id is in the bundle once, and every reference is to an object of the bundle. */
static void check_refs(json_t *bundle)
{
	size_t i;
	json_t *object;
	json_t *ids = json_object();
	json_array_foreach(json_object_get(bundle, "objects"), i, object)
	{
		const char *id = json_string_value(json_object_get(object, "id"));
		assert_non_null(id);
		assert_null(json_object_get(ids, id));
		assert_int_equal(json_object_set_new(ids, id, json_true()), 0);
	}
	json_array_foreach(json_object_get(bundle, "objects"), i, object)
	{
		const char *key;
		json_t *value;
		json_object_foreach(object, key, value)
		{
			size_t size = strlen(key);
			size_t at;
			json_t *item;
			if (size > 4 && strcmp(key + size - 4, "_ref") == 0) {
				assert_non_null(json_object_get(ids, json_string_value(value)));
			}
			if (size > 5 && strcmp(key + size - 5, "_refs") == 0) {
				json_array_foreach(value, at, item)
				{
					assert_non_null(
					        json_object_get(ids, json_string_value(item)));
				}
			}
		}
	}
	json_decref(ids);
}

static void writes_bundle(void **state)
{
	static const struct {
		const char *type;
		size_t n;
		const char *path, *text;
	} expected[] = {
		{ "identity", 1, "name", "tap1" },
		{ "indicator", 0, "name", "name server .awsdns-061.org" },
		{ "indicator", 0, "created", "2020-05-30T15:05:12.025Z" },
		{ "indicator", 0, "modified", "2020-05-30T15:05:15.025Z" },
		{ "indicator", 0, "valid_from", "2020-05-30T15:05:12.025846Z" },
		{ "indicator", 0, "pattern",
		  "[domain-name:value = 'awsdns-061.org' OR domain-name:value LIKE "
		  "'%.awsdns-061.org']" },
		{ "indicator", 0, "description", "It's a \"note\"" },
		{ "indicator", 0, "labels.1", "b" },
		{ "indicator", 0, "external_references.0.url", "https://example.net/" },
		{ "indicator", 1, "pattern", "[network-traffic:dst_ref.value = '45.77.24.250']" },
		{ "observed-data", 0, "first_observed", "2020-05-30T15:05:12.025846Z" },
		{ "observed-data", 0, "last_observed", "2020-05-30T15:05:14.025846Z" },
		{ "email-message", 0, "subject", "My account" },
		{ "email-message", 0, "message_id", "1@example.net" },
		{ "network-traffic", 0, "protocols.0", "ipv6" },
		{ "network-traffic", 0, "protocols.1", "dns" },
		{ "network-traffic", 2, "protocols.1", "tcp" },
		{ "report", 0, "name", "Hijack of coincheck.com" },
	};
	struct sample s;
	(void)state;
	sample_init(&s);
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		parsed_equals(find(bundle, expected[i].type, expected[i].n), expected[i].path,
		              expected[i].text);
	}
	json_t *sighting = find(bundle, "sighting", 0);
	assert_int_equal(json_integer_value(json_object_get(sighting, "count")), 8);
	json_t *mail = find(bundle, "email-message", 0);
	assert_int_equal(json_array_size(json_object_get(mail, "to_refs")), 2);
	/* the second mail has the same sender and subject, and another id */
	assert_non_null(find(bundle, "email-message", 1));
	check_refs(bundle);
	json_decref(bundle);
}

/* The ids that other producers give to these values, such as the library stix2 of OASIS. */
static void has_ids_of_others(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	s.hits[0].owner = sample_text("example.com");
	s.hits[0].client = sample_text("198.51.100.3");
	s.mails[0].from = sample_text("john@example.com");
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	parsed_equals(find(bundle, "domain-name", 1), "id",
	              "domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7");
	parsed_equals(find(bundle, "ipv4-addr", 0), "id",
	              "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
	parsed_equals(find(bundle, "email-addr", 0), "id",
	              "email-addr--7165e2a9-671f-585d-b1e1-ca59c671d934");
	json_decref(bundle);
}

/* Computed with Python's uuid.uuid5() and json.dumps(). */
static void has_ids_of_several_properties(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	parsed_equals(find(bundle, "network-traffic", 0), "id",
	              "network-traffic--e170b135-2b19-504f-8f56-59b18959c423");
	parsed_equals(find(bundle, "email-message", 0), "id",
	              "email-message--a441fa53-1426-5c4d-842a-878293c05e2b");
	json_decref(bundle);
}

static void is_the_same_again(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	struct sample_document first = sample_write(report_write_stix, &s.report);
	s.report.written_ns += NS_PER_DAY;
	struct sample_document second = sample_write(report_write_stix, &s.report);
	assert_string_equal(first.text, second.text);
	/* an incident that has grown is a newer version of the same objects */
	s.incident.last_ns += NS_PER_DAY;
	s.incident.hits_listed = 2;
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	json_t *before = parsed_document(first.text, first.size);
	assert_true(json_equal(json_object_get(find(bundle, "indicator", 0), "id"),
	                       json_object_get(find(before, "indicator", 0), "id")));
	parsed_equals(find(bundle, "indicator", 0), "modified", "2020-05-31T15:05:15.025Z");
	json_decref(before);
	json_decref(bundle);
	free(first.text);
	free(second.text);
}

static void keeps_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLE_ATTACKS_COUNT; i++) {
		struct sample s;
		sample_init(&s);
		s.mails[0].subject = SAMPLE_ATTACKS[i];
		json_t *bundle = parsed_report(report_write_stix, &s.report);
		parsed_is_text(find(bundle, "email-message", 0), "subject", &SAMPLE_ATTACKS[i]);
		json_decref(bundle);
		sample_hostile(&s, SAMPLE_ATTACKS[i]);
		bundle = parsed_report(report_write_stix, &s.report);
		check_refs(bundle);
		json_decref(bundle);
	}
}

/* The incident came from a file that has only incidents. */
static void writes_without_hits(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	s.incident.hits_listed = 0;
	s.incident.mail_count = 0;
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	parsed_equals(find(bundle, "indicator", 1), "pattern",
	              "[ipv4-addr:value = '45.77.24.250']");
	assert_null(json_object_get(find(bundle, "sighting", 0), "count"));
	assert_null(find(bundle, "observed-data", 0));
	check_refs(bundle);
	json_decref(bundle);
}

/* Rules with the same indicators, and values that were observed in two ways, are separate objects;
 * what is twice in a list is one. */
static void has_each_id_once(void **state)
{
	struct sample s;
	(void)state;
	sample_init(&s);
	s.hits[0].rule_text = sample_text("alert ns .x.example id=1");
	s.hits[0].rule_id = sample_text("1");
	s.hits[1].rule_text = sample_text("alert ns .x.example id=2");
	s.hits[1].rule_id = sample_text("2");
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	check_refs(bundle);
	assert_non_null(find(bundle, "indicator", 2));
	json_decref(bundle);
	s.hits[1] = s.hits[2];
	s.hits[1].action = sample_text("pin-mismatch");
	s.hits[1].kind = sample_text("rcpt");
	s.hits[1].rule_text = sample_text("pin coincheck.com rcpt 192.0.2.1");
	bundle = parsed_report(report_write_stix, &s.report);
	check_refs(bundle);
	assert_non_null(find(bundle, "indicator", 2));
	json_decref(bundle);
	s.incident.hits_listed = 0;
	s.seen[1] = s.seen[0];
	bundle = parsed_report(report_write_stix, &s.report);
	check_refs(bundle);
	assert_null(find(bundle, "indicator", 1));
	json_decref(bundle);
}

#define MANY_HITS 5000

/* Of the hits of an indicator the traffic of the first 100 is in the bundle; all are counted. */
static void bounds_traffic(void **state)
{
	static struct report_hit hits[MANY_HITS];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < MANY_HITS; i++) {
		hits[i] = s.hits[0];
		hits[i].time_ns += (int64_t)i;
	}
	s.incident.hits = hits;
	s.incident.hits_listed = MANY_HITS;
	s.incident.mail_count = 0;
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	assert_non_null(find(bundle, "network-traffic", 99));
	assert_null(find(bundle, "network-traffic", 100));
	assert_int_equal(json_integer_value(json_object_get(find(bundle, "sighting", 0), "count")),
	                 MANY_HITS);
	check_refs(bundle);
	json_decref(bundle);
}

#define MANY_RCPTS 40000

/* More objects than the memory of one JSON text holds. */
static void writes_long_mail(void **state)
{
	static struct report_rcpt rcpts[MANY_RCPTS];
	static char addresses[MANY_RCPTS][24];
	struct sample s;
	(void)state;
	sample_init(&s);
	for (size_t i = 0; i < MANY_RCPTS; i++) {
		(void)snprintf(addresses[i], sizeof(addresses[i]), "%zu@a.example", i);
		rcpts[i].address = sample_text(addresses[i]);
	}
	s.mails[0].rcpts = rcpts;
	s.mails[0].rcpt_count = MANY_RCPTS;
	json_t *bundle = parsed_report(report_write_stix, &s.report);
	assert_int_equal(json_array_size(parsed_at(find(bundle, "email-message", 0), "to_refs")),
	                 MANY_RCPTS);
	json_decref(bundle);
}

static void writes_no_incident(void **state)
{
	const struct report none = { .incidents = NULL };
	(void)state;
	json_t *bundle = parsed_report(report_write_stix, &none);
	assert_int_equal(json_array_size(json_object_get(bundle, "objects")), 2);
	json_decref(bundle);
}

static void notices_full_file(void **state)
{
	(void)state;
	sample_write_full(report_write_stix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_bundle),
		cmocka_unit_test(has_ids_of_others),
		cmocka_unit_test(has_ids_of_several_properties),
		cmocka_unit_test(is_the_same_again),
		cmocka_unit_test(keeps_texts),
		cmocka_unit_test(writes_without_hits),
		cmocka_unit_test(bounds_traffic),
		cmocka_unit_test(writes_no_incident),
		cmocka_unit_test(writes_long_mail),
		cmocka_unit_test(has_each_id_once),
		cmocka_unit_test(notices_full_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
