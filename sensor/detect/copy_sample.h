/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Estimates how many packets of a capture are in it twice, so that a replay without
 *        `--dedup` can suggest the option.
 *
 * A packet is chosen, and compared with the COPY_SAMPLE_NEAR packets after it that come within a
 * millisecond. A copy has the same IP identification, addresses, ports and octets; a
 * retransmission comes later, and with another identification. Packets without payload are not
 * chosen, because TCP acknowledgements repeat.
 *
 * Cost: the first COPY_SAMPLE_FIRST packets are chosen wherever no other one is being compared,
 * after that one of COPY_SAMPLE_EVERY.
 */
#pragma once

#include <stdint.h>

#include "parsers/link/frame.h"

#define COPY_SAMPLE_NEAR  16
#define COPY_SAMPLE_FIRST 64
#define COPY_SAMPLE_EVERY 256

/*! \brief The state, which is zero at the start. */
struct copy_sample {
	struct flow_key key; /*!< Of the chosen packet, as are the members up to `time_ns`. */
	uint32_t seq;
	uint16_t ip_id; /*!< 0 in IPv6. */
	size_t size;
	uint64_t hash; /*!< Of the payload. */
	int64_t time_ns;
	unsigned left;    /*!< Packets that are still compared with it; 0: none is chosen. */
	unsigned waiting; /*!< Packets until the next one may be chosen. */
	uint64_t chosen;  /*!< Packets that were chosen. */
	uint64_t copied;  /*!< Those of which a copy was found. */
};

/*! \brief Chooses the packet, or compares it with the chosen one. */
void copy_sample_compare(struct copy_sample *sample, const struct frame *frame, int64_t time_ns);

/*! \brief Takes a packet with a payload on a watched port; usually only counts it. */
static inline void copy_sample_take(struct copy_sample *sample, const struct frame *frame,
                                    int64_t time_ns)
{
	if (sample->waiting > 0) {
		sample->waiting--;
	} else {
		copy_sample_compare(sample, frame, time_ns);
	}
}
