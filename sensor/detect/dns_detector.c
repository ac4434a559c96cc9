/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/dns_detector.h"

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_stream.h"
#include "sensor/detect/observe.h"

struct dns_connection {
	const struct dns_detector *detector;
	struct flow flow;
	struct dns_stream stream;
};

static void count_fault(struct counters *counters, int fault, bool cut)
{
	if (fault != DNS_OK && !cut) {
		counter_add(&counters->dns_malformed, 1);
		counter_add(&counters->dns_faults[-fault], 1);
	}
}

/* Most messages match no rule: only those that pass the Bloom filters are read again to be
 * matched. */
static int match(struct hits *hits, const struct dns_message *message, const struct flow *flow)
{
	bool origins = hits_ask_origins(hits);
	int fault = observe_dns(message, flow, origins, hits_ask, hits);
	if (hits_are_possible(hits)) {
		(void)observe_dns(message, flow, origins, hits_see, hits);
	}
	return fault;
}

void dns_detector_message(const struct dns_detector *detector, const struct flow *flow,
                          const uint8_t *wire, size_t size, bool cut)
{
	struct counters *counters = detector->counters;
	struct dns_message message;
	int fault = dns_open(&message, wire, size);
	if (fault != DNS_OK) {
		count_fault(counters, fault, cut);
		return;
	}
	if (!dns_is_response(&message)) {
		return;
	}
	const struct event_subject subject = { .flow = flow, .dns = &message };
	counter_add(&counters->dns_responses, 1);
	hits_begin(detector->hits, &subject);
	correlator_begin(detector->correlator, &flow->key.client);
	fault = match(detector->hits, &message, flow);
	count_fault(counters, fault, cut);
	correlator_message(detector->correlator, &message, flow->time_ns);
	if (detector->log) {
		hits_log(detector->hits, &subject);
	}
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
		connection->detector = detector;
		connection->flow = *flow;
		dns_stream_init(&connection->stream, !midstream);
	}
	return connection;
}

static void take_message(void *user, const uint8_t *wire, size_t size)
{
	struct dns_connection *connection = user;
	counter_add(&connection->detector->counters->dns_tcp_messages, 1);
	dns_detector_message(connection->detector, &connection->flow, wire, size, false);
}

void dns_connection_feed(struct dns_connection *connection, const uint8_t *bytes, size_t size,
                         int64_t time_ns)
{
	connection->flow.time_ns = time_ns;
	(void)dns_stream_feed(&connection->stream, bytes, size, take_message, connection);
}

void dns_connection_gap(struct dns_connection *connection)
{
	dns_stream_gap(&connection->stream);
}

void dns_connection_free(struct dns_connection *connection)
{
	dns_stream_clear(&connection->stream);
	pool_put(connection->detector->pool, connection);
}
