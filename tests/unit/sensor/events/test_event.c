/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "parsers/dns/dns_codes.h"
#include "parsers/link/frame.h"
#include "sensor/events/event.h"
#include "sensor/events/event_repeat.h"
#include "tests/unit/parsed.h"
#include "tests/unit/sensor/events/one_mailbox.h"
#include "tests/unit/wire.h"

#define TIME_NS 1590883512345678000LL

static struct event_writer *writer;
static struct wire wire;

static const struct flow DNS_FLOW = {
	.key = {
		.client = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 53 } },
		.server = { .s6_addr = { [10] = 0xff, 0xff, 198, 51, 100, 1 } },
		.client_port = 40000,
		.server_port = 53,
		.protocol = IPPROTO_UDP,
	},
	.encapsulation = {
		.vlan = 42,
		.tunnel = TUNNEL_VXLAN,
		.tunnel_id = 4096,
	},
	.interface = "span0",
	.time_ns = TIME_NS,
};

static const struct flow SMTP_FLOW = {
	.key = {
		.client = { .s6_addr = { [10] = 0xff, 0xff, 192, 0, 2, 25 } },
		.server = { .s6_addr = { [10] = 0xff, 0xff, 45, 77, 24, 250 } },
		.client_port = 50000,
		.server_port = 25,
		.protocol = IPPROTO_TCP,
	},
	.encapsulation = { .vlan = VLAN_NONE },
	.time_ns = TIME_NS,
};

static const struct rule_view RULE = {
	.severity = SEVERITY_HIGH,
	.form = FORM_NAME,
	.confidence = 80,
	.id = "coincheck-ns",
	.text = "alert ns ns-1515.awsdns-061.org",
	.indicator = "ns-1515.awsdns-061.org",
	.feed = "coincheck-2020",
	.ref = "https://example.org/report",
	.tags = "dns,hijack",
	.note = "a look-alike",
};

#define NAME_NS "\7ns-1515\012awsdns-061\3org"
#define OWNER   "\11coincheck\3com"

static const struct observation SEEN_NS = {
	.kind = KIND_NS,
	.name = (const uint8_t *)NAME_NS,
	.name_size = sizeof(NAME_NS),
	.owner = (const uint8_t *)OWNER,
	.owner_size = sizeof(OWNER),
	.ttl = 360000,
	.time_ns = TIME_NS,
};

static const struct event_hit HIT_NS = {
	.seen = &SEEN_NS,
	.rule = &RULE,
	.field = "dns.authorities.data",
	.section = DNS_AUTHORITY,
};

/* The response of the hijack: every section, an OPT record, two addresses. */
static void open_incident(struct dns_message *message)
{
	static const uint16_t counts[] = { 1, 3, 1, 2 };
	static const uint8_t addresses[] = { 45, 77, 24, 250, 45, 77, 9, 110 };
	wire_dns(&wire, 4660, DNS_FLAG_QR | DNS_FLAG_AA | DNS_FLAG_RD | DNS_FLAG_CD, counts);
	wire_question(&wire, "Coincheck.com", DNS_TYPE_MX);
	wire_record(&wire, "coincheck.com", DNS_TYPE_MX, 3600, "\0\12\4mail\xc0\x0c", 9);
	wire_record(&wire, "mail.coincheck.com", DNS_TYPE_A, 300, addresses, 4);
	wire_record(&wire, "coincheck.com", DNS_TYPE_TXT, 60, "\5v=\"a\"", 6);
	wire_record_name(&wire, "coincheck.com", DNS_TYPE_NS, 360000, "ns-1515.awsdns-061.org");
	wire_record(&wire, "ns-1515.awsdns-061.org", DNS_TYPE_A, 60, addresses + 4, 4);
	wire_record(&wire, "", DNS_TYPE_OPT, 0x01008000, NULL, 0);
	assert_int_equal(dns_open(message, wire.bytes, wire.size), DNS_OK);
}

struct expected {
	const char *path;
	const char *text; /* "" when it must not be there */
};

static void assert_fields(json_t *root, const struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = parsed_text(root, expected[i].path);
		if (strcmp(text, expected[i].text) != 0) {
			fail_msg("%s: %s, not %s", expected[i].path, text, expected[i].text);
		}
	}
}

#define ASSERT_FIELDS(root, rows) assert_fields(root, rows, sizeof(rows) / sizeof((rows)[0]))

/* Holds for every event, regardless of the octets on the wire. */
static json_t *parsed_event(const struct event *event)
{
	assert_non_null(event);
	const struct record *record = &event->record;
	assert_true(record_size(record) <= RECORD_SIZE_MAX);
	assert_null(memchr(record->json, '\n', record->json_size));
	json_t *root = parsed(record->json, record->json_size);
	assert_string_equal(parsed_text(root, "event.id"), record->id);
	assert_int_equal(strlen(record->id), 32);
	assert_int_equal(record->id_size, 32);
	assert_string_equal(parsed_text(root, "@timestamp"), event->record.time);
	assert_string_equal(parsed_text(root, "observer.name"), "sensor-1");
	return root;
}

/* The offsets where a repeat is inserted. */
static void assert_offsets(const struct event *event)
{
	const char *json = event->record.json;
	assert_memory_equal(json + event->id_at, event->record.id, event->record.id_size);
	assert_memory_equal(json + event->event_end, "},\"rule\":", 9);
	assert_string_equal(json + event->nsmx_end, "}}");
}

static void dns_hit(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "@timestamp", "2020-05-31T00:05:12.345678Z" },
		{ "ecs.version", "9.0.0" },
		{ "event.kind", "alert" },
		{ "event.category", "[\"intrusion_detection\",\"network\"]" },
		{ "event.type", "[\"info\"]" },
		{ "event.module", "nsmx" },
		{ "event.dataset", "nsmx.dns" },
		{ "event.action", "ioc-match" },
		{ "event.severity", "75" },
		{ "event.start", "" },
		{ "rule.id", "coincheck-ns" },
		{ "rule.name", "alert ns ns-1515.awsdns-061.org" },
		{ "rule.reference", "https://example.org/report" },
		{ "rule.ruleset", "coincheck-2020" },
		{ "tags", "[\"dns\",\"hijack\"]" },
		{ "threat.indicator.type", "domain-name" },
		{ "threat.indicator.name", "ns-1515.awsdns-061.org" },
		{ "threat.indicator.ip", "" },
		{ "threat.indicator.confidence", "High" },
		{ "threat.indicator.provider", "coincheck-2020" },
		{ "threat.feed.name", "coincheck-2020" },
		{ "threat.enrichments.0.matched.atomic", "ns-1515.awsdns-061.org" },
		{ "threat.enrichments.0.matched.field", "dns.authorities.data" },
		{ "threat.enrichments.0.matched.type", "indicator_match_rule" },
		{ "client", "{\"ip\":\"192.0.2.53\",\"port\":40000}" },
		{ "server", "{\"ip\":\"198.51.100.1\",\"port\":53}" },
		{ "source", "{\"ip\":\"192.0.2.53\",\"port\":40000}" },
		{ "destination", "{\"ip\":\"198.51.100.1\",\"port\":53}" },
		{ "network.transport", "udp" },
		{ "network.type", "ipv4" },
		{ "network.protocol", "dns" },
		{ "network.community_id", "1:NwZb+rd9j1EuMxS1Juq52+F+Ilw=" },
		{ "network.vlan.id", "42" },
		{ "nsmx.tunnel", "{\"type\":\"vxlan\",\"id\":\"4096\"}" },
		{ "dns.id", "4660" },
		{ "dns.type", "answer" },
		{ "dns.op_code", "QUERY" },
		{ "dns.response_code", "BADVERS" },
		{ "dns.header_flags", "[\"AA\",\"RD\",\"CD\",\"DO\"]" },
		{ "dns.question.name", "coincheck.com" },
		{ "dns.question.type", "MX" },
		{ "dns.question.class", "IN" },
		{ "dns.question.registered_domain", "coincheck.com" },
		{ "dns.answers.0", "{\"name\":\"coincheck.com\",\"type\":\"MX\",\"class\":\"IN\","
		                   "\"ttl\":3600,\"data\":\"10 mail.coincheck.com\"}" },
		{ "dns.answers.1.data", "45.77.24.250" },
		{ "dns.answers.2.data", "\"v=\\\"a\\\"\"" },
		{ "dns.answers.3", "" },
		{ "dns.authorities.0.data", "ns-1515.awsdns-061.org" },
		{ "dns.authorities.0.ttl", "360000" },
		{ "dns.additionals.0.name", "ns-1515.awsdns-061.org" },
		{ "dns.additionals.1", "" },
		{ "dns.resolved_ip", "[\"45.77.24.250\"]" },
		{ "smtp", "" },
		{ "tls", "" },
		{ "observer.type", "sensor" },
		{ "observer.product", "nsmx" },
		{ "observer.ingress.interface.name", "span0" },
		{ "related.ip",
		  "[\"192.0.2.53\",\"198.51.100.1\",\"45.77.24.250\",\"45.77.9.110\"]" },
		{ "related.hosts", "[\"ns-1515.awsdns-061.org\",\"coincheck.com\"]" },
		{ "nsmx.what", "ns" },
		{ "nsmx.section", "authority" },
		{ "nsmx.owner", "coincheck.com" },
		/* 360000 seconds later */
		{ "nsmx.cached_until", "2020-06-04T04:05:12.345678Z" },
		{ "nsmx.count", "" },
	};
	struct dns_message message;
	open_incident(&message);
	const struct event_subject subject = { .flow = &DNS_FLOW, .dns = &message, .anchor = 7 };
	const struct event *event = event_write(writer, &subject, &HIT_NS, EVENT_WHOLE);
	json_t *root = parsed_event(event);
	ASSERT_FIELDS(root, fields);
	assert_offsets(event);
	assert_int_equal(event->record.kind, RECORD_HIT);
	assert_int_equal(event->record.severity, 75);
	assert_string_equal(event->record.rule, "coincheck-ns");
	/* A sentence with the value, its place and the rule. */
	const char *reason = parsed_text(root, "event.reason");
	assert_string_equal(reason, event->record.reason);
	assert_non_null(strstr(reason, "name server ns-1515.awsdns-061.org of coincheck.com"));
	assert_non_null(strstr(reason, "authority"));
	assert_non_null(strstr(reason, "198.51.100.1"));
	assert_non_null(strstr(reason, "rule coincheck-ns"));
	assert_int_equal(strlen(parsed_text(root, "event.created")), 27);
	assert_true(strlen(parsed_text(root, "observer.version")) > 0);
	json_decref(root);
}

static const struct flow ROW_FLOW = { .time_ns = 1590883512000000000LL };

/* A row of the history: what is known of it, and nothing about a packet. */
static void row_hit(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "@timestamp", "2020-05-31T00:05:12.000000Z" },
		{ "event.kind", "alert" },
		{ "event.category", "[\"intrusion_detection\",\"network\"]" },
		{ "event.dataset", "nsmx.dns" },
		{ "event.action", "hunt-match" },
		{ "event.severity", "75" },
		{ "event.start", "2020-05-31T00:05:12.000000Z" },
		{ "event.end", "2020-05-31T00:05:22.000000Z" },
		{ "event.reason",
		  "name server ns-1515.awsdns-061.org of coincheck.com, seen 7 times from "
		  "2020-05-31T00:05:12Z to 2020-05-31T00:05:22Z (parent): rule coincheck-ns" },
		{ "rule.id", "coincheck-ns" },
		{ "threat.enrichments.0.matched.atomic", "ns-1515.awsdns-061.org" },
		{ "client", "" },
		{ "network", "" },
		{ "dns", "{\"type\":\"answer\",\"answers\":[{\"name\":\"coincheck.com\",\"type\":"
		         "\"NS\",\"class\":\"IN\",\"ttl\":360000,\"data\":"
		         "\"ns-1515.awsdns-061.org\"}]}" },
		{ "related", "{\"hosts\":[\"ns-1515.awsdns-061.org\",\"coincheck.com\"]}" },
		{ "nsmx.section", "" },
		{ "nsmx.owner", "coincheck.com" },
		/* 360000 seconds after the last sighting */
		{ "nsmx.cached_until", "2020-06-04T04:05:22.000000Z" },
		{ "nsmx.origin", "parent" },
		{ "nsmx.count", "7" },
	};
	static const char data[] = "ns-1515.awsdns-061.org";
	struct event_row row = {
		.key = (const uint8_t *)"key",
		.key_size = 3,
		.owner = (const uint8_t *)OWNER,
		.type = DNS_TYPE_NS,
		.origin = "parent",
		.data = data,
		.data_size = sizeof(data) - 1,
		.last_ns = ROW_FLOW.time_ns + 10000000000LL,
		.count = 7,
		.ttl = 360000,
	};
	const struct event_subject subject = { .flow = &ROW_FLOW, .row = &row };
	struct event_hit hit = HIT_NS;
	hit.field = "dns.answers.data";
	hit.section = DNS_ANSWER;
	json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
	char id[EVENT_ID_MAX];
	ASSERT_FIELDS(root, fields);
	(void)snprintf(id, sizeof(id), "%s", parsed_text(root, "event.id"));
	json_decref(root);

	/* The same row, seen again: the same id. Another row: another one. */
	row.last_ns++;
	row.count = 1;
	root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
	assert_string_equal(parsed_text(root, "event.id"), id);
	assert_non_null(strstr(parsed_text(root, "event.reason"),
	                       ", seen once, at 2020-05-31T00:05:12Z (parent)"));
	json_decref(root);
	row.key_size = 2;
	root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
	assert_string_not_equal(parsed_text(root, "event.id"), id);
	json_decref(root);
}

static void row_of_a_response_code(void **state)
{
	(void)state;
	const struct observation seen = { .kind = KIND_NAME,
		                          .name = (const uint8_t *)OWNER,
		                          .name_size = sizeof(OWNER) };
	const struct event_row row = {
		.key = (const uint8_t *)"key",
		.key_size = 3,
		.owner = (const uint8_t *)OWNER,
		.type = DNS_TYPE_MX,
		.origin = "cache",
		.is_code = true,
		.data = "NODATA",
		.data_size = 6,
		.count = 1,
	};
	const struct event_subject subject = { .flow = &ROW_FLOW, .row = &row };
	const struct event_hit hit = {
		.seen = &seen, .rule = &RULE, .field = "dns.question.name", .section = DNS_QUESTION
	};
	static const struct expected fields[] = {
		{ "dns", "{\"type\":\"answer\",\"question\":{\"name\":\"coincheck.com\",\"type\":"
		         "\"MX\",\"class\":\"IN\"},\"response_code\":\"NOERROR\"}" },
		{ "nsmx.cached_until", "" },
		{ "nsmx.count", "1" },
	};
	json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
	ASSERT_FIELDS(root, fields);
	json_decref(root);
}

static void fill_transcript(struct transcript *transcript)
{
	transcript_keep(transcript, &transcript->banner, "mail.coincheck.com", 18);
	transcript_keep(transcript, &transcript->helo, "mta.example.org", 15);
	transcript_keep(transcript, &transcript->auth, "PLAIN", 5);
	transcript_keep(transcript, &transcript->sni, "mx.coincheck.com", 16);
	transcript_keep_sender(transcript, one_mailbox("alice@example.org", 17));
	transcript_add_recipient(transcript, one_mailbox("Bob@coincheck.com", 17))->code = 250;
	transcript_add_recipient(transcript, one_mailbox("eve@example.net", 15))->code = 554;
	assert_non_null(transcript_add_recipient(transcript, one_mailbox("", 0)));
	transcript->starttls = true;
	transcript->tls = true;
	transcript->gap_bytes = 1460;
	transcript->reply_code = 250;
}

#define DOMAIN "\11coincheck\3com"

static const struct observation SEEN_RCPT = {
	.kind = KIND_RCPT,
	.name = (const uint8_t *)DOMAIN,
	.name_size = sizeof(DOMAIN),
	.local = "Bob",
	.local_size = 3,
	.server = &SMTP_FLOW.key.server,
	.time_ns = TIME_NS,
};

static const struct rule_view RULE_RCPT = {
	.severity = SEVERITY_CRITICAL,
	.form = FORM_MAILBOX,
	.confidence = -1,
	.id = "coincheck-2020.rules:12",
	.text = "alert rcpt @coincheck.com",
	.indicator = "@coincheck.com",
};

static const struct event_hit HIT_RCPT = {
	.seen = &SEEN_RCPT,
	.rule = &RULE_RCPT,
	.field = "smtp.rcpt_to.address",
	.section = -1,
};

static void smtp_hit(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "event.kind", "alert" },
		{ "event.category", "[\"intrusion_detection\",\"network\",\"email\"]" },
		{ "event.dataset", "nsmx.smtp" },
		{ "event.action", "ioc-match" },
		{ "event.severity", "99" },
		{ "rule.id", "coincheck-2020.rules:12" },
		{ "rule.reference", "" },
		{ "rule.ruleset", "" },
		{ "tags", "" },
		{ "threat.indicator.type", "email-addr" },
		{ "threat.indicator.name", "@coincheck.com" },
		{ "threat.indicator.confidence", "Not Specified" },
		{ "threat.indicator.provider", "" },
		{ "threat.feed", "" },
		{ "threat.enrichments.0.matched.atomic", "Bob@coincheck.com" },
		{ "threat.enrichments.0.matched.field", "smtp.rcpt_to.address" },
		{ "client", "{\"ip\":\"192.0.2.25\",\"port\":50000}" },
		{ "server", "{\"ip\":\"45.77.24.250\",\"port\":25}" },
		{ "network.transport", "tcp" },
		{ "network.protocol", "smtp" },
		{ "network.community_id", "1:6Fqp5k1DeBGNrQLMwqfNxAS2jXg=" },
		{ "network.vlan", "" },
		{ "nsmx.tunnel", "" },
		{ "dns", "" },
		{ "smtp.banner", "mail.coincheck.com" },
		{ "smtp.helo", "mta.example.org" },
		{ "smtp.mail_from", "alice@example.org" },
		{ "smtp.rcpt_to.0", "{\"address\":\"Bob@coincheck.com\",\"reply_code\":250,"
		                    "\"accepted\":true}" },
		{ "smtp.rcpt_to.1.reply_code", "554" },
		{ "smtp.rcpt_to.1.accepted", "false" },
		{ "smtp.rcpt_to.2", "{\"address\":\"\"}" },
		{ "smtp.rcpt_to.3", "" },
		{ "smtp.reply_code", "250" },
		{ "smtp.starttls", "true" },
		{ "smtp.auth", "PLAIN" },
		{ "smtp.gaps", "1460" },
		{ "tls.established", "true" },
		{ "tls.client.server_name", "mx.coincheck.com" },
		{ "observer.ingress", "" },
		{ "related.ip", "[\"192.0.2.25\",\"45.77.24.250\"]" },
		{ "nsmx.what", "rcpt" },
		{ "nsmx.section", "" },
		{ "nsmx.owner", "" },
		{ "nsmx.cached_until", "" },
	};
	struct transcript transcript = { .tls = false };
	fill_transcript(&transcript);
	transcript.at_hand = &transcript.recipients[0];
	const struct event_subject subject = { .flow = &SMTP_FLOW,
		                               .transcript = &transcript,
		                               .anchor = 7 };
	const struct event *event = event_write(writer, &subject, &HIT_RCPT, EVENT_WHOLE);
	json_t *root = parsed_event(event);
	ASSERT_FIELDS(root, fields);
	assert_offsets(event);
	const char *reason = parsed_text(root, "event.reason");
	assert_non_null(strstr(reason, "recipient mailbox Bob@coincheck.com"));
	assert_non_null(strstr(reason, "accepted, 250"));
	assert_non_null(strstr(reason, "45.77.24.250"));
	json_decref(root);
	transcript_clear(&transcript);
}

/* Further events of a large message have what hit, and refer to the first event. */
static void own_lists_what_hit(void **state)
{
	(void)state;
	static const struct expected dns[] = {
		{ "dns.answers", "" },
		{ "dns.authorities.0.type", "NS" },
		{ "dns.authorities.1", "" },
		{ "nsmx.first_event", "0123" },
		{ "nsmx.recipients_omitted", "" },
	};
	static const struct expected smtp[] = {
		{ "smtp.rcpt_to", "[{\"address\":\"eve@example.net\",\"reply_code\":554,"
		                  "\"accepted\":false}]" },
		{ "email", "" },
		{ "nsmx.first_event", "0123" },
		{ "nsmx.recipients_omitted", "7" },
		{ "nsmx.records_omitted", "" },
	};
	char first[EVENT_ID_MAX] = "0123";
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	open_incident(&message);
	dns_walk_begin(&walk, &message);
	unsigned records = 0;
	struct observation seen = *HIT_NS.seen;
	while (dns_walk_next(&walk, &entry) > 0) {
		records += entry.section != DNS_QUESTION && entry.type != DNS_TYPE_OPT;
		seen.rdata = entry.type == DNS_TYPE_NS ? entry.rdata : seen.rdata;
	}
	struct event_hit hit = HIT_NS;
	hit.seen = &seen;
	struct event_subject subject = { .flow = &DNS_FLOW, .dns = &message, .first_event = first };
	json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_OWN));
	ASSERT_FIELDS(root, dns);
	assert_int_equal(json_integer_value(parsed_at(root, "nsmx.records_omitted")), records - 1);
	json_decref(root);

	struct transcript transcript = { .tls = false };
	fill_transcript(&transcript);
	transcript.recipients_omitted = 5;
	transcript.at_hand = &transcript.recipients[1];
	subject = (struct event_subject){ .flow = &SMTP_FLOW,
		                          .transcript = &transcript,
		                          .first_event = first };
	root = parsed_event(event_write(writer, &subject, &HIT_RCPT, EVENT_OWN));
	ASSERT_FIELDS(root, smtp);
	json_decref(root);
	transcript_clear(&transcript);
}

/* A recipient that was not kept is listed in the event of its hit. */
static void lone_recipient_is_listed(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "smtp.rcpt_to.2.address", "" },
		{ "smtp.rcpt_to.3.address", "late@example.net" },
		{ "nsmx.recipients_omitted", "9" },
		{ "nsmx.first_event", "" },
	};
	char memory[TRANSCRIPT_MAILBOX_MAX];
	struct transcript_recipient late = { .code = 0 };
	transcript_fill_mailbox(&late.mailbox, memory, one_mailbox("late@example.net", 16));
	struct transcript transcript = { .tls = false };
	fill_transcript(&transcript);
	transcript.recipients_omitted = 10;
	transcript.at_hand = &late;
	const struct event_subject subject = { .flow = &SMTP_FLOW, .transcript = &transcript };
	json_t *root = parsed_event(event_write(writer, &subject, &HIT_RCPT, EVENT_WHOLE));
	ASSERT_FIELDS(root, fields);
	json_decref(root);
	transcript_clear(&transcript);
}

/* Where as many recipients as an event may have were kept, the last of them is left out. */
static void lone_recipient_is_within_bound(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "smtp.rcpt_to.126.address", "r@example.net" },
		{ "smtp.rcpt_to.127.address", "late@example.net" },
		{ "smtp.rcpt_to.128", "" },
		{ "nsmx.recipients_omitted", "10" },
	};
	char memory[TRANSCRIPT_MAILBOX_MAX];
	struct transcript_recipient late = { .code = 0 };
	transcript_fill_mailbox(&late.mailbox, memory, one_mailbox("late@example.net", 16));
	struct transcript transcript = { .at_hand = &late };
	while (transcript.recipients_count < TRANSCRIPT_RECIPIENTS_MAX) {
		transcript_add_recipient(&transcript, one_mailbox("r@example.net", 13));
	}
	transcript.recipients_omitted = 10;
	const struct event_subject subject = { .flow = &SMTP_FLOW, .transcript = &transcript };
	json_t *root = parsed_event(event_write(writer, &subject, &HIT_RCPT, EVENT_WHOLE));
	ASSERT_FIELDS(root, fields);
	json_decref(root);
	transcript_clear(&transcript);
}

/* The recipient that is listed is one of those that were not kept. */
static void omitted_recipients(void **state)
{
	static const struct {
		uint64_t omitted;
		const char *text;
	} rows[] = { { 0, "" }, { 1, "" }, { 2, "1" } };
	(void)state;
	struct transcript_recipient late = { .code = 250 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct transcript transcript = { .recipients_omitted = rows[i].omitted,
			                               .at_hand = &late };
		const struct event_subject subject = { .flow = &SMTP_FLOW,
			                               .transcript = &transcript };
		json_t *root = parsed_event(event_write(writer, &subject, &HIT_RCPT, EVENT_WHOLE));
		assert_string_equal(parsed_text(root, "nsmx.recipients_omitted"), rows[i].text);
		json_decref(root);
	}
}

/* Fields that depend on one value of the session, at the bounds of the value. */
static void smtp_fields(void **state)
{
	static const struct {
		struct transcript transcript;
		const char *path, *text;
	} rows[] = {
		{ { .tls = true, .tls_version = 0 }, "tls.version", "" },
		{ { .tls = true, .tls_version = 0x0201 }, "tls.version", "" },
		{ { .tls = true, .tls_version = 0x0300 }, "tls.version", "" },
		{ { .tls = true, .tls_version = 0x0301 }, "tls.version", "1.0" },
		{ { .tls = true, .tls_version = 0x0304 }, "tls.version", "1.3" },
		{ { .tls = true, .tls_version = 0x0309 }, "tls.version", "1.8" },
		{ { .tls = true, .tls_version = 0x030a }, "tls.version", "" },
		{ { .tls = true, .tls_version = 0x0401 }, "tls.version", "" },
		{ { .tls = false, .tls_version = 0x0301 }, "tls", "" },
		{ { .gap_bytes = 0 }, "smtp.gaps", "" },
		{ { .gap_bytes = 1 }, "smtp.gaps", "1" },
		{ { .reply_code = 0 }, "smtp.reply_code", "" },
		{ { .reply_code = 1 }, "smtp.reply_code", "1" },
		{ { .smuggling = false }, "smtp.smuggling", "" },
		{ { .smuggling = true }, "smtp.smuggling", "true" },
		{ { .starttls = false }, "smtp.starttls", "false" },
		{ { .starttls_offered = true }, "smtp.starttls_offered", "" },
		{ { .offer_seen = true }, "smtp.starttls_offered", "false" },
		{ { .offer_seen = true, .starttls_offered = true },
		  "smtp.starttls_offered",
		  "true" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct event_subject subject = { .flow = &SMTP_FLOW,
			                               .transcript = &rows[i].transcript };
		json_t *root = parsed_event(event_write(writer, &subject, &HIT_RCPT, EVENT_WHOLE));
		if (strcmp(parsed_text(root, rows[i].path), rows[i].text) != 0) {
			fail_msg("row %zu: %s is %s", i, rows[i].path,
			         parsed_text(root, rows[i].path));
		}
		json_decref(root);
	}
}

/* Fields that depend on one value of the rule, at the bounds of the value. */
static void rule_fields(void **state)
{
	static const struct {
		struct rule_view rule;
		const char *path, *text;
	} rows[] = {
		{ { .tags = NULL }, "tags", "" },
		{ { .tags = "" }, "tags", "" },
		{ { .tags = "x" }, "tags", "[\"x\"]" },
		{ { .tags = "x,yz" }, "tags", "[\"x\",\"yz\"]" },
		{ { .note = NULL }, "rule.description", "" },
		{ { .note = "" }, "rule.description", "" },
		{ { .note = "x" }, "rule.description", "x" },
		{ { .ref = NULL }, "rule.reference", "" },
		{ { .ref = "x" }, "rule.reference", "x" },
		{ { .feed = NULL }, "rule.ruleset", "" },
		{ { .feed = "" }, "threat.feed", "" },
		{ { .feed = "x" }, "rule.ruleset", "x" },
		{ { .feed = "x" }, "threat.feed.name", "x" },
		{ { .feed = "x" }, "threat.indicator.provider", "x" },
		{ { .confidence = -1 }, "threat.indicator.confidence", "Not Specified" },
		{ { .confidence = 0 }, "threat.indicator.confidence", "None" },
		{ { .confidence = 1 }, "threat.indicator.confidence", "Low" },
		{ { .confidence = 29 }, "threat.indicator.confidence", "Low" },
		{ { .confidence = 30 }, "threat.indicator.confidence", "Medium" },
		{ { .confidence = 69 }, "threat.indicator.confidence", "Medium" },
		{ { .confidence = 70 }, "threat.indicator.confidence", "High" },
		{ { .confidence = 100 }, "threat.indicator.confidence", "High" },
		{ { .confidence = -1 }, "nsmx.confidence", "" },
		{ { .confidence = 0 }, "nsmx.confidence", "0" },
		{ { .form = FORM_NETWORK, .indicator = "192.0.2.1" },
		  "threat.indicator.type",
		  "ipv4-addr" },
		{ { .form = FORM_NETWORK, .indicator = "192.0.2.1" },
		  "threat.indicator.ip",
		  "192.0.2.1" },
		{ { .form = FORM_NETWORK, .indicator = "192.0.2.0/24" },
		  "threat.indicator.ip",
		  "" },
		{ { .form = FORM_NETWORK, .indicator = "2001:db8::/32" },
		  "threat.indicator.type",
		  "ipv6-addr" },
		{ { .form = FORM_MAILBOX, .indicator = "a@b" },
		  "threat.indicator.type",
		  "email-addr" },
		{ { .form = FORM_NAME, .indicator = "b" }, "threat.indicator.type", "domain-name" },
	};
	(void)state;
	struct dns_message message;
	const struct event_subject subject = { .flow = &DNS_FLOW, .dns = &message };
	open_incident(&message);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rule_view rule = rows[i].rule;
		struct event_hit hit = HIT_NS;
		rule.id = "x";
		rule.text = "alert ns x";
		rule.indicator = rule.indicator != NULL ? rule.indicator : "x";
		hit.rule = &rule;
		json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
		if (strcmp(parsed_text(root, rows[i].path), rows[i].text) != 0) {
			fail_msg("row %zu: %s is %s", i, rows[i].path,
			         parsed_text(root, rows[i].path));
		}
		json_decref(root);
	}
}

/* Only the two ends of the session are known: no field is empty. */
static void smtp_hit_of_nothing(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "smtp.banner", "" },
		{ "smtp.helo", "" },
		{ "smtp.mail_from", "" },
		{ "smtp.rcpt_to", "" },
		{ "smtp.reply_code", "" },
		{ "smtp.auth", "" },
		{ "smtp.gaps", "" },
		{ "tls", "" },
		{ "threat.indicator.type", "ipv4-addr" },
		{ "threat.indicator.ip", "45.77.24.250" },
		{ "threat.enrichments.0.matched.atomic", "45.77.24.250" },
		{ "related.hosts", "" },
	};
	const struct observation seen = { .kind = KIND_SERVER, .addr = &SMTP_FLOW.key.server };
	const struct rule_view rule = { .form = FORM_NETWORK,
		                        .confidence = 0,
		                        .id = "r",
		                        .text = "alert server 45.77.24.250",
		                        .indicator = "45.77.24.250" };
	const struct event_hit hit = {
		.seen = &seen, .rule = &rule, .field = "server.ip", .section = -1
	};
	const struct transcript transcript = { .tls = false };
	const struct event_subject subject = { .flow = &SMTP_FLOW, .transcript = &transcript };
	json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
	ASSERT_FIELDS(root, fields);
	json_decref(root);
}

/* The event but for the wall clock. */
static json_t *timeless_event(struct event_writer *from, const struct event_subject *subject,
                              const struct event_hit *hit, enum event_extent extent)
{
	json_t *root = parsed_event(event_write(from, subject, hit, extent));
	assert_int_equal(json_object_del(parsed_at(root, "event"), "created"), 0);
	return root;
}

/* A hit of a record, or of none, by one of two rules. */
static void compare_with_alone(struct event_writer *begun, const struct dns_message *message,
                               const struct dns_entry *entry, size_t variant)
{
	struct observation seen = SEEN_NS;
	struct rule_view rule = RULE;
	enum event_extent extent = variant / 2 % 2 == 0 ? EVENT_OWN : EVENT_WHOLE;
	const struct event_subject subject = { .flow = &DNS_FLOW, .dns = message };
	seen.rdata = variant % 7 != 0 ? entry->rdata : NULL;
	seen.owner = entry->owner.wire;
	seen.owner_size = entry->owner.size;
	rule.number = 1 + variant % 2;
	rule.text = variant % 2 == 0 ? "alert ns .org" : rule.text;
	const struct event_hit hit = {
		.seen = &seen,
		.rule = &rule,
		.field = HIT_NS.field,
		.section = seen.rdata != NULL ? (int)entry->section : DNS_QUESTION,
	};
	json_t *root = timeless_event(begun, &subject, &hit, extent);
	json_t *alone = timeless_event(writer, &subject, &hit, extent);
	assert_true(json_equal(root, alone));
	json_decref(root);
	json_decref(alone);
}

/* What was formatted for one event of a message does not change the next. */
static void events_of_one_message(void **state)
{
	(void)state;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	open_incident(&message);
	struct event_writer *begun = event_writer_new("sensor-1");
	for (size_t round = 0; round < 28; round++) {
		size_t variant = round;
		event_writer_begin(begun);
		dns_walk_begin(&walk, &message);
		while (dns_walk_next(&walk, &entry) > 0) {
			if (entry.section != DNS_QUESTION && entry.type != DNS_TYPE_OPT) {
				compare_with_alone(begun, &message, &entry, variant);
				compare_with_alone(begun, &message, &entry, ++variant);
				variant += 1 + round % 3;
			}
		}
	}
	event_writer_free(begun);
}

static void log_events(void **state)
{
	(void)state;
	static const struct expected of_dns[] = {
		{ "event.kind", "event" },
		{ "event.category", "[\"network\"]" },
		{ "event.dataset", "nsmx.dns" },
		{ "event.action", "" },
		{ "event.severity", "" },
		{ "rule", "" },
		{ "threat", "" },
		{ "nsmx", "{\"tunnel\":{\"type\":\"vxlan\",\"id\":\"4096\"}}" },
		{ "dns.id", "4660" },
	};
	static const struct expected of_smtp[] = {
		{ "event.kind", "event" },          { "event.category", "[\"network\",\"email\"]" },
		{ "event.dataset", "nsmx.smtp" },   { "rule", "" },
		{ "smtp.helo", "mta.example.org" },
	};
	struct dns_message message;
	struct transcript transcript = { .tls = false };
	open_incident(&message);
	fill_transcript(&transcript);
	const struct event_subject dns = { .flow = &DNS_FLOW, .dns = &message };
	const struct event *event = event_write(writer, &dns, NULL, EVENT_WHOLE);
	assert_int_equal(event->record.kind, RECORD_LOG);
	assert_int_equal(event->record.severity, 0);
	assert_int_equal(event->record.rule_size, 0);
	json_t *root = parsed_event(event);
	ASSERT_FIELDS(root, of_dns);
	json_decref(root);
	const struct event_subject smtp = { .flow = &SMTP_FLOW, .transcript = &transcript };
	root = parsed_event(event_write(writer, &smtp, NULL, EVENT_WHOLE));
	ASSERT_FIELDS(root, of_smtp);
	json_decref(root);
	transcript_clear(&transcript);
}

static void ipv6_flow(void **state)
{
	(void)state;
	static const struct expected fields[] = {
		{ "network.type", "ipv6" },
		{ "client.ip", "2001:db8::1" },
		{ "network.community_id", "1:eO0ltZ3MqOvc7QA+zuku3dNgCuE=" },
	};
	struct flow flow = DNS_FLOW;
	struct dns_message message;
	flow.key.client = (struct in6_addr){ .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
	flow.key.server = (struct in6_addr){ .s6_addr = { 0x20, 1, 0xd, 0xb8, [15] = 2 } };
	open_incident(&message);
	const struct event_subject subject = { .flow = &flow, .dns = &message };
	json_t *root = parsed_event(event_write(writer, &subject, &HIT_NS, EVENT_WHOLE));
	ASSERT_FIELDS(root, fields);
	json_decref(root);
}

static void cached_until(void **state)
{
	(void)state;
	static const struct {
		int64_t time_ns;
		uint32_t ttl;
		const char *text;
	} tests[] = {
		{ TIME_NS, 0, "2020-05-31T00:05:12.345678Z" },
		{ TIME_NS, 1, "2020-05-31T00:05:13.345678Z" },
		{ TIME_NS, 0x7fffffff, "2088-06-18T03:19:19.345678Z" },
		/* a capture may claim any time: what cannot be counted is left out */
		{ INT64_MAX, 1, "" },
		{ INT64_MAX - 2000000000LL, 1, "2262-04-11T23:47:15.854775807Z" },
	};
	struct dns_message message;
	open_incident(&message);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct flow flow = DNS_FLOW;
		struct observation seen = SEEN_NS;
		struct event_hit hit = HIT_NS;
		flow.time_ns = tests[i].time_ns;
		seen.ttl = tests[i].ttl;
		hit.seen = &seen;
		const struct event_subject subject = { .flow = &flow, .dns = &message };
		json_t *root = parsed_event(event_write(writer, &subject, &hit, EVENT_WHOLE));
		assert_string_equal(parsed_text(root, "nsmx.cached_until"), tests[i].text);
		json_decref(root);
	}
}

static void make_id(char id[EVENT_ID_MAX], const struct flow *flow, uint8_t variant,
                    const struct event_hit *hit)
{
	static uint8_t copy[65536];
	struct dns_message message;
	open_incident(&message);
	memcpy(copy, message.wire, message.size);
	copy[1] = variant; /* of the DNS id: another message */
	message.wire = copy;
	const struct event_subject subject = { .flow = flow, .dns = &message };
	struct event_writer *other = event_writer_new("sensor-2");
	const struct event *event = event_write(other, &subject, hit, EVENT_WHOLE);
	memcpy(id, event->record.id, EVENT_ID_MAX);
	event_writer_free(other);
}

/* Different hits have different ids; another run, sensor or time gives the same. */
static void id_is_made_of_the_traffic(void **state)
{
	(void)state;
	char first[EVENT_ID_MAX];
	char other[EVENT_ID_MAX];
	make_id(first, &DNS_FLOW, 7, &HIT_NS);

	struct flow elsewhere = DNS_FLOW;
	elsewhere.time_ns += 86400000000000LL;
	elsewhere.encapsulation.vlan = VLAN_NONE;
	elsewhere.encapsulation.tunnel = TUNNEL_NONE;
	elsewhere.interface = NULL;
	struct observation again = SEEN_NS;
	again.time_ns = elsewhere.time_ns;
	struct event_hit same = HIT_NS;
	same.seen = &again;
	make_id(other, &elsewhere, 7, &same);
	assert_string_equal(other, first);

	struct flow flows[5] = { DNS_FLOW, DNS_FLOW, DNS_FLOW, DNS_FLOW, DNS_FLOW };
	flows[0].key.client.s6_addr[15]++;
	flows[1].key.server.s6_addr[15]++;
	flows[2].key.client_port++;
	flows[3].key.server_port++;
	flows[4].key.protocol = IPPROTO_TCP;
	for (size_t i = 0; i < 5; i++) {
		make_id(other, &flows[i], 7, &HIT_NS);
		assert_string_not_equal(other, first);
	}
	make_id(other, &DNS_FLOW, 8, &HIT_NS);
	assert_string_not_equal(other, first);
	make_id(other, &DNS_FLOW, 7, NULL);
	assert_string_not_equal(other, first);

	struct rule_view rule = RULE;
	struct observation seen = SEEN_NS;
	struct event_hit hit = {
		.seen = &seen, .rule = &rule, .field = HIT_NS.field, .section = HIT_NS.section
	};
	rule.id = "another";
	make_id(other, &DNS_FLOW, 7, &hit);
	assert_string_not_equal(other, first);
	rule.id = RULE.id;
	seen.kind = KIND_MX;
	make_id(other, &DNS_FLOW, 7, &hit);
	assert_string_not_equal(other, first);
	seen.kind = KIND_NS;
	seen.name = (const uint8_t *)OWNER;
	seen.name_size = sizeof(OWNER);
	make_id(other, &DNS_FLOW, 7, &hit);
	assert_string_not_equal(other, first);
}

static void repeat_is_the_first_with_a_count(void **state)
{
	(void)state;
	static const struct event_repeat repeat = { .count = 3,
		                                    .first_ns = TIME_NS,
		                                    .last_ns = TIME_NS + 59000000000LL };
	static const struct expected fields[] = {
		{ "event.start", "2020-05-31T00:05:12.345678Z" },
		{ "event.end", "2020-05-31T00:06:11.345678Z" },
		{ "event.kind", "alert" },
		{ "nsmx.count", "3" },
		{ "nsmx.what", "ns" },
		{ "rule.id", "coincheck-ns" },
	};
	struct dns_message message;
	char id[EVENT_ID_MAX];
	struct event_repeater *repeater = event_repeater_new();
	open_incident(&message);
	const struct event_subject subject = { .flow = &DNS_FLOW, .dns = &message, .anchor = 7 };
	const struct event *event = event_write(writer, &subject, &HIT_NS, EVENT_WHOLE);
	memcpy(id, event->record.id, sizeof(id));
	struct event_copy *copy = event_copy_new(event);
	assert_non_null(copy);
	/* The next event of the writer must not change the copy. */
	(void)event_write(writer, &subject, NULL, EVENT_WHOLE);

	const struct event *repeated = event_write_repeat(repeater, copy, &repeat);
	json_t *root = parsed_event(repeated);
	ASSERT_FIELDS(root, fields);
	assert_string_not_equal(repeated->record.id, id);
	assert_int_equal(repeated->record.severity, 75);
	assert_string_equal(repeated->record.rule, "coincheck-ns");
	assert_non_null(strstr(repeated->record.reason, "3 more times"));
	json_decref(root);
	/* The id does not depend on the count. */
	memcpy(id, repeated->record.id, sizeof(id));
	const struct event_repeat more = { .count = UINT32_MAX,
		                           .first_ns = TIME_NS,
		                           .last_ns = TIME_NS };
	repeated = event_write_repeat(repeater, copy, &more);
	assert_string_equal(repeated->record.id, id);
	root = parsed_event(repeated);
	assert_string_equal(parsed_text(root, "nsmx.count"), "4294967295");
	json_decref(root);
	event_copy_free(copy);
	event_copy_free(NULL);
	event_repeater_free(repeater);
}

static int set_up(void **state)
{
	(void)state;
	writer = event_writer_new("sensor-1");
	return writer == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	event_writer_free(writer);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dns_hit),
		cmocka_unit_test(row_hit),
		cmocka_unit_test(row_of_a_response_code),
		cmocka_unit_test(smtp_hit),
		cmocka_unit_test(own_lists_what_hit),
		cmocka_unit_test(events_of_one_message),
		cmocka_unit_test(lone_recipient_is_listed),
		cmocka_unit_test(lone_recipient_is_within_bound),
		cmocka_unit_test(omitted_recipients),
		cmocka_unit_test(smtp_fields),
		cmocka_unit_test(rule_fields),
		cmocka_unit_test(smtp_hit_of_nothing),
		cmocka_unit_test(log_events),
		cmocka_unit_test(ipv6_flow),
		cmocka_unit_test(cached_until),
		cmocka_unit_test(id_is_made_of_the_traffic),
		cmocka_unit_test(repeat_is_the_first_with_a_count),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
