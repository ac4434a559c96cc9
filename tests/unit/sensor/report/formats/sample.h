/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A report of one incident for the tests of the writers, in which a text from the wire can
 * be replaced, and the writing of it into memory.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "sensor/report/formats/formats.h"
#include "tests/unit/unit.h"

#define SAMPLE_T0 (INT64_C(1590851112) * NS_PER_S + 25846000) /* 2020-05-30T15:05:12.025846Z */

struct sample {
	struct report report;
	struct report_incident incident;
	struct report_hit hits[3];
	struct report_answer answers[2];
	struct report_resolver resolver;
	struct report_mail mails[2];
	struct report_rcpt rcpts[2];
	struct report_text expected[1], seen[2], reasons[1], rules[2], clients[1], sensors[1];
	struct report_text sources[1], limits[1];
};

/*! \brief What a writer wrote, with a final NUL. */
struct sample_document {
	char *text;
	size_t size;
};

static inline struct report_text sample_text(const char *words)
{
	return (struct report_text){ .text = words, .size = strlen(words) };
}

static inline struct report_texts sample_texts(struct report_text *items, size_t count)
{
	return (struct report_texts){ .items = items, .count = count };
}

static inline void sample_hits(struct sample *s)
{
	static const char ALERT[] =
	        "alert ns .awsdns-061[.]org id=ns-061 sev=critical conf=95 "
	        "tags=a,b ref=https://example.net/ note=\"It's a \\\"note\\\"\"";
	const struct report_hit hit = {
		.time_ns = SAMPLE_T0,
		.severity = 99,
		.count = 1,
		.event_id = sample_text("e1"),
		.action = sample_text("ioc-match"),
		.reason = sample_text("name server ns-1515.awsdns-061.org of coincheck.com"),
		.rule_id = sample_text("ns-061"),
		.rule_text = sample_text(ALERT),
		.kind = sample_text("ns"),
		.value = sample_text("ns-1515.awsdns-061.org"),
		.type = sample_text("NS"),
		.owner = sample_text("coincheck.com"),
		.protocol = sample_text("dns"),
		.client = sample_text("192.0.2.53"),
		.server = sample_text("2001:db8::53"),
		.client_port = 40000,
		.server_port = 53,
	};
	s->hits[0] = hit;
	s->hits[1] = hit;
	s->hits[1].time_ns += 2 * NS_PER_S;
	s->hits[1].count = 7;
	s->hits[2] = hit;
	s->hits[2].time_ns += 3 * NS_PER_S;
	s->hits[2].action = sample_text("mail-intercepted");
	s->hits[2].kind = sample_text("server");
	s->hits[2].value = sample_text("45.77.24.250");
	s->hits[2].protocol = sample_text("smtp");
	s->hits[2].server = s->hits[2].value;
	s->hits[2].server_port = 25;
}

static inline void sample_mails(struct sample *s)
{
	s->rcpts[0] = (struct report_rcpt){ .address = sample_text("support@coincheck.com"),
		                            .reply_code = 250,
		                            .accepted = true };
	s->rcpts[1] = (struct report_rcpt){ .address = sample_text("none@coincheck.com"),
		                            .reply_code = 550 };
	s->mails[0] = (struct report_mail){
		.time_ns = SAMPLE_T0 + 3 * NS_PER_S,
		.event_id = sample_text("m1"),
		.client = sample_text("198.51.100.25"),
		.server = sample_text("45.77.24.250"),
		.helo = sample_text("mail.example.net"),
		.from = sample_text("alice@example.net"),
		.subject = sample_text("My account"),
		.message_id = sample_text("1@example.net"),
		.rcpts = s->rcpts,
		.rcpt_count = 2,
		.accepted = true,
		.content = true,
	};
	s->mails[1] = s->mails[0];
	s->mails[1].event_id = sample_text("m2");
	s->mails[1].rcpts = s->rcpts + 1;
	s->mails[1].rcpt_count = 1;
}

static inline void sample_answers(struct sample *s)
{
	s->answers[0] = (struct report_answer){ .kind = REPORT_EXPECTED,
		                                .owner = sample_text("coincheck.com"),
		                                .type = sample_text("NS"),
		                                .value = sample_text("ns-405.awsdns-50.com"),
		                                .first_ns = SAMPLE_T0 - NS_PER_DAY,
		                                .last_ns = SAMPLE_T0 - NS_PER_S,
		                                .count = 3 };
	s->answers[1] = s->answers[0];
	s->answers[1].kind = REPORT_ROGUE;
	s->answers[1].value = sample_text("ns-1515.awsdns-061.org");
	s->answers[1].first_ns = SAMPLE_T0;
	s->answers[1].last_ns = SAMPLE_T0 + 2 * NS_PER_S;
	s->answers[1].cached_until_ns = SAMPLE_T0 + 4 * NS_PER_DAY;
	s->resolver = (struct report_resolver){ .ip = sample_text("192.0.2.53"),
		                                .first_ns = SAMPLE_T0,
		                                .cached_until_ns = SAMPLE_T0 + 4 * NS_PER_DAY };
}

static inline void sample_init(struct sample *s)
{
	*s = (struct sample){ .report = { .incidents = NULL } };
	sample_hits(s);
	sample_mails(s);
	sample_answers(s);
	s->expected[0] = sample_text("awsdns-[00-63].org");
	s->seen[0] = sample_text("ns-1515.awsdns-061.org");
	s->seen[1] = sample_text("45.77.24.250");
	s->reasons[0] = sample_text("ioc-match");
	s->rules[0] = sample_text("ns-061");
	s->clients[0] = sample_text("192.0.2.53");
	s->sensors[0] = sample_text("tap1");
	s->sources[0] = sample_text("hijack.pcap");
	s->limits[0] = sample_text("The kernel dropped 1,204 packets.");
	s->incident = (struct report_incident){
		.id = sample_text("b87175be1b8e19733000c59f60a38c92"),
		.owner = sample_text("coincheck.com"),
		.state = sample_text("closed"),
		.severity = 99,
		.first_ns = SAMPLE_T0,
		.last_ns = SAMPLE_T0 + 3 * NS_PER_S,
		.cached_until_ns = SAMPLE_T0 + 4 * NS_PER_DAY,
		.expected = sample_texts(s->expected, 1),
		.seen = sample_texts(s->seen, 2),
		.reasons = sample_texts(s->reasons, 1),
		.clients = sample_texts(s->clients, 1),
		.rules = sample_texts(s->rules, 1),
		.clients_count = 1,
		.hit_count = 9,
		.mail_sessions = 1,
		.resolvers = &s->resolver,
		.resolver_count = 1,
		.answers = s->answers,
		.answer_count = 2,
		.mails = s->mails,
		.mail_count = 2,
		.hits = s->hits,
		.hits_listed = 3,
	};
	s->report = (struct report){
		.written_ns = SAMPLE_T0 + NS_PER_DAY,
		.first_ns = SAMPLE_T0,
		.last_ns = SAMPLE_T0 + 3 * NS_PER_S,
		.sensors = sample_texts(s->sensors, 1),
		.sources = sample_texts(s->sources, 1),
		.limits = sample_texts(s->limits, 1),
		.incidents = &s->incident,
		.incident_count = 1,
	};
}

static inline void sample_hostile_hit(struct report_hit *hit, struct report_text text)
{
	struct report_text *const TEXTS[] = {
		&hit->event_id,     &hit->action,   &hit->reason,    &hit->rule_id, &hit->feed,
		&hit->kind,         &hit->field,    &hit->value,     &hit->type,    &hit->owner,
		&hit->question,     &hit->protocol, &hit->client,    &hit->server,  &hit->evidence,
		&hit->community_id, &hit->imitates, &hit->rule_text,
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		*TEXTS[i] = text;
	}
}

static inline void sample_hostile_mail(struct report_mail *mail, struct report_text text)
{
	struct report_text *const TEXTS[] = {
		&mail->event_id, &mail->client,  &mail->server,     &mail->helo,
		&mail->from,     &mail->subject, &mail->message_id, &mail->evidence,
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		*TEXTS[i] = text;
	}
}

/*! \brief Replaces all texts of the report. */
static inline void sample_hostile(struct sample *s, struct report_text text)
{
	struct report_text *const TEXTS[] = {
		&s->incident.id,      &s->incident.owner,   &s->incident.network,
		&s->incident.state,   &s->answers[0].owner, &s->answers[0].type,
		&s->answers[0].value, &s->answers[1].owner, &s->answers[1].type,
		&s->answers[1].value, &s->resolver.ip,      &s->expected[0],
		&s->seen[0],          &s->seen[1],          &s->reasons[0],
		&s->rules[0],         &s->clients[0],       &s->sensors[0],
		&s->sources[0],       &s->limits[0],        &s->rcpts[0].address,
		&s->rcpts[1].address,
	};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		*TEXTS[i] = text;
	}
	for (size_t i = 0; i < 3; i++) {
		sample_hostile_hit(&s->hits[i], text);
	}
	for (size_t i = 0; i < 2; i++) {
		sample_hostile_mail(&s->mails[i], text);
	}
}

/*! \brief Texts that attack a reader of a document, with their sizes. */
#define SAMPLE_TEXT(literal)                                                                       \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
static const struct report_text SAMPLE_ATTACKS[] = {
	SAMPLE_TEXT(""),
	SAMPLE_TEXT("=cmd|' /C calc'!A0"),
	SAMPLE_TEXT("+1"),
	SAMPLE_TEXT("-1"),
	SAMPLE_TEXT("@SUM(A1)"),
	SAMPLE_TEXT(" =1"),
	SAMPLE_TEXT("\t=1"),
	SAMPLE_TEXT("\r=1"),
	SAMPLE_TEXT("\xef\xbc\x9d"
	            "1"),
	SAMPLE_TEXT("a\",\"b\r\nc,d"),
	SAMPLE_TEXT("<script>alert(1)</script>"),
	SAMPLE_TEXT("`|`` ](javascript:x) ![a](http://b/c)"),
	SAMPLE_TEXT("a\\|b \\"),
	SAMPLE_TEXT("\xe2\x80\xae\xe2\x81\xa6moc.elpmaxe\xe2\x81\xa9"),
	SAMPLE_TEXT("nul\0octet"),
	SAMPLE_TEXT("not UTF-8: \xff\xc0\x80\xed\xa0\x80 \xf4\x90\x80\x80 \xe2\x82"),
	SAMPLE_TEXT("' OR '1'='1' \\' ]"),
	SAMPLE_TEXT("alert ns x.example y.example id=\"a\nb\""),
	SAMPLE_TEXT("alert any .x.example ref=\"javascript://x \" server=192.0.2.0/24,2001:db8::1"),
	SAMPLE_TEXT("\x1b]0;title\x07\x1b[2J"),
	SAMPLE_TEXT("m\xc3\xbcller@stra\xc3\x9f"
	            "e.example"),
	SAMPLE_TEXT("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.example"),
};
#define SAMPLE_ATTACKS_COUNT (sizeof(SAMPLE_ATTACKS) / sizeof(SAMPLE_ATTACKS[0]))

static inline struct sample_document sample_write(report_write_t write, const struct report *report)
{
	struct sample_document document;
	FILE *out = open_memstream(&document.text, &document.size);
	assert_non_null(out);
	assert_true(write(report, out));
	assert_int_equal(fclose(out), 0);
	return document;
}

/*! \brief Writes to a file that is always full. The writer must notice it. */
static inline void sample_write_full(report_write_t write)
{
	struct sample s;
	sample_init(&s);
	FILE *out = fopen("/dev/full", "w");
	assert_non_null(out);
	assert_false(write(&s.report, out));
	(void)fclose(out);
}
