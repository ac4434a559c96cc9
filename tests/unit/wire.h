/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Puts packets and DNS messages together, field by field. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "parsers/dns/dns.h"

struct wire {
	size_t size;
	uint8_t bytes[66 * 1024];
};

static inline void wire_put(struct wire *wire, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(wire->bytes) - wire->size);
	if (size > 0) {
		memcpy(wire->bytes + wire->size, bytes, size);
	}
	wire->size += size;
}

static inline void wire_fill(struct wire *wire, uint8_t octet, size_t count)
{
	assert_true(count <= sizeof(wire->bytes) - wire->size);
	memset(wire->bytes + wire->size, octet, count);
	wire->size += count;
}

static inline void wire_u8(struct wire *wire, unsigned value)
{
	const uint8_t bytes[1] = { (uint8_t)value };
	wire_put(wire, bytes, sizeof(bytes));
}

static inline void wire_u16(struct wire *wire, unsigned value)
{
	wire_u8(wire, value >> 8);
	wire_u8(wire, value & 0xff);
}

static inline void wire_u32(struct wire *wire, uint32_t value)
{
	wire_u16(wire, value >> 16);
	wire_u16(wire, value & 0xffff);
}

/*! \brief Writes over two octets: a length that is known late, or a lie. */
static inline void wire_patch_u16(struct wire *wire, size_t at, unsigned value)
{
	assert_true(at + 2 <= wire->size);
	wire->bytes[at] = (uint8_t)(value >> 8);
	wire->bytes[at + 1] = (uint8_t)value;
}

/*! \brief A name of labels with dots between; "." and "" are the root. */
static inline void wire_name(struct wire *wire, const char *text)
{
	while (*text != '\0' && strcmp(text, ".") != 0) {
		size_t length = strcspn(text, ".");
		wire_u8(wire, (unsigned)length);
		wire_put(wire, text, length);
		text += length + (text[length] == '.');
	}
	wire_u8(wire, 0);
}

static inline void wire_pointer(struct wire *wire, size_t target)
{
	wire_u16(wire, 0xc000 | (unsigned)target);
}

/*! \brief Starts a DNS message over; `counts` is question, answer, authority, additional. */
static inline void wire_dns(struct wire *wire, unsigned id, unsigned flags,
                            const uint16_t counts[DNS_SECTIONS])
{
	wire->size = 0;
	wire_u16(wire, id);
	wire_u16(wire, flags);
	for (int i = 0; i < DNS_SECTIONS; i++) {
		wire_u16(wire, counts[i]);
	}
}

static inline void wire_question(struct wire *wire, const char *name, unsigned type)
{
	wire_name(wire, name);
	wire_u16(wire, type);
	wire_u16(wire, 1);
}

/*! \brief A record up to its RDATA, which wire_end_record() measures. */
static inline size_t wire_begin_record(struct wire *wire, const char *owner, unsigned type,
                                       uint32_t ttl)
{
	wire_name(wire, owner);
	wire_u16(wire, type);
	wire_u16(wire, 1);
	wire_u32(wire, ttl);
	wire_u16(wire, 0);
	return wire->size;
}

static inline void wire_end_record(struct wire *wire, size_t begun)
{
	wire_patch_u16(wire, begun - 2, (unsigned)(wire->size - begun));
}

static inline void wire_record(struct wire *wire, const char *owner, unsigned type, uint32_t ttl,
                               const void *rdata, size_t size)
{
	size_t begun = wire_begin_record(wire, owner, type, ttl);
	wire_put(wire, rdata, size);
	wire_end_record(wire, begun);
}

/*! \brief A record whose RDATA is a name: NS, CNAME, PTR, DNAME. */
static inline void wire_record_name(struct wire *wire, const char *owner, unsigned type,
                                    uint32_t ttl, const char *name)
{
	size_t begun = wire_begin_record(wire, owner, type, ttl);
	wire_name(wire, name);
	wire_end_record(wire, begun);
}
