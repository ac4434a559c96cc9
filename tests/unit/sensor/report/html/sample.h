/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A report of one incident for tests: a hijack of 40 hours whose answers are cached for four
 *        days.
 */
#pragma once

#include "base/time_ns.h"
#include "sensor/report/report.h"

/* 2020-05-30T15:05:12.025846Z */
#define SAMPLE_NS INT64_C(1590851112025846000)

#define TEXT(literal)                                                                              \
	{                                                                                          \
		literal, sizeof(literal) - 1                                                       \
	}
#define TEXTS(array)                                                                               \
	{                                                                                          \
		array, sizeof(array) / sizeof((array)[0])                                          \
	}
#define HOURS(n) (SAMPLE_NS + (n)*3600 * NS_PER_S)

static struct report_text sample_sensors[] = { TEXT("tap-tokyo-1") };
static struct report_text sample_sources[] = { TEXT("hijack-mta.pcap"),
	                                       TEXT("hijack-resolver.pcap") };
static struct report_text sample_limits[] = {
	TEXT("The kernel dropped 1,204 packets."),
	TEXT("2 SMTP sessions used TLS: their recipients are not known."),
};
static struct report_text sample_expected[] = {
	TEXT("ns-1515.awsdns-61.org"),
	TEXT("ns-1985.awsdns-56.co.uk"),
	TEXT("ns-405.awsdns-50.com"),
	TEXT("ns-650.awsdns-17.net"),
};
static struct report_text sample_seen[] = {
	TEXT("ns-1515.awsdns-061.org"), TEXT("ns-1985.awsdns-056.co.uk"),
	TEXT("ns-650.awsdns-017.net"),  TEXT("45.77.24.250"),
	TEXT("support@coincheck.com"),
};
static struct report_text sample_reasons[] = { TEXT("ioc-match"), TEXT("lookalike"),
	                                       TEXT("pin-mismatch"), TEXT("mail-intercepted") };
static struct report_text sample_clients[] = { TEXT("192.0.2.53"), TEXT("198.51.100.25") };
static struct report_text sample_rules[] = { TEXT("coincheck-2020-ns-061"),
	                                     TEXT("coincheck-2020-rcpt") };
static struct report_resolver sample_resolvers[] = {
	{ TEXT("192.0.2.53"), HOURS(0), HOURS(136) },
	{ TEXT("192.0.2.54"), HOURS(3), HOURS(88) },
};
static struct report_answer sample_answers[] = {
	{ REPORT_EXPECTED, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-1515.awsdns-61.org"),
	  HOURS(-24 * 30), HOURS(-2), 0, 31, 0 },
	{ REPORT_EXPECTED, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-1985.awsdns-56.co.uk"),
	  HOURS(-24 * 30), HOURS(-2), 0, 31, 0 },
	{ REPORT_ROGUE, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-1515.awsdns-061.org"), HOURS(0),
	  HOURS(40), HOURS(136), 119, 0 },
	{ REPORT_ROGUE, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-1985.awsdns-056.co.uk"),
	  HOURS(0), HOURS(38), HOURS(134), 80, 0 },
	{ REPORT_ROGUE, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-650.awsdns-017.net"), HOURS(5),
	  HOURS(40), HOURS(136), 80, 0 },
	{ REPORT_ROGUE, TEXT("mail.coincheck.com"), TEXT("A"), TEXT("45.77.24.250"), HOURS(1),
	  HOURS(39), HOURS(40), 12, 0 },
	{ REPORT_EXPECTED, TEXT("coincheck.com"), TEXT("NS"), TEXT("ns-1515.awsdns-61.org"),
	  HOURS(43), HOURS(150), 0, 12, 0 },
};
static struct report_rcpt sample_alice[] = { { TEXT("support@coincheck.com"), 250, true } };
static struct report_rcpt sample_bob[] = { { TEXT("info@coincheck.com"), 250, true },
	                                   { TEXT("nobody@coincheck.com"), 550, false } };
static struct report_rcpt sample_jun[] = { { TEXT("\xe6\x94\xaf\xe6\x8f\xb4@coincheck.com"), 550,
	                                     false } };
static struct report_mail sample_mails[] = {
	{ .time_ns = HOURS(2),
	  .event_id = TEXT("c1b1392fdb1d74d899c25378845a8ae0"),
	  .client = TEXT("198.51.100.25"),
	  .server = TEXT("45.77.24.250"),
	  .helo = TEXT("mta.example.net"),
	  .from = TEXT("alice@example.net"),
	  .subject = TEXT("Mein Konto: R\xc3\xbc"
	                  "cksetzung des Passworts"),
	  .rcpts = sample_alice,
	  .rcpt_count = 1,
	  .accepted = true,
	  .content = true,
	  .evidence = TEXT("20200530-150512-0001.pcapng") },
	{ .time_ns = HOURS(11),
	  .client = TEXT("198.51.100.25"),
	  .server = TEXT("45.77.24.250"),
	  .helo = TEXT("mta.example.net"),
	  .from = TEXT("bob@example.net"),
	  .subject = TEXT(
	          "\xe6\x9c\xac\xe4\xba\xba\xe7\xa2\xba\xe8\xaa\x8d\xe6\x9b\xb8\xe9\xa1\x9e\xe3\x81"
	          "\xae\xe5\x86\x8d\xe9\x80\x81\xe3\x81\xab\xe3\x81\xa4\xe3\x81\x84\xe3\x81\xa6"),
	  .rcpts = sample_bob,
	  .rcpt_count = 2,
	  .accepted = true,
	  .content = true },
	{ .time_ns = HOURS(30),
	  .client = TEXT("203.0.113.9"),
	  .server = TEXT("45.77.24.250"),
	  .helo = TEXT("mx.example.jp"),
	  .from = TEXT("jun@example.jp"),
	  .rcpts = sample_jun,
	  .rcpt_count = 1,
	  .tls = true },
	{ .time_ns = HOURS(33),
	  .client = TEXT("203.0.113.9"),
	  .server = TEXT("45.77.24.250"),
	  .tls = true },
};
static struct report_hit sample_hits[] = {
	{ .time_ns = HOURS(0),
	  .severity = 99,
	  .count = 1,
	  .event_id = TEXT("8e5621b260df52a2ed02e20abfbf8384"),
	  .rule_id = TEXT("coincheck-2020-ns-061"),
	  .kind = TEXT("ns"),
	  .value = TEXT("ns-1515.awsdns-061.org"),
	  .client = TEXT("192.0.2.53"),
	  .server = TEXT("192.5.6.30"),
	  .evidence = TEXT("20200530-150512-0001.pcapng") },
	{ .time_ns = HOURS(2),
	  .severity = 75,
	  .count = 12,
	  .event_id = TEXT("c1b1392fdb1d74d899c25378845a8ae0"),
	  .rule_id = TEXT("coincheck-2020-rcpt"),
	  .kind = TEXT("rcpt"),
	  .evidence = TEXT("20200530-150512-0001.pcapng"),
	  .value = TEXT("support@coincheck.com"),
	  .client = TEXT("198.51.100.25"),
	  .server = TEXT("45.77.24.250") },
};
static struct report_incident sample_incident = {
	.id = TEXT("a3c1392fdb1d74d899c25378845a8ae0"),
	.owner = TEXT("coincheck.com"),
	.state = TEXT("closed"),
	.severity = 99,
	.first_ns = HOURS(0),
	.last_ns = HOURS(40),
	.cached_until_ns = HOURS(136),
	.expected = TEXTS(sample_expected),
	.seen = TEXTS(sample_seen),
	.reasons = TEXTS(sample_reasons),
	.clients = TEXTS(sample_clients),
	.rules = TEXTS(sample_rules),
	.clients_count = 3,
	.hit_count = 1119,
	.mail_sessions = 3,
	.resolvers = sample_resolvers,
	.resolver_count = 2,
	.answers = sample_answers,
	.answer_count = sizeof(sample_answers) / sizeof(sample_answers[0]),
	.mails = sample_mails,
	.mail_count = sizeof(sample_mails) / sizeof(sample_mails[0]),
	.hits = sample_hits,
	.hits_listed = 2,
};
static const struct report sample = {
	.written_ns = HOURS(60),
	.sensors = TEXTS(sample_sensors),
	.sources = TEXTS(sample_sources),
	.first_ns = HOURS(-24 * 30),
	.last_ns = HOURS(150),
	.limits = TEXTS(sample_limits),
	.incidents = &sample_incident,
	.incident_count = 1,
};
