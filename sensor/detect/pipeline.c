/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/pipeline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory/pool.h"
#include "parsers/link/frame.h"
#include "sensor/detect/copy_sample.h"
#include "sensor/detect/dedup.h"
#include "sensor/detect/dns_detector.h"
#include "sensor/detect/network_numbers.h"
#include "sensor/mail/mail_session.h"
#include "sensor/reassembly/fragments.h"
#include "sensor/reassembly/streams.h"

#define TICK_NS    1000000LL
#define NESTED_MAX 4
/* Shares of the memory budget. */
#define SESSIONS_SHARE ((size_t)32 << 20)
#define TEXTS_SHARE    ((size_t)8 << 20)

struct pipeline {
	struct pipeline_config config;
	struct dns_detector dns;
	struct dns_name_memo names;
	struct mail_host_budget hosts;
	struct mail_rows rows;
	struct mail_session_config mail;
	struct memory_share sessions; /* the memory of both pools */
	struct memory_share texts;    /* the memory of texts of mail sessions */
	struct dns_incomplete incomplete;
	struct pool dns_connections, mail_sessions;
	struct streams *streams;
	struct fragments *fragments;
	struct copy_sample copies;
	struct dedup *dedup;              /* NULL: off */
	struct network_numbers *networks; /* NULL: networks are not separate */
	int64_t ticked_ns;
	struct { /* the counts of earlier workers with the same number */
		uint64_t streams, evicted, refused, fragments, lost;
		uint64_t watch_evicted, ambiguous, readings_evicted, networks_merged;
		uint64_t copies_ignored, copies_chosen, copies_found, no_memory;
	} before;
	const char *interface; /* the interface of the current packet */
	unsigned nested;       /* the depth of fragmented datagrams inside fragmented datagrams */
	bool ambiguous;        /* one of two readings of a fragmented datagram */
};

/* Estimates how many packets are copies. The packet is processed in any case. */
static bool notice_copy(struct pipeline *pipeline, const struct frame *frame, int64_t time_ns)
{
	if (pipeline->config.notice_copies) {
		copy_sample_take(&pipeline->copies, frame, time_ns);
	}
	return false;
}

/* True for a copy of an earlier packet, which is counted. */
static bool is_copy(struct pipeline *pipeline, const struct frame *frame, int64_t time_ns)
{
	if (pipeline->dedup == NULL) {
		return notice_copy(pipeline, frame, time_ns);
	}
	if (!dedup_is_copy(pipeline->dedup, frame, time_ns)) {
		return false;
	}
	counter_add(&pipeline->config.counters->duplicates, 1);
	return true;
}

/* Sets the network number in the flow key of a packet, or of the packet in a reassembled
 * datagram. */
static inline void separate(struct pipeline *pipeline, struct frame *frame)
{
	if (pipeline->networks != NULL) {
		frame->key.network = network_numbers_find(pipeline->networks, &frame->network_id);
	}
}

/* UDP */

static void take_udp(struct pipeline *pipeline, const struct frame *frame, int64_t time_ns)
{
	const struct port_set *ports = &pipeline->config.ports->dns;
	if ((!port_set_has(ports, frame->key.sport) && !port_set_has(ports, frame->key.dport)) ||
	    is_copy(pipeline, frame, time_ns)) {
		return;
	}
	/* The sender of a response is the server. */
	const struct flow flow = {
		.key = flow_key_reverse(&frame->key),
		.encapsulation = frame->encapsulation,
		.interface = pipeline->interface,
		.time_ns = time_ns,
		.ambiguous = pipeline->ambiguous,
		.network = network_numbers_get(pipeline->networks, frame->key.network),
	};
	dns_detector_message(&pipeline->dns, &flow, frame->payload, frame->size, frame->cut > 0);
}

/* TCP */

static bool carries_dns(const struct pipeline *pipeline, const struct stream *stream)
{
	return port_set_has(&pipeline->config.ports->dns, stream->key.server_port);
}

static void *open_mail(struct pipeline *pipeline, const struct flow *flow, bool midstream)
{
	struct counters *counters = pipeline->config.counters;
	struct mail_session *session = mail_session_new(&pipeline->mail, flow);
	if (session != NULL) {
		counter_add(&counters->smtp_sessions, 1);
		counter_add(&counters->smtp_midstream, midstream ? 1 : 0);
	}
	return session;
}

static void *open_connection(void *ctx, const struct stream *stream, bool midstream)
{
	struct pipeline *pipeline = ctx;
	const struct flow flow = {
		.key = stream->key,
		.encapsulation = stream->encapsulation,
		.interface = pipeline->interface,
		.network = network_numbers_get(pipeline->networks, stream->key.network),
	};
	if (carries_dns(pipeline, stream)) {
		return dns_connection_new(&pipeline->dns, &flow, midstream);
	}
	return open_mail(pipeline, &flow, midstream);
}

static void expect_connection(void *ctx, const struct stream *stream)
{
	if (!carries_dns(ctx, stream)) {
		mail_session_expect(stream->user);
	}
}

static enum stream_verdict feed_connection(void *ctx, struct stream *stream, enum stream_side from,
                                           const uint8_t *bytes, size_t size, uint32_t seq,
                                           int64_t time_ns)
{
	if (!carries_dns(ctx, stream)) {
		switch (mail_session_feed(stream->user, from == STREAM_CLIENT, bytes, size, seq,
		                          time_ns)) {
		case MAIL_SESSION_OVER:
			return STREAM_STOP;
		case MAIL_SESSION_SECRET:
			return STREAM_MORE_SECRET;
		default:
			return STREAM_MORE;
		}
	}
	if (from == STREAM_SERVER) {
		dns_connection_feed(stream->user, bytes, size, seq, time_ns);
	} else {
		dns_connection_ask(stream->user, bytes, size, time_ns);
	}
	return STREAM_MORE;
}

static void gap_connection(void *ctx, struct stream *stream, enum stream_side from, size_t bytes,
                           int64_t time_ns)
{
	(void)time_ns;
	if (!carries_dns(ctx, stream)) {
		mail_session_gap(stream->user, from == STREAM_CLIENT, bytes);
	} else {
		dns_connection_gap(stream->user, from == STREAM_CLIENT, bytes);
	}
}

static void close_connection(void *ctx, struct stream *stream, enum stream_end why)
{
	const struct pipeline *pipeline = ctx;
	(void)why;
	if (carries_dns(ctx, stream)) {
		dns_connection_free(stream->user);
		return;
	}
	mail_session_free(stream->user);
	if (pipeline->config.evidence != NULL) {
		evidence_end(pipeline->config.evidence, &stream->key);
	}
}

/* In DNS, only the octets of the server are read. */
static void *fork_connection(void *ctx, const struct stream *stream, struct stream_fork *fork)
{
	if (!carries_dns(ctx, stream)) {
		return mail_session_fork(stream->user, fork->before, fork->size, &fork->again);
	}
	if (fork->from == STREAM_CLIENT) {
		return NULL;
	}
	return dns_connection_fork(stream->user, fork->size, fork->seq, &fork->again);
}

static bool connections_agree(void *ctx, const struct stream *stream, const struct stream *second)
{
	return carries_dns(ctx, stream) ? dns_connection_agrees(stream->user, second->user)
	                                : mail_session_agrees(stream->user, second->user);
}

/* A client connected to a mail server, or tried to, but no payload was sent. */
static bool note_attempt(void *ctx, const struct stream *stream, enum stream_attempt how,
                         uint32_t isn, int64_t time_ns)
{
	static const enum event_connection connections[] = {
		[STREAM_ATTEMPTED] = EVENT_CONNECTION_ATTEMPTED,
		[STREAM_REFUSED] = EVENT_CONNECTION_REFUSED,
		[STREAM_ESTABLISHED] = EVENT_CONNECTION_ESTABLISHED,
	};
	struct pipeline *pipeline = ctx;
	const struct flow flow = {
		.key = stream->key,
		.encapsulation = stream->encapsulation,
		/* An unanswered attempt ends with a later packet, which may be of any interface. */
		.interface = how == STREAM_REFUSED ? pipeline->interface : NULL,
		.time_ns = time_ns,
		.network = network_numbers_get(pipeline->networks, stream->key.network),
	};
	return !carries_dns(pipeline, stream) &&
	       hits_may_be(pipeline->config.hits, KIND_SERVER, &stream->key.server) &&
	       mail_session_attempt(&pipeline->mail, &flow, isn, connections[how]);
}

static bool is_watched(const struct ports *ports, uint16_t port)
{
	return port_set_has(&ports->dns, port) || port_set_has(&ports->smtp, port);
}

/* The beginning of an incomplete datagram is delivered up to half a minute after it was captured.
 * The time of the current packet is never before that of the latest tick. */
static bool is_late(const struct pipeline *pipeline, int64_t time_ns)
{
	return time_ns < pipeline->ticked_ns;
}

static void take_tcp(struct pipeline *pipeline, const struct frame *frame, int64_t time_ns)
{
	bool to_server = is_watched(pipeline->config.ports, frame->key.dport);
	if ((!to_server && !is_watched(pipeline->config.ports, frame->key.sport)) ||
	    is_copy(pipeline, frame, time_ns)) {
		return;
	}
	const struct segment segment = {
		.key = &frame->key,
		.encapsulation = frame->encapsulation,
		.seq = frame->tcp.seq,
		.ack = frame->tcp.ack,
		.flags = frame->tcp.flags,
		.window = frame->tcp.window,
		.urgent = frame->tcp.urgent,
		.hops = frame->hops,
		.header = frame->tcp.header,
		.payload = frame->payload,
		.size = frame->size,
		.cut = frame->cut,
		.time_ns = time_ns,
		.late = is_late(pipeline, time_ns),
	};
	streams_segment(pipeline->streams, &segment, to_server);
}

/* IP */

static void take_transport(struct pipeline *pipeline, const struct frame *frame,
                           enum frame_status status, int64_t time_ns)
{
	switch (status) {
	case FRAME_UDP:
		take_udp(pipeline, frame, time_ns);
		break;
	case FRAME_TCP:
		take_tcp(pipeline, frame, time_ns);
		break;
	default:
		counter_add(&pipeline->config.counters->undecoded_packets, 1);
		counter_add(&pipeline->config.counters->undecoded[frame->reason], 1);
		break;
	}
}

static void take_fragment(struct pipeline *pipeline, struct frame *frame, int64_t time_ns);

/* A fragment inside a datagram that was fragmented itself. */
static void take_nested(struct pipeline *pipeline, struct frame *frame, int64_t time_ns)
{
	if (pipeline->nested < NESTED_MAX) {
		pipeline->nested++;
		take_fragment(pipeline, frame, time_ns);
		pipeline->nested--;
	} else {
		frame->reason = FRAME_BY_HEADERS;
		take_transport(pipeline, frame, FRAME_MALFORMED, time_ns);
	}
}

/* Whether a packet may belong to a hit. */
static bool may_be_evidence(const struct pipeline *pipeline, const struct frame *frame,
                            enum frame_status status)
{
	return (status == FRAME_UDP || status == FRAME_TCP) &&
	       (is_watched(pipeline->config.ports, frame->key.sport) ||
	        is_watched(pipeline->config.ports, frame->key.dport));
}

static void keep_evidence(const struct pipeline *pipeline, const struct packet *packet,
                          const struct frame *frame, enum frame_status status)
{
	struct evidence *evidence = pipeline->config.evidence;
	if (status == FRAME_FRAGMENT && frame_is_carrier(frame->key.protocol)) {
		evidence_take_fragment(evidence, packet, &frame->key, frame->fragment.id);
	} else if (may_be_evidence(pipeline, frame, status)) {
		evidence_take(evidence, packet, &frame->key);
	}
}

/* States to which connection the fragments of a datagram belong. */
static void join_evidence(const struct pipeline *pipeline, const struct flow_key *fragments,
                          uint32_t id, const struct frame *frame, enum frame_status status)
{
	struct evidence *evidence = pipeline->config.evidence;
	if (evidence != NULL && may_be_evidence(pipeline, frame, status)) {
		evidence_take_datagram(evidence, fragments, id, &frame->key);
	}
}

/* Processes the beginning of a datagram whose end is missing. The size of the missing part is
 * unknown; in TCP the missing octets appear as a hole before later segments. */
static void take_beginning(struct pipeline *pipeline, struct frame *frame, const uint8_t *bytes,
                           size_t size, int64_t time_ns)
{
	const struct flow_key fragments = frame->key;
	uint32_t id = frame->fragment.id;
	enum frame_status status = frame_decode_transport(frame, bytes, size, FRAME_DATAGRAM_MAX);
	separate(pipeline, frame);
	join_evidence(pipeline, &fragments, id, frame, status);
	if (status == FRAME_TCP && frame->cut > 0) {
		frame->cut = 0;
		frame->tcp.header = NULL; /* its checksum is that of all octets */
		frame->tcp.flags &= (uint8_t)~FRAME_TCP_FIN;
	}
	if (status == FRAME_FRAGMENT) {
		take_nested(pipeline, frame, time_ns);
	} else {
		take_transport(pipeline, frame, status, time_ns);
	}
}

/* A cut fragment cannot be reassembled; a first fragment is read as far as captured. */
static void take_cut_fragment(struct pipeline *pipeline, struct frame *frame, int64_t time_ns)
{
	if (frame->fragment.offset == 0) {
		take_beginning(pipeline, frame, frame->payload, frame->size, time_ns);
	} else {
		frame->reason = FRAME_BY_CUT;
		take_transport(pipeline, frame, FRAME_CUT, time_ns);
	}
}

static void take_fragment(struct pipeline *pipeline, struct frame *frame, int64_t time_ns)
{
	if (!frame_is_carrier(frame->key.protocol)) {
		frame->reason = FRAME_BY_IP_PROTOCOL;
		take_transport(pipeline, frame, FRAME_OTHER, time_ns);
		return;
	}
	if (frame->cut > 0) {
		take_cut_fragment(pipeline, frame, time_ns);
		return;
	}
	const struct fragment fragment = {
		.key = &frame->key,
		.encapsulation = frame->encapsulation,
		.id = frame->fragment.id,
		.more = frame->fragment.more,
		.offset = frame->fragment.offset,
		.payload = frame->payload,
		.size = frame->size,
		.time_ns = time_ns,
		.late = is_late(pipeline, time_ns),
	};
	fragments_add(pipeline->fragments, &fragment);
}

static void take_whole(struct pipeline *pipeline, struct frame *frame, const struct fragment *whole)
{
	enum frame_status status = frame_decode_transport(frame, whole->payload, whole->size, 0);
	separate(pipeline, frame);
	join_evidence(pipeline, whole->key, whole->id, frame, status);
	if (status == FRAME_FRAGMENT) {
		take_nested(pipeline, frame, whole->time_ns);
	} else {
		take_transport(pipeline, frame, status, whole->time_ns);
	}
}

static void take_datagram(void *ctx, const struct fragment *datagram)
{
	struct pipeline *pipeline = ctx;
	struct frame frame = {
		.key = *datagram->key,
		.encapsulation = datagram->encapsulation,
		.fragment = { .id = datagram->id },
	};
	bool outer = pipeline->ambiguous;
	pipeline->ambiguous |= datagram->ambiguous;
	if (datagram->key->network != 0) {
		frame.network_id = *network_numbers_get(pipeline->networks, datagram->key->network);
	}
	if (datagram->cut) {
		take_beginning(pipeline, &frame, datagram->payload, datagram->size,
		               datagram->time_ns);
	} else {
		take_whole(pipeline, &frame, datagram);
	}
	pipeline->ambiguous = outer;
}

/* Time-outs are tenths of seconds or longer, so a tick for each packet is not necessary. */
static bool is_tick_due(const struct pipeline *pipeline, int64_t now_ns)
{
	return now_ns - pipeline->ticked_ns >= TICK_NS || now_ns < pipeline->ticked_ns;
}

void pipeline_packet(struct pipeline *pipeline, const struct packet *packet)
{
	struct counters *counters = pipeline->config.counters;
	struct frame frame;

	counter_add(&counters->packets, 1);
	counter_add(&counters->bytes, packet->length);
	if (packet->captured < packet->length) {
		counter_add(&counters->truncated_packets, 1);
	}
	pipeline->interface = packet->interface;
	if (is_tick_due(pipeline, packet->time_ns)) {
		pipeline_tick(pipeline, packet->time_ns);
	}
	enum frame_status status =
	        frame_decode(&frame, packet->link, packet->bytes, packet->captured);
	separate(pipeline, &frame);
	if (pipeline->config.evidence != NULL) {
		keep_evidence(pipeline, packet, &frame, status);
	}
	if (status == FRAME_TCP && frame.unbounded) {
		frame.cut += packet->length - packet->captured;
	}
	if (status == FRAME_FRAGMENT) {
		take_fragment(pipeline, &frame, packet->time_ns);
	} else {
		take_transport(pipeline, &frame, status, packet->time_ns);
	}
	if (pipeline->config.memory != NULL) {
		memory_budget_settle(pipeline->config.memory);
	}
	if (pipeline->config.evidence != NULL) {
		evidence_settle(pipeline->config.evidence);
	}
}

void pipeline_tick(struct pipeline *pipeline, int64_t now_ns)
{
	pipeline->ticked_ns = now_ns;
	/* Fragments come first, because the beginning of a datagram may belong to a stream that
	 * ends now. */
	fragments_tick(pipeline->fragments, now_ns);
	streams_tick(pipeline->streams, now_ns);
	questions_tick(pipeline->dns.questions, now_ns);
	hits_tick(pipeline->config.hits, now_ns);
	correlator_tick(pipeline->config.correlator, now_ns);
	if (pipeline->config.evidence != NULL) {
		evidence_settle(pipeline->config.evidence);
	}
}

void pipeline_count(struct pipeline *pipeline)
{
	struct counters *counters = pipeline->config.counters;
	const struct streams_stats *streams = streams_stats(pipeline->streams);
	counter_set(&counters->tcp_streams, pipeline->before.streams + streams->streams);
	counter_set(&counters->tcp_evicted,
	            pipeline->before.evicted + streams->evicted + streams->evicted_syns);
	counter_set(&counters->tcp_refused, pipeline->before.refused + streams->refused_segments);
	const struct fragments_stats *fragments = fragments_stats(pipeline->fragments);
	counter_set(&counters->fragments, pipeline->before.fragments + fragments->fragments);
	counter_set(&counters->fragments_lost, pipeline->before.lost + fragments->expired +
	                                               fragments->evicted + fragments->unfinished);
	counter_set(&counters->copies_chosen,
	            pipeline->before.copies_chosen + pipeline->copies.chosen);
	counter_set(&counters->copies_found,
	            pipeline->before.copies_found + pipeline->copies.copied);
	if (pipeline->networks != NULL) {
		counter_set(&counters->networks_merged,
		            pipeline->before.networks_merged +
		                    network_numbers_merged(pipeline->networks));
	}
	counter_set(&counters->ambiguous,
	            pipeline->before.ambiguous + streams->ambiguous + fragments->ambiguous);
	counter_set(&counters->readings_evicted,
	            pipeline->before.readings_evicted + streams->evicted_readings);
	counter_set(&counters->copies_ignored,
	            pipeline->before.copies_ignored + streams->ignored_copies);
	counter_set(&counters->no_memory,
	            pipeline->before.no_memory + streams->no_memory + fragments->no_memory);
	counter_set(&counters->watch_evicted,
	            pipeline->before.watch_evicted + correlator_lost(pipeline->config.correlator));
}

/* Evicts a stream. This ends its session and frees the session's texts. */
static bool yield_session(void *ctx)
{
	const struct pipeline *pipeline = ctx;
	return streams_evict(pipeline->streams);
}

static void remember_counts(struct pipeline *pipeline, const struct counters *counters)
{
	pipeline->before.streams = counter_get(&counters->tcp_streams);
	pipeline->before.evicted = counter_get(&counters->tcp_evicted);
	pipeline->before.refused = counter_get(&counters->tcp_refused);
	pipeline->before.fragments = counter_get(&counters->fragments);
	pipeline->before.lost = counter_get(&counters->fragments_lost);
	pipeline->before.watch_evicted = counter_get(&counters->watch_evicted);
	pipeline->before.networks_merged = counter_get(&counters->networks_merged);
	pipeline->before.ambiguous = counter_get(&counters->ambiguous);
	pipeline->before.readings_evicted = counter_get(&counters->readings_evicted);
	pipeline->before.copies_ignored = counter_get(&counters->copies_ignored);
	pipeline->before.no_memory = counter_get(&counters->no_memory);
	pipeline->before.copies_chosen = counter_get(&counters->copies_chosen);
	pipeline->before.copies_found = counter_get(&counters->copies_found);
}

static void set_up(struct pipeline *pipeline, const struct pipeline_config *config)
{
	pipeline->config = *config;
	const struct tunnel_ports *tunnels = &config->ports->tunnels;
	frame_set_tunnel_ports(tunnels->count > 0 ? tunnels : NULL);
	memory_budget_add(config->memory, &pipeline->sessions, SESSIONS_SHARE, yield_session,
	                  pipeline);
	memory_budget_add(config->memory, &pipeline->texts, TEXTS_SHARE, yield_session, pipeline);
	dns_incomplete_init(&pipeline->incomplete, config->memory, config->counters);
	pool_init(&pipeline->dns_connections, dns_connection_size(), &pipeline->sessions);
	pool_init(&pipeline->mail_sessions, mail_session_size(), &pipeline->sessions);
	remember_counts(pipeline, config->counters);
	pipeline->dns = (struct dns_detector){
		.incomplete = &pipeline->incomplete,
		.hits = config->hits,
		.correlator = config->correlator,
		.counters = config->counters,
		.memo = &pipeline->names,
		.pool = &pipeline->dns_connections,
		.log = config->log_dns,
		.history = config->history,
		.history_clients = config->history_clients,
		.baseline = config->baseline,
	};
	pipeline->rows = (struct mail_rows){
		.table = config->history_mail ? config->history : NULL,
		.mailboxes = config->history_mailboxes,
	};
	pipeline->mail = (struct mail_session_config){
		.pool = &pipeline->mail_sessions,
		.texts = &pipeline->texts,
		.hits = config->hits,
		.correlator = config->correlator,
		.counters = config->counters,
		.hosts = &pipeline->hosts,
		.rows = &pipeline->rows,
		.baseline = config->baseline,
		.log = config->log_smtp,
	};
}

int pipeline_new(struct pipeline **out, const struct pipeline_config *config)
{
	static const struct streams_handler handler = {
		.open = open_connection,
		.data = feed_connection,
		.gap = gap_connection,
		.close = close_connection,
		.expect = expect_connection,
		.fork = fork_connection,
		.agree = connections_agree,
		.attempt = note_attempt,
	};
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	if (pipeline == NULL) {
		return -ENOMEM;
	}
	set_up(pipeline, config);
	if (!keyed_hash_init(&pipeline->dns.key)) {
		int ret = -errno;
		pipeline_free(pipeline);
		return ret;
	}
	pipeline->mail.key = pipeline->dns.key;
	pipeline->dns.questions =
	        questions_new(config->hits, config->questions, config->unanswered);
	if (pipeline->dns.questions == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	if (config->dedup_ns > 0 && (pipeline->dedup = dedup_new(config->dedup_ns)) == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	if (config->separate != 0 &&
	    (pipeline->networks = network_numbers_new(config->separate)) == NULL) {
		pipeline_free(pipeline);
		return -ENOMEM;
	}
	const struct streams_limits streams = { .budget = config->memory };
	const struct fragments_limits fragments = { .budget = config->memory };
	int ret = streams_new(&pipeline->streams, &streams, &handler, pipeline);
	if (ret == 0) {
		ret = fragments_new(&pipeline->fragments, &fragments, take_datagram, pipeline);
	}
	if (ret != 0) {
		pipeline_free(pipeline);
		return ret;
	}
	*out = pipeline;
	return 0;
}

void pipeline_free(struct pipeline *pipeline)
{
	if (pipeline == NULL) {
		return;
	}
	if (pipeline->fragments != NULL) {
		fragments_finish(pipeline->fragments);
		pipeline_count(pipeline);
	}
	fragments_free(pipeline->fragments);
	streams_free(pipeline->streams);
	dedup_free(pipeline->dedup);
	pool_end(&pipeline->mail_sessions);
	pool_end(&pipeline->dns_connections);
	questions_free(pipeline->dns.questions);
	dns_incomplete_deinit(&pipeline->incomplete);
	network_numbers_free(pipeline->networks);
	memory_budget_remove(&pipeline->texts);
	memory_budget_remove(&pipeline->sessions);
	free(pipeline);
}
