/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes in; events of incidents out. */
#include "tests/unit/captured.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "sensor/incidents/incident_lists.h"
#include "sensor/incidents/incidents.h"
#include "tests/unit/parsed.h"

#define S     NS_PER_S
#define START (1590850000 * S)
#define MANY  (INCIDENTS_MAX + 50)

struct bench {
	struct incidents *incidents;
	struct counters *counters;
	struct incident_note note;
	struct captured output;
	size_t events, states[3]; /* open, update, closed */
	json_t *last;             /* the latest event */
	char ids[2][33];          /* of the latest two events */
};

static void emit(void *ctx, const struct record *record)
{
	static const char *const states[] = { "open", "update", "closed" };
	struct bench *bench = ctx;
	assert_int_equal(record->kind, RECORD_INCIDENT);
	json_decref(bench->last);
	bench->last = parsed(record->json, record->json_size);
	bench->events++;
	memcpy(bench->ids[0], bench->ids[1], sizeof(bench->ids[0]));
	assert_int_equal(record->id_size, 32);
	memcpy(bench->ids[1], record->id, record->id_size);
	assert_string_equal(parsed_text(bench->last, "event.action"), "incident");
	assert_string_equal(parsed_text(bench->last, "event.id"), bench->ids[1]);
	for (size_t i = 0; i < 3; i++) {
		bench->states[i] +=
		        strcmp(parsed_text(bench->last, "nsmx.incident.state"), states[i]) == 0;
	}
}

static int set_up(void **state)
{
	static struct bench bench;
	bench = (struct bench){ .counters = counters_new(1) };
	const struct incidents_config config = {
		.sensor = "test", .counters = bench.counters, .emit = emit, .ctx = &bench
	};
	bench.incidents = incidents_new(&config);
	captured_begin(&bench.output);
	*state = &bench;
	return bench.incidents == NULL;
}

static void end(struct bench *bench)
{
	if (bench->incidents != NULL) {
		incidents_log(bench->incidents);
	}
	incidents_end(bench->incidents);
	bench->incidents = NULL;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	end(bench);
	captured_end(&bench->output);
	json_decref(bench->last);
	counters_free(bench->counters, 1);
	return 0;
}

static void add(struct bench *bench, enum incident_role role, const char *text)
{
	incident_note_add(&bench->note, role, text, strlen(text));
}

/* Begins a note about an owner; NULL: a rule. */
static struct incident_head *note(struct bench *bench, unsigned number, const char *owner,
                                  int64_t time_ns)
{
	bench->note = (struct incident_note){
		.head = { .time_ns = time_ns, .date_ns = time_ns, .severity = 75, .hit = 1 }
	};
	memcpy(bench->note.head.id, &number, sizeof(number));
	(void)inet_pton(AF_INET6, "::ffff:192.0.2.1", &bench->note.head.client);
	add(bench, INCIDENT_RULE, "rule-1");
	if (owner != NULL) {
		add(bench, INCIDENT_OWNER, owner);
	}
	return &bench->note.head;
}

static void take(struct bench *bench)
{
	incidents_take(bench->incidents, &bench->note);
}

static void hit(struct bench *bench, unsigned number, int64_t time_ns)
{
	(void)note(bench, number, "a.test", time_ns);
	take(bench);
}

static const char *of(const struct bench *bench, const char *path)
{
	char whole[128];
	(void)snprintf(whole, sizeof(whole), "nsmx.incident.%s", path);
	return parsed_text(bench->last, whole);
}

static void assert_states(const struct bench *bench, size_t opened, size_t updates, size_t closed)
{
	assert_int_equal(bench->states[0], opened);
	assert_int_equal(bench->states[1], updates);
	assert_int_equal(bench->states[2], closed);
}

static void reported_when_it_opens_grows_and_is_silent(void **state)
{
	struct bench *bench = *state;
	hit(bench, 1, START);
	assert_states(bench, 1, 0, 0);
	assert_string_equal(of(bench, "hits"), "1");
	hit(bench, 1, START + 299 * S);
	assert_states(bench, 1, 0, 0);
	/* An update is due: it has what came before. */
	hit(bench, 1, START + 300 * S);
	assert_states(bench, 1, 1, 0);
	assert_string_equal(of(bench, "hits"), "2");
	assert_string_equal(of(bench, "last"), "2020-05-30T14:51:39.000000Z");
	/* Without growth there is none. */
	incidents_tick(bench->incidents, START + 601 * S);
	assert_states(bench, 1, 2, 0);
	incidents_tick(bench->incidents, START + 1200 * S);
	assert_states(bench, 1, 2, 0);
	incidents_tick(bench->incidents, START + 3899 * S);
	assert_states(bench, 1, 2, 0);
	incidents_tick(bench->incidents, START + 3900 * S);
	assert_states(bench, 1, 2, 1);
	assert_string_equal(of(bench, "hits"), "3");
	/* When it comes again, it has the same id. */
	char id[40];
	(void)snprintf(id, sizeof(id), "%s", of(bench, "id"));
	hit(bench, 1, START + 4000 * S);
	assert_states(bench, 2, 2, 1);
	assert_string_equal(of(bench, "id"), id);
	assert_string_equal(of(bench, "hits"), "1");
	end(bench);
	assert_states(bench, 2, 2, 2);
	assert_int_equal(counter_get(&bench->counters->incidents), 2);
}

/* With --separate the network of an incident is in its events and in its sentence. */
static void has_its_network(void **state)
{
	struct bench *bench = *state;
	(void)note(bench, 1, "a.test", START);
	add(bench, INCIDENT_NETWORK, "vlan 7");
	take(bench);
	assert_string_equal(of(bench, "network"), "vlan 7");
	assert_non_null(strstr(parsed_text(bench->last, "event.reason"), ": a.test (vlan 7)"));
	hit(bench, 2, START + 1);
	assert_string_equal(of(bench, "network"), "");
}

/* Without a tick, the next note of any incident reports what is due. */
static void reported_by_notes_of_others(void **state)
{
	struct bench *bench = *state;
	hit(bench, 1, START);
	hit(bench, 1, START + S);
	hit(bench, 2, START + 301 * S);
	assert_states(bench, 2, 1, 0);
	hit(bench, 3, START + 3601 * S);
	assert_states(bench, 3, 1, 1);
}

static void has_all_of_its_hits(void **state)
{
	struct bench *bench = *state;
	struct incident_head *head = note(bench, 1, "a.test", START);
	(void)inet_pton(AF_INET6, "::ffff:192.0.2.53", &head->resolver);
	head->cached_until_ns = START + 60 * S;
	add(bench, INCIDENT_SEEN, "ns.bad.test");
	add(bench, INCIDENT_EXPECTED, "ns.good.test");
	add(bench, INCIDENT_REASON, "pin-mismatch");
	take(bench);
	head = note(bench, 1, "a.test", START - S);
	(void)inet_pton(AF_INET6, "2001:db8::1", &head->client);
	(void)inet_pton(AF_INET6, "::ffff:192.0.2.53", &head->resolver);
	head->cached_until_ns = START + 30 * S; /* earlier */
	head->severity = 99;
	add(bench, INCIDENT_SEEN, "ns.bad.test");
	add(bench, INCIDENT_RULE, "rule-2");
	take(bench);
	head = note(bench, 1, "a.test", START + 2 * S);
	head->mail = 7;
	head->session = 1;
	head->accepted = 1;
	add(bench, INCIDENT_FROM, "");
	add(bench, INCIDENT_RCPT, "x@a.test");
	take(bench);
	head = note(bench, 1, "a.test", START + 3 * S);
	head->hit = 0;
	head->mail = 7;
	head->content = 1;
	add(bench, INCIDENT_RCPT, "x@a.test");
	add(bench, INCIDENT_RCPT, "y@a.test");
	take(bench);
	end(bench);
	char *text = json_dumps(parsed_at(bench->last, "nsmx.incident"), JSON_COMPACT);
	assert_string_equal(
	        text,
	        "{\"id\":\"01000000000000000000000000000000\",\"state\":\"closed\",\"owner\":\"a."
	        "test\",\"severity\":99,\"first\":\"2020-05-30T14:46:39.000000Z\",\"last\":\"2020-"
	        "05-30T14:46:43.000000Z\",\"expected\":[\"ns.good.test\"],\"seen\":[\"ns.bad.test\""
	        "],\"reasons\":[\"pin-mismatch\"],\"clients_count\":2,\"clients\":[\"192.0.2.1\","
	        "\"2001:db8::1\"],\"cached_until\":\"2020-05-30T14:47:40.000000Z\",\"resolvers\":[{"
	        "\"ip\":\"192.0.2.53\",\"cached_until\":\"2020-05-30T14:47:40.000000Z\"}],\"mail_"
	        "sessions\":1,\"mails\":[{\"time\":\"2020-05-30T14:46:42.000000Z\",\"from\":\"\","
	        "\"rcpt\":[\"x@a.test\",\"y@a.test\"],\"accepted\":true,\"content\":true,\"tls\":"
	        "false}],\"rules\":[\"rule-1\",\"rule-2\"],\"hits\":3}");
	free(text);
	assert_string_equal(parsed_text(bench->last, "event.severity"), "99");
	assert_string_equal(parsed_text(bench->last, "event.category.2"), "email");
	captured_expect(
	        &bench->output,
	        "a.test: 3 hits from 2020-05-30T14:46:39.000000Z to "
	        "2020-05-30T14:46:43.000000Z, 2 clients; seen: ns.bad.test; resolvers cache "
	        "it until 2020-05-30T14:47:40.000000Z; 1 mail session, 1 mail to 2 "
	        "recipients");
}

static void of_a_rule(void **state)
{
	struct bench *bench = *state;
	(void)note(bench, 1, NULL, START);
	take(bench);
	assert_string_equal(of(bench, "owner"), "");
	assert_string_equal(of(bench, "rules.0"), "rule-1");
	assert_non_null(strstr(parsed_text(bench->last, "event.reason"),
	                       "incident open: rule rule-1: 1 hit from"));
}

/* A note from the future ends nothing, and later ones are in their own time. */
static void one_note_from_the_future(void **state)
{
	struct bench *bench = *state;
	hit(bench, 1, START);
	note(bench, 2, "b.test", START + 100000 * S)->unsure = 1;
	take(bench);
	assert_states(bench, 2, 0, 0);
	hit(bench, 1, START + 3000 * S);
	assert_states(bench, 2, 0, 0);
	hit(bench, 3, START + 3600 * S);
	assert_states(bench, 3, 1, 1);
}

static void ids_are_those_of_the_content(void **state)
{
	struct bench *bench = *state;
	hit(bench, 1, START);
	char first[33];
	memcpy(first, bench->ids[1], sizeof(first));
	end(bench);
	assert_string_not_equal(bench->ids[1], first); /* it is closed */
	(void)tear_down(state);
	(void)set_up(state);
	hit(bench, 1, START);
	assert_string_equal(bench->ids[1], first);
	hit(bench, 2, START);
	assert_string_not_equal(bench->ids[1], first);
}

static void the_oldest_makes_room(void **state)
{
	struct bench *bench = *state;
	for (unsigned i = 0; i < MANY; i++) {
		hit(bench, i, START + (int64_t)i);
	}
	assert_int_equal(bench->states[0], MANY);
	assert_int_equal(bench->states[2], 50);
	assert_int_equal(counter_get(&bench->counters->incidents), MANY);
	assert_int_equal(counter_get(&bench->counters->incidents_evicted), 50);
	hit(bench, 50, START + MANY); /* still open */
	assert_int_equal(bench->states[0], MANY);
	hit(bench, 49, START + MANY); /* not any more */
	assert_int_equal(bench->states[0], MANY + 1);
}

static void lists_have_bounds(void **state)
{
	struct bench *bench = *state;
	char text[64];
	for (unsigned i = 0; i < 1000; i++) {
		struct incident_head *head = note(bench, 1, "a.test", START);
		const uint32_t number = htonl(0x0a000000 + i);
		memcpy(head->client.s6_addr + 12, &number, sizeof(number));
		head->resolver = head->client;
		head->cached_until_ns = START + 1;
		head->mail = i + 1;
		(void)snprintf(text, sizeof(text), "value-%u", i);
		add(bench, INCIDENT_SEEN, text);
		add(bench, INCIDENT_RCPT, text);
		take(bench);
	}
	for (unsigned i = 0; i < 200; i++) {
		note(bench, 1, "a.test", START)->mail = 1;
		(void)snprintf(text, sizeof(text), "rcpt-%u", i);
		add(bench, INCIDENT_RCPT, text);
		take(bench);
	}
	end(bench);
	const json_t *incident = parsed_at(bench->last, "nsmx.incident");
	assert_int_equal(json_array_size(json_object_get(incident, "clients")), 100);
	assert_int_equal(json_array_size(json_object_get(incident, "resolvers")), 100);
	assert_int_equal(json_array_size(json_object_get(incident, "mails")), 100);
	assert_int_equal(json_array_size(json_object_get(incident, "seen")), 64);
	assert_int_equal(json_array_size(parsed_at(bench->last, "nsmx.incident.mails.0.rcpt")),
	                 128);
	assert_string_equal(of(bench, "clients_count"), "1001"); /* that of the last notes */
	assert_string_equal(of(bench, "hits"), "1200");
	assert_non_null(strstr(captured_take(&bench->output), "because a limit was reached"));
}

/* An event fits into a record, also with the longest texts. */
static void an_event_has_a_bound(void **state)
{
	struct bench *bench = *state;
	static char text[INCIDENT_TEXT_MAX];
	memset(text, 1, sizeof(text)); /* six octets each in JSON */
	for (unsigned mail = 1; mail <= 40; mail++) {
		(void)note(bench, 1, "a.test", START);
		bench->note.head.mail = mail;
		for (unsigned i = 0; i < 120; i++) {
			text[0] = (char)(1 + i);
			char *own = strndup(text, sizeof(text));
			incident_note_add(&bench->note, i < 60 ? INCIDENT_SEEN : INCIDENT_RCPT, own,
			                  sizeof(text) - i);
		}
		take(bench);
		for (size_t i = 0; i < bench->note.count; i++) {
			if (bench->note.texts[i].size > 800) {
				free((char *)bench->note.texts[i].text);
			}
		}
	}
	end(bench);
	char *json = json_dumps(bench->last, JSON_COMPACT | JSON_ENSURE_ASCII);
	assert_true(strlen(json) < RECORD_SIZE_MAX);
	free(json);
}

/* What a worker under the control of an attacker could send. */
static void notes_are_checked(void **state)
{
	struct bench *bench = *state;
	static uint8_t octets[INCIDENT_NOTE_MAX], wrong[INCIDENT_NOTE_MAX];
	struct incident_note again;
	(void)note(bench, 1, "a.test", START);
	size_t size = incident_note_encode(&bench->note, octets, sizeof(octets));
	assert_int_equal(incident_note_decode(&again, octets, size), size);
	assert_int_equal(incident_note_decode(&again, octets, sizeof(octets)), size);
	assert_int_equal(again.count, 2);
	assert_memory_equal(again.texts[1].text, "a.test", 6);
	assert_int_equal(incident_note_find(&again, INCIDENT_OWNER)->size, 6);
	assert_null(incident_note_find(&again, INCIDENT_FROM));
	for (size_t cut = 0; cut < size; cut++) {
		assert_int_equal(incident_note_decode(&again, octets, cut), 0);
	}
	assert_int_equal(incident_note_encode(&bench->note, octets, size - 1), 0);
	const struct incident_head bad[] = {
		{ .time_ns = -1 },   { .date_ns = -1 }, { .cached_until_ns = -1 },
		{ .severity = 100 }, { .hit = 2 },      { .session = 2 },
		{ .accepted = 2 },   { .content = 2 },  { .tls = 2 },
		{ .unsure = 2 },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bench->note.head = bad[i];
		size = incident_note_encode(&bench->note, wrong, sizeof(wrong));
		assert_int_equal(incident_note_decode(&again, wrong, size), 0);
	}
	bench->note.head = (struct incident_head){ .time_ns = 1 };
	size = incident_note_encode(&bench->note, wrong, sizeof(wrong));
	wrong[sizeof(struct incident_head) + 2] = INCIDENT_ROLES; /* the first role */
	assert_int_equal(incident_note_decode(&again, wrong, size), 0);
}

/* Texts that do not fit are left out. */
static void notes_have_a_bound(void **state)
{
	struct bench *bench = *state;
	static uint8_t octets[INCIDENT_NOTE_MAX];
	static char text[2 * INCIDENT_TEXT_MAX];
	struct incident_note again;
	memset(text, 'x', sizeof(text));
	(void)note(bench, 1, "a.test", START);
	for (unsigned i = 0; i < 2 * INCIDENT_NOTE_TEXTS; i++) {
		incident_note_add(&bench->note, INCIDENT_SEEN, text, sizeof(text));
	}
	assert_int_equal(bench->note.count, INCIDENT_NOTE_TEXTS);
	size_t size = incident_note_encode(&bench->note, octets, sizeof(octets));
	assert_in_range(size, INCIDENT_NOTE_MAX - INCIDENT_TEXT_MAX - 3, INCIDENT_NOTE_MAX);
	assert_int_equal(incident_note_decode(&again, octets, size), size);
	assert_int_equal(again.texts[2].size, INCIDENT_TEXT_MAX);
}

/* To the octet: each text has its role and its size before it, all of them have a size. */
static void the_last_text_fits_or_does_not(void **state)
{
	struct bench *bench = *state;
	static uint8_t octets[INCIDENT_NOTE_MAX];
	static char text[INCIDENT_TEXT_MAX];
	memset(text, 'x', sizeof(text));
	for (size_t more = 0; more <= 1; more++) {
		struct incident_note again;
		size_t left = INCIDENT_NOTE_MAX - sizeof(struct incident_head) - 2;
		bench->note = (struct incident_note){ .head = { .time_ns = 1 } };
		for (; left >= 3 + INCIDENT_TEXT_MAX; left -= 3 + INCIDENT_TEXT_MAX) {
			incident_note_add(&bench->note, INCIDENT_SEEN, text, INCIDENT_TEXT_MAX);
		}
		assert_true(left > 3);
		incident_note_add(&bench->note, INCIDENT_SEEN, text, left - 3 + more);
		assert_true(bench->note.count < INCIDENT_NOTE_TEXTS);
		size_t size = incident_note_encode(&bench->note, octets, sizeof(octets));
		assert_int_equal(size, INCIDENT_NOTE_MAX - (more == 0 ? 0 : left));
		assert_int_equal(incident_note_decode(&again, octets, size), size);
		assert_int_equal(again.count, bench->note.count - more);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reported_when_it_opens_grows_and_is_silent),
		TEST(reported_by_notes_of_others),
		TEST(has_its_network),
		TEST(has_all_of_its_hits),
		TEST(of_a_rule),
		TEST(one_note_from_the_future),
		TEST(ids_are_those_of_the_content),
		TEST(the_oldest_makes_room),
		TEST(lists_have_bounds),
		TEST(an_event_has_a_bound),
		TEST(notes_are_checked),
		TEST(notes_have_a_bound),
		TEST(the_last_text_fits_or_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
