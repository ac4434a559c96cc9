/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/dns_detector.h"

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_stream.h"
#include "sensor/detect/history_rows.h"
#include "sensor/hits/changes.h"
#include "sensor/observe/observe.h"
#include "sensor/observe/observe_sets.h"

/* The number of messages with hits that are stored, so that both readings of a connection together
 * report each message once. */
#define REPORTED_MAX 4
/* The number of stored positions at which a second reading can start: both a segment and a message
 * begin there. */
#define STARTS_MAX 4
/* The share of the memory budget. */
#define SHARE ((size_t)8 << 20)

struct dns_connection {
	const struct dns_detector *detector;
	struct flow flow;
	struct dns_stream stream;
	struct dns_stream asked;      /* of the client */
	bool asks;                    /* that is read */
	struct dns_connection *other; /* the other reading of the connection, or NULL */
	bool second;                  /* this is the second reading */
	uint32_t starts[STARTS_MAX];
	unsigned starts_count;
	uint64_t reported[REPORTED_MAX];
	unsigned reported_count;
	/* the memory of the incomplete message; 0: the connection is not in the list */
	size_t memory;
	TAILQ_ENTRY(dns_connection) by_age;
};

static void count_fault(struct counters *counters, int fault, bool cut)
{
	if (fault != DNS_OK && !cut) {
		counter_add(&counters->dns_malformed, 1);
		counter_add(&counters->dns_faults[-fault], 1);
	}
}

/* Most messages match no rule. Only a message that passes the Bloom filters is read again, to be
 * matched; the first reading ends when a record passes. `concerned` receives whether rules may
 * match: for a record that they expect, too (`pin`). */
static int match(struct hits *hits, const struct dns_message *message, const struct flow *flow,
                 bool *concerned)
{
	unsigned pinned = hits_pinned(hits);
	bool origins = (pinned & RULE_BIT(KIND_IP)) != 0;
	bool sets = (pinned & OBSERVE_SETS) != 0;
	int fault = observe_dns(message, flow, origins, hits_ask, hits, hits_passed(hits));
	if (sets) {
		observe_sets(message, flow, pinned, hits_ask, hits);
	}
	*concerned = hits_are_possible(hits);
	if (*concerned) {
		fault = observe_dns(message, flow, origins, hits_see, hits, NULL);
	}
	if (*concerned && sets) {
		observe_sets(message, flow, pinned, hits_see, hits);
	}
	return fault;
}

/* The sender of a question is the client, and its server is the client of `flow`. */
static void take_question(const struct dns_detector *detector, const struct flow *flow,
                          const struct dns_message *message)
{
	if (questions_concern(detector->questions, &flow->key.client)) {
		struct flow asked = *flow;
		asked.key = flow_key_reverse(&flow->key);
		questions_take(detector->questions, &asked, message);
	}
}

/* Changes of a baseline are hits, so they precede correlator_message(). */
static void take_rows(const struct dns_detector *detector, struct history_response *response,
                      const struct flow *flow, bool concerned, bool whole)
{
	int64_t time_ns = flow->time_ns;
	response->baseline = detector->baseline;
	response->server = &flow->key.server;
	if (history_rows_add(response, concerned, time_ns, whole)) {
		correlator_await(detector->correlator, time_ns);
		history_rows_judge(response, time_ns, whole, changes_emit, detector->hits);
	}
}

/* A second reading neither counts nor logs. */
static inline void read_message(const struct dns_detector *detector, const struct flow *flow,
                                const uint8_t *wire, size_t size, bool cut, bool second)
{
	struct counters *counters = detector->counters;
	struct dns_message message;
	int fault = dns_open(&message, wire, size);
	if (fault != DNS_OK) {
		count_fault(counters, fault, cut || second);
		return;
	}
	if (!dns_is_response(&message)) {
		take_question(detector, flow, &message);
		return;
	}
	questions_answer(detector->questions, flow, &message);
	dns_name_memo_begin(detector->memo);
	message.memo = detector->memo;
	char first_event[EVENT_ID_MAX];
	first_event[0] = '\0';
	const struct event_subject subject = { .flow = flow,
		                               .dns = &message,
		                               .first_event = first_event };
	counter_add(&counters->dns_responses, second ? 0 : 1);
	hits_begin(detector->hits, &subject);
	bool kept_rows = detector->history != NULL && !second;
	struct history_response response;
	if (kept_rows) {
		history_rows_expect(&response, detector->history, &message,
		                    detector->history_clients ? &flow->key.client : NULL);
	}
	correlator_begin(detector->correlator, flow->network, &flow->key.client);
	bool concerned;
	fault = match(detector->hits, &message, flow, &concerned);
	count_fault(counters, fault, cut || second);
	if (kept_rows) {
		take_rows(detector, &response, flow, concerned, fault == DNS_OK);
	}
	correlator_message(detector->correlator, &message, flow->time_ns);
	if (detector->log && !second) {
		hits_log(detector->hits, &subject);
	}
}

void dns_detector_message(const struct dns_detector *detector, const struct flow *flow,
                          const uint8_t *wire, size_t size, bool cut)
{
	read_message(detector, flow, wire, size, cut, false);
}

size_t dns_connection_size(void)
{
	return sizeof(struct dns_connection);
}

struct dns_connection *dns_connection_new(const struct dns_detector *detector,
                                          const struct flow *flow, bool midstream)
{
	struct dns_connection *connection = pool_get(detector->pool);
	if (connection != NULL) {
		*connection = (struct dns_connection){ .detector = detector, .flow = *flow };
		dns_stream_init(&connection->stream, !midstream, DNS_STREAM_RESPONSES);
		dns_stream_init(&connection->asked, !midstream, DNS_STREAM_QUERIES);
		connection->asks = questions_concern(detector->questions, &flow->key.server);
	}
	return connection;
}

static bool was_reported(const struct dns_connection *connection, uint64_t key)
{
	for (unsigned i = 0; i < connection->reported_count && i < REPORTED_MAX; i++) {
		if (connection->reported[i] == key) {
			return true;
		}
	}
	return false;
}

/* If another message has begun, the connection is moved to the end of the list. */
static void count_memory(struct dns_connection *connection)
{
	struct dns_incomplete *incomplete = connection->detector->incomplete;
	size_t memory =
	        dns_stream_memory(&connection->stream) + dns_stream_memory(&connection->asked);
	if (memory == connection->memory) {
		return;
	}
	if (connection->memory > 0) {
		memory_budget_give(&incomplete->memory, connection->memory);
		TAILQ_REMOVE(&incomplete->connections, connection, by_age);
	}
	if (memory > 0) {
		memory_budget_force(&incomplete->memory, memory);
		TAILQ_INSERT_TAIL(&incomplete->connections, connection, by_age);
	}
	connection->memory = memory;
}

static void take_message(void *user, const uint8_t *wire, size_t size, bool cut)
{
	struct dns_connection *connection = user;
	const struct dns_detector *detector = connection->detector;
	if (connection->other != NULL &&
	    was_reported(connection->other, keyed_hash(&detector->key, wire, size))) {
		return;
	}
	counter_add(&detector->counters->dns_tcp_messages, connection->second ? 0 : 1);
	read_message(detector, &connection->flow, wire, size, cut, connection->second);
	if (hits_were_emitted(detector->hits)) {
		connection->reported[connection->reported_count++ % REPORTED_MAX] =
		        keyed_hash(&detector->key, wire, size);
	}
}

/* Counts octets that belong to no known message. */
static void count_skipped(const struct dns_connection *connection, size_t size)
{
	if (size > 0 && !connection->second) {
		counter_add(&connection->detector->counters->dns_skipped_bytes, size);
	}
}

static void take_asked(void *user, const uint8_t *wire, size_t size, bool cut)
{
	const struct dns_connection *connection = user;
	struct dns_message message;
	(void)cut; /* the question is at the beginning */
	if (dns_open(&message, wire, size) == DNS_OK && !dns_is_response(&message)) {
		questions_take(connection->detector->questions, &connection->flow, &message);
	}
}

/* Ends the message that has begun, because octets are missing, because the stream ends, or to free
 * memory. In the last two cases `missing` is 0. */
static void cut_message(struct dns_connection *connection, size_t missing)
{
	count_skipped(connection,
	              dns_stream_gap(&connection->stream, missing, take_message, connection));
	count_memory(connection);
}

/* Does the same for the octets of the client. */
static void cut_asked(struct dns_connection *connection, size_t missing)
{
	(void)dns_stream_gap(&connection->asked, missing, take_asked, connection);
	count_memory(connection);
}

static bool yield_message(void *ctx)
{
	struct dns_incomplete *incomplete = ctx;
	struct dns_connection *oldest = TAILQ_FIRST(&incomplete->connections);
	if (oldest == NULL) {
		return false;
	}
	counter_add(&incomplete->counters->memory_evicted, 1);
	cut_asked(oldest, 0);
	if (oldest->memory > 0) {
		cut_message(oldest, 0);
	}
	return true;
}

void dns_incomplete_init(struct dns_incomplete *incomplete, struct memory_budget *budget,
                         struct counters *counters)
{
	TAILQ_INIT(&incomplete->connections);
	incomplete->counters = counters;
	memory_budget_add(budget, &incomplete->memory, SHARE, yield_message, incomplete);
}

void dns_incomplete_deinit(struct dns_incomplete *incomplete)
{
	memory_budget_remove(&incomplete->memory);
}

void dns_connection_ask(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                        int64_t time_ns)
{
	if (connection->asks) {
		connection->flow.time_ns = time_ns;
		(void)dns_stream_feed(&connection->asked, bytes, size, take_asked, connection);
		count_memory(connection);
	}
}

void dns_connection_feed(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                         uint32_t seq, int64_t time_ns)
{
	if (dns_stream_is_between(&connection->stream)) {
		connection->starts[connection->starts_count++ % STARTS_MAX] = seq;
	}
	connection->flow.time_ns = time_ns;
	count_skipped(connection,
	              dns_stream_feed(&connection->stream, bytes, size, take_message, connection));
	count_memory(connection);
}

/* The number of octets from the latest beginning of a message on; `size` + 1 if the beginning is
 * not stored. */
static size_t message_begun(const struct dns_connection *connection, size_t size, uint32_t seq)
{
	size_t found = size + 1;
	for (unsigned i = 0; i < connection->starts_count && i < STARTS_MAX; i++) {
		size_t begun = size - (size_t)(connection->starts[i] - seq);
		found = begun <= size && begun < found ? begun : found;
	}
	return found;
}

struct dns_connection *dns_connection_fork(struct dns_connection *connection, size_t size,
                                           uint32_t seq, size_t *again)
{
	size_t begun = message_begun(connection, size, seq);
	struct dns_connection *second =
	        dns_connection_new(connection->detector, &connection->flow, begun > size);
	if (second != NULL) {
		second->second = true;
		second->asks = false; /* the first reading has the questions */
		second->other = connection;
		connection->other = second;
		connection->flow.ambiguous = second->flow.ambiguous = true;
		*again = begun <= size ? begun : 0;
	}
	return second;
}

bool dns_connection_agrees(const struct dns_connection *connection,
                           const struct dns_connection *second)
{
	return dns_stream_is_between(&connection->stream) && dns_stream_is_between(&second->stream);
}

void dns_connection_gap(struct dns_connection *connection, bool from_client, size_t bytes)
{
	if (from_client) {
		cut_asked(connection, bytes);
		return;
	}
	if (!connection->second) {
		counter_add(&connection->detector->counters->dns_gap_bytes, bytes);
	}
	cut_message(connection, bytes);
}

void dns_connection_free(struct dns_connection *connection)
{
	cut_message(connection, 0);
	cut_asked(connection, 0);
	if (connection->second) {
		connection->other->other = NULL;
		connection->other->flow.ambiguous = false;
	}
	dns_stream_clear(&connection->stream);
	dns_stream_clear(&connection->asked);
	count_memory(connection);
	pool_put(connection->detector->pool, connection);
}
