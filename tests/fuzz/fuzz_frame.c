/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An octet with the link type, and a captured frame. The payload found is inside the
 * frame, and can follow a transport header again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/link/frame.h"
#include "parsers/link/glance.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Link types that have no octet of their own. */
static const struct {
	uint8_t octet;
	int link;
} RENUMBERED[] = {
	{ 255, 276 }, { 252, 258 }, { 251, 274 }, { 250, 281 },
	{ 249, 282 }, { 248, 284 }, { 247, 285 },
};

#define TRANSPORT_OF_UDP 254
#define TRANSPORT_OF_TCP 253

static int link_of(uint8_t octet)
{
	for (size_t i = 0; i < sizeof(RENUMBERED) / sizeof(RENUMBERED[0]); i++) {
		if (RENUMBERED[i].octet == octet) {
			return RENUMBERED[i].link;
		}
	}
	return octet;
}

static void sum_up(enum frame_status status, const struct frame *frame)
{
	found_bytes(frame->payload, frame->size);
	found_number(frame->cut);
	found_bytes(&frame->key.src, sizeof(frame->key.src));
	found_bytes(&frame->key.dst, sizeof(frame->key.dst));
	found_number(frame->key.protocol);
	found_number(frame->hops);
	found_bytes(&frame->encapsulation, sizeof(frame->encapsulation));
	if (status == FRAME_FRAGMENT) {
		found_number(frame->fragment.id);
		found_number(frame->fragment.offset);
		found_number(frame->fragment.more);
		return;
	}
	found_number(frame->key.sport);
	found_number(frame->key.dport);
	if (status == FRAME_TCP) {
		found_number(frame->tcp.seq);
		found_number(frame->tcp.ack);
		found_number(frame->tcp.window);
		found_number(frame->tcp.urgent);
		found_number(frame->tcp.flags);
	}
}

static void check(enum frame_status status, const struct frame *frame, const uint8_t *bytes,
                  size_t size)
{
	if (status > FRAME_MALFORMED) {
		abort();
	}
	found_number(status);
	if (status > FRAME_FRAGMENT) {
		found_number(frame->reason);
		if (frame->reason >= FRAME_REASONS_COUNT) {
			abort();
		}
		return;
	}
	if (frame->payload < bytes || frame->payload > bytes + size ||
	    frame->size > (size_t)(bytes + size - frame->payload)) {
		abort();
	}
	if (frame->encapsulation.vlan < VLAN_NONE || frame->encapsulation.vlan > 0x0fff) {
		abort();
	}
	sum_up(status, frame);
}

/* Ports that are found without decoding are those that decoding finds. */
static void check_glance(int link, const uint8_t *bytes, size_t size, enum frame_status status,
                         const struct frame *frame)
{
	struct glance glance;
	bool found = glance_read(&glance, link, bytes, size);
	if (found &&
	    ((status != FRAME_UDP && status != FRAME_TCP) || glance.sport != frame->key.sport ||
	     glance.dport != frame->key.dport || frame->encapsulation.tunnel != TUNNEL_NONE)) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame frame;
	if (size == 0) {
		return 0;
	}
	memset(&frame, 0, sizeof(frame));
	frame.encapsulation.vlan = VLAN_NONE;
	if (data[0] == TRANSPORT_OF_UDP || data[0] == TRANSPORT_OF_TCP) {
		frame.key.protocol = data[0] == TRANSPORT_OF_UDP ? IPPROTO_UDP : IPPROTO_TCP;
		check(frame_decode_transport(&frame, data + 1, size - 1, 0), &frame, data + 1,
		      size - 1);
		return 0;
	}
	int link = link_of(data[0]);
	enum frame_status status = frame_decode(&frame, link, data + 1, size - 1);
	check(status, &frame, data + 1, size - 1);
	check_glance(link, data + 1, size - 1, status, &frame);
	if (!frame_link_known(link) && status != FRAME_OTHER) {
		abort();
	}
	return 0;
}
