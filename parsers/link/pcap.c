/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/pcap.h"

#include <sys/param.h>

#include "base/time_ns.h"

#define FILE_HEADER     24
#define PACKET_HEADER   16
#define MODIFIED_HEADER 24

#define SEARCH_SPAN_S (24 * 3600)

#define MAGIC_MICRO    0xa1b2c3d4U
#define MAGIC_NANO     0xa1b23c4dU
#define MAGIC_MODIFIED 0xa1b2cd34U

static bool set_format(struct pcap_reader *reader, uint32_t magic)
{
	switch (magic) {
	case MAGIC_MICRO:
	case MAGIC_MODIFIED:
		reader->fraction_ns = 1000;
		break;
	case MAGIC_NANO:
		reader->fraction_ns = 1;
		break;
	default:
		return false;
	}
	reader->header = magic == MAGIC_MODIFIED ? MODIFIED_HEADER : PACKET_HEADER;
	return true;
}

static bool set_magic(struct pcap_reader *reader, uint32_t magic)
{
	reader->little = !set_format(reader, magic);
	return !reader->little || set_format(reader, __builtin_bswap32(magic));
}

bool pcap_reader_magic(const uint8_t magic[PCAP_READER_MAGIC_SIZE])
{
	struct pcap_reader reader;
	struct cursor c = cursor_init(magic, PCAP_READER_MAGIC_SIZE);
	return set_magic(&reader, cursor_u32(&c));
}

/*
 * magic 4 | major 2 | minor 2 | time zone 4 | accuracy 4 | snap length 4 | link type 4
 *
 * The upper 16 bits of the link type give the length of frame check sequences.
 */
enum savefile_status pcap_reader_start(struct pcap_reader *reader, const uint8_t *bytes,
                                       size_t size, struct savefile_part *part)
{
	struct cursor c = cursor_init(bytes, size);
	*reader = (struct pcap_reader){ .header = PACKET_HEADER };
	*part = (struct savefile_part){ .size = FILE_HEADER };
	if (size < FILE_HEADER) {
		return savefile_more(part, FILE_HEADER);
	}
	if (!set_magic(reader, cursor_u32(&c))) {
		return savefile_lost(part, "this is not a pcap file");
	}
	uint16_t major = savefile_u16(&c, reader->little);
	reader->minor = savefile_u16(&c, reader->little);
	cursor_skip(&c, 12);
	reader->link = savefile_dlt((uint16_t)savefile_u32(&c, reader->little));
	if (major != 2) {
		return savefile_lost(part, "the version of the pcap format is not 2");
	}
	return SAVEFILE_OTHER;
}

/* seconds 4 | fraction 4 | captured 4 | length 4 | modified: interface, protocol, kind 8 */
struct header {
	int64_t seconds, fraction;
	uint32_t captured, length;
};

/* Before version 2.3 the two lengths were in the opposite order. Files of version 2.3 have either
 * order. */
static inline void order_lengths(const struct pcap_reader *reader, struct header *header)
{
	if (reader->minor < 3 || header->captured > header->length) {
		uint32_t swap = header->captured;
		header->captured = header->length;
		header->length = swap;
	}
}

static inline struct header read_header(const struct pcap_reader *reader, const uint8_t *bytes)
{
	struct cursor c = cursor_init(bytes, PACKET_HEADER);
	struct header header;
	header.seconds = savefile_u32(&c, reader->little);
	header.fraction = savefile_u32(&c, reader->little);
	header.captured = savefile_u32(&c, reader->little);
	header.length = savefile_u32(&c, reader->little);
	if (reader->minor <= 3) {
		order_lengths(reader, &header);
	}
	return header;
}

enum savefile_status pcap_reader_next(struct pcap_reader *reader, const uint8_t *bytes, size_t size,
                                      struct savefile_part *part)
{
	part->damage = NULL;
	if (size < reader->header) {
		return savefile_more(part, reader->header);
	}
	struct header header = read_header(reader, bytes);
	if (header.captured > SAVEFILE_PACKET_MAX) {
		return savefile_lost(part,
		                     "the packet header states more octets than a packet can have");
	}
	part->size = (size_t)reader->header + header.captured;
	if (size < part->size) {
		return SAVEFILE_MORE;
	}
	reader->last_s = header.seconds;
	part->packet = (struct savefile_packet){
		.bytes = bytes + reader->header,
		.captured = header.captured,
		.length = MAX(header.length, header.captured),
		.time_ns = header.seconds * NS_PER_S + header.fraction * reader->fraction_ns,
		.link = reader->link,
	};
	return SAVEFILE_PACKET;
}

bool pcap_reader_begins(const uint8_t *bytes, size_t size)
{
	struct pcap_reader reader = { 0 };
	struct cursor c = cursor_init(bytes, size);
	if (size < FILE_HEADER || !set_magic(&reader, cursor_u32(&c))) {
		return false;
	}
	uint16_t major = savefile_u16(&c, reader.little);
	uint16_t minor = savefile_u16(&c, reader.little);
	return major == 2 && minor <= 4;
}

/* Returns true if a header is plausible: its time is near that of the packets before it, and the
 * number of captured octets does not exceed the size of the packet. */
static bool looks_right(const struct pcap_reader *reader, const struct header *header)
{
	int64_t apart_s = header->seconds - reader->last_s;
	bool near = reader->last_s == 0 || (apart_s > -SEARCH_SPAN_S && apart_s < SEARCH_SPAN_S);
	return near && header->fraction < NS_PER_S / reader->fraction_ns && header->captured > 0 &&
	       header->captured <= header->length && header->length <= SAVEFILE_PACKET_MAX;
}

static bool is_chain(const struct pcap_reader *reader, const uint8_t *bytes, size_t size, bool last)
{
	size_t at = 0;
	for (unsigned i = 0; i < SAVEFILE_CHAIN; i++) {
		if (at == size) {
			return last && i > 0;
		}
		if (size - at < reader->header) {
			return false;
		}
		struct header header = read_header(reader, bytes + at);
		if (!looks_right(reader, &header) || header.captured > size - at - reader->header) {
			return false;
		}
		at += reader->header + header.captured;
	}
	return true;
}

size_t pcap_reader_find(const struct pcap_reader *reader, const uint8_t *bytes, size_t size,
                        bool last)
{
	for (size_t at = 1; at + reader->header <= size; at++) {
		if (is_chain(reader, bytes + at, size - at, last)) {
			return at;
		}
	}
	return size;
}
