/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "parsers/link/pcap.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum savefile_status status, const struct savefile_part *part, size_t left)
{
	const struct savefile_packet *packet = &part->packet;
	found_number(status);
	/* After a loss the size is not set: the next part is searched for. */
	found_number(status != SAVEFILE_LOST ? part->size : 0);
	if (status == SAVEFILE_LOST || status == SAVEFILE_DAMAGED) {
		found_text(part->damage);
	}
	if (status == SAVEFILE_MORE && part->size <= left) {
		abort();
	}
	if (status != SAVEFILE_PACKET) {
		return;
	}
	if (part->size == 0 || part->size > left || packet->captured > packet->length ||
	    packet->captured > SAVEFILE_PACKET_MAX || packet->time_ns < 0 ||
	    packet->time_ns > SAVEFILE_TIME_MAX_NS) {
		abort();
	}
	found_bytes(packet->bytes, packet->captured);
	found_number(packet->length);
	found_number((uint64_t)packet->time_ns);
	found_number((uint64_t)packet->link);
}

/*! \brief Every answer keeps what the header promises, and the walk ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcap_reader reader;
	struct savefile_part part;
	size_t at = 0;
	found_number(pcap_reader_begins(data, size));
	enum savefile_status status = pcap_reader_start(&reader, data, size, &part);
	check(status, &part, size);
	if (status != SAVEFILE_OTHER) {
		return 0;
	}
	do {
		at += part.size;
		status = pcap_reader_next(&reader, data + at, size - at, &part);
		check(status, &part, size - at);
	} while (status == SAVEFILE_PACKET);
	if (status != SAVEFILE_MORE && status != SAVEFILE_LOST) {
		abort();
	}
	size_t next = pcap_reader_find(&reader, data + at, size - at, true);
	if (next > size - at || (next == 0 && at < size)) {
		abort();
	}
	found_number(next);
	found_number(pcap_reader_find(&reader, data, size, false));
	return 0;
}
