/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work for one message is limited. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/time_ns.h"
#include "sensor/baseline/baseline.h"
#include "tests/unit/rules/load.h"

#define START_S 1590883512
#define OWNERS  100

/* A change that is allowed is not reported, but it is judged. */
static const char RULES[] = "learn * ns after=0 min=1\nallow ns .example.net\n";

static void take_change(void *ctx, const struct baseline_change *change)
{
	(void)ctx;
	(void)change;
	fail();
}

static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	assert_int_equal(dns_name_from_text(text, strlen(text), &name), DNS_NAME_OK);
	return name;
}

static struct dns_name owner_of(unsigned number)
{
	char text[32];
	(void)snprintf(text, sizeof(text), "owner%u.com", number);
	return name_of(text);
}

/* A referral that names one server for all owners. */
static void see(struct baseline *baseline, const char *server, int64_t time_s)
{
	static const uint8_t wire[12] = { 0, 1, 0x80 };
	static const struct in6_addr from = { .s6_addr = { [15] = 1 } };
	const struct dns_name target = name_of(server);
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire, sizeof(wire)), DNS_OK);
	baseline_begin(baseline, 1, &message, &from);
	for (unsigned i = 0; i < OWNERS; i++) {
		const struct dns_name owner = owner_of(i);
		const struct dns_entry entry = { .section = DNS_AUTHORITY, .ttl = 60 };
		const struct history_row row = { .owner = owner.wire,
			                         .owner_size = owner.size,
			                         .type = DNS_TYPE_NS,
			                         .origin = HISTORY_PARENT,
			                         .data = target.wire,
			                         .data_size = target.size };
		baseline_gather(baseline, &row, 0, &entry);
	}
	baseline_judge(baseline, &message, &from, time_s * NS_PER_S, take_change, NULL);
}

static unsigned count_learned(struct known *known, const char *server)
{
	const struct dns_name target = name_of(server);
	unsigned count = 0;
	known_lock(known);
	known_id id = known_find_name(known, target.wire, target.size);
	for (unsigned i = 0; i < OWNERS; i++) {
		const struct dns_name owner = owner_of(i);
		count += known_find(known, known_find_name(known, owner.wire, owner.size), KNOWN_NS,
		                    id) != NULL;
	}
	known_unlock(known);
	return count;
}

/* Values that were not judged are not learned, so that the next message judges them. */
static void judged(void **state)
{
	(void)state;
	struct ruleset *set = load_text(RULES);
	struct known *known = known_new();
	struct baseline *baseline = baseline_new(known, set, NULL);
	assert_non_null(baseline);
	see(baseline, "old.example.net", START_S);
	assert_int_equal(count_learned(known, "old.example.net"), OWNERS);
	see(baseline, "new.example.net", START_S + 3600);
	assert_int_equal(count_learned(known, "new.example.net"), BASELINE_JUDGED_MAX);
	see(baseline, "new.example.net", START_S + 7200);
	assert_int_equal(count_learned(known, "new.example.net"), OWNERS);
	baseline_free(baseline);
	known_free(known);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(judged) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
