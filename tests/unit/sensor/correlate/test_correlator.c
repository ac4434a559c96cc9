/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "sensor/correlate/correlator.h"
#include "sensor/correlate/learned_hits.h"
#include "tests/unit/wire.h"

#define S     1000000000LL
#define HOUR  (3600 * S)
#define START (1590883512 * S)

static const uint8_t FAKE[] = { 45, 77, 24, 250 };
static const struct in6_addr FAKE_ADDR = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 24, 250 } };
static const uint8_t OTHER[] = { 192, 0, 2, 9 };
static const struct in6_addr OTHER_ADDR = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 9 } };
static const struct in6_addr CLIENT = { .s6_addr = { [10] = 0xff, 0xff, 198, 51, 100, 7 } };
static const uint8_t EXCHANGE[] = "\4mail\4test";

static struct wire wire;
static struct correlator_shared *shared;
static struct correlator *correlator;

static int begin(void **state)
{
	(void)state;
	shared = correlator_shared_new(1, HOUR);
	correlator = shared != NULL ? correlator_new(shared, 0, NULL) : NULL;
	return correlator != NULL ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	correlator_free(correlator);
	correlator_shared_free(shared);
	return 0;
}

static void learn(enum observation_kind kind, enum rule_severity severity, const char *id)
{
	struct observation seen = { .kind = kind, .ttl = 300, .time_ns = START };
	struct rule_view rule = { .id = id, .severity = severity };
	if (kind == KIND_IP) {
		seen.addr = &FAKE_ADDR;
	} else {
		seen.name = EXCHANGE;
		seen.name_size = sizeof(EXCHANGE);
	}
	correlator_begin(correlator, NULL, &CLIENT);
	correlator_learn(correlator, &seen, &rule, "");
}

/* A response whose one answer gives an address to a name. */
static void answer(const char *owner, const uint8_t addr[4], unsigned opcode, unsigned rclass)
{
	static const uint16_t counts[] = { 0, 1, 0, 0 };
	struct dns_message message;
	wire_dns(&wire, 1, DNS_FLAG_QR | opcode << 11, counts);
	wire_record(&wire, owner, DNS_TYPE_A, 60, addr, 4);
	wire_patch_u16(&wire, wire.size - 12, rclass);
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	correlator_begin(correlator, NULL, &CLIENT);
	correlator_message(correlator, &message, START);
}

static const char *cause_of(const struct in6_addr *addr, int64_t time_ns)
{
	static struct watch_cause cause;
	return correlator_find_server(correlator, NULL, addr, time_ns, &cause) ? cause.rule_id
	                                                                       : NULL;
}

static void a_message_without_a_hit_watches_nothing(void **state)
{
	(void)state;
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_null(cause_of(&FAKE_ADDR, START));
}

/* The hit that explains an address best is reported as its cause. */
static void the_closest_hit_is_the_cause(void **state)
{
	(void)state;
	learn(KIND_NS, SEVERITY_CRITICAL, "ns");
	learn(KIND_MX, SEVERITY_LOW, "mx");
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
	learn(KIND_NS, SEVERITY_LOW, "low");
	learn(KIND_NS, SEVERITY_HIGH, "high");
	answer("other.test", OTHER, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&OTHER_ADDR, START), "high");
}

static void the_address_itself_comes_first(void **state)
{
	(void)state;
	learn(KIND_MX, SEVERITY_CRITICAL, "mx");
	learn(KIND_IP, SEVERITY_LOW, "ip");
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "ip");
}

/* A subsequent answer without a hit of its own, for the exchange that was hit and no other name. */
static void an_exchange_is_followed(void **state)
{
	(void)state;
	learn(KIND_MX, SEVERITY_HIGH, "mx");
	answer("unrelated.test", (const uint8_t[]){ 192, 0, 2, 1 }, 0, DNS_CLASS_IN);
	answer("other.test", OTHER, 0, DNS_CLASS_IN);
	assert_null(cause_of(&OTHER_ADDR, START));
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START + HOUR), "mx");
	assert_null(cause_of(&FAKE_ADDR, START + HOUR + 1));
}

/* Records of an update, a notification or another class answer no question: any host may
 * send them. */
static void only_answers_about_names_watch(void **state)
{
	(void)state;
	static const struct {
		unsigned opcode, rclass;
		bool watched;
	} tests[] = {
		{ 4, DNS_CLASS_IN, false }, { 5, DNS_CLASS_IN, false },         { 0, 3, false },
		{ 0, 254, false },          { 0, DNS_CLASS_IN | 0x8000, true },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		learn(KIND_RESOLVER, SEVERITY_HIGH, "resolver");
		answer("mail.test", FAKE, tests[i].opcode, tests[i].rclass);
		assert_int_equal(cause_of(&FAKE_ADDR, START) != NULL, tests[i].watched);
	}
}

/* Hits beyond the limit are not compared, but the address is watched; the next message
 * starts without hits. */
static void hits_beyond_the_limit(void **state)
{
	(void)state;
	for (int i = 0; i < LEARNED_HITS_MAX + 3; i++) {
		learn(KIND_NS, SEVERITY_HIGH, i < LEARNED_HITS_MAX ? "kept" : "beyond");
	}
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "kept");
	answer("mail.test", OTHER, 0, DNS_CLASS_IN);
	assert_null(cause_of(&OTHER_ADDR, START));
}

static void learn_decoys(enum observation_kind kind, int count)
{
	for (int i = 0; i < count; i++) {
		const struct in6_addr addr = { .s6_addr = { 0x20, 1, (uint8_t)(i >> 8),
			                                    (uint8_t)i } };
		const uint8_t name[] = { 5,
			                 'd',
			                 'e',
			                 (uint8_t)('a' + i / 676),
			                 (uint8_t)('a' + i / 26 % 26),
			                 (uint8_t)('a' + i % 26),
			                 4,
			                 't',
			                 'e',
			                 's',
			                 't',
			                 0 };
		const struct observation seen = { .kind = kind,
			                          .addr = kind == KIND_IP ? &addr : NULL,
			                          .name = kind == KIND_IP ? NULL : name,
			                          .name_size = sizeof(name),
			                          .time_ns = START };
		const struct rule_view rule = { .id = "decoy", .severity = SEVERITY_HIGH };
		correlator_begin(correlator, NULL, &CLIENT);
		correlator_learn(correlator, &seen, &rule, "");
	}
}

/* As many decoys as a message can have come first. */
static void decoy_exchanges(void **state)
{
	(void)state;
	learn_decoys(KIND_MX, 4096);
	learn(KIND_MX, SEVERITY_LOW, "mx");
	answer("unrelated.test", (const uint8_t[]){ 192, 0, 2, 1 }, 0, DNS_CLASS_IN);
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
}

/* The exchange's address is in the same message, after as many hits as there can be. */
static void decoy_hits_in_the_message(void **state)
{
	(void)state;
	learn_decoys(KIND_MX, 4096);
	learn(KIND_MX, SEVERITY_LOW, "mx");
	answer("mail.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
	learn_decoys(KIND_IP, 4096);
	learn(KIND_IP, SEVERITY_LOW, "ip");
	answer("mail.test", OTHER, 0, DNS_CLASS_IN);
	const struct in6_addr decoy = { .s6_addr = { 0x20, 1, 0x0f, 0xff } };
	assert_string_equal(cause_of(&decoy, START), "decoy");
}

static void cname(const char *owner, const char *target)
{
	wire_record_name(&wire, owner, DNS_TYPE_CNAME, 60, target);
}

static void begin_answer(unsigned answers, unsigned additionals)
{
	const uint16_t counts[] = { 0, (uint16_t)answers, 0, (uint16_t)additionals };
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
}

static void end_answer(void)
{
	struct dns_message message;
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	correlator_begin(correlator, NULL, &CLIENT);
	correlator_message(correlator, &message, START);
}

/* The exchange is an alias, in any order of records and over several messages. */
static void an_exchange_that_is_an_alias(void **state)
{
	(void)state;
	learn(KIND_MX, SEVERITY_HIGH, "mx");
	answer("unrelated.test", (const uint8_t[]){ 192, 0, 2, 1 }, 0, DNS_CLASS_IN);
	begin_answer(3, 0);
	wire_record(&wire, "c.test", DNS_TYPE_A, 60, FAKE, 4);
	cname("b.test", "c.test");
	cname("mail.test", "b.test");
	end_answer();
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
	begin_answer(1, 0);
	cname("c.test", "d.test");
	end_answer();
	answer("x.test", OTHER, 0, DNS_CLASS_IN);
	assert_null(cause_of(&OTHER_ADDR, START));
	answer("d.test", OTHER, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&OTHER_ADDR, START), "mx");
}

static void cname_records_that_loop(void **state)
{
	(void)state;
	learn(KIND_MX, SEVERITY_HIGH, "mx");
	begin_answer(3, 0);
	cname("mail.test", "b.test");
	cname("b.test", "mail.test");
	cname("mail.test", "mail.test");
	end_answer();
	answer("b.test", FAKE, 0, DNS_CLASS_IN);
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
}

/* Addresses that only come along: the first of them, and all of the exchange. */
static void a_flood_of_additional_records(void **state)
{
	(void)state;
	const unsigned count = 2000;
	learn(KIND_MX, SEVERITY_HIGH, "mx");
	begin_answer(0, count + 1);
	for (unsigned i = 0; i < count; i++) {
		const uint8_t addr[] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		wire_record(&wire, "x", DNS_TYPE_A, 0x7fffffff, addr, sizeof(addr));
	}
	wire_record(&wire, "mail.test", DNS_TYPE_A, 60, FAKE, 4);
	end_answer();
	assert_string_equal(cause_of(&FAKE_ADDR, START), "mx");
	struct in6_addr addr = FAKE_ADDR;
	memcpy(addr.s6_addr + 12, (const uint8_t[]){ 10, 0, 0, 255 }, 4);
	assert_string_equal(cause_of(&addr, START), "mx");
	memcpy(addr.s6_addr + 12, (const uint8_t[]){ 10, 0, 1, 0 }, 4);
	assert_null(cause_of(&addr, START));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_message_without_a_hit_watches_nothing),
		TEST(the_closest_hit_is_the_cause),
		TEST(the_address_itself_comes_first),
		TEST(an_exchange_is_followed),
		TEST(only_answers_about_names_watch),
		TEST(hits_beyond_the_limit),
		TEST(decoy_exchanges),
		TEST(decoy_hits_in_the_message),
		TEST(an_exchange_that_is_an_alias),
		TEST(cname_records_that_loop),
		TEST(a_flood_of_additional_records),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
