/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON lines of any origin as events of a report: each text of the report ends with NUL, the lists
 * are in order and within their bounds, and all memory is freed.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/report/report_merge.h"
#include "sensor/report/report_model.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good) {
		abort();
	}
}

static void check_text(struct report_text text)
{
	check(text.text == NULL ? text.size == 0
	                        : text.size <= REPORT_TEXT_MAX && text.text[text.size] == '\0');
	found_bytes(text.text != NULL ? text.text : "", text.size);
}

static void check_texts(const struct report_texts *texts)
{
	check(texts->count <= REPORT_WORDS_MAX);
	for (size_t i = 0; i < texts->count; i++) {
		check(texts->items[i].text != NULL);
		check_text(texts->items[i]);
	}
}

static void check_mails(const struct report_incident *incident)
{
	check(incident->mail_count <= REPORT_MAILS_MAX);
	for (size_t i = 0; i < incident->mail_count; i++) {
		const struct report_mail *mail = &incident->mails[i];
		check(i == 0 || mail[-1].time_ns <= mail->time_ns);
		check(mail->rcpt_count <= REPORT_RCPTS_MAX);
		check_text(mail->from);
		check_text(mail->subject);
		for (size_t j = 0; j < mail->rcpt_count; j++) {
			check_text(mail->rcpts[j].address);
			found_number(mail->rcpts[j].reply_code);
		}
	}
}

static void check_answers(const struct report_incident *incident)
{
	check(incident->answer_count <= REPORT_ANSWERS_MAX);
	for (size_t i = 0; i < incident->answer_count; i++) {
		check(i == 0 || incident->answers[i - 1].first_ns <= incident->answers[i].first_ns);
		check_text(incident->answers[i].owner);
		check_text(incident->answers[i].type);
		check_text(incident->answers[i].value);
	}
}

static void check_incident(const struct report_incident *incident)
{
	check(incident->id.text != NULL && incident->severity <= 99);
	check(incident->clients.count <= incident->clients_count);
	check(incident->hits_listed <= REPORT_HITS_MAX);
	check_text(incident->owner);
	check_texts(&incident->seen);
	check_texts(&incident->expected);
	check_texts(&incident->clients);
	check_mails(incident);
	check_answers(incident);
	for (size_t i = 0; i < incident->hits_listed; i++) {
		check_text(incident->hits[i].value);
		check_text(incident->hits[i].reason);
	}
	found_number(incident->hit_count);
	found_number((uint64_t)incident->first_ns);
}

static void check_report(const struct report *report)
{
	check(report->memory.used <= report->memory.limit);
	check_texts(&report->sensors);
	for (size_t i = 0; i < report->incident_count; i++) {
		check(i == 0 || report->incidents[i - 1].severity >= report->incidents[i].severity);
		check_incident(&report->incidents[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report;
	struct report_model *model = report_model_new(&report);
	check(model != NULL);
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t line = end != NULL ? (size_t)(end - data) - at : size - at;
		json_t *json = json_loadb((const char *)data + at, line, JSON_ALLOW_NUL, NULL);
		if (json != NULL) {
			found_number(report_model_take(model, json));
		}
		json_decref(json);
		at += line + 1;
	}
	report_model_end(model);
	check_report(&report);
	report_free(&report);
	return 0;
}
