/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resolvers that set the AD bit, and no longer do. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "sensor/baseline/servers.h"
#include "tests/unit/rules/load.h"

#define START_S 1590883512
#define OPT_DO  "\0\0\x29\4\xd0\0\0\x80\0\0\0"

/* A resolver answers an A question, some time after the step before. */
struct step {
	/* The first letter of NAME.example.com, or of NAME.com if it is in upper case; a digit: of
	 * NAME.w.com. */
	char name;
	uint8_t resolver;
	const char *flags; /* v: AD; d: DO; c: CD; a: AA; l: the name is an alias */
	bool reported;
};

static unsigned reports;
static struct baseline_change latest;

static void take_change(void *ctx, const struct baseline_change *change)
{
	(void)ctx;
	if (change->kind == LEARN_DS) {
		assert_int_equal(change->reasons, RULE_BIT(SCORE_DS_REMOVED));
		assert_int_equal(change->score, 50);
		assert_int_equal(change->seen.kind, KIND_DS);
		assert_in_range(change->known_count, 1, 3); /* as many as resolvers */
		latest = *change;
		reports++;
	}
}

static size_t put(uint8_t *wire, size_t at, const void *octets, size_t size)
{
	memcpy(wire + at, octets, size);
	return at + size;
}

/* Makes a message with one record in its answer. */
static size_t make(const struct step *step, uint8_t wire[128])
{
	bool dnssec = strchr(step->flags, 'd') != NULL;
	bool alias = strchr(step->flags, 'l') != NULL;
	const uint8_t head[] = {
		0,
		1,
		strchr(step->flags, 'a') != NULL ? 0x84 : 0x81,
		(uint8_t)(0x80 | (strchr(step->flags, 'v') != NULL ? 0x20 : 0) |
		          (strchr(step->flags, 'c') != NULL ? 0x10 : 0)),
		0,
		1,
		0,
		1,
		0,
		0,
		0,
		dnssec ? 1 : 0,
	};
	uint8_t label[] = { 1, (uint8_t)(step->name | 0x20) };
	bool apex = step->name < 'a';
	size_t at = put(wire, 0, head, sizeof(head));
	at = put(wire, at, label, sizeof(label));
	at = step->name < 'A' ? put(wire, at, "\1w", 2) : at;
	at = apex ? put(wire, at, "\3com\0\0\1\0\1", 9)
	          : put(wire, at, "\7example\3com\0\0\1\0\1", 17);
	at = alias ? put(wire, at, "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\5\3alt\0", 17)
	           : put(wire, at, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", 16);
	return dnssec ? put(wire, at, OPT_DO, sizeof(OPT_DO) - 1) : at;
}

static void gather(struct baseline *baseline, const struct dns_message *message, int64_t time_s)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	while (dns_walk_next(&walk, &entry) == 1) {
		uint8_t data[DNS_NAME_MAX];
		int size = entry.section == DNS_ANSWER
		                   ? dns_rdata_canonical(message, &entry, data, sizeof(data))
		                   : -1;
		const struct history_row row = { .owner = entry.owner.wire,
			                         .owner_size = entry.owner.size,
			                         .type = entry.type,
			                         .origin = HISTORY_CACHE,
			                         .data = data,
			                         .data_size = (size_t)size };
		if (size >= 0) {
			/* The place of a row depends on its name. */
			uint32_t place = entry.owner.wire[1] * 8u + entry.owner.wire[2];
			baseline_see(baseline, &row, place, entry.ttl, (uint64_t)time_s);
			baseline_gather(baseline, &row, place, &entry);
		}
	}
}

static struct in6_addr resolver_at(uint8_t last)
{
	return (struct in6_addr){ .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, last } };
}

static unsigned take_step(struct baseline *baseline, const struct step *step, int64_t time_s)
{
	const struct in6_addr server = resolver_at(step->resolver);
	uint8_t wire[128];
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire, make(step, wire)), DNS_OK);
	reports = 0;
	baseline_begin(baseline, 1, &message, &server);
	gather(baseline, &message, time_s);
	if (baseline_wants(baseline)) {
		baseline_judge(baseline, &message, &server, time_s * NS_PER_S, take_change, NULL);
	}
	return reports;
}

/* Takes steps, at first with the time `time_s`. \return The time of the last one. */
static int64_t take_more(struct baseline *baseline, const struct step *steps, int64_t time_s,
                         int64_t spacing_s)
{
	for (size_t i = 0; steps[i].name != '\0'; i++) {
		time_s += i == 0 ? 0 : spacing_s;
		unsigned found = take_step(baseline, &steps[i], time_s);
		if (found != steps[i].reported) {
			fail_msg("step %zu: %u reports", i, found);
		}
	}
	return time_s;
}

struct bench {
	struct ruleset *set;
	struct known *known;
	struct baseline *baseline;
};

static void begin(struct bench *bench, const char *rules)
{
	bench->set = load_text(rules);
	bench->known = known_new();
	bench->baseline = baseline_new(bench->known, bench->set, NULL);
	assert_non_null(bench->baseline);
}

static void end(struct bench *bench)
{
	baseline_free(bench->baseline);
	known_free(bench->known);
	ruleset_free(bench->set);
}

static void take_steps(const char *rules, const struct step *steps, int64_t spacing_s)
{
	struct bench bench;
	begin(&bench, rules);
	(void)take_more(bench.baseline, steps, START_S, spacing_s);
	end(&bench);
}

static const char RULES[] = "learn * all after=0 min=1\n";

static void lost(void **state)
{
	(void)state;
	/* once, for the domain; an answer with the bit, and again without it, is no news */
	take_steps(RULES,
	           (struct step[]){ { 'w', 53, "vd", false },
	                            { 'x', 53, "vd", false },
	                            { 'w', 53, "d", true },
	                            { 'w', 53, "d", false },
	                            { 'x', 53, "d", false },
	                            { 'w', 53, "vd", false },
	                            { 'w', 53, "d", false },
	                            { 0 } },
	           3600);
	/* at once, although the same row was seen a moment ago */
	take_steps(RULES,
	           (struct step[]){ { 'W', 53, "vd", false },
	                            { 'W', 53, "vd", false },
	                            { 'W', 53, "d", true },
	                            { 0 } },
	           1);
	/* without the DO bit, which clients need not set */
	take_steps(RULES, (struct step[]){ { 'w', 53, "v", false }, { 'w', 53, "", true }, { 0 } },
	           3600);
	take_steps("learn * ds,ip after=0 min=2\n",
	           (struct step[]){ { 'w', 53, "vd", false },
	                            { 'w', 53, "d", false },
	                            { 'X', 53, "vd", false },
	                            { 'X', 53, "vd", false },
	                            { 'X', 53, "d", true },
	                            { 0 } },
	           3600);
}

static void ordinary(void **state)
{
	(void)state;
	static const struct step steps[][12] = {
		/* another resolver; it never validates */
		{ { 'w', 53, "vd", false },
		  { 'w', 54, "d", false },
		  { 'w', 54, "d", false },
		  { 0 } },
		/* a client that does not ask; an answer of the zone; one without checks */
		{ { 'w', 53, "vd", false },
		  { 'w', 53, "", false },
		  { 'w', 53, "ad", false },
		  { 'w', 53, "cd", false },
		  { 'w', 53, "ld", false },
		  { 0 } },
		/* the resolver no longer validates: the first name is a hit, not the others */
		{ { 'W', 53, "vd", false },
		  { 'X', 53, "vd", false },
		  { 'Y', 53, "vd", false },
		  { 'W', 53, "d", true },
		  { 'X', 53, "d", false },
		  { 'Y', 53, "d", false },
		  { 0 } },
		/* some of its clients ask for the bit, and others do not */
		{ { 'W', 53, "v", false },
		  { 'W', 53, "", true },
		  { 'W', 53, "v", false },
		  { 'X', 53, "v", false },
		  { 'X', 53, "", true },
		  { 'X', 53, "v", false },
		  { 'Y', 53, "v", false },
		  { 'Y', 53, "", true },
		  { 'Y', 53, "v", false },
		  { 'Z', 53, "v", false },
		  { 'Z', 53, "", false },
		  { 0 } },
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		take_steps(RULES, steps[i], 3600);
	}
	take_steps("learn * ip after=0 min=1\n",
	           (struct step[]){ { 'w', 53, "vd", false }, { 'w', 53, "d", false }, { 0 } },
	           3600);
	take_steps("learn * all after=3h min=1\n",
	           (struct step[]){ { 'w', 53, "vd", false }, { 'w', 53, "d", false }, { 0 } },
	           3600);
}

/* A report is repeated for another resolver, for one that validates again, and after a week. */
static void again(void **state)
{
	(void)state;
	take_steps(RULES,
	           (struct step[]){ { 'w', 53, "vd", false },
	                            { 'w', 54, "vd", false },
	                            { 'w', 53, "d", true },
	                            { 'w', 54, "d", true },
	                            { 0 } },
	           3600);
	take_steps(RULES,
	           (struct step[]){ { 'W', 53, "vd", false },
	                            { 'X', 53, "vd", false },
	                            { 'W', 53, "d", true },
	                            { 'Y', 53, "vd", false },
	                            { 'X', 53, "d", true },
	                            { 0 } },
	           3600);
	for (int64_t age_s = 604799; age_s <= 604800; age_s++) {
		struct bench bench;
		begin(&bench, RULES);
		int64_t time_s = take_more(bench.baseline,
		                           (struct step[]){ { 'w', 53, "vd", false },
		                                            { 'x', 53, "vd", false },
		                                            { 'w', 53, "d", true },
		                                            { 0 } },
		                           START_S, 3600);
		(void)take_more(bench.baseline,
		                (struct step[]){ { 'w', 53, "vd", false },
		                                 { 'x', 53, "d", age_s == 604800 },
		                                 { 0 } },
		                time_s + age_s - 3600, 3600);
		end(&bench);
	}
	/* the week begins with the latest report: a third of a week lies between two steps */
	take_steps(RULES,
	           (struct step[]){ { 'w', 53, "vd", false },
	                            { 'x', 53, "vd", false },
	                            { 'y', 53, "vd", false },
	                            { 'w', 53, "d", true },
	                            { 'w', 53, "vd", false },
	                            { 'w', 53, "vd", false },
	                            { 'x', 53, "d", true },
	                            { 'x', 53, "vd", false },
	                            { 'y', 53, "d", false },
	                            { 0 } },
	           201600);
}

/* A name that lost the bit is not reported again, however long ago that was: neither before it has
 * the bit again, nor after. */
static void once(void **state)
{
	(void)state;
	take_steps(RULES,
	           (struct step[]){ { 'w', 53, "vd", false },
	                            { 'w', 53, "d", true },
	                            { 'x', 53, "vd", false },
	                            { 'w', 53, "d", false },
	                            { 'w', 53, "vd", false },
	                            { 'w', 53, "d", false },
	                            { 0 } },
	           2 * 604800);
}

/* The age that a rule demands is enough. */
static void old_enough(void **state)
{
	(void)state;
	for (int64_t s = 3599; s <= 3600; s++) {
		take_steps("learn * all after=1h min=1\n",
		           (struct step[]){
		                   { 'w', 53, "vd", false }, { 'w', 53, "d", s == 3600 }, { 0 } },
		           s);
	}
}

/* Answers of different resolvers, and with another DO bit, are known apart. */
static void apart(void **state)
{
	(void)state;
	for (uint8_t last = 52; last < 56; last++) {
		/* within a second */
		take_steps(RULES,
		           (struct step[]){ { 'w', (uint8_t)(last ^ 1), "vd", false },
		                            { 'w', (uint8_t)(last ^ 2), "vd", false },
		                            { 'w', (uint8_t)(last ^ 3), "d", false },
		                            { 'w', last, "vd", false },
		                            { 'w', last, "d", true },
		                            { 0 } },
		           1);
	}
	take_steps(RULES,
	           (struct step[]){ { 'w', 52, "vd", false },
	                            { 'w', 53, "vd", false },
	                            { 'w', 54, "vd", false },
	                            { 'w', 52, "", false },
	                            { 'w', 53, "", false },
	                            { 'w', 54, "", false },
	                            { 0 } },
	           3600);
}

/* What is noted of an answer for the next rows of the same resolver. */
static void noted(void **state)
{
	(void)state;
	static const struct {
		const char *rules;
		const char *flags;
		uint8_t resolver;
		uint8_t answers;
		uint8_t noted;
	} tests[] = {
		{ "learn * ds\n", "v", 52, 1, VALIDATED },
		{ "learn * ds\n", "", 52, 1, NOT_VALIDATED },
		{ "learn * ds\n", "v", 53, 1, VALIDATED << 2 },
		{ "learn * ds\n", "", 54, 1, NOT_VALIDATED << 4 },
		{ "learn * ds\n", "v", 55, 1, VALIDATED << 6 },
		{ "learn * ds\n", "v", 52, 0, 0 },
		{ "learn * ds\n", "va", 52, 1, 0 },
		{ "learn * ds\n", "vc", 52, 1, 0 },
		{ "learn * ip,ns,mx,health\n", "v", 52, 1, 0 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct step step = { 'w', tests[i].resolver, tests[i].flags, false };
		const struct in6_addr server = resolver_at(step.resolver);
		uint8_t wire[128];
		struct dns_message message;
		struct bench bench;
		begin(&bench, tests[i].rules);
		assert_int_equal(dns_open(&message, wire, make(&step, wire)), DNS_OK);
		message.counts[DNS_ANSWER] = tests[i].answers;
		if (validated_answer(bench.baseline, &message, &server) != tests[i].noted) {
			fail_msg("answer %zu", i);
		}
		end(&bench);
	}
}

/* A report is about the domain. It lists the resolvers that validated the name. */
static void listed(void **state)
{
	(void)state;
	char text[BASELINE_TEXT_SIZE];
	take_steps(RULES,
	           (struct step[]){ { 'w', 53, "v", false },
	                            { 'w', 53, "v", false },
	                            { 'w', 53, "", true },
	                            { 0 } },
	           3600);
	assert_int_equal(latest.seen.owner_size, 13);
	assert_int_equal(latest.known_count, 1);
	assert_int_equal(latest.known[0].count, 2);
	assert_int_equal(latest.known[0].first, START_S);
	assert_int_equal(latest.known[0].last, START_S + 3600);
	baseline_text(&latest.known[0], text);
	assert_string_equal(text, "AD from 192.0.2.53");
	/* what notes a report is not one of them */
	take_steps(RULES,
	           (struct step[]){ { 'W', 53, "vd", false },
	                            { 'W', 54, "vd", false },
	                            { 'W', 53, "d", true },
	                            { 'W', 54, "d", true },
	                            { 0 } },
	           3600);
	assert_int_equal(latest.seen.owner_size, 7);
	assert_int_equal(latest.known_count, 2);
}

static struct known_value *add_ds(struct known *known, uint8_t flags)
{
	static const uint8_t domain[] = "\7example\3com";
	known_lock(known);
	struct known_value *value =
	        known_add(known, known_add_name(known, domain, sizeof(domain)), KNOWN_DS, 0x10802);
	assert_non_null(value);
	value->kind |= flags;
	value->first = value->last = START_S;
	known_unlock(known);
	return value;
}

/* What notes a report is nothing that was known before, also after a second report. */
static void notes_are_not_listed(void **state)
{
	(void)state;
	take_steps(RULES,
	           (struct step[]){ { '1', 53, "vd", false },
	                            { '2', 53, "vd", false },
	                            { 'W', 54, "vd", false },
	                            { '1', 53, "d", true },
	                            { '3', 53, "vd", false },
	                            { '2', 53, "d", true },
	                            { 'W', 54, "d", true },
	                            { 0 } },
	           8 * 24 * 3600);
	assert_int_equal(latest.known_count, 1);
	assert_int_equal(latest.known[0].number & 0x80000000u, 0);
}

/* What is known of the domain's DS record decides, and is listed. */
static void with_ds(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags <= KNOWN_REPORTED; flags += KNOWN_REPORTED) {
		struct bench bench;
		begin(&bench, RULES);
		int64_t time_s = take_more(bench.baseline,
		                           (struct step[]){ { 'w', 53, "vd", false },
		                                            { 'x', 53, "vd", false },
		                                            { 0 } },
		                           START_S, 3600);
		const struct known_value *value = add_ds(bench.known, (uint8_t)flags);
		(void)take_more(bench.baseline,
		                (struct step[]){ { 'w', 53, "d", flags == 0 }, { 0 } },
		                time_s + 3600, 3600);
		if (flags == 0) {
			assert_int_equal(latest.known_count, 1);
			assert_int_equal(latest.known[0].kind, KNOWN_DS);
			assert_int_equal(value->kind & KNOWN_REPORTED, KNOWN_REPORTED);
		}
		end(&bench);
	}
}

/* The number of answers does not begin again at 0. */
static void many_answers(void **state)
{
	enum { COUNT = UINT16_MAX + 1 };
	struct step *steps = calloc(COUNT + 2, sizeof(*steps));
	(void)state;
	assert_non_null(steps);
	for (size_t i = 0; i < COUNT; i++) {
		steps[i] = (struct step){ 'W', 53, "vd", false };
	}
	steps[COUNT] = (struct step){ 'W', 53, "d", true };
	take_steps(RULES, steps, 3600);
	assert_int_equal(latest.known[0].count, UINT16_MAX);
	free(steps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost),
		cmocka_unit_test(ordinary),
		cmocka_unit_test(again),
		cmocka_unit_test(once),
		cmocka_unit_test(old_enough),
		cmocka_unit_test(apart),
		cmocka_unit_test(noted),
		cmocka_unit_test(listed),
		cmocka_unit_test(with_ds),
		cmocka_unit_test(many_answers),
		cmocka_unit_test(notes_are_not_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
