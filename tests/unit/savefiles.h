/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes capture files for tests, in either byte order, honest or not.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SAVEFILE_ROOM (1 << 20)

struct savefile {
	bool little;
	size_t size;
	size_t block; /* where the open block begins */
	uint8_t bytes[SAVEFILE_ROOM];
};

static inline void put_bytes(struct savefile *file, const void *bytes, size_t size)
{
	assert_true(size <= SAVEFILE_ROOM - file->size);
	memcpy(file->bytes + file->size, bytes, size);
	file->size += size;
}

static inline void put_u16(struct savefile *file, uint16_t value)
{
	uint16_t wire = file->little ? value : __builtin_bswap16(value);
	put_bytes(file, &wire, sizeof(wire));
}

static inline void put_u32(struct savefile *file, uint32_t value)
{
	uint32_t wire = file->little ? value : __builtin_bswap32(value);
	put_bytes(file, &wire, sizeof(wire));
}

static inline void put_u64(struct savefile *file, uint64_t value)
{
	uint64_t wire = file->little ? value : __builtin_bswap64(value);
	put_bytes(file, &wire, sizeof(wire));
}

static inline void set_u32(struct savefile *file, size_t at, uint32_t value)
{
	size_t size = file->size;
	file->size = at;
	put_u32(file, value);
	file->size = size;
}

/* pcap */

static inline void put_pcap(struct savefile *file, uint32_t magic, uint16_t minor, uint32_t link)
{
	put_u32(file, magic);
	put_u16(file, 2);
	put_u16(file, minor);
	put_u64(file, 0);
	put_u32(file, 65535);
	put_u32(file, link);
}

static inline void put_pcap_packet(struct savefile *file, uint32_t seconds, uint32_t fraction,
                                   const char *payload)
{
	put_u32(file, seconds);
	put_u32(file, fraction);
	put_u32(file, (uint32_t)strlen(payload));
	put_u32(file, (uint32_t)strlen(payload));
	put_bytes(file, payload, strlen(payload));
}

/* pcapng */

static inline void begin_block(struct savefile *file, uint32_t type)
{
	file->block = file->size;
	put_u32(file, type);
	put_u32(file, 0);
}

static inline void pad_block(struct savefile *file)
{
	while ((file->size - file->block) % 4 != 0) {
		put_bytes(file, "", 1);
	}
}

static inline void end_block(struct savefile *file)
{
	pad_block(file);
	uint32_t length = (uint32_t)(file->size - file->block + 4);
	put_u32(file, length);
	set_u32(file, file->block + 4, length);
}

static inline void put_section(struct savefile *file, bool little)
{
	file->little = little;
	begin_block(file, 0x0a0d0d0a);
	put_u32(file, 0x1a2b3c4d);
	put_u16(file, 1);
	put_u16(file, 0);
	put_u64(file, UINT64_MAX);
	end_block(file);
}

#define NO_OPTION (-1)

/* An interface; `resolution` may be NO_OPTION, `offset` 0 is not written. */
static inline void put_interface(struct savefile *file, uint16_t link, uint32_t snaplen,
                                 int resolution, int64_t offset)
{
	begin_block(file, 1);
	put_u16(file, link);
	put_u16(file, 0);
	put_u32(file, snaplen);
	if (resolution != NO_OPTION) {
		uint8_t octet = (uint8_t)resolution;
		put_u16(file, 9);
		put_u16(file, 1);
		put_bytes(file, &octet, 1);
		pad_block(file);
	}
	if (offset != 0) {
		put_u16(file, 14);
		put_u16(file, 8);
		put_u64(file, (uint64_t)offset);
	}
	if (resolution != NO_OPTION || offset != 0) {
		put_u32(file, 0);
	}
	end_block(file);
}

static inline void put_enhanced(struct savefile *file, uint32_t interface, uint64_t ticks,
                                const char *payload)
{
	begin_block(file, 6);
	put_u32(file, interface);
	put_u32(file, (uint32_t)(ticks >> 32));
	put_u32(file, (uint32_t)ticks);
	put_u32(file, (uint32_t)strlen(payload));
	put_u32(file, (uint32_t)strlen(payload));
	put_bytes(file, payload, strlen(payload));
	end_block(file);
}

static inline void put_obsolete(struct savefile *file, uint16_t interface, uint64_t ticks,
                                const char *payload)
{
	begin_block(file, 2);
	put_u16(file, interface);
	put_u16(file, 7); /* drops */
	put_u32(file, (uint32_t)(ticks >> 32));
	put_u32(file, (uint32_t)ticks);
	put_u32(file, (uint32_t)strlen(payload));
	put_u32(file, (uint32_t)strlen(payload));
	put_bytes(file, payload, strlen(payload));
	end_block(file);
}

static inline void put_simple(struct savefile *file, uint32_t length, const char *payload)
{
	begin_block(file, 3);
	put_u32(file, length);
	put_bytes(file, payload, strlen(payload));
	end_block(file);
}

static inline void put_unknown(struct savefile *file, uint32_t type, size_t size)
{
	begin_block(file, type);
	for (size_t i = 0; i < size; i++) {
		put_bytes(file, "?", 1);
	}
	end_block(file);
}
