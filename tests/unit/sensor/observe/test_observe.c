/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "sensor/events/event.h"
#include "sensor/observe/observe.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

#define TIME_NS 1590883512345678000LL

static const struct flow FLOW = {
	.key = {
		.client = { .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
		.server = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 9, 110 } },
	},
	.time_ns = TIME_NS,
};

/* The observations, one a line: WHAT VALUE FIELD SECTION [OWNER TTL]. */
struct observed {
	char text[8192];
	size_t size;
	unsigned count;
};

static struct observed observed;
static struct wire wire;

static void note(void *ctx, const struct observation *seen, const char *field, int section)
{
	char value[EVENT_VALUE_MAX];
	char owner[DNS_NAME_TEXT_MAX];
	struct observed *to = ctx;
	assert_int_equal(seen->time_ns, TIME_NS);
	assert_null(seen->local);
	assert_null(seen->server);
	assert_int_not_equal(seen->name == NULL, seen->addr == NULL);
	if (seen->name != NULL) {
		assert_in_range(seen->name_size, 1, DNS_NAME_MAX);
		assert_int_equal(seen->name[seen->name_size - 1], 0);
	}
	to->count++;
	size_t size = event_value(seen, value, sizeof(value));
	size_t room = sizeof(to->text) - to->size;
	if (room < size + DNS_NAME_TEXT_MAX + 128) {
		return;
	}
	to->size += (size_t)snprintf(to->text + to->size, room, "%s %.*s %s %d",
	                             observation_kind_text(seen->kind), (int)size, value, field,
	                             section);
	if (seen->owner != NULL) {
		(void)dns_name_text(seen->owner, owner);
		to->size += (size_t)snprintf(to->text + to->size, room, " %s %u", owner, seen->ttl);
	}
	to->text[to->size++] = '\n';
	to->text[to->size] = '\0';
}

static int observe(const uint8_t *bytes, size_t size)
{
	struct dns_message message;
	observed.size = 0;
	observed.count = 0;
	observed.text[0] = '\0';
	assert_int_equal(dns_open(&message, bytes, size), DNS_OK);
	return observe_dns(&message, &FLOW, true, note, &observed, NULL);
}

static const uint8_t ADDRESS[] = { 45, 77, 24, 250 };
static const uint8_t ADDRESS6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 9 };

#define RESOLVER "resolver 45.77.9.110 server.ip -1\n"

static void begin(uint16_t qd, uint16_t an, uint16_t ns, uint16_t ar)
{
	const uint16_t counts[] = { qd, an, ns, ar };
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
}

static void put_mx(const char *owner, uint32_t ttl, const char *exchange)
{
	size_t begun = wire_begin_record(&wire, owner, DNS_TYPE_MX, ttl);
	wire_u16(&wire, 10);
	wire_name(&wire, exchange);
	wire_end_record(&wire, begun);
}

static void put_soa(const char *owner, const char *primary)
{
	size_t begun = wire_begin_record(&wire, owner, DNS_TYPE_SOA, 900);
	wire_name(&wire, primary);
	wire_name(&wire, "hostmaster.example.org");
	wire_fill(&wire, 0, 20);
	wire_end_record(&wire, begun);
}

static void whole_response_in_order(void **state)
{
	(void)state;
	begin(1, 2, 2, 3);
	wire_question(&wire, "Coincheck.com", DNS_TYPE_MX);
	put_mx("coincheck.com", 3600, "MAIL.coincheck.com");
	wire_record_name(&wire, "www.coincheck.com", DNS_TYPE_CNAME, 60, "cdn.example.net");
	wire_record_name(&wire, "coincheck.com", DNS_TYPE_NS, 360000, "ns-1515.awsdns-061.org");
	wire_record_name(&wire, "coincheck.com", DNS_TYPE_NS, 360000, "ns-650.awsdns-017.net");
	wire_record(&wire, "mail.coincheck.com", DNS_TYPE_A, 300, ADDRESS, 4);
	wire_record(&wire, "mail.coincheck.com", DNS_TYPE_AAAA, 300, ADDRESS6, 16);
	wire_record(&wire, "", DNS_TYPE_OPT, 0, NULL, 0);
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_string_equal(
	        observed.text,
	        RESOLVER "name coincheck.com dns.question.name 0\n"
	                 "mx mail.coincheck.com dns.answers.data 1 coincheck.com 3600\n"
	                 "name www.coincheck.com dns.answers.name 1 www.coincheck.com 60\n"
	                 "cname cdn.example.net dns.answers.data 1 www.coincheck.com 60\n"
	                 "name coincheck.com dns.authorities.name 2 coincheck.com 360000\n"
	                 "ns ns-1515.awsdns-061.org dns.authorities.data 2 coincheck.com 360000\n"
	                 "ns ns-650.awsdns-017.net dns.authorities.data 2 coincheck.com 360000\n"
	                 "name mail.coincheck.com dns.additionals.name 3 mail.coincheck.com 300\n"
	                 "ip 45.77.24.250 dns.additionals.data 3 mail.coincheck.com 300\n"
	                 "ip 2001:db8::9 dns.additionals.data 3 mail.coincheck.com 300\n");
}

/* RFC 2181, section 8 */
static void a_ttl_with_the_top_bit_is_zero(void **state)
{
	(void)state;
	begin(0, 2, 0, 0);
	wire_record_name(&wire, "a", DNS_TYPE_NS, 0x7fffffff, "b");
	wire_record_name(&wire, "a", DNS_TYPE_NS, 0x80000000, "c");
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_string_equal(observed.text, RESOLVER "name a dns.answers.name 1 a 2147483647\n"
	                                            "ns b dns.answers.data 1 a 2147483647\n"
	                                            "ns c dns.answers.data 1 a 0\n");
}

static void other_types(void **state)
{
	(void)state;
	begin(0, 5, 0, 0);
	put_soa("a", "primary.example.org");
	wire_record_name(&wire, "a", DNS_TYPE_DNAME, 60, "b");
	wire_record_name(&wire, "a", DNS_TYPE_PTR, 60, "c");
	wire_record(&wire, "a", DNS_TYPE_TXT, 60, "\2ns", 3);
	wire_record(&wire, "a", 65280, 60, ADDRESS, 4);
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_string_equal(observed.text,
	                    RESOLVER "name a dns.answers.name 1 a 900\n"
	                             "ns primary.example.org dns.answers.data 1 a 900\n"
	                             "cname b dns.answers.data 1 a 60\n");
}

/* Of other op codes and classes, only the resolver is observed. */
/* RFC 9460: the names and addresses that a client may use without further queries. */
static void services(void **state)
{
	(void)state;
	static const uint8_t hints[] = { 0, 1, 3,  'c',  'd', 'n', 1,    'a', 0, 0, 4,
		                         0, 8, 45, 77,   24,  250, 192,  0,   2, 1, 0,
		                         6, 0, 16, 0x20, 1,   0xd, 0xb8, 0,   0, 0, 0,
		                         0, 0, 0,  0,    0,   0,   0,    9 };
	static const uint8_t cut[] = { 0, 1, 1, 'a', 0, 0, 4, 0, 9, 45, 77, 24, 250 };
	static const uint8_t target[] = { 0, 1, 0, 2, 2, 0x4b, 1, 'm', 1, 'a', 0 };
	begin(0, 3, 0, 0);
	wire_record(&wire, "x", DNS_TYPE_HTTPS, 60, hints, sizeof(hints));
	wire_record(&wire, "x", DNS_TYPE_SVCB, 60, cut, sizeof(cut));
	wire_record(&wire, "x", DNS_TYPE_SRV, 60, target, sizeof(target));
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_string_equal(observed.text, RESOLVER "name x dns.answers.name 1 x 60\n"
	                                            "name cdn.a dns.answers.data 1 x 60\n"
	                                            "ip 45.77.24.250 dns.answers.data 1 x 60\n"
	                                            "ip 192.0.2.1 dns.answers.data 1 x 60\n"
	                                            "ip 2001:db8::9 dns.answers.data 1 x 60\n"
	                                            "name a dns.answers.data 1 x 60\n"
	                                            "name m.a dns.answers.data 1 x 60\n");
}

static void other_messages_are_not_about_names(void **state)
{
	(void)state;
	static const struct {
		unsigned opcode, rclass;
		bool about_names;
	} tests[] = {
		{ 0, 1, true },  { 0, 0x8001, true }, /* multicast DNS: a flag, RFC 6762
		                                         section 10.2 */
		{ 0, 3, false }, { 0, 254, false },   { 0, 255, false },
		{ 0, 0, false }, { 4, 1, false },     { 5, 1, false },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(1, 1, 0, 0);
		wire_patch_u16(&wire, 2, 0x8000 | tests[i].opcode << 11);
		wire_name(&wire, "a");
		wire_u16(&wire, DNS_TYPE_A);
		wire_u16(&wire, tests[i].rclass);
		size_t start = wire.size;
		wire_record(&wire, "b", DNS_TYPE_A, 60, ADDRESS, 4);
		wire_patch_u16(&wire, start + 5, tests[i].rclass);
		assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
		assert_int_equal(observed.count, tests[i].about_names ? 4 : 1);
		assert_memory_equal(observed.text, RESOLVER, sizeof(RESOLVER) - 1);
	}
}

static void owner_is_observed_when_it_changes(void **state)
{
	(void)state;
	begin(1, 4, 0, 0);
	wire_question(&wire, "a", DNS_TYPE_A);
	wire_record(&wire, "A", DNS_TYPE_A, 60, ADDRESS, 4);
	wire_record(&wire, "b", DNS_TYPE_A, 60, ADDRESS, 4);
	wire_record(&wire, "b.b", DNS_TYPE_A, 60, ADDRESS, 4);
	wire_record(&wire, "", DNS_TYPE_A, 60, ADDRESS, 4);
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_string_equal(observed.text, RESOLVER "name a dns.question.name 0\n"
	                                            "ip 45.77.24.250 dns.answers.data 1 a 60\n"
	                                            "name b dns.answers.name 1 b 60\n"
	                                            "ip 45.77.24.250 dns.answers.data 1 b 60\n"
	                                            "name b.b dns.answers.name 1 b.b 60\n"
	                                            "ip 45.77.24.250 dns.answers.data 1 b.b 60\n"
	                                            "name . dns.answers.name 1 . 60\n"
	                                            "ip 45.77.24.250 dns.answers.data 1 . 60\n");
}

/* Faulty RDATA costs its own record, not the next ones. */
static void bad_rdata_is_skipped(void **state)
{
	(void)state;
	static const struct {
		unsigned type;
		const char *rdata;
		size_t size;
	} tests[] = {
		{ DNS_TYPE_A, "\1\2\3", 3 },    { DNS_TYPE_A, "", 0 },
		{ DNS_TYPE_AAAA, "\1\2\3", 3 }, { DNS_TYPE_NS, "\5ab", 3 },
		{ DNS_TYPE_NS, "\xff\xff", 2 }, { DNS_TYPE_MX, "\0", 1 },
		{ DNS_TYPE_SOA, "", 0 },        { DNS_TYPE_CNAME, "\x40", 1 },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		begin(0, 2, 0, 0);
		wire_record(&wire, "a", tests[i].type, 60, tests[i].rdata, tests[i].size);
		wire_record(&wire, "a", DNS_TYPE_A, 60, ADDRESS, 4);
		assert_int_equal(observe(wire.bytes, wire.size), DNS_BAD_RDATA);
		assert_string_equal(observed.text,
		                    RESOLVER "name a dns.answers.name 1 a 60\n"
		                             "ip 45.77.24.250 dns.answers.data 1 a 60\n");
	}
}

/* A message is cut at every octet: the observations before the fault were made. */
static void cut_at_every_octet(void **state)
{
	(void)state;
	struct guard guard;
	unsigned last = 1;
	guard_open(&guard);
	begin(1, 2, 1, 0);
	wire_question(&wire, "a", DNS_TYPE_MX);
	put_mx("a", 60, "b");
	wire_record(&wire, "b", DNS_TYPE_A, 60, ADDRESS, 4);
	wire_record_name(&wire, "a", DNS_TYPE_NS, 60, "c");
	for (size_t size = DNS_HEADER_SIZE; size < wire.size; size++) {
		int ret = observe(guard_lay(&guard, wire.bytes, size), size);
		assert_true(ret == DNS_SHORT_ENTRY || ret == DNS_LONG_RDATA);
		assert_true(observed.count >= last);
		last = observed.count;
	}
	assert_int_equal(last, 5);
	assert_int_equal(observe(guard_lay(&guard, wire.bytes, wire.size), wire.size), DNS_OK);
	assert_int_equal(observed.count, 7);
	guard_close(&guard);
}

static void octets_after_the_message_are_a_fault(void **state)
{
	(void)state;
	begin(0, 1, 0, 0);
	wire_record(&wire, "a", DNS_TYPE_A, 60, ADDRESS, 4);
	wire_u8(&wire, 0);
	assert_int_equal(observe(wire.bytes, wire.size), DNS_TRAILING);
	assert_int_equal(observed.count, 3);
}

/* A record by itself yields the observations that it yields in its message. */
static void records_by_themselves(void **state)
{
	(void)state;
	const struct observation like = { .time_ns = TIME_NS };
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	static char wanted[sizeof(observed.text)];
	begin(1, 3, 1, 1);
	wire_question(&wire, "q", DNS_TYPE_MX);
	put_mx("a", 60, "b");
	wire_record_name(&wire, "c", DNS_TYPE_CNAME, 60, "b");
	wire_record(&wire, "b", DNS_TYPE_A, 60, ADDRESS, 4);
	put_soa("d", "ns.d");
	wire_record(&wire, "e", DNS_TYPE_AAAA, 60, ADDRESS6, 16);
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	memcpy(wanted, observed.text, sizeof(wanted));

	observed.size = 0;
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	dns_walk_begin(&walk, &message);
	while (dns_walk_next(&walk, &entry) > 0) {
		observe_record(&message, &entry, &like, note, &observed);
	}
	assert_string_equal(observed.text, wanted + strlen(RESOLVER));
}

static void note_origins(void *ctx, const struct observation *seen, const char *field, int section)
{
	(void)field;
	(void)section;
	if (seen->kind == KIND_IP) {
		*(struct observation *)ctx = *seen;
	}
}

static void origins_of_a_record(void **state)
{
	(void)state;
	static const uint8_t name[] = "\1o";
	const struct observation_name origin = { name, sizeof(name) };
	const struct observation like = { .time_ns = TIME_NS,
		                          .span_ns = 5,
		                          .undated = true,
		                          .origins = &origin,
		                          .origins_count = 1 };
	const struct dns_message message = { .wire = ADDRESS, .size = sizeof(ADDRESS) };
	struct dns_entry entry = { .section = DNS_ANSWER,
		                   .type = DNS_TYPE_A,
		                   .rdata = ADDRESS,
		                   .rdata_size = sizeof(ADDRESS) };
	struct observation seen = { .kind = KIND_NAME };
	assert_int_equal(dns_name_from_host("a", 1, &entry.owner), DNS_NAME_OK);
	observe_record(&message, &entry, &like, note_origins, &seen);
	assert_int_equal(seen.kind, KIND_IP);
	assert_int_equal(seen.origins_count, 1);
	assert_ptr_equal(seen.origins, &origin);
	assert_int_equal(seen.span_ns, 5);
	assert_true(seen.undated);
}

/* Ends after the second observation, which is that of the question. */
static void note_question(void *ctx, const struct observation *seen, const char *field, int section)
{
	bool *enough = ctx;
	note(&observed, seen, field, section);
	*enough = section == DNS_QUESTION;
}

static void ends_when_it_is_enough(void **state)
{
	struct dns_message message;
	bool enough = false;
	(void)state;
	begin(1, 1, 0, 0);
	wire_question(&wire, "example.org", DNS_TYPE_MX);
	put_mx("example.org", 3600, "mail.example.org");
	assert_int_equal(observe(wire.bytes, wire.size), DNS_OK);
	assert_int_equal(observed.count, 3);
	observed.count = 0;
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	assert_int_equal(observe_dns(&message, &FLOW, true, note_question, &enough, &enough),
	                 DNS_OK);
	assert_true(enough);
	assert_int_equal(observed.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_response_in_order),
		cmocka_unit_test(a_ttl_with_the_top_bit_is_zero),
		cmocka_unit_test(other_types),
		cmocka_unit_test(services),
		cmocka_unit_test(other_messages_are_not_about_names),
		cmocka_unit_test(owner_is_observed_when_it_changes),
		cmocka_unit_test(bad_rdata_is_skipped),
		cmocka_unit_test(cut_at_every_octet),
		cmocka_unit_test(octets_after_the_message_are_a_fault),
		cmocka_unit_test(records_by_themselves),
		cmocka_unit_test(origins_of_a_record),
		cmocka_unit_test(ends_when_it_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
