/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/pipeline_private.h"

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

static void end_evidence(const struct pipeline *pipeline, const struct stream *stream)
{
	if (pipeline->config.evidence != NULL) {
		evidence_end(pipeline->config.evidence, &stream->key);
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
	end_evidence(pipeline, stream);
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

/* A client connected to a mail server, or tried to, but no payload was sent. The connection has
 * ended. */
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
	if (carries_dns(pipeline, stream) ||
	    !hits_may_be(pipeline->config.hits, KIND_SERVER, &stream->key.server)) {
		return false;
	}
	bool hit = mail_session_attempt(&pipeline->mail, &flow, isn, connections[how]);
	end_evidence(pipeline, stream);
	return hit;
}

const struct streams_handler PIPELINE_CONNECTIONS = {
	.open = open_connection,
	.data = feed_connection,
	.gap = gap_connection,
	.close = close_connection,
	.expect = expect_connection,
	.fork = fork_connection,
	.agree = connections_agree,
	.attempt = note_attempt,
};
