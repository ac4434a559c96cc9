/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/span_traffic.h"

static void begin_flow(struct span_flow *flow, struct rng *rng)
{
	static const uint16_t ports[] = { 443, 443, 443, 443, 443, 80, 993, 8443 };
	bool v6 = rng_chance(rng, 30);
	flow->tcp = rng_chance(rng, 78);
	flow->fresh = true;
	flow->left = 4 + rng_skewed(rng, 2000);
	/* One call a statement: C leaves the order of arguments to the compiler. */
	uint32_t client = 1000 + rng_below(rng, 20000);
	uint16_t client_port = (uint16_t)(1024 + rng_below(rng, 64000));
	uint32_t server = rng_skewed(rng, 100000);
	uint16_t server_port = flow->tcp ? ports[rng_below(rng, 8)] : 443;
	flow->ends[0] = endpoint_inside(v6, client, client_port);
	flow->ends[1] = endpoint_outside(v6, server, server_port);
	flow->seq[0] = (uint32_t)rng_next(rng);
	flow->seq[1] = (uint32_t)rng_next(rng);
}

void span_traffic_init(struct span_traffic *traffic, uint64_t seed)
{
	traffic->rng.state = seed;
	for (size_t i = 0; i < sizeof(traffic->bytes); i++) {
		traffic->bytes[i] = (uint8_t)rng_next(&traffic->rng);
	}
	for (size_t i = 0; i < SPAN_FLOWS; i++) {
		begin_flow(&traffic->flows[i], &traffic->rng);
	}
}

/* Full segments down, their acknowledgements up, requests, ends of responses. */
static size_t tcp_size(struct rng *rng, int *from, size_t mss)
{
	uint32_t dice = rng_below(rng, 100);
	*from = dice < 62;
	if (dice < 50) {
		return mss;
	}
	if (dice < 62) {
		return 30 + rng_below(rng, 1400);
	}
	return dice < 92 ? 0 : 60 + rng_below(rng, 900);
}

/* QUIC, small QUIC, a voice call. */
static size_t udp_size(struct rng *rng, int *from)
{
	uint32_t dice = rng_below(rng, 100);
	*from = dice < 60 || dice % 2 == 0;
	if (dice < 60) {
		return 1200 + rng_below(rng, 50);
	}
	return dice < 90 ? 30 + rng_below(rng, 60) : 172;
}

static void step_tcp(struct span_traffic *traffic, struct span_flow *flow, struct writer *writer)
{
	int from = 0;
	uint8_t flags = TCP_ACK;
	size_t mss = endpoint_is_v6(&flow->ends[0]) ? WRITER_MSS6 : WRITER_MSS;
	size_t size = tcp_size(&traffic->rng, &from, mss);
	if (flow->fresh) {
		from = 0;
		size = 0;
		flags = TCP_SYN;
	} else if (flow->left == 0) {
		flags |= TCP_FIN;
	} else if (size > 0 && size < mss) {
		flags |= TCP_PSH;
	}
	const struct segment segment = { flow->seq[from], flow->fresh ? 0 : flow->seq[1 - from],
		                         flags };
	writer_tcp(writer, &flow->ends[from], &flow->ends[1 - from], &segment,
	           traffic->bytes + rng_below(&traffic->rng, 2048), size);
	flow->seq[from] += (uint32_t)size + flow->fresh;
}

void span_traffic_step(struct span_traffic *traffic, struct writer *writer)
{
	struct rng *rng = &traffic->rng;
	struct span_flow *flow = &traffic->flows[rng_below(rng, SPAN_FLOWS)];
	writer_wait(writer, rng_below(rng, 4));
	if (flow->left-- == 0) {
		begin_flow(flow, rng);
	}
	if (flow->tcp) {
		step_tcp(traffic, flow, writer);
	} else {
		int from = 0;
		size_t size = udp_size(rng, &from);
		writer_udp(writer, &flow->ends[from], &flow->ends[1 - from],
		           traffic->bytes + rng_below(rng, 2048), size);
	}
	flow->fresh = false;
}
