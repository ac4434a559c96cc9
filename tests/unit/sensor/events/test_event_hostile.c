/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events of hostile messages are valid JSON and fit a record. */
#include "tests/unit/unit.h"

#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_name_read.h"
#include "sensor/events/event.h"
#include "sensor/events/event_related.h"
#include "tests/unit/guard.h"
#include "tests/unit/parsed.h"
#include "tests/unit/sensor/events/one_mailbox.h"
#include "tests/unit/wire.h"

static struct event_writer *writer;
static struct wire wire;

static const struct flow FLOW = {
	.key = {
		.client = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 53 } },
		.server = { .s6_addr = { [10] = 0xff, 0xff, 198, 51, 100, 1 } },
		.protocol = IPPROTO_UDP,
	},
	.encapsulation = { .vlan = VLAN_NONE },
};

static const struct rule_view RULE = {
	.severity = SEVERITY_LOW,
	.form = FORM_NAME,
	.confidence = -1,
	.id = "r",
	.text = "alert any .",
	.indicator = ".",
};

static json_t *parsed_event(const struct event *event)
{
	assert_non_null(event);
	assert_true(record_size(&event->record) <= RECORD_SIZE_MAX);
	assert_null(memchr(event->record.json, '\n', event->record.json_size));
	return parsed(event->record.json, event->record.json_size);
}

static json_t *dns_event(const uint8_t *bytes, size_t size)
{
	struct dns_message message;
	assert_int_equal(dns_open(&message, bytes, size), DNS_OK);
	const struct event_subject subject = { .flow = &FLOW, .dns = &message };
	return parsed_event(event_write(writer, &subject, NULL, EVENT_WHOLE));
}

/* A name of four labels with 240 consecutive octets. */
static void put_octets_name(struct wire *to, unsigned first)
{
	for (unsigned label = 0; label < 4; label++) {
		wire_u8(to, 60);
		for (unsigned i = 0; i < 60; i++) {
			wire_u8(to, first + label * 60 + i);
		}
	}
	wire_u8(to, 0);
}

static void names_of_any_octets(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 1, 1, 0, 0 };
	for (unsigned first = 0; first < 256; first++) {
		wire_dns(&wire, 1, DNS_FLAG_QR, counts);
		put_octets_name(&wire, first);
		wire_u32(&wire, DNS_TYPE_NS << 16 | 1);
		wire_pointer(&wire, DNS_HEADER_SIZE);
		wire_u32(&wire, DNS_TYPE_NS << 16 | 1);
		wire_u32(&wire, 60);
		wire_u16(&wire, 2);
		wire_pointer(&wire, DNS_HEADER_SIZE);
		struct dns_message message;
		struct dns_name name;
		struct cursor c = cursor_init(wire.bytes, wire.size);
		cursor_skip(&c, DNS_HEADER_SIZE);
		assert_int_equal(dns_name_read(&c, wire.size, &name, NULL), DNS_NAME_OK);
		assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
		const struct observation seen = { .kind = KIND_NS,
			                          .name = name.wire,
			                          .name_size = name.size,
			                          .owner = name.wire,
			                          .owner_size = name.size };
		const struct event_hit hit = { .seen = &seen,
			                       .rule = &RULE,
			                       .field = "dns.answers.data",
			                       .section = DNS_ANSWER };
		const struct event_subject subject = { .flow = &FLOW, .dns = &message };
		json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
		char text[DNS_NAME_TEXT_MAX];
		(void)dns_name_text(name.wire, text);
		/* The same text in all fields; escapes make it unique. */
		assert_string_equal(parsed_text(root, "dns.question.name"), text);
		assert_string_equal(parsed_text(root, "dns.answers.0.data"), text);
		assert_string_equal(parsed_text(root, "nsmx.owner"), text);
		assert_string_equal(parsed_text(root, "threat.enrichments.0.matched.atomic"), text);
		json_decref(root);
	}
}

static void cut_at_every_octet(void **state)
{
	(void)state;
	static const uint16_t counts[] = { 1, 2, 1, 1 };
	struct guard guard;
	guard_open(&guard);
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
	wire_question(&wire, "example.org", DNS_TYPE_MX);
	wire_record(&wire, "example.org", DNS_TYPE_MX, 60, "\0\12\4mail\xc0\x0c", 9);
	wire_record(&wire, "a", DNS_TYPE_A, 60, "\1\2\3\4", 4);
	wire_record_name(&wire, "example.org", DNS_TYPE_NS, 60, "ns.example.org");
	wire_record(&wire, "", DNS_TYPE_OPT, 0x8000, NULL, 0);
	for (size_t size = DNS_HEADER_SIZE; size <= wire.size; size++) {
		json_decref(dns_event(guard_lay(&guard, wire.bytes, size), size));
	}
	for (size_t at = 0; at < wire.size; at++) {
		uint8_t kept = wire.bytes[at];
		for (unsigned bit = 0; bit < 8; bit++) {
			wire.bytes[at] = (uint8_t)(kept ^ 1U << bit);
			json_decref(dns_event(guard_lay(&guard, wire.bytes, wire.size), wire.size));
		}
		wire.bytes[at] = kept;
	}
	guard_close(&guard);
}

/* 64 KiB grow when they are escaped twice, as text of DNS and as JSON. */
static void largest_dns_messages(void **state)
{
	(void)state;
	static const struct {
		size_t rdata; /* octets of each record */
		uint8_t octet;
		unsigned type;
	} tests[] = {
		{ 65000, 0xff, DNS_TYPE_TXT },
		{ 32000, 0xff, DNS_TYPE_TXT },
		{ 256, 0xff, DNS_TYPE_TXT },
		{ 256, '\\', DNS_TYPE_TXT },
		{ 1, 0, DNS_TYPE_TXT },
		{ 65000, 0, 65280 },
		{ 0, 0, 65280 },
		{ 4, 1, DNS_TYPE_A },
		{ 16, 1, DNS_TYPE_AAAA },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		static uint8_t rdata[65536];
		unsigned records = 0;
		uint16_t counts[] = { 0, 0xffff, 0, 0 };
		memset(rdata, tests[i].octet, sizeof(rdata));
		for (size_t at = 0; tests[i].type == DNS_TYPE_TXT && at < tests[i].rdata;
		     at += 256) {
			size_t left = tests[i].rdata - at;
			rdata[at] = (uint8_t)((left < 256 ? left : 256) - 1);
		}
		wire_dns(&wire, 1, DNS_FLAG_QR, counts);
		while (wire.size + 11 + tests[i].rdata <= 65535) {
			wire_record(&wire, "", tests[i].type, 0, rdata, tests[i].rdata);
			records++;
		}
		wire_patch_u16(&wire, 6, records);
		json_t *root = dns_event(wire.bytes, wire.size);
		size_t listed = json_array_size(parsed_at(root, "dns.answers"));
		json_t *omitted = parsed_at(root, "nsmx.records_omitted");
		assert_true(listed > 0);
		assert_int_equal(listed + (size_t)json_integer_value(omitted), records);
		assert_int_equal(omitted != NULL, listed < records);
		json_decref(root);
	}
}

static void related_is_limited(void **state)
{
	(void)state;
	const uint16_t counts[] = { 0, 200, 0, 0 };
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
	for (unsigned i = 0; i < 200; i++) {
		const uint8_t address[4] = { 10, 0, 0, (uint8_t)(i / 2) };
		wire_record(&wire, "a", DNS_TYPE_A, 60, address, 4);
	}
	json_t *root = dns_event(wire.bytes, wire.size);
	json_t *ips = parsed_at(root, "related.ip");
	assert_int_equal(json_array_size(ips), EVENT_RELATED_MAX);
	/* Each once: two ends of the flow, then the first addresses. */
	assert_string_equal(json_string_value(json_array_get(ips, 2)), "10.0.0.0");
	assert_string_equal(json_string_value(json_array_get(ips, EVENT_RELATED_MAX - 1)),
	                    "10.0.0.61");
	json_decref(root);
}

static void fill(char *text, size_t size, unsigned first)
{
	for (size_t i = 0; i < size; i++) {
		text[i] = (char)(first + i);
	}
}

static void mail_of_any_octets(void **state)
{
	(void)state;
	char text[TRANSCRIPT_TEXT_MAX];
	for (unsigned first = 0; first < 256; first += 5) {
		struct transcript transcript = { .starttls = true };
		fill(text, sizeof(text), first);
		transcript_keep(&transcript, &transcript.banner, text, sizeof(text));
		transcript_keep(&transcript, &transcript.helo, text + 1, 300);
		transcript_keep(&transcript, &transcript.auth, text + 2, 2);
		transcript_keep(&transcript, &transcript.sni, text + 3, 255);
		transcript_keep_sender(&transcript, one_mailbox(text + 4, 700));
		assert_non_null(transcript_add_recipient(&transcript, one_mailbox(text + 5, 700)));
		const struct observation seen = { .kind = KIND_RCPT,
			                          .name = (const uint8_t *)"\3a\nb",
			                          .name_size = 5,
			                          .local = text,
			                          .local_size = 900,
			                          .server = &FLOW.key.server };
		const struct event_hit hit = {
			.seen = &seen, .rule = &RULE, .field = "smtp.rcpt_to.address", .section = -1
		};
		const struct event_subject subject = { .flow = &FLOW, .transcript = &transcript };
		const struct event *event = event_write(writer, &subject, &hit, EVENT_WHOLE);
		/* The reason has the whole value, NULs included. */
		assert_non_null(memmem(event->record.reason, event->record.reason_size, text, 900));
		json_t *root = parsed_event(event);
		const char *atomic = parsed_text(root, "threat.enrichments.0.matched.atomic");
		assert_string_equal(atomic +
		                            json_string_length(parsed_at(
		                                    root, "threat.enrichments.0.matched.atomic")) -
		                            7,
		                    "@a\\010b");
		json_decref(root);
		transcript_clear(&transcript);
	}
}

/* All texts of the maximum length, with octets that JSON escapes sixfold. */
static void largest_mail(void **state)
{
	(void)state;
	static const char text[TRANSCRIPT_TEXT_MAX];
	struct transcript transcript = { .starttls = true, .gap_bytes = INT64_MAX };
	transcript_keep(&transcript, &transcript.banner, text, sizeof(text));
	transcript_keep(&transcript, &transcript.helo, text, sizeof(text));
	transcript_keep(&transcript, &transcript.auth, text, sizeof(text));
	transcript_keep(&transcript, &transcript.sni, text, sizeof(text));
	transcript_keep_sender(&transcript, one_mailbox(text, sizeof(text)));
	for (size_t i = 0; i < TRANSCRIPT_RECIPIENTS_MAX; i++) {
		transcript_add_recipient(&transcript, one_mailbox(text, sizeof(text)))->code = 250;
	}
	const struct event_subject subject = { .flow = &FLOW, .transcript = &transcript };
	json_t *root = parsed_event(event_write(writer, &subject, NULL, EVENT_WHOLE));
	assert_int_equal(json_array_size(parsed_at(root, "smtp.rcpt_to")),
	                 TRANSCRIPT_RECIPIENTS_MAX);
	json_decref(root);
	transcript_clear(&transcript);
}

static void value_fits_its_room(void **state)
{
	(void)state;
	static char local[EVENT_VALUE_MAX + 10];
	memset(local, 'l', sizeof(local));
	const struct observation seen = { .kind = KIND_FROM,
		                          .name = (const uint8_t *)"\1a",
		                          .name_size = 3,
		                          .local = local,
		                          .local_size = sizeof(local) };
	for (size_t room = 0; room <= 4; room++) {
		char value[8] = "#######";
		struct observation little = seen;
		little.local_size = 2;
		assert_int_equal(event_value(&little, value, room), room);
		assert_int_equal(value[room], '#');
	}
	char value[EVENT_VALUE_MAX];
	assert_int_equal(event_value(&seen, value, sizeof(value)), sizeof(value));
}

static int set_up(void **state)
{
	(void)state;
	writer = event_writer_new("sensor-\"1\xff");
	return writer == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	event_writer_free(writer);
	return 0;
}

/* The owners of a question and of an answer cannot be read: nothing of the message before is in
 * their place. */
static void names_that_cannot_be_read(void **state)
{
	(void)state;
	static const char good[] = "\0\1\x81\x80\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1";
	static const char bad[] = "\0\1\x81\x80\0\2\0\1\0\0\0\0\xff\xff\0\0\0\0\1b\0\0\1\0\1"
	                          "\xff\xff\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4";
	json_t *first = dns_event((const uint8_t *)good, sizeof(good) - 1);
	assert_string_equal(json_string_value(parsed_at(first, "dns.question.registered_domain")),
	                    "example.org");
	json_decref(first);
	json_t *second = dns_event((const uint8_t *)bad, sizeof(bad) - 1);
	const json_t *dns = json_object_get(second, "dns");
	const json_t *question = json_object_get(dns, "question");
	const json_t *answer = json_array_get(json_object_get(dns, "answers"), 0);
	assert_string_equal(json_string_value(json_object_get(question, "type")), "TYPE0");
	assert_null(json_object_get(question, "name"));
	assert_null(json_object_get(question, "registered_domain"));
	assert_string_equal(json_string_value(json_object_get(answer, "data")), "1.2.3.4");
	assert_null(json_object_get(answer, "name"));
	json_decref(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_any_octets),  cmocka_unit_test(cut_at_every_octet),
		cmocka_unit_test(largest_dns_messages), cmocka_unit_test(related_is_limited),
		cmocka_unit_test(mail_of_any_octets),   cmocka_unit_test(largest_mail),
		cmocka_unit_test(value_fits_its_room),  cmocka_unit_test(names_that_cannot_be_read),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
