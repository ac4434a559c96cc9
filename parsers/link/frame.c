/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/frame.h"

#include "parsers/link/layers.h"

static const layer_step STEPS[LAYER_COUNT] = {
#define X(name, function) [LAYER_##name] = layer_##function,
	LAYERS(X)
#undef X
};

bool frame_link_known(int dlt)
{
	return next_by_link_type(dlt) != LAYER_END;
}

const char *frame_reason_name(enum frame_reason reason)
{
	static const char *const names[] = {
#define X(name, text, meaning) [FRAME_BY_##name] = text,
		FRAME_REASONS(X)
#undef X
	};
	return names[reason];
}

static enum frame_status run_steps(struct decoder *decoder, int *depth)
{
	int left = FRAME_LAYERS_MAX - *depth;
	while (decoder->next != LAYER_END) {
		if (left-- == 0) {
			decoder->frame->reason = FRAME_BY_HEADERS;
			return FRAME_MALFORMED;
		}
		STEPS[decoder->next](decoder);
		if (decoder->at.failed) {
			decoder_end(decoder, decoder->whole ? FRAME_MALFORMED : FRAME_CUT);
		}
	}
	*depth = FRAME_LAYERS_MAX - left;
	if (decoder->status >= FRAME_CUT) {
		decoder->frame->reason =
		        decoder->status == FRAME_CUT ? FRAME_BY_CUT : FRAME_BY_MALFORMED;
	}
	return decoder->status;
}

/* A UDP port only suggests a tunnel. If the payload does not decode to a valid packet, the outer
 * datagram is the result. */
static enum frame_status decode_udp_tunnels(struct frame *frame, int *depth)
{
	enum layer tunnel;
	while ((tunnel = next_by_udp_port(frame->key.sport, frame->key.dport)) != LAYER_END) {
		struct frame inner = *frame;
		struct decoder decoder = {
			.frame = &inner,
			.at = cursor_init(frame->payload, frame->size),
			.next = tunnel,
		};
		enum frame_status status = run_steps(&decoder, depth);
		if (status != FRAME_UDP && status != FRAME_TCP && status != FRAME_FRAGMENT) {
			break;
		}
		*frame = inner;
		if (status != FRAME_UDP) {
			return status;
		}
	}
	return FRAME_UDP;
}

enum frame_status frame_decode(struct frame *frame, int dlt, const uint8_t *bytes, size_t captured)
{
	int depth = 0;
	frame->key.network = 0;
	frame->encapsulation = (struct encapsulation){ .vlan = VLAN_NONE };
	frame->network_id = (struct network_id){ 0 };
	struct decoder decoder = {
		.frame = frame,
		.at = cursor_init(bytes, captured),
		.next = LAYER_ETHERNET,
	};
	if (dlt != LINK_ETHERNET) {
		decoder_link_type(&decoder, dlt);
	}
	enum frame_status status = run_steps(&decoder, &depth);
	return status == FRAME_UDP ? decode_udp_tunnels(frame, &depth) : status;
}

enum frame_status frame_decode_transport(struct frame *frame, const uint8_t *bytes, size_t size,
                                         size_t missing)
{
	int depth = 0;
	struct decoder decoder = {
		.frame = frame,
		.at = cursor_init(bytes, size),
		.declared = size + missing,
		.whole = missing == 0,
		.next = LAYER_PROTOCOL,
	};
	enum frame_status status = run_steps(&decoder, &depth);
	return status == FRAME_UDP ? decode_udp_tunnels(frame, &depth) : status;
}
