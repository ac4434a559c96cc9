/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/copy_sample.h"

#include <stdbool.h>

#include "base/secret_hash.h"
#include "base/time_ns.h"

#define IPV4_ID_END 6

/* The IPv4 header has it in octets 4 and 5 (RFC 791 section 3.1). */
static uint16_t ip_id_of(const struct frame *frame)
{
	const uint8_t *ip = frame->network;
	if (ip == NULL || frame->network_size < IPV4_ID_END || ip[0] >> 4 != 4) {
		return 0;
	}
	return (uint16_t)(ip[4] << 8 | ip[5]);
}

static uint32_t seq_of(const struct frame *frame)
{
	return frame->key.protocol == IPPROTO_TCP ? frame->tcp.seq : 0;
}

static void choose(struct copy_sample *sample, const struct frame *frame, int64_t time_ns)
{
	sample->key = frame->key;
	sample->seq = seq_of(frame);
	sample->ip_id = ip_id_of(frame);
	sample->size = frame->size;
	sample->hash = secret_hash(frame->payload, frame->size);
	sample->time_ns = time_ns;
	sample->left = COPY_SAMPLE_NEAR;
	sample->chosen++;
}

static bool is_copy(const struct copy_sample *sample, const struct frame *frame)
{
	return sample->size == frame->size && sample->seq == seq_of(frame) &&
	       sample->ip_id == ip_id_of(frame) && flow_key_equal(&sample->key, &frame->key) &&
	       sample->hash == secret_hash(frame->payload, frame->size);
}

static void drop(struct copy_sample *sample)
{
	sample->left = 0;
	sample->waiting = sample->chosen < COPY_SAMPLE_FIRST ? 0 : COPY_SAMPLE_EVERY;
}

void copy_sample_compare(struct copy_sample *sample, const struct frame *frame, int64_t time_ns)
{
	if (frame->size == 0) {
		return;
	}
	if (sample->left == 0) {
		choose(sample, frame, time_ns);
		return;
	}
	sample->left--;
	int64_t passed_ns = time_ns - sample->time_ns;
	bool near = passed_ns <= NS_PER_MS && passed_ns >= -NS_PER_MS;
	if (near && is_copy(sample, frame)) {
		sample->copied++;
		drop(sample);
	} else if (!near || sample->left == 0) {
		drop(sample);
	}
}
