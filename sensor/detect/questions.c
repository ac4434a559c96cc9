/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/questions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/queue.h>

#include "base/packet_clock.h"
#include "base/secret_hash.h"
#include "sensor/observe/observe.h"

#define BUCKETS 1024
/* The table of servers that no rule matches has this many index bits. Questions are many, but
 * resolvers are few. */
#define HARMLESS_BITS 10

struct question {
	TAILQ_ENTRY(question) by_age;
	LIST_ENTRY(question) in_bucket;
	struct flow flow;
	int64_t asked_ns; /* by the packet clock */
	uint16_t id;
	uint16_t size;
	uint8_t wire[];
};

TAILQ_HEAD(questions_head, question);
LIST_HEAD(questions_bucket, question);

struct questions {
	struct hits *hits;
	bool names;
	bool unanswered;
	size_t count;
	struct packet_clock clock;
	unsigned replacements; /* of the rules, when `harmless` was emptied last */
	struct in6_addr harmless[1 << HARMLESS_BITS];
	struct questions_head by_age;
	struct questions_bucket buckets[BUCKETS];
};

struct questions *questions_new(struct hits *hits, bool names, bool unanswered)
{
	struct questions *questions = calloc(1, sizeof(*questions));
	if (questions != NULL) {
		questions->hits = hits;
		questions->names = names;
		questions->unanswered = unanswered;
		TAILQ_INIT(&questions->by_age);
	}
	return questions;
}

static struct observation about_server(const struct flow *flow)
{
	return (struct observation){ .kind = KIND_RESOLVER,
		                     .addr = &flow->key.server,
		                     .time_ns = flow->time_ns };
}

static void report(struct questions *questions, const struct flow *flow,
                   const struct dns_message *message)
{
	const struct observation seen = about_server(flow);
	const struct event_subject subject = { .flow = flow,
		                               .dns = message,
		                               .connection = EVENT_CONNECTION_ATTEMPTED };
	hits_begin(questions->hits, &subject);
	hits_see(questions->hits, &seen, observation_kind_field(KIND_RESOLVER), -1);
}

static void drop(struct questions *questions, struct question *question)
{
	TAILQ_REMOVE(&questions->by_age, question, by_age);
	LIST_REMOVE(question, in_bucket);
	questions->count--;
	free(question);
}

static void report_oldest(struct questions *questions)
{
	struct question *oldest = TAILQ_FIRST(&questions->by_age);
	struct dns_message message;
	if (dns_open(&message, oldest->wire, oldest->size) == DNS_OK) {
		report(questions, &oldest->flow, &message);
	}
	drop(questions, oldest);
}

void questions_free(struct questions *questions)
{
	while (questions != NULL && questions->count > 0) {
		report_oldest(questions);
	}
	free(questions);
}

static struct questions_bucket *bucket_of(struct questions *questions, const struct flow *flow,
                                          uint16_t id)
{
	uint64_t hash = secret_hash(&flow->key, sizeof(flow->key));
	return &questions->buckets[(hash + id) % BUCKETS];
}

static struct question *find(struct questions *questions, const struct flow *flow, uint16_t id)
{
	struct question *question = NULL;
	LIST_FOREACH(question, bucket_of(questions, flow, id), in_bucket)
	{
		if (question->id == id && flow_key_equal(&question->flow.key, &flow->key)) {
			return question;
		}
	}
	return NULL;
}

static void keep(struct questions *questions, const struct flow *flow,
                 const struct dns_message *message)
{
	size_t size = MIN(message->size, QUESTIONS_OCTETS_MAX);
	struct question *question = malloc(sizeof(*question) + size);
	if (question == NULL) { /* reported early: no question is lost */
		report(questions, flow, message);
		return;
	}
	if (questions->count == QUESTIONS_MAX) {
		report_oldest(questions);
	}
	question->flow = *flow;
	question->asked_ns = questions->clock.now_ns;
	question->id = message->id;
	question->size = (uint16_t)size;
	memcpy(question->wire, message->wire, size);
	TAILQ_INSERT_TAIL(&questions->by_age, question, by_age);
	LIST_INSERT_HEAD(bucket_of(questions, flow, message->id), question, in_bucket);
	questions->count++;
}

static bool is_harmless(struct questions *questions, const struct in6_addr *server)
{
	uint32_t end;
	memcpy(&end, server->s6_addr + 12, sizeof(end));
	struct in6_addr *place =
	        &questions->harmless[end * UINT32_C(0x9e3779b1) >> (32 - HARMLESS_BITS)];
	if (questions->replacements != hits_replacements(questions->hits)) {
		questions->replacements = hits_replacements(questions->hits);
		memset(questions->harmless, 0, sizeof(questions->harmless));
	}
	if (memcmp(place, server, sizeof(*place)) == 0) {
		return true;
	}
	if (hits_may_be(questions->hits, KIND_RESOLVER, server)) {
		return false;
	}
	*place = *server;
	return true;
}

bool questions_concern(struct questions *questions, const struct in6_addr *server)
{
	return questions->names || (questions->unanswered && !is_harmless(questions, server));
}

void questions_take(struct questions *questions, const struct flow *flow,
                    const struct dns_message *message)
{
	struct hits *hits = questions->hits;
	char first_event[EVENT_ID_MAX] = "";
	const struct observation server = about_server(flow);
	const struct event_subject subject = { .flow = flow,
		                               .dns = message,
		                               .first_event = first_event };
	hits_begin(hits, &subject);
	if (questions->names) {
		observe_questions(message, flow, hits_ask, hits);
	}
	if (questions->names && hits_are_possible(hits)) {
		observe_questions(message, flow, hits_see, hits);
	}
	if (questions->unanswered && !is_harmless(questions, &flow->key.server) &&
	    hits_would_be(hits, &server) && find(questions, flow, message->id) == NULL) {
		keep(questions, flow, message);
	}
}

void questions_answer(struct questions *questions, const struct flow *flow,
                      const struct dns_message *message)
{
	struct question *question =
	        questions->count > 0 ? find(questions, flow, message->id) : NULL;
	if (question != NULL) {
		drop(questions, question);
	}
}

void questions_tick(struct questions *questions, int64_t now_ns)
{
	packet_clock_set(&questions->clock, now_ns);
	while (questions->count > 0 && !questions->clock.unsure &&
	       packet_clock_since(&questions->clock, &TAILQ_FIRST(&questions->by_age)->asked_ns) >=
	               QUESTIONS_WAIT_NS) {
		report_oldest(questions);
	}
}
