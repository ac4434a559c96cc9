/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Estimates how many packets of a capture are duplicates, so that a replay without `--dedup`
 *        can suggest the option.
 *
 * One packet at a time is chosen, and compared with those of the next COPY_SAMPLE_NEAR packets that
 * come within a millisecond. A copy has the same IP identification, addresses, ports and octets; a
 * retransmission comes later, and with another identification. Packets without payload are not
 * chosen, because TCP acknowledgements repeat.
 *
 * Cost: the first COPY_SAMPLE_FIRST choices follow each other at once; after them, one packet of
 * COPY_SAMPLE_EVERY is chosen.
 */
#pragma once

#include <stdint.h>

#include "parsers/link/frame.h"

#define COPY_SAMPLE_NEAR  16
#define COPY_SAMPLE_FIRST 64
#define COPY_SAMPLE_EVERY 256

/*! \brief The state of the estimate; initialize it with zeros. */
struct copy_sample {
	/*! The flow of the chosen packet. The next members, up to `time_ns`, also describe it. */
	struct flow_key key;
	uint32_t seq;
	uint16_t ip_id; /*!< 0 in IPv6. */
	size_t size;
	uint64_t hash; /*!< Hash of the payload. */
	int64_t time_ns;
	/*! The number of packets that are still to be compared with the chosen one; 0: no packet is
	 * chosen. */
	unsigned left;
	unsigned waiting; /*!< The number of packets before the next one can be chosen. */
	uint64_t chosen;  /*!< The number of packets that were chosen. */
	uint64_t copied;  /*!< The number of chosen packets that had a copy. */
};

/*! \brief Compares the packet with the chosen one; if there is none, chooses the packet. */
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
