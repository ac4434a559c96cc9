/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/hit_output.h"

#include <string.h>

#include "sensor/evidence/hit_packets.h"

#define PACKET_HEADER 16

static void count_hit(const struct hit_output *output, const struct record *record)
{
	struct counters *counters = output->config->counters;
	counter_add(&counters->hits, 1);
	if (output->config->rule_hits != NULL) {
		rule_hits_count(output->config->rule_hits, counters, record->rule,
		                record->rule_size, rule_severity_of(record->severity));
	}
}

void hit_output_emit(struct hit_output *output, const struct event *event)
{
	if (event == NULL) {
		counter_add(&output->config->counters->events_dropped, 1);
		return;
	}
	if (event->record.kind == RECORD_HIT) {
		count_hit(output, &event->record);
	}
	output->config->emit(output->config->ctx, &event->record);
}

/* The size of a pcap file with all packets. */
static uint64_t octets_read(struct counters *counters)
{
	return counter_get(&counters->bytes) + PACKET_HEADER * counter_get(&counters->packets);
}

void hit_output_emit_repeat(void *ctx, const struct event_copy *copy,
                            const struct event_repeat *repeat)
{
	struct hit_output *output = ctx;
	hit_output_emit(output, event_write_repeat(output->repeater, copy, repeat));
}

bool hit_output_init(struct hit_output *output, const struct hits_config *config,
                     const struct packet_clock *clock, struct incident_source *incidents)
{
	output->config = config;
	output->clock = clock;
	output->incidents = incidents;
	output->earned = true;
	output->writer = event_writer_new(config->sensor);
	output->repeater = event_repeater_new();
	output->gathered = gathered_new(hit_output_emit_repeat, output);
	output_budget_init(&output->budget, octets_read(config->counters));
	return output->writer != NULL && output->repeater != NULL && output->gathered != NULL;
}

void hit_output_end(struct hit_output *output)
{
	gathered_free(output->gathered);
	event_writer_free(output->writer);
	event_repeater_free(output->repeater);
}

void hit_output_begin(struct hit_output *output)
{
	output->earned = false;
	output_budget_begin_message(&output->budget);
	event_writer_begin(output->writer);
}

void hit_output_tick(struct hit_output *output)
{
	gathered_tick(output->gathered, output->clock);
}

void hit_output_earn(struct hit_output *output)
{
	output_budget_earn(&output->budget, octets_read(output->config->counters),
	                   output->clock->now_ns);
}

static void earn_once(struct hit_output *output)
{
	if (!output->earned) {
		output->earned = true;
		hit_output_earn(output);
	}
}

static bool has_first(const struct event_subject *subject)
{
	return subject->first_event != NULL && subject->first_event[0] != '\0';
}

static bool is_large(const struct event_subject *subject)
{
	const struct dns_message *dns = subject->dns;
	return dns != NULL && (unsigned)dns->counts[DNS_ANSWER] + dns->counts[DNS_AUTHORITY] +
	                                      dns->counts[DNS_ADDITIONAL] >
	                              EVENT_RECORDS_MAX;
}

/* Returns whether the event is not the first one of its message. */
static bool is_further(const struct event_subject *subject)
{
	return subject->dns != NULL && has_first(subject);
}

/* The size of an event with the whole message, as that of the last refused one suggests. */
static size_t expect_whole(const struct hit_output *output, const struct event_subject *subject)
{
	if (subject->dns == NULL || output->whole_message == 0) {
		return output->whole_size;
	}
	return output->whole_size * subject->dns->size / output->whole_message;
}

/* Takes an event from the budget, and the events of a new incident. */
static bool afford(struct hit_output *output, unsigned severity, bool further,
                   const struct event *event)
{
	bool is_hit = event->record.kind == RECORD_HIT;
	size_t price = is_hit ? incident_source_price(output->incidents) : 0;
	bool taken = output_budget_take(&output->budget, severity, further,
	                                event->record.json_size + price);
	if (taken && price > 0) {
		incident_source_pay(output->incidents);
	}
	return taken;
}

/* Writes the event with its whole message. \return NULL if there is no room for it. */
static const struct event *write_whole(struct hit_output *output,
                                       const struct event_subject *subject,
                                       const struct event_hit *hit, unsigned severity)
{
	bool further = is_further(subject);
	if ((is_large(subject) && has_first(subject)) ||
	    output_budget_left(&output->budget, severity, further) <
	            expect_whole(output, subject)) {
		return NULL;
	}
	const struct event *event = event_write(output->writer, subject, hit, EVENT_WHOLE);
	if (event != NULL && afford(output, severity, further, event)) {
		return event;
	}
	output->whole_size = event != NULL ? event->record.json_size : 0;
	output->whole_message = subject->dns != NULL ? subject->dns->size : 0;
	return NULL;
}

/* Writes the event with its whole message, or only with the record or recipient of the hit. \return
 * NULL if there is no room for it. */
static const struct event *write_affordable(struct hit_output *output,
                                            const struct event_subject *subject,
                                            const struct event_hit *hit, unsigned severity)
{
	bool further = is_further(subject);
	if (!output_budget_expects(&output->budget, severity, further)) {
		return NULL;
	}
	const struct event *event = write_whole(output, subject, hit, severity);
	if (event != NULL) {
		return event;
	}
	event = event_write(output->writer, subject, hit, EVENT_OWN);
	size_t size = event != NULL ? event->record.json_size : OUTPUT_EVENT_EXPECTED_MAX;
	if (event != NULL && afford(output, severity, further, event)) {
		return event;
	}
	output_budget_note_refused(&output->budget, severity, size);
	return NULL;
}

void hit_output_gather(struct hit_output *output, const struct event_subject *subject,
                       const struct event_hit *hit, uint64_t group)
{
	if (subject->row != NULL) {
		counter_add(&output->config->counters->events_dropped, 1);
		return;
	}
	const struct in6_addr *client = event_subject_client(subject);
	int64_t time_ns = subject->flow->time_ns;
	counter_add(&output->config->counters->hits_gathered, 1);
	if (gathered_count(output->gathered, group, client, time_ns)) {
		return;
	}
	unsigned severity = rule_severity_number(hit->rule->severity);
	const struct event *event = NULL;
	if (gathered_has_room(output->gathered, severity)) {
		event = event_write(output->writer, subject, hit, EVENT_OWN);
	}
	if (event == NULL || !gathered_open(output->gathered, group, event, client, time_ns)) {
		counter_add(&output->config->counters->events_dropped, 1);
		return;
	}
	output_budget_charge(&output->budget, event->record.json_size);
}

/* Writes the event with the name of the file with the hit's packets. */
static const struct event *write_evident(struct hit_output *output,
                                         const struct event_subject *subject,
                                         const struct event_hit *hit, unsigned severity,
                                         struct evidence *evidence)
{
	struct event_hit evident = *hit;
	evident.evidence = hit_packets_choose(evidence, subject, hit->seen);
	const struct event *event = write_affordable(output, subject, &evident, severity);
	if (event != NULL) {
		hit_packets_comment(evidence, subject, hit, event->record.id);
	}
	return event;
}

const struct event *hit_output_write(struct hit_output *output, const struct event_subject *subject,
                                     const struct event_hit *hit, struct evidence *evidence,
                                     uint64_t group)
{
	unsigned severity = rule_severity_number(hit->rule->severity);
	if (!hit_choice_has(&output->config->choice, hit->rule, event_kind_text(hit))) {
		return NULL;
	}
	if (subject->row != NULL) {
		/* The budget limits the output that an attacker's packets cause; a hunt has no
		 * packets. */
		return event_write(output->writer, subject, hit, EVENT_WHOLE);
	}
	earn_once(output);
	const struct event *event = write_evident(output, subject, hit, severity, evidence);
	if (event == NULL) {
		hit_output_gather(output, subject, hit, group);
	}
	return event;
}

bool hit_output_count(struct hit_output *output, const struct event_subject *subject,
                      uint64_t group)
{
	if (!gathered_count(output->gathered, group, event_subject_client(subject),
	                    subject->flow->time_ns)) {
		return false;
	}
	counter_add(&output->config->counters->hits_gathered, 1);
	return true;
}

bool hit_output_has_room(struct hit_output *output, const struct event_subject *subject,
                         enum rule_severity severity)
{
	earn_once(output);
	return output_budget_expects(&output->budget, rule_severity_number(severity),
	                             is_further(subject));
}

void hit_output_pay_incident(struct hit_output *output, const struct event_subject *subject,
                             enum rule_severity severity)
{
	size_t price = incident_source_price(output->incidents);
	if (price == 0) {
		return;
	}
	earn_once(output);
	if (output_budget_take(&output->budget, rule_severity_number(severity), is_further(subject),
	                       price)) {
		incident_source_pay(output->incidents);
	}
}

const struct event *hit_output_write_log(struct hit_output *output,
                                         const struct event_subject *subject)
{
	earn_once(output);
	return write_affordable(output, subject, NULL, 0);
}
