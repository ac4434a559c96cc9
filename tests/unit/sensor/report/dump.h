/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Incidents of a report as a short text, for tables. */
#pragma once

#include <inttypes.h>

#include "base/time_ns.h"
#include "base/writer.h"
#include "sensor/report/report.h"

static inline void dump_text(struct writer *out, const char *label, struct report_text text)
{
	if (text.text != NULL) {
		writer_string(out, label);
		writer_put(out, text.text, text.size);
	}
}

static inline void dump_list(struct writer *out, const char *label, const struct report_texts *list)
{
	for (size_t i = 0; i < list->count; i++) {
		dump_text(out, i == 0 ? label : ",", list->items[i]);
	}
}

/* Seconds after the midnight of the rows. */
static inline void dump_time(struct writer *out, const char *label, int64_t time_ns)
{
	writer_string(out, label);
	writer_number(out, (uint64_t)(time_ns / NS_PER_S % 86400));
}

static inline void dump_mail(struct writer *out, const struct report_mail *mail)
{
	dump_time(out, "; mail ", mail->time_ns);
	dump_text(out, " from ", mail->from);
	dump_text(out, " client ", mail->client);
	for (size_t i = 0; i < mail->rcpt_count; i++) {
		dump_text(out, " to ", mail->rcpts[i].address);
		writer_char(out, ' ');
		writer_number(out, mail->rcpts[i].reply_code);
		writer_string(out, mail->rcpts[i].accepted ? " taken" : "");
	}
	dump_text(out, " subject ", mail->subject);
	writer_string(out, mail->accepted ? " accepted" : "");
	writer_string(out, mail->content ? " content" : "");
	writer_string(out, mail->tls ? " tls" : "");
}

static inline void dump_answer(struct writer *out, const struct report_answer *answer)
{
	writer_string(out, answer->kind == REPORT_ROGUE ? "; rogue" : "; expected");
	dump_text(out, " ", answer->owner);
	dump_text(out, " ", answer->type);
	dump_text(out, " ", answer->value);
	dump_time(out, " ", answer->first_ns);
	dump_time(out, "-", answer->last_ns);
	writer_string(out, " x");
	writer_number(out, answer->count);
}

static inline void dump_facts(struct writer *out, const struct report_incident *incident)
{
	dump_text(out, "[", incident->owner);
	writer_string(out, incident->owner.text == NULL ? "[rule" : "");
	dump_text(out, " ", incident->state);
	writer_char(out, ' ');
	writer_number(out, incident->severity);
	dump_time(out, " ", incident->first_ns);
	dump_time(out, "-", incident->last_ns);
	writer_string(out, "; hits ");
	writer_number(out, incident->hit_count);
	writer_string(out, "/");
	writer_number(out, incident->hits_listed);
	dump_list(out, "; expected ", &incident->expected);
	dump_list(out, "; seen ", &incident->seen);
	dump_list(out, "; reasons ", &incident->reasons);
	dump_list(out, "; rules ", &incident->rules);
	dump_list(out, "; clients ", &incident->clients);
	writer_char(out, '=');
	writer_number(out, incident->clients_count);
}

static inline void dump_incident(struct writer *out, const struct report_incident *incident)
{
	dump_facts(out, incident);
	for (size_t i = 0; i < incident->resolver_count; i++) {
		dump_text(out, "; resolver ", incident->resolvers[i].ip);
		dump_time(out, " ", incident->resolvers[i].first_ns);
		dump_time(out, "-", incident->resolvers[i].cached_until_ns);
	}
	for (size_t i = 0; i < incident->answer_count; i++) {
		dump_answer(out, &incident->answers[i]);
	}
	if (incident->mail_sessions > 0) {
		writer_string(out, "; sessions ");
		writer_number(out, incident->mail_sessions);
	}
	for (size_t i = 0; i < incident->mail_count; i++) {
		dump_mail(out, &incident->mails[i]);
	}
	if (incident->omitted > 0) {
		writer_string(out, "; omitted ");
		writer_number(out, incident->omitted);
	}
	writer_char(out, ']');
}
