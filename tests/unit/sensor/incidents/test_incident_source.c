/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which incidents have paid, and notes that wait for a clock that is unsure. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/incidents/incident_source.h"

#define SETS (INCIDENT_SOURCE_PAID / INCIDENT_SOURCE_WAYS)

struct bench {
	struct incident_source source;
	struct counters *counters;
	struct packet_clock clock;
	struct flow flow;
	struct transcript transcript;
	size_t notes, unsure;
};

static void take(void *ctx, const struct incident_note *note)
{
	struct bench *bench = ctx;
	bench->notes++;
	bench->unsure += note->head.unsure;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	assert_non_null(bench);
	bench->counters = counters_new(1);
	bench->clock = (struct packet_clock){ .started = true, .is_sure = true };
	incident_source_init(&bench->source, take, bench, bench->counters);
	*state = bench;
	return bench->counters == NULL;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	incident_source_end(&bench->source, &bench->clock);
	counters_free(bench->counters, 1);
	free(bench);
	return 0;
}

static void choose(struct bench *bench, uint64_t id)
{
	memset(bench->source.current.id, 0, sizeof(bench->source.current.id));
	memcpy(bench->source.current.id, &id, sizeof(id));
}

static void mail_at(struct bench *bench, int64_t time_ns)
{
	const struct event_subject subject = { .flow = &bench->flow,
		                               .transcript = &bench->transcript };
	bench->flow.time_ns = time_ns;
	incident_source_mail(&bench->source, &bench->clock, &subject, true);
}

static size_t price(struct bench *bench, uint64_t id)
{
	choose(bench, id);
	return incident_source_price(&bench->source);
}

/* Ids with the same remainder have the same places: the oldest of them pays again. */
static void an_incident_pays_once(void **state)
{
	struct bench *bench = *state;
	for (uint64_t i = 1; i <= INCIDENT_SOURCE_WAYS; i++) {
		assert_int_equal(price(bench, 7 + i * SETS), INCIDENT_PRICE);
		incident_source_pay(&bench->source);
		assert_int_equal(price(bench, 7 + i * SETS), 0);
	}
	for (uint64_t i = 1; i <= INCIDENT_SOURCE_WAYS; i++) {
		assert_int_equal(price(bench, 7 + i * SETS), 0);
	}
	assert_int_equal(price(bench, 8 + SETS), INCIDENT_PRICE);
	choose(bench, 7 + (INCIDENT_SOURCE_WAYS + 1) * SETS);
	incident_source_pay(&bench->source);
	assert_int_equal(price(bench, 7 + SETS), INCIDENT_PRICE);
	assert_int_equal(price(bench, 7 + 2 * SETS), 0);
}

static void without_incidents_nothing_is_paid(void **state)
{
	struct bench *bench = *state;
	bench->source.take = NULL;
	assert_int_equal(price(bench, 1), 0);
	mail_at(bench, 1);
	assert_int_equal(bench->notes, 0);
}

static void only_paid_notes_are_passed_on(void **state)
{
	struct bench *bench = *state;
	choose(bench, 1);
	mail_at(bench, 1);
	assert_int_equal(bench->notes, 0);
	incident_source_pay(&bench->source);
	mail_at(bench, 2);
	assert_int_equal(bench->notes, 1);
	assert_int_equal(bench->unsure, 0);
}

static void notes_wait_for_the_clock(void **state)
{
	struct bench *bench = *state;
	choose(bench, 1);
	incident_source_pay(&bench->source);
	bench->clock.unsure = true;
	mail_at(bench, 1);
	mail_at(bench, 2);
	incident_source_settle(&bench->source, &bench->clock);
	assert_int_equal(bench->notes, 0);
	bench->clock.unsure = false;
	incident_source_settle(&bench->source, &bench->clock);
	assert_int_equal(bench->notes, 2);
	assert_int_equal(bench->unsure, 0);
	incident_source_settle(&bench->source, &bench->clock);
	assert_int_equal(bench->notes, 2);
}

static void notes_that_wait_are_passed_on_at_the_end(void **state)
{
	struct bench *bench = *state;
	choose(bench, 1);
	incident_source_pay(&bench->source);
	bench->clock.unsure = true;
	mail_at(bench, 1);
	incident_source_end(&bench->source, &bench->clock);
	assert_int_equal(bench->notes, 1);
	assert_int_equal(bench->unsure, 0);
	incident_source_init(&bench->source, take, bench, bench->counters);
}

/* Further notes do not wait: it is stated that their time is unsure. */
static void waiting_notes_have_a_bound(void **state)
{
	struct bench *bench = *state;
	size_t sent = 0;
	choose(bench, 1);
	incident_source_pay(&bench->source);
	bench->clock.unsure = true;
	for (; sent < 100000 && bench->notes == 0; sent++) {
		mail_at(bench, (int64_t)sent);
	}
	assert_int_equal(bench->notes, 1);
	assert_int_equal(bench->unsure, 1);
	bench->clock.unsure = false;
	incident_source_settle(&bench->source, &bench->clock);
	assert_int_equal(bench->notes, sent);
	assert_int_equal(bench->unsure, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_incident_pays_once),
		TEST(without_incidents_nothing_is_paid),
		TEST(only_paid_notes_are_passed_on),
		TEST(notes_wait_for_the_clock),
		TEST(notes_that_wait_are_passed_on_at_the_end),
		TEST(waiting_notes_have_a_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
