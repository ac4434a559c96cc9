/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SMTP sessions in; hits, log events and interceptions out. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "history/rows/cof.h"
#include "history/store/sorted.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/mail/mail_session.h"
#include "tests/unit/parsed.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/wire.h"

#define S     1000000000LL
#define START (1590883512 * S)
#define HOUR  (3600 * S)

/* A ClientHello for a.test: its record and message, then the rest of it. */
static const uint8_t HELLO[] = {
	0x16, 3,  1, 0, 62, 1, 0, 0,   58,  3,   3,    0,   0,   0, 0, 0,  0, 0,
	0,    0,  0, 0, 0,  0, 0, 0,   0,   0,   0,    0,   0,   0, 0, 0,  0, 0,
	0,    0,  0, 0, 0,  0, 0, 0,   0,   2,   0x13, 1,   1,   0, 0, 15, 0, 0,
	0,    11, 0, 9, 0,  0, 6, 'a', '.', 't', 'e',  's', 't', 0, 0, 0,  0,
};

/*! \brief The events emitted, each as an item: "RULE VALUE FIELD CODE", or "log ...". */
struct emitted {
	char text[65536];
	char ids[65536]; /* of all events */
	size_t count;
};

static struct emitted emitted;

static void add(char *to, size_t room, const char *text)
{
	size_t size = strlen(to);
	assert_true(size + strlen(text) < room);
	strcpy(to + size, text);
}

static void put(const char *text)
{
	add(emitted.text, sizeof(emitted.text), text);
}

static void put_field(json_t *root, const char *label, const char *path)
{
	const char *text = parsed_text(root, path);
	if (*text != '\0') {
		put(label);
		put(text);
	}
}

static void put_recipients(json_t *root)
{
	json_t *recipients = parsed_at(root, "smtp.rcpt_to");
	for (size_t i = 0; i < json_array_size(recipients); i++) {
		json_t *recipient = json_array_get(recipients, i);
		put_field(recipient, " to=", "address");
		put_field(recipient, ":", "reply_code");
	}
}

static void put_log(json_t *root)
{
	put("log");
	put_field(root, " banner=", "smtp.banner");
	put_field(root, " helo=", "smtp.helo");
	put_field(root, " auth=", "smtp.auth");
	put_field(root, " from=", "smtp.mail_from");
	put_recipients(root);
	put_field(root, " re=", "smtp.reply_code");
	put_field(root, " subject=", "email.subject");
	put_field(root, " smuggling=", "smtp.smuggling");
	put_field(root, " gaps=", "smtp.gaps");
	put_field(root, " tls=", "tls.established");
	put_field(root, " sni=", "tls.client.server_name");
}

static void put_hit(json_t *root)
{
	json_t *recipients = parsed_at(root, "smtp.rcpt_to");
	put(parsed_text(root, "rule.id"));
	if (*parsed_text(root, "nsmx.dns_event") != '\0') {
		put(strcmp(parsed_text(root, "event.type.1"), "end") == 0 ? " end" : " start");
		put_recipients(root);
		put_field(root, " content=", "nsmx.content");
		return;
	}
	put_field(root, " ", "threat.enrichments.0.matched.atomic");
	put_field(root, " ", "threat.enrichments.0.matched.field");
	if (strcmp(parsed_text(root, "nsmx.what"), "rcpt") == 0) {
		size_t count = json_array_size(recipients);
		json_t *last = json_array_get(recipients, count - 1);
		put_field(last, " ", "reply_code");
	}
}

static void emit(void *ctx, const struct record *record)
{
	assert_ptr_equal(ctx, &emitted);
	json_t *root = parsed(record->json, record->json_size);
	emitted.count++;
	if (record->kind == RECORD_HIT) {
		put_hit(root);
	} else {
		put_log(root);
	}
	put("|");
	add(emitted.ids, sizeof(emitted.ids), parsed_text(root, "event.id"));
	add(emitted.ids, sizeof(emitted.ids), "|");
	json_decref(root);
}

/*! \brief The notes for incidents: "RULE owner=...|", or "mail ...|". */
static char noted[65536];

static void put_note_text(const char *label, const struct incident_text *text)
{
	char part[256];
	(void)snprintf(part, sizeof(part), "%s%.*s", label, (int)text->size, text->text);
	add(noted, sizeof(noted), part);
}

static void take_note(void *ctx, const struct incident_note *note)
{
	static const char *const labels[INCIDENT_ROLES] = {
		[INCIDENT_OWNER] = " owner=", [INCIDENT_FROM] = " from=", [INCIDENT_RCPT] = " to="
	};
	const struct incident_text *rule = incident_note_find(note, INCIDENT_RULE);
	assert_ptr_equal(ctx, &emitted);
	assert_int_equal(note->head.hit, rule != NULL);
	assert_true(note->head.time_ns >= START);
	if (rule != NULL) {
		put_note_text("", rule);
	} else {
		add(noted, sizeof(noted), "mail");
	}
	for (size_t i = 0; i < note->count; i++) {
		if (labels[note->texts[i].role] != NULL) {
			put_note_text(labels[note->texts[i].role], &note->texts[i]);
		}
	}
	add(noted, sizeof(noted), note->head.session ? " session" : "");
	add(noted, sizeof(noted), note->head.accepted ? " accepted" : "");
	add(noted, sizeof(noted), note->head.content ? " content" : "");
	add(noted, sizeof(noted), note->head.tls ? " tls|" : "|");
}

/*! \brief A session and all that it needs. */
struct bench {
	struct pool pool;
	struct ruleset *rules;
	struct counters *counters;
	struct hits *hits;
	struct correlator_shared *shared;
	struct mail_host_budget hosts;
	struct mail_rows rows;
	struct mail_session_config config;
	struct flow flow;
	struct mail_session *session;
	uint32_t seq[2]; /* of the client, of the server */
};

/* Octets of traffic, so that the budget of events is not reached. */
#define EARNED (1 << 20)

static struct bench *begin(const char *rules, bool log)
{
	static struct bench bench;
	emitted = (struct emitted){ .count = 0 };
	bench = (struct bench){ .rules = load_text(rules), .counters = counters_new(1) };
	const struct hits_config config = { .rules = bench.rules,
		                            .counters = bench.counters,
		                            .sensor = "test",
		                            .emit = emit,
		                            .note = take_note,
		                            .ctx = &emitted };
	bench.hits = hits_new(&config);
	counter_add(&bench.counters->bytes, EARNED);
	bench.shared = correlator_shared_new(1, HOUR);
	assert_non_null(bench.shared);
	pool_init(&bench.pool, mail_session_size(), NULL);
	bench.config =
	        (struct mail_session_config){ .pool = &bench.pool,
		                              .hits = bench.hits,
		                              .correlator = correlator_new(bench.shared, 0, NULL),
		                              .counters = bench.counters,
		                              .hosts = &bench.hosts,
		                              .rows = &bench.rows,
		                              .log = log };
	bench.flow = (struct flow){
		.key = { .client_port = 40000, .server_port = 25, .protocol = IPPROTO_TCP },
		.time_ns = START,
	};
	assert_int_equal(inet_pton(AF_INET6, "2001:db8::1", &bench.flow.key.client), 1);
	assert_int_equal(inet_pton(AF_INET6, "::ffff:45.77.24.250", &bench.flow.key.server), 1);
	bench.session = mail_session_new(&bench.config, &bench.flow);
	assert_non_null(bench.session);
	/* The sequence numbers of the client wrap within a session. */
	bench.seq[0] = UINT32_MAX - 20;
	return &bench;
}

static void end(struct bench *bench)
{
	mail_session_free(bench->session);
	pool_end(&bench->pool);
	hits_free(bench->hits);
	correlator_free(bench->config.correlator);
	correlator_shared_free(bench->shared);
	counters_free(bench->counters, 1);
	ruleset_free(bench->rules);
}

/* A DNS answer with a hit has given the server's address. */
static void watch_server(struct bench *bench, int64_t time_ns, uint32_t ttl)
{
	static const uint8_t owner[] = "\4mail\11coincheck\3com";
	static const uint16_t counts[] = { 0, 1, 0, 0 };
	static struct wire wire;
	const struct rule_view rule = { .id = "dns", .text = "alert ns x", .indicator = "x" };
	const struct observation seen = { .kind = KIND_NAME,
		                          .owner = owner,
		                          .owner_size = sizeof(owner) };
	struct dns_message message;
	wire_dns(&wire, 1, DNS_FLAG_QR, counts);
	wire_record(&wire, "mail.coincheck.com", DNS_TYPE_A, ttl,
	            bench->flow.key.server.s6_addr + 12, 4);
	assert_int_equal(dns_open(&message, wire.bytes, wire.size), DNS_OK);
	correlator_begin(bench->config.correlator, NULL, &bench->flow.key.client);
	correlator_learn(bench->config.correlator, &seen, &rule,
	                 "0123456789abcdef0123456789abcdef");
	correlator_message(bench->config.correlator, &message, time_ns);
}

static void feed(struct bench *bench, bool client, const void *bytes, size_t size, size_t step)
{
	const uint8_t *from = bytes;
	for (size_t at = 0; at < size;) {
		size_t part = size - at < step ? size - at : step;
		mail_session_feed(bench->session, client, from + at, part, bench->seq[!client],
		                  START);
		bench->seq[!client] += (uint32_t)part;
		at += part;
	}
}

/* "C text", "S text": lines; "G 9", "H 9": a gap; "T": the ClientHello. */
static void say(struct bench *bench, const char *item, size_t size, size_t step)
{
	char line[2048];
	bool client = item[0] == 'C' || item[0] == 'G' || item[0] == 'T';
	if (item[0] == 'T') {
		feed(bench, client, HELLO, sizeof(HELLO), step);
	} else if (item[0] == 'G' || item[0] == 'H') {
		size_t lost = (size_t)atoi(item + 2);
		mail_session_gap(bench->session, client, lost);
		bench->seq[!client] += (uint32_t)lost;
	} else {
		int length = snprintf(line, sizeof(line), "%.*s\r\n", (int)size - 2, item + 2);
		feed(bench, client, line, (size_t)length, step);
	}
}

static void play(struct bench *bench, const char *script, size_t step)
{
	while (*script != '\0') {
		size_t size = strcspn(script, "|");
		say(bench, script, size, step);
		script += size + (script[size] == '|');
	}
}

#define HI   "S 220 mx.test ESMTP|C EHLO a.test|S 250 mx.test|"
#define FROM "C MAIL FROM:<a@a.test>|S 250 ok|"
#define TO   "C RCPT TO:<b@b.test>|S 250 ok|"
#define BODY "C DATA|S 354 go|C Subject: hi|C |C x|C .|S 250 ok|"
#define LURE "C EHLO lure.test|C MAIL FROM:<x@lure.test>|C RCPT TO:<x@lure.test>|C QUIT|"

struct row {
	const char *name, *rules, *script, *emitted;
};

static const struct row hits_rows[] = {
	/* every kind of observation */
	{ "server", "alert server 45.77.24.0/24 id=r", HI, "r 45.77.24.250 server.ip|" },
	{ "server, silent", "alert server 45.77.24.0/24 id=r", "", "" },
	{ "banner", "alert banner mx.test id=r", HI, "r mx.test smtp.banner|" },
	{ "helo", "alert helo A.TEST id=r", HI, "r a.test smtp.helo|" },
	{ "helo, a literal", "alert helo .test id=r", "S 220 mx|C EHLO [192.0.2.1]", "" },
	{ "from", "alert from a.test id=r", HI FROM, "r a@a.test smtp.mail_from|" },
	{ "from, null", "alert from .test id=r", HI "C MAIL FROM:<>|S 250 ok", "" },
	{ "sni", "alert sni a.test id=r", HI "C STARTTLS|S 220 go|T",
	  "r a.test tls.client.server_name|" },
	{ "any", "alert any b.test id=r", HI FROM TO, "r b@b.test smtp.rcpt_to.address 250|" },
	/* recipients, at their reply */
	{ "accepted", "alert rcpt b.test id=r", HI FROM TO,
	  "r b@b.test smtp.rcpt_to.address 250|" },
	{ "refused", "alert rcpt b.test id=r", HI FROM "C RCPT TO:<b@b.test>|S 550 no",
	  "r b@b.test smtp.rcpt_to.address 550|" },
	{ "not answered", "alert rcpt b.test id=r", HI FROM "C RCPT TO:<b@b.test>",
	  "r b@b.test smtp.rcpt_to.address|" },
	{ "client only", "alert rcpt b.test id=r",
	  "C EHLO a.test|C MAIL FROM:<a@a.test>|C RCPT TO:<b@b.test>|C DATA|C x|C .",
	  "r b@b.test smtp.rcpt_to.address|" },
	{ "of two mails", "alert rcpt .test id=r",
	  HI FROM TO "C RSET|S 250 ok|" FROM "C RCPT TO:<c@c.test>|S 450 later",
	  "r b@b.test smtp.rcpt_to.address 250|r c@c.test smtp.rcpt_to.address 450|" },
	{ "by mailbox", "alert rcpt \"b@b.test\" id=r", HI FROM TO "C RCPT TO:<c@b.test>|S 250 ok",
	  "r b@b.test smtp.rcpt_to.address 250|" },
	{ "a pin of the server", "pin b.test rcpt 192.0.2.0/24 id=r", HI FROM TO,
	  "r 45.77.24.250 server.ip 250|" },
	/* paths */
	{ "bare", "alert rcpt b.test id=r", HI FROM "C rcpt to: b@b.test|S 250 ok",
	  "r b@b.test smtp.rcpt_to.address 250|" },
	{ "a source route leads nowhere", "alert rcpt .test id=r",
	  HI FROM "C RCPT TO:<@relay.test:b@b.example>|S 250 ok", "" },
	{ "after a source route", "alert rcpt b.test id=r",
	  HI FROM "C RCPT TO:<@relay.test:b@b.test>|S 250 ok",
	  "r b@b.test smtp.rcpt_to.address 250|" },
	{ "ORCPT is not who gets it", "alert rcpt lure.test id=r",
	  HI FROM "C RCPT TO:<b@b.test> NOTIFY=NEVER ORCPT=rfc822;x@lure.test|S 250 ok", "" },
	{ "AUTH= is not who sends it", "alert from lure.test id=r",
	  HI "C MAIL FROM:<a@a.test> SIZE=9 SMTPUTF8 AUTH=x@lure.test|S 250 ok", "" },
	{ "a quoted local part is not a domain", "alert rcpt lure.test id=r",
	  HI FROM "C RCPT TO:<\"x@lure.test> \"@b.test>|S 250 ok", "" },
	{ "a comment is not a domain", "alert rcpt lure.test id=r",
	  HI FROM "C RCPT TO:<b@b.test(@lure.test)>|S 250 ok", "" },
	{ "an address literal has no name", "alert rcpt .test id=r",
	  HI FROM "C RCPT TO:<b@[45.77.24.250]>|S 250 ok|C RCPT TO:<b@[IPv6:2001:db8::1]>|S 250 ok",
	  "" },
	/* U-labels and A-labels are the same name */
	{ "U-label, rule in A-labels", "alert rcpt xn--bcher-kva.test id=r",
	  HI FROM "C RCPT TO:<b@b\xc3\xbc"
	          "cher.test>|S 250 ok",
	  "r b@xn--bcher-kva.test smtp.rcpt_to.address 250|" },
	{ "A-label, rule in U-labels",
	  "alert rcpt b\xc3\xbc"
	  "cher.test id=r",
	  HI FROM "C RCPT TO:<b@XN--BCHER-KVA.test>|S 250 ok",
	  "r b@xn--bcher-kva.test smtp.rcpt_to.address 250|" },
	{ "U-label in capitals",
	  "alert rcpt b\xc3\xbc"
	  "cher.test id=r",
	  HI FROM "C RCPT TO:<b@B\xc3\x9c"
	          "CHER.TEST>|S 250 ok",
	  "r b@xn--bcher-kva.test smtp.rcpt_to.address 250|" },
	{ "U-label in EHLO", "alert helo xn--bcher-kva.test id=r",
	  "S 220 mx|C EHLO b\xc3\xbc"
	  "cher.test",
	  "r xn--bcher-kva.test smtp.helo|" },
	{ "local part in UTF-8", "alert rcpt b.test id=r",
	  HI FROM "C RCPT TO:<\xe6\x97\xa5@b.test>|S 250 ok",
	  "r \xe6\x97\xa5@b.test smtp.rcpt_to.address 250|" },
	{ "no U-label, below a listed name", "alert rcpt .b.test id=r",
	  HI FROM "C RCPT TO:<b@\xff.b.test>|S 250 ok",
	  "r b@\\255.b.test smtp.rcpt_to.address 250|" },
	/* content is not read as commands */
	{ "a dialogue in DATA", "alert any .lure.test id=r",
	  HI FROM TO "C DATA|S 354 go|" LURE "C ..|" LURE "C .|S 250 ok", "" },
	{ "a dialogue in BDAT", "alert any .lure.test id=r",
	  HI FROM TO "C BDAT 38|C RCPT TO:<x@lure.test>|C EHLO lure.test|S 250 ok|"
	             "C BDAT 0 LAST|S 250 ok",
	  "" },
	{ "a gap in DATA", "alert any .lure.test id=r",
	  HI FROM TO "C DATA|S 354 go|C x|G 99|C text|" LURE "C .|S 250 ok", "" },
	{ "a credential is no mailbox", "alert any .lure.test id=r",
	  HI "C AUTH LOGIN|S 334 x|C RCPT TO:<x@lure.test>|S 334 x|C EHLO lure.test|S 535 no", "" },
};

static const struct row log_rows[] = {
	{ "a mail", "", HI FROM TO BODY "C QUIT|S 221 bye",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250 re=250 subject=hi|" },
	{ "two mails: nothing of the first in the second", "",
	  HI FROM TO BODY "C MAIL FROM:<c@c.test>|S 250 ok|C RCPT TO:<d@d.test>|S 550 no|"
	                  "C DATA|S 554 no",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250 re=250 subject=hi|"
	  "log banner=mx.test helo=a.test from=c@c.test to=d@d.test:550 re=554|" },
	{ "RSET in a mail", "", HI FROM TO "C RSET|S 250 ok",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250|" },
	{ "a session without a mail", "", HI "C VRFY b|S 252 maybe|C EXPN l|S 550 no|C QUIT",
	  "log banner=mx.test helo=a.test|" },
	{ "a greeting that refuses", "", "S 554 mx.test no", "log banner=mx.test|" },
	{ "nothing at all", "", "", "log|" },
	{ "server only", "", "S 220 mx.test|S 250 ok|S 250 ok|S 354 go|S 250 ok|S 221 bye",
	  "log banner=mx.test|" },
	{ "the mechanism, not the credentials", "",
	  HI "C AUTH LOGIN|S 334 VXNlcm5hbWU6|C dXNlcg==|S 334 UGFz|C cGFzcw==|S 235 ok",
	  "log banner=mx.test helo=a.test auth=LOGIN|" },
	{ "smuggling", "", HI FROM TO "C DATA|S 354 go|C x\n.\rRCPT TO:<x@x.test>|C .|S 250 ok",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250 re=250 smuggling=true|" },
	{ "gaps", "", HI FROM TO "C DATA|S 354 go|C x|G 99|C .|S 250 ok",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250 re=250 gaps=99|" },
	{ "TLS", "", HI "C STARTTLS|S 220 go|T",
	  "log banner=mx.test helo=a.test tls=true sni=a.test|" },
	{ "TLS refused", "", HI "C STARTTLS|S 454 no|" FROM TO,
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250|" },
	{ "an encoded subject", "",
	  HI FROM TO "C DATA|S 354 go|C Subject: =?iso-2022-jp?B?GyRCS1w=?=|C  "
	             "=?iso-2022-jp?B?P00bKEI=?=|C .|S 250 ok",
	  "log banner=mx.test helo=a.test from=a@a.test to=b@b.test:250 re=250 "
	  "subject=\xe6\x9c\xac\xe4\xba\xba|" },
	{ "LMTP, one of two", "",
	  "S 220 l|C LHLO a|S 250 l|" FROM TO "C RCPT TO:<c@c.test>|S 250|C DATA|S 354|C x|C .|"
	  "S 452 b|S 250 c",
	  "log banner=l helo=a from=a@a.test to=b@b.test:452 to=c@c.test:250 re=250|" },
};

static const struct row watched_rows[] = {
	{ "at the first recipient, and at the end", "", HI FROM TO BODY,
	  "dns start to=b@b.test|dns end to=b@b.test:250 content=true|" },
	{ "all recipients of all mails", "",
	  HI FROM TO BODY FROM "C RCPT TO:<c@c.test>|S 550 no|C QUIT",
	  "dns start to=b@b.test|dns end to=b@b.test:250 to=c@c.test:550 content=true|" },
	{ "content refused, of a mail joined late", "", "S 354 go|C Subject: x|C .|S 550 no",
	  "dns start|dns end content=false|" },
	{ "no content", "", HI FROM TO "C QUIT",
	  "dns start to=b@b.test|dns end to=b@b.test:250 content=false|" },
	{ "over TLS", "", HI "C STARTTLS|S 220 go|T", "dns start|dns end content=false|" },
	{ "TLS refused", "", HI "C STARTTLS|S 454 no|C QUIT", "" },
	{ "the names were lost", "", "S 354 go|C Subject: x|C .|S 250 ok",
	  "dns start|dns end content=true|" },
	{ "nobody is named", "", HI FROM "C QUIT|S 221 bye", "" },
	{ "client only", "", "C EHLO a.test|C MAIL FROM:<a@a.test>|C RCPT TO:<b@b.test>|C DATA|C x",
	  "dns start to=b@b.test|dns end to=b@b.test content=true|" },
};

/* A session that comes whole or byte by byte has the same events with the same identifiers. */
static size_t count_failures(const struct row *rows, size_t count, bool log, bool watched)
{
	static char ids[sizeof(emitted.ids)];
	static const size_t steps[] = { SIZE_MAX, 1, 2, 7 };
	size_t failed = 0;
	for (size_t i = 0; i < count * sizeof(steps) / sizeof(steps[0]); i++) {
		const struct row *row = &rows[i / 4];
		struct bench *bench = begin(row->rules, log);
		if (watched) {
			watch_server(bench, START, 60);
		}
		play(bench, row->script, steps[i % 4]);
		end(bench);
		if (i % 4 == 0) {
			memcpy(ids, emitted.ids, sizeof(ids));
		}
		if (strcmp(emitted.text, row->emitted) != 0 || strcmp(emitted.ids, ids) != 0) {
			print_error("%s (step %zd): %s\n", row->name, (ssize_t)steps[i % 4],
			            emitted.text);
			failed++;
		}
	}
	return failed;
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void observations(void **state)
{
	(void)state;
	assert_int_equal(count_failures(hits_rows, COUNT(hits_rows), false, false), 0);
}

static void logs(void **state)
{
	(void)state;
	assert_int_equal(count_failures(log_rows, COUNT(log_rows), true, false), 0);
}

static void interceptions(void **state)
{
	(void)state;
	assert_int_equal(count_failures(watched_rows, COUNT(watched_rows), false, true), 0);
}

/* Watched until the TTL has expired, and for the watch time at least. */
static void only_while_watched(void **state)
{
	(void)state;
	static const struct {
		int64_t answered_ns;
		uint32_t ttl;
		size_t emitted;
	} tests[] = {
		{ START, 0, 2 },
		{ START - HOUR, 60, 2 },
		{ START - HOUR - 1, 60, 0 },
		{ START - 2 * HOUR, 7200, 2 },
		{ START - 2 * HOUR - 1, 7200, 0 },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct bench *bench = begin("", false);
		watch_server(bench, tests[i].answered_ns, tests[i].ttl);
		play(bench, HI FROM TO, SIZE_MAX);
		end(bench);
		assert_int_equal(emitted.count, tests[i].emitted);
	}
}

/* Each recipient is matched, regardless of their number; the transcript keeps
 * TRANSCRIPT_RECIPIENTS_MAX. */
static void more_recipients_than_are_kept(void **state)
{
	(void)state;
	struct bench *bench = begin("alert rcpt .test id=r", false);
	play(bench, HI FROM, SIZE_MAX);
	for (unsigned i = 0; i < TRANSCRIPT_RECIPIENTS_MAX + 9; i++) {
		char line[64];
		(void)snprintf(line, sizeof(line), "C RCPT TO:<b%u@b.test>|S 250 ok", i);
		play(bench, line, SIZE_MAX);
	}
	assert_int_equal(emitted.count, TRANSCRIPT_RECIPIENTS_MAX + 9);
	assert_int_equal(counter_get(&bench->counters->smtp_recipients),
	                 TRANSCRIPT_RECIPIENTS_MAX + 9);
	end(bench);
}

static void what_is_beyond_bounds_is_counted(void **state)
{
	(void)state;
	struct bench *bench = begin("alert rcpt .test id=r", false);
	char line[SMTP_REPLY_MAX + 16];
	(void)snprintf(line, sizeof(line), "S 250 %0*d", SMTP_REPLY_MAX, 0);
	play(bench, HI, SIZE_MAX);
	for (unsigned i = 0; i < SMTP_PENDING_MAX + 6; i++) {
		play(bench, "C NOOP", SIZE_MAX);
	}
	play(bench, line, 100);
	play(bench, "S 250 ok|G 9|C NOOP", SIZE_MAX);
	const struct counters *counters = bench->counters;
	mail_session_free(bench->session);
	bench->session = NULL;
	assert_int_equal(counter_get(&counters->smtp_lines_cut), 1);
	assert_int_equal(counter_get(&counters->smtp_unmatched), 7);
	assert_int_equal(counter_get(&counters->smtp_resyncs), 1);
	end(bench);
}

/* Each mail to a watched server has a note, with the hijacked name, the sender and recipients. */
static void mails_to_a_watched_server_are_noted(void **state)
{
	(void)state;
	struct bench *bench = begin("alert server ::ffff:45.77.24.250 id=server", false);
	noted[0] = '\0';
	watch_server(bench, START, 60);
	play(bench, HI FROM TO BODY "C MAIL FROM:<c@c.test>|S 250 ok|" TO BODY FROM, SIZE_MAX);
	mail_session_free(bench->session);
	bench->session = NULL;
	assert_string_equal(noted, "server owner=coincheck.com|"
	                           "dns owner=coincheck.com session|"
	                           "mail owner=coincheck.com from=a@a.test to=b@b.test accepted "
	                           "content|"
	                           "mail owner=coincheck.com from=c@c.test to=b@b.test accepted "
	                           "content|"
	                           "dns owner=coincheck.com|");
	end(bench);
}

/* In a session with STARTTLS no mail is visible. */
static void a_session_without_mail_is_noted(void **state)
{
	(void)state;
	struct bench *bench = begin("", false);
	noted[0] = '\0';
	watch_server(bench, START, 60);
	play(bench, HI "C STARTTLS|S 220 go on|T", SIZE_MAX);
	mail_session_free(bench->session);
	bench->session = NULL;
	assert_string_equal(noted, "dns owner=coincheck.com session|"
	                           "mail owner=coincheck.com tls|"
	                           "dns owner=coincheck.com|");
	end(bench);
}

/* Where no hijacked name is known, the incident is that of the rule, and has the mail itself. That
 * of a rule of servers has all mails of the session. */
static void hits_of_a_server_that_is_not_watched(void **state)
{
	(void)state;
	struct bench *bench = begin(
	        "alert rcpt .test id=rcpt\nalert server ::ffff:45.77.24.250 id=server", false);
	noted[0] = '\0';
	play(bench, HI FROM TO BODY, SIZE_MAX);
	assert_string_equal(noted, "server session|rcpt from=a@a.test to=b@b.test accepted|"
	                           "mail from=a@a.test to=b@b.test accepted content|");
	end(bench);
	/* Without a hit on the server there is the hit on the recipient alone. */
	bench = begin("alert rcpt .test id=rcpt\nalert server ::ffff:45.77.24.251 id=server",
	              false);
	noted[0] = '\0';
	play(bench, HI FROM TO BODY, SIZE_MAX);
	assert_string_equal(noted, "rcpt from=a@a.test to=b@b.test accepted|");
	end(bench);
}

/* Conversions of U-labels are bounded; what is beyond is matched as it was sent, and counted. */
static void labels_are_converted_up_to_a_bound(void **state)
{
	(void)state;
	struct bench *bench = begin("alert rcpt .xn--bcher-kva.test id=r", false);
	play(bench, HI FROM, 4096);
	for (int i = 0; i < 1000; i++) {
		play(bench,
		     "C RCPT TO:<a@b\xc3\xbc"
		     "cher.test>|S 250 ok",
		     4096);
	}
	uint64_t converted = counter_get(&bench->counters->hits);
	uint64_t unjudged = counter_get(&bench->counters->names_unjudged);
	/* 1,024 octets, and one for 64 octets of the session: 12 of 42 a recipient */
	assert_in_range(converted, 80, 200);
	assert_int_equal(converted + unjudged, 1000);
	/* Others pay for more. */
	for (int i = 0; i < 1000; i++) {
		play(bench, "C RCPT TO:<somebody@another.example>|S 250 ok", 4096);
	}
	play(bench,
	     "C RCPT TO:<a@b\xc3\xbc"
	     "cher.test>|S 250 ok",
	     4096);
	assert_int_equal(counter_get(&bench->counters->hits), converted + 1);
	assert_int_equal(counter_get(&bench->counters->names_unjudged), unjudged);
	end(bench);
}

static uint8_t batch[HISTORY_BATCH_MAX];

static uint8_t *batch_room(void *ctx)
{
	(void)ctx;
	return batch;
}

/* Writes the rows of the batch as text, sorted by key. */
static void put_batch(void *ctx, size_t size, size_t rows)
{
	struct history_sorted sorted;
	struct history_record record;
	const uint8_t *key, *value;
	size_t key_size, value_size;
	struct writer *w = ctx;
	(void)rows;
	assert_int_equal(history_sorted_init(&sorted, batch, size), 0);
	while (history_sorted_next(&sorted, &key, &key_size, &value, &value_size)) {
		if (value_size == 0) {
			continue;
		}
		assert_true(history_key_read(key, key_size, &record));
		assert_true(history_value_read(record.kind, value, value_size, &record.seen));
		history_put_texts(w, &record, " ");
		assert_int_equal(record.seen.first, START / NS_PER_S);
		writer_char(w, ' ');
		writer_number(w, record.seen.count);
		writer_char(w, '|');
	}
	history_sorted_free(&sorted);
}

static struct history_table *new_table(struct writer *w)
{
	const struct history_sink sink = { .room = batch_room, .put = put_batch, .ctx = w };
	struct history_table *table = history_table_new(&sink);
	assert_non_null(table);
	return table;
}

/* Rows are kept from now on; `w` receives them. */
static struct history_table *keep_rows(struct bench *bench, struct writer *w, bool mailboxes)
{
	struct history_table *table = new_table(w);
	bench->rows = (struct mail_rows){ .table = table, .mailboxes = mailboxes };
	return table;
}

/* Ends the session. \return The number of rows dropped. */
static uint64_t end_rows(struct bench *bench, struct history_table *table)
{
	end(bench);
	assert_true(history_table_flush(table));
	uint64_t dropped = history_table_dropped(table);
	history_table_free(table);
	return dropped;
}

#define AT      "45.77.24.250 "
#define SEEN_HI AT "BANNER mx.test 1|" AT "STARTTLS not offered 1|"
#define CLEAR   AT "TLS no 1|"

static const struct row history_rows[] = {
	{ "a greeting", NULL, "S 220 MX.Test ESMTP", AT "BANNER mx.test 1|" },
	{ "a mail", NULL, HI FROM TO BODY,
	  "b.test MAIL " AT "accepted 1, with TLS 0 1|" SEEN_HI CLEAR "b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, with content 1|" },
	{ "two recipients of a domain, one refused", NULL,
	  HI FROM TO "C RCPT TO:<C@B.test>|S 550 no|" BODY,
	  "b.test MAIL " AT "accepted 1, with TLS 0 1|" SEEN_HI CLEAR "b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, with content 1|c@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 550, with content 1|" },
	{ "two domains, no content", NULL,
	  HI FROM "C RCPT TO:<b@b.test>|S 450 later|C RCPT "
	          "TO:<c@c.test>|C RSET|S 250 ok|S 250 ok|",
	  "b.test MAIL " AT "accepted 0, with TLS 0 1|c.test MAIL " AT
	  "accepted 1, with TLS 0 1|" SEEN_HI CLEAR "b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 450, no content 1|c@c.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, no content 1|" },
	{ "two mails, the second without content", NULL, HI FROM TO BODY FROM TO "C RSET|S 250 ok|",
	  "b.test MAIL " AT "accepted 2, with TLS 0 2|" SEEN_HI CLEAR "b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, no content 1|b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, with content 1|" },
	{ "no domain, null sender", NULL,
	  HI "C MAIL FROM:<>|S 250 ok|C RCPT TO:<Postmaster>|S 250 ok|",
	  SEEN_HI CLEAR "postmaster RCPT " AT "from <> at 2001:db8::1, reply 250, no content 1|" },
	{ "TLS hides the mail", NULL,
	  "S 220 mx.test|C EHLO a.test|S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 220 go|T",
	  AT "BANNER mx.test 1|" AT "STARTTLS offered 1|" AT "TLS yes 1|" },
	{ "STARTTLS in decrypted traffic", NULL,
	  "S 220 mx.test|C EHLO a.test|S 250-mx.test|S 250 STARTTLS|C STARTTLS|S 220 go|"
	  "C EHLO a.test|S 250 mx.test|" FROM TO,
	  "b.test MAIL " AT "accepted 1, with TLS 1 1|" AT "BANNER mx.test 1|" AT
	  "STARTTLS offered 1|" AT "TLS yes 1|b@b.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, no content, TLS 1|" },
	{ "a U-label", NULL,
	  HI FROM "C RCPT TO:<b@b\xc3\xbc"
	          "cher.test>|S 250 ok",
	  "xn--bcher-kva.test MAIL " AT "accepted 1, with TLS 0 1|" SEEN_HI CLEAR
	  "b@xn--bcher-kva.test RCPT " AT
	  "from <a@a.test> at 2001:db8::1, reply 250, no content 1|" },
};

/* What is seen of a session becomes rows of the history. */
static void sessions_become_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(history_rows) / sizeof(history_rows[0]); i++) {
		char text[2048];
		struct writer w;
		writer_init(&w, text, sizeof(text));
		struct bench *bench = begin("", false);
		struct history_table *table = keep_rows(bench, &w, true);
		play(bench, history_rows[i].script, 7);
		assert_int_equal(end_rows(bench, table), 0);
		if (strcmp(writer_text(&w), history_rows[i].emitted) != 0) {
			fail_msg("%s:\n%s\nwanted\n%s", history_rows[i].name, writer_text(&w),
			         history_rows[i].emitted);
		}
	}
}

/* The second reading of a session adds no rows. */
static void second_readings_add_no_rows(void **state)
{
	char text[2048];
	size_t again;
	struct writer w;
	(void)state;
	writer_init(&w, text, sizeof(text));
	struct bench *bench = begin("", false);
	struct history_table *table = keep_rows(bench, &w, false);
	play(bench, HI FROM, 99);
	struct mail_session *first = bench->session;
	bench->session = mail_session_fork(first, NULL, 0, &again);
	play(bench, "C RCPT TO:<c@c.test>|S 250 ok|", 99);
	mail_session_free(bench->session);
	bench->session = first;
	play(bench, TO, 99);
	assert_int_equal(end_rows(bench, table), 0);
	assert_string_equal(writer_text(&w),
	                    "b.test MAIL " AT "accepted 1, with TLS 0 1|" SEEN_HI CLEAR);
}

/* Recipients that the transcript does not store are counted. */
static void further_recipients_are_counted(void **state)
{
	char text[2048], recipient[64];
	struct writer w;
	(void)state;
	writer_init(&w, text, sizeof(text));
	struct bench *bench = begin("", false);
	struct history_table *table = keep_rows(bench, &w, false);
	play(bench, HI FROM, 99);
	for (unsigned i = 0; i < TRANSCRIPT_RECIPIENTS_MAX + 3; i++) {
		(void)snprintf(recipient, sizeof(recipient), "C RCPT TO:<b%u@b.test>|S 250 ok|", i);
		play(bench, recipient, 99);
	}
	assert_int_equal(end_rows(bench, table), 3);
	assert_string_equal(writer_text(&w),
	                    "b.test MAIL " AT "accepted 1, with TLS 0 1|" SEEN_HI CLEAR);
}

static void play_recipients(struct bench *bench, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char script[64];
		(void)snprintf(script, sizeof(script), "C RCPT TO:<b%u@b.test>|S 250 ok|", i);
		play(bench, script, 99);
	}
}

/* The second reading knows the latest eight hits of the first one. */
static void both_readings_report_a_hit_once(void **state)
{
	(void)state;
	for (unsigned count = 7; count <= 8; count++) {
		struct bench *bench = begin("alert rcpt .b.test id=r", false);
		struct mail_session *first = bench->session;
		size_t again;
		play(bench, HI FROM, 99);
		const uint32_t seq[2] = { bench->seq[0], bench->seq[1] };
		struct mail_session *second =
		        mail_session_fork(first, (const uint8_t *)"", 0, &again);
		assert_non_null(second);
		play_recipients(bench, count);
		assert_int_equal(counter_get(&bench->counters->hits), count);
		memcpy(bench->seq, seq, sizeof(seq));
		bench->session = second;
		play_recipients(bench, count);
		assert_int_equal(counter_get(&bench->counters->hits), count);
		mail_session_free(second);
		bench->session = first;
		end(bench);
	}
}

/* A second reading begins with the line in which the octets differ. */
static void a_second_reading_begins_with_a_line(void **state)
{
	static const struct {
		const char *before;
		size_t again;
	} rows[] = {
		{ "", 0 },   { "a", 1 },       { "abc", 3 },         { "a\n", 0 },
		{ "\n", 0 }, { "a\r\nbc", 2 }, { "a\nb\n\ncde", 3 }, { "\na", 1 },
	};
	(void)state;
	struct bench *bench = begin("alert rcpt .x.test id=r", false);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t again = SIZE_MAX;
		struct mail_session *second =
		        mail_session_fork(bench->session, (const uint8_t *)rows[i].before,
		                          strlen(rows[i].before), &again);
		assert_non_null(second);
		assert_int_equal(again, rows[i].again);
		mail_session_free(second);
	}
	end(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(observations),
		cmocka_unit_test(logs),
		cmocka_unit_test(interceptions),
		cmocka_unit_test(only_while_watched),
		cmocka_unit_test(both_readings_report_a_hit_once),
		cmocka_unit_test(a_second_reading_begins_with_a_line),
		cmocka_unit_test(more_recipients_than_are_kept),
		cmocka_unit_test(labels_are_converted_up_to_a_bound),
		cmocka_unit_test(what_is_beyond_bounds_is_counted),
		cmocka_unit_test(mails_to_a_watched_server_are_noted),
		cmocka_unit_test(a_session_without_mail_is_noted),
		cmocka_unit_test(hits_of_a_server_that_is_not_watched),
		cmocka_unit_test(sessions_become_rows),
		cmocka_unit_test(second_readings_add_no_rows),
		cmocka_unit_test(further_recipients_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
