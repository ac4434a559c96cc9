/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/frame.h"
#include "parsers/link/glance.h"
#include "sensor/detect/pipeline_private.h"

#define TICK_NS    1000000LL
#define NESTED_MAX 4

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

void pipeline_take_datagram(void *ctx, const struct fragment *datagram)
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

/* Whether the packet is one of the many whose ports nobody watches. In a live capture, the kernel's
 * filter has already left them out. */
static bool is_other_traffic(const struct pipeline *pipeline, const struct packet *packet)
{
	const struct ports *ports = pipeline->config.ports;
	struct glance glance;
	return packet->interface == NULL &&
	       glance_read(&glance, packet->link, packet->bytes, packet->captured) &&
	       !is_watched(ports, glance.sport) && !is_watched(ports, glance.dport);
}

static void take_packet(struct pipeline *pipeline, const struct packet *packet)
{
	struct frame frame;
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
}

void pipeline_packet(struct pipeline *pipeline, const struct packet *packet)
{
	struct counters *counters = pipeline->config.counters;
	counter_add(&counters->packets, 1);
	counter_add(&counters->bytes, packet->length);
	if (packet->captured < packet->length) {
		counter_add(&counters->truncated_packets, 1);
	}
	pipeline->interface = packet->interface;
	if (is_tick_due(pipeline, packet->time_ns)) {
		pipeline_tick(pipeline, packet->time_ns);
	}
	if (!is_other_traffic(pipeline, packet)) {
		take_packet(pipeline, packet);
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
