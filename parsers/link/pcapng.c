/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/pcapng.h"

#include <sys/param.h>

#include "base/time_ns.h"

#define BLOCK_SECTION   0x0a0d0d0aU /* the same in both byte orders */
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET    2
#define BLOCK_SIMPLE    3
#define BLOCK_ENHANCED  6

#define BLOCK_HEADER  8
#define BLOCK_TRAILER 4
#define BLOCK_MIN     (BLOCK_HEADER + BLOCK_TRAILER)

#define BYTE_ORDER_BIG    0x1a2b3c4dU
#define BYTE_ORDER_LITTLE 0x4d3c2b1aU

#define OPTION_END      0
#define OPTION_TSRESOL  9
#define OPTION_TSOFFSET 14

#define TSRESOL_DEFAULT 6 /* microseconds */
#define TSRESOL_BASE2   0x80

#define NS_EXPONENT  9
#define U64_DECIMALS 19 /* 10^19 is the largest power of ten in 64 bits */

#define DAMAGE_SHORT "a block is too short for its fields"

bool pcapng_reader_magic(const uint8_t magic[PCAPNG_READER_MAGIC_SIZE])
{
	struct cursor c = cursor_init(magic, PCAPNG_READER_MAGIC_SIZE);
	return cursor_u32(&c) == BLOCK_SECTION;
}

/* Times */

static uint64_t power_of_ten(unsigned exponent)
{
	uint64_t power = 1;
	while (exponent-- > 0) {
		power *= 10;
	}
	return power;
}

/* 64 bits of ticks times 10^9 fit into 94 bits, so the result is exact up to the last division. */
static unsigned __int128 ticks_to_ns(uint64_t ticks, uint8_t resolution)
{
	unsigned exponent = resolution & ~TSRESOL_BASE2;
	unsigned __int128 ns = (unsigned __int128)ticks * NS_PER_S;
	if ((resolution & TSRESOL_BASE2) != 0) {
		return ns >> exponent;
	}
	if (exponent <= NS_EXPONENT) {
		return (unsigned __int128)ticks * power_of_ten(NS_EXPONENT - exponent);
	}
	exponent -= NS_EXPONENT;
	return exponent > U64_DECIMALS ? 0 : ticks / power_of_ten(exponent);
}

static bool set_time(int64_t *time_ns, const struct pcapng_interface *interface, uint64_t ticks)
{
	__int128 ns = (__int128)ticks_to_ns(ticks, interface->resolution) +
	              (__int128)interface->offset_s * NS_PER_S;
	if (ns < 0 || ns > SAVEFILE_TIME_MAX_NS) {
		return false;
	}
	*time_ns = (int64_t)ns;
	return true;
}

/* Blocks: each function reads the octets between the block's two lengths. */

/* byte order 4 | major 2 | minor 2 | section length 8 | options */
static enum savefile_status read_section(struct pcapng_reader *reader, struct cursor *c,
                                         struct savefile_part *part)
{
	cursor_skip(c, 4);
	uint16_t major = savefile_u16(c, reader->little);
	cursor_skip(c, 10);
	reader->interfaces_count = 0;
	if (c->failed) {
		return savefile_lost(part, "a section's header is too short");
	}
	if (major != 1) {
		return savefile_lost(part, "the version of the pcapng format is not 1");
	}
	return SAVEFILE_OTHER;
}

static bool read_option(struct pcapng_interface *interface, struct cursor *value, uint16_t code,
                        bool little)
{
	uint32_t first, second;
	switch (code) {
	case OPTION_TSRESOL:
		interface->resolution = cursor_u8(value);
		break;
	case OPTION_TSOFFSET:
		first = savefile_u32(value, little);
		second = savefile_u32(value, little);
		interface->offset_s = (int64_t)(little ? (uint64_t)second << 32 | first
		                                       : (uint64_t)first << 32 | second);
		break;
	default:
		return true;
	}
	return !value->failed && cursor_left(value) == 0;
}

/* code 2 | length 2 | value, filled up to a multiple of four */
static bool read_options(struct pcapng_interface *interface, struct cursor *c, bool little)
{
	while (cursor_left(c) > 0) {
		uint16_t code = savefile_u16(c, little);
		uint16_t size = savefile_u16(c, little);
		if (code == OPTION_END && !c->failed) {
			return true;
		}
		struct cursor value = cursor_fence(c, size);
		cursor_skip(c, (4 - size % 4) % 4);
		if (c->failed || !read_option(interface, &value, code, little)) {
			return false;
		}
	}
	return !c->failed;
}

/* link type 2 | reserved 2 | snap length 4 | options */
static enum savefile_status read_interface(struct pcapng_reader *reader, struct cursor *c,
                                           struct savefile_part *part)
{
	if (reader->interfaces_count == PCAPNG_INTERFACES_MAX) {
		return savefile_damaged(part, "a section has more than 4096 interfaces");
	}
	/* Even a damaged block counts, because packets refer to their interface by its number. */
	struct pcapng_interface *interface = &reader->interfaces[reader->interfaces_count++];
	*interface = (struct pcapng_interface){ .resolution = TSRESOL_DEFAULT };
	interface->link = savefile_dlt(savefile_u16(c, reader->little));
	cursor_skip(c, 2);
	interface->snaplen = savefile_u32(c, reader->little);
	if (c->failed) {
		return savefile_damaged(part, DAMAGE_SHORT);
	}
	if (!read_options(interface, c, reader->little)) {
		return savefile_damaged(part, "the options of an interface are invalid");
	}
	return SAVEFILE_OTHER;
}

static enum savefile_status take_packet(struct pcapng_reader *reader, struct cursor *c,
                                        const struct pcapng_interface *interface, uint32_t captured,
                                        uint32_t length, struct savefile_part *part)
{
	if (captured > SAVEFILE_PACKET_MAX) {
		return savefile_damaged(
		        part, "the packet header states more octets than a packet can have");
	}
	const uint8_t *bytes = cursor_take(c, captured);
	if (c->failed) {
		return savefile_damaged(part,
		                        "the packet header states more octets than the block has");
	}
	part->packet = (struct savefile_packet){
		.bytes = bytes,
		.captured = captured,
		.length = MAX(length, captured),
		.time_ns = reader->last_ns,
		.link = interface->link,
	};
	return SAVEFILE_PACKET;
}

/* Enhanced: interface 4; obsolete: interface 2 | drops 2. Then
 * time, upper half 4 | lower half 4 | captured 4 | length 4 | packet | options */
static enum savefile_status read_packet(struct pcapng_reader *reader, struct cursor *c,
                                        bool obsolete, struct savefile_part *part)
{
	uint32_t number =
	        obsolete ? savefile_u16(c, reader->little) : savefile_u32(c, reader->little);
	cursor_skip(c, obsolete ? 2 : 0);
	uint64_t high = savefile_u32(c, reader->little);
	uint64_t low = savefile_u32(c, reader->little);
	uint32_t captured = savefile_u32(c, reader->little);
	uint32_t length = savefile_u32(c, reader->little);
	if (c->failed) {
		return savefile_damaged(part, DAMAGE_SHORT);
	}
	if (number >= reader->interfaces_count) {
		return savefile_damaged(
		        part, "the packet refers to an interface that the file does not have");
	}
	const struct pcapng_interface *interface = &reader->interfaces[number];
	if (!set_time(&reader->last_ns, interface, high << 32 | low)) {
		/* The packet is valid even if its time is not. */
		part->damage = "the time of the packet is out of range; the time of the previous "
		               "packet is used";
	}
	return take_packet(reader, c, interface, captured, length, part);
}

/* length 4 | packet, cut to the snap length of the first interface */
static enum savefile_status read_simple(struct pcapng_reader *reader, struct cursor *c,
                                        struct savefile_part *part)
{
	uint32_t length = savefile_u32(c, reader->little);
	if (c->failed) {
		return savefile_damaged(part, DAMAGE_SHORT);
	}
	if (reader->interfaces_count == 0) {
		return savefile_damaged(part,
		                        "the packet comes before the description of its interface");
	}
	const struct pcapng_interface *interface = &reader->interfaces[0];
	uint32_t captured = length;
	if (interface->snaplen > 0 && interface->snaplen < captured) {
		captured = interface->snaplen;
	}
	return take_packet(reader, c, interface, captured, length, part);
}

static enum savefile_status read_block(struct pcapng_reader *reader, uint32_t type,
                                       struct cursor *c, struct savefile_part *part)
{
	switch (type) {
	case BLOCK_SECTION:
		return read_section(reader, c, part);
	case BLOCK_INTERFACE:
		return read_interface(reader, c, part);
	case BLOCK_SIMPLE:
		return read_simple(reader, c, part);
	default:
		return read_packet(reader, c, type == BLOCK_PACKET, part);
	}
}

/* The functions below walk from block to block. */

static bool understood(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_PACKET ||
	       type == BLOCK_SIMPLE || type == BLOCK_ENHANCED;
}

static enum savefile_status read_trailer(struct pcapng_reader *reader, struct cursor *c,
                                         struct savefile_part *part)
{
	if (cursor_left(c) < BLOCK_TRAILER) {
		return savefile_more(part, BLOCK_TRAILER);
	}
	bool good = savefile_u32(c, reader->little) == reader->trailer;
	part->size = BLOCK_TRAILER;
	reader->trailer = 0;
	return good ? SAVEFILE_OTHER : savefile_lost(part, "the two lengths of a block differ");
}

/* Sets the byte order, which a section header states for its own length, too. */
static bool set_order(struct pcapng_reader *reader, const uint8_t *bytes)
{
	struct cursor c = cursor_init(bytes, BLOCK_MIN);
	cursor_skip(&c, BLOCK_HEADER);
	uint32_t order = cursor_u32(&c);
	reader->little = order == BYTE_ORDER_LITTLE;
	return reader->little || order == BYTE_ORDER_BIG;
}

enum savefile_status pcapng_reader_next(struct pcapng_reader *reader, const uint8_t *bytes,
                                        size_t size, struct savefile_part *part)
{
	struct cursor c = cursor_init(bytes, size);
	part->damage = NULL;
	if (reader->trailer != 0) {
		return read_trailer(reader, &c, part);
	}
	if (size < BLOCK_MIN) {
		return savefile_more(part, BLOCK_MIN);
	}
	uint32_t type = savefile_u32(&c, reader->little);
	if (type == BLOCK_SECTION && !set_order(reader, bytes)) {
		return savefile_lost(part, "a section has no valid byte-order magic");
	}
	uint32_t length = savefile_u32(&c, reader->little);
	if (length < BLOCK_MIN || length % 4 != 0) {
		return savefile_lost(part, "a block has an impossible length");
	}
	if (!understood(type)) {
		reader->trailer = length;
		part->size = length - BLOCK_TRAILER;
		return SAVEFILE_OTHER;
	}
	if (length > PCAPNG_BLOCK_MAX) {
		return savefile_lost(part, "a block has more than 16 MiB");
	}
	if (size < length) {
		return savefile_more(part, length);
	}
	struct cursor body = cursor_fence(&c, length - BLOCK_MIN);
	if (savefile_u32(&c, reader->little) != length) {
		return savefile_lost(part, "the two lengths of a block differ");
	}
	part->size = length;
	return read_block(reader, type, &body, part);
}

bool pcapng_reader_begins(const uint8_t *bytes, size_t size)
{
	struct pcapng_reader reader;
	return size >= BLOCK_MIN && pcapng_reader_magic(bytes) && set_order(&reader, bytes);
}

/* Returns the length of a block if the lengths at its two ends agree, else 0. */
static size_t block_length(bool little, const uint8_t *bytes, size_t size)
{
	struct cursor c = cursor_init(bytes, size);
	cursor_skip(&c, 4);
	uint32_t length = savefile_u32(&c, little);
	if (c.failed || length < BLOCK_MIN || length % 4 != 0 || length > size) {
		return 0;
	}
	cursor_seek(&c, length - BLOCK_TRAILER);
	return savefile_u32(&c, little) == length ? length : 0;
}

static bool is_chain(const struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
                     bool last)
{
	size_t at = 0;
	for (unsigned i = 0; i < SAVEFILE_CHAIN; i++) {
		size_t length = block_length(reader->little, bytes + at, size - at);
		if (length == 0) {
			return last && at == size && i > 0;
		}
		at += length;
	}
	return true;
}

size_t pcapng_reader_find(const struct pcapng_reader *reader, const uint8_t *bytes, size_t size,
                          bool last)
{
	for (size_t at = 1; at + BLOCK_MIN <= size; at++) {
		if (is_chain(reader, bytes + at, size - at, last)) {
			return at;
		}
	}
	return size;
}
