/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/summary.h"

#include "base/time_ns.h"

static void words(const struct summary_pen *pen, const char *text)
{
	pen->words(pen->ctx, text);
}

/* "1 client", "2 clients" */
static void counted(const struct summary_pen *pen, uint64_t number, const char *one,
                    const char *many)
{
	pen->number(pen->ctx, number);
	words(pen, number == 1 ? one : many);
}

/* "a", "a and b", "a, b, c and 4 other values" */
static void values(const struct summary_pen *pen, const struct report_texts *list)
{
	size_t shown = list->count < SUMMARY_VALUES_MAX ? list->count : SUMMARY_VALUES_MAX;
	for (size_t i = 0; i < shown; i++) {
		if (i > 0) {
			words(pen, i + 1 == list->count ? " and " : ", ");
		}
		pen->value(pen->ctx, &list->items[i]);
	}
	if (shown < list->count) {
		words(pen, " and ");
		counted(pen, list->count - shown, " other value", " other values");
	}
}

static void period(const struct report_incident *incident, const struct summary_pen *pen)
{
	/* Formats show seconds. */
	bool moment = incident->first_ns / NS_PER_S == incident->last_ns / NS_PER_S;
	words(pen, moment ? "At " : "From ");
	pen->time(pen->ctx, incident->first_ns);
	if (!moment) {
		words(pen, " to ");
		pen->time(pen->ctx, incident->last_ns);
	}
	words(pen, ", ");
}

/* "coincheck.com was seen with X instead of Y"; an incident without an owner is that of a rule. */
static void subject(const struct report_incident *incident, const struct summary_pen *pen)
{
	static const struct report_texts NONE = { .count = 0 };
	const struct report_texts *expected = &incident->expected;
	if (incident->owner.text != NULL) {
		pen->value(pen->ctx, &incident->owner);
		words(pen, incident->seen.count > 0 ? " was seen with " : " was seen");
	} else {
		expected = &NONE;
		words(pen, "traffic matched ");
		if (incident->rules.count > 0) {
			words(pen, incident->rules.count == 1 ? "the rule " : "the rules ");
			values(pen, &incident->rules);
		} else {
			words(pen, "a rule");
		}
		words(pen, incident->seen.count > 0 ? ": it showed " : "");
	}
	values(pen, &incident->seen);
	if (expected->count > 0) {
		words(pen, " instead of ");
		values(pen, expected);
	}
}

void summary_seen(const struct report_incident *incident, const struct summary_pen *pen)
{
	period(incident, pen);
	subject(incident, pen);
	words(pen, ", in ");
	counted(pen, incident->hit_count, " hit", " hits");
	if (incident->clients_count > 0) {
		words(pen, incident->hit_count == 1 ? " that concerns " : " that concern ");
		counted(pen, incident->clients_count, " client", " clients");
	}
	words(pen, ".");
}

void summary_cached(const struct report_incident *incident, const struct summary_pen *pen)
{
	if (incident->cached_until_ns == 0) {
		words(pen, "No answer of this incident was seen that a resolver could cache.");
		return;
	}
	if (incident->resolver_count > 0) {
		counted(pen, incident->resolver_count, " resolver was", " resolvers were");
		words(pen, " given these answers, and may return them from the cache until ");
	} else {
		words(pen, "Resolvers may return these answers from their caches until ");
	}
	pen->time(pen->ctx, incident->cached_until_ns);
	words(pen, ".");
}

struct mail_counts {
	uint64_t rcpts, accepted, content, plain;
};

static struct mail_counts count_mails(const struct report_incident *incident)
{
	struct mail_counts counts = { 0 };
	for (size_t i = 0; i < incident->mail_count; i++) {
		const struct report_mail *mail = &incident->mails[i];
		counts.rcpts += mail->rcpt_count;
		counts.content += mail->content;
		counts.plain += !mail->tls;
		for (size_t at = 0; at < mail->rcpt_count; at++) {
			counts.accepted += mail->rcpts[at].accepted;
		}
	}
	return counts;
}

/* The servers of all mails if they are one; the first of several, with "and others". */
static void servers(const struct report_incident *incident, const struct summary_pen *pen)
{
	const struct report_text *first = &incident->mails[0].server;
	bool others = false;
	for (size_t i = 1; i < incident->mail_count; i++) {
		others = others || report_text_compare(&incident->mails[i].server, first) != 0;
	}
	if (first->text != NULL) {
		words(pen, " went to ");
		pen->value(pen->ctx, first);
		words(pen, others ? " and other servers" : "");
	} else {
		words(pen, " went to matched servers");
	}
}

void summary_mail(const struct report_incident *incident, const struct summary_pen *pen)
{
	if (incident->mail_count == 0) {
		if (incident->mail_sessions > 0) {
			counted(pen, incident->mail_sessions, " mail session", " mail sessions");
			words(pen, " went to matched servers; no mail was seen in clear text.");
		} else {
			words(pen, "No mail of this incident was seen.");
		}
		return;
	}
	struct mail_counts counts = count_mails(incident);
	counted(pen, incident->mail_count, " mail for ", " mails for ");
	counted(pen, counts.rcpts, " recipient", " recipients");
	servers(incident, pen);
	words(pen, ": ");
	counted(pen, counts.accepted, " recipient was accepted, ", " recipients were accepted, ");
	words(pen, "the content of ");
	counted(pen, counts.content, " mail was transferred, ", " mails was transferred, ");
	counted(pen, counts.plain, " mail had no TLS.", " mails had no TLS.");
}
