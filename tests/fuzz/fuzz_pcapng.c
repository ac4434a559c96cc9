/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "parsers/link/pcapng.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_packet(const struct savefile_part *part, size_t left)
{
	const struct savefile_packet *packet = &part->packet;
	if (part->size > left || packet->captured > packet->length ||
	    packet->captured > SAVEFILE_PACKET_MAX || packet->time_ns < 0 ||
	    packet->time_ns > SAVEFILE_TIME_MAX_NS || packet->link < 0 || packet->link > 65535) {
		abort();
	}
	found_bytes(packet->bytes, packet->captured);
	found_number(packet->length);
	found_number((uint64_t)packet->time_ns);
	found_number((uint64_t)packet->link);
}

static void check(enum savefile_status status, const struct savefile_part *part, size_t left)
{
	found_number(status);
	/* After a loss the size is not set: the next part is searched for. */
	found_number(status != SAVEFILE_LOST ? part->size : 0);
	if (status == SAVEFILE_PACKET) {
		check_packet(part, left);
	} else if ((status == SAVEFILE_LOST || status == SAVEFILE_DAMAGED) &&
	           part->damage == NULL) {
		abort();
	}
	if (status == SAVEFILE_LOST || status == SAVEFILE_DAMAGED) {
		found_text(part->damage);
	}
	/* More is asked for than there is, and never without a bound; else it goes on. */
	if (status == SAVEFILE_MORE ? part->size <= left || part->size > PCAPNG_BLOCK_MAX
	                            : status != SAVEFILE_LOST && part->size == 0) {
		abort();
	}
}

/*! \brief Every answer keeps what the header promises, and the walk ends. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pcapng_reader reader;
	size_t at = 0;
	memset(&reader, 0, sizeof(reader));
	found_number(pcapng_reader_begins(data, size));
	while (at <= size) {
		struct savefile_part part;
		enum savefile_status status =
		        pcapng_reader_next(&reader, data + at, size - at, &part);
		check(status, &part, size - at);
		if (status == SAVEFILE_MORE || status == SAVEFILE_LOST) {
			break;
		}
		at += part.size;
	}
	if (at < size) {
		size_t next = pcapng_reader_find(&reader, data + at, size - at, true);
		if (next == 0 || next > size - at) {
			abort();
		}
		found_number(next);
	}
	found_number(pcapng_reader_find(&reader, data, size, false));
	return 0;
}
