/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Estimates how many packets of a capture are duplicates, so that a replay without `--dedup`
 *        can suggest the option.
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

/*! \brief The state of the estimate; initialize it with zeros. */
struct copy_sample {
	/*! The flow of the chosen packet; the members up to `time_ns` also describe this packet. */
	struct flow_key key;
	uint32_t seq;
	uint16_t ip_id; /*!< 0 in IPv6. */
	size_t size;
	uint64_t hash; /*!< Hash of the payload. */
	int64_t time_ns;
	/*! The number of packets that are still compared with it; 0: no packet is chosen. */
	unsigned left;
	unsigned waiting; /*!< The number of packets before the next one can be chosen. */
	uint64_t chosen;  /*!< The number of packets that were chosen. */
	uint64_t copied;  /*!< The number of chosen packets of which a copy was found. */
};

/*! \brief Chooses the packet, or compares it with the chosen one. */
void copy_sample_compare(struct copy_sample *sample, const struct frame *frame, int64_t time_ns);

/*! \brief Processes a packet with a payload on a watched port; usually it is only counted. */
static inline void copy_sample_take(struct copy_sample *sample, const struct frame *frame,
                                    int64_t time_ns)
{
	if (sample->waiting > 0) {
		sample->waiting--;
	} else {
		copy_sample_compare(sample, frame, time_ns);
	}
}
