/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/writer.h"

#include <string.h>

#include "tests/bench/rng.h"

#define EPOCH_US      1700000000000000LL
#define FILE_BUFFER   (1 << 20)
#define FRAME_MAX     1518
#define ETHERNET_SIZE 14
#define IPV4_SIZE     20
#define IPV6_SIZE     40
#define UDP_SIZE      8
#define TCP_SIZE      32 /* with timestamps */

struct buffer {
	uint8_t bytes[FRAME_MAX];
	size_t size;
};

static void put8(struct buffer *buffer, uint8_t value)
{
	buffer->bytes[buffer->size++] = value;
}

static void put16(struct buffer *buffer, uint16_t value)
{
	put8(buffer, (uint8_t)(value >> 8));
	put8(buffer, (uint8_t)value);
}

static void put32(struct buffer *buffer, uint32_t value)
{
	put16(buffer, (uint16_t)(value >> 16));
	put16(buffer, (uint16_t)value);
}

static void put(struct buffer *buffer, const void *bytes, size_t size)
{
	if (size > 0) {
		memcpy(buffer->bytes + buffer->size, bytes, size);
		buffer->size += size;
	}
}

static void set16(struct buffer *buffer, size_t at, uint16_t value)
{
	buffer->bytes[at] = (uint8_t)(value >> 8);
	buffer->bytes[at + 1] = (uint8_t)value;
}

/* RFC 1071, four octets at a time. */
static uint64_t sum(const uint8_t *bytes, size_t size)
{
	uint64_t total = 0;
	for (; size >= 4; bytes += 4, size -= 4) {
		total += (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
	}
	for (unsigned shift = 24; size > 0; bytes++, size--, shift -= 8) {
		total += (uint64_t)*bytes << shift;
	}
	return total;
}

static uint16_t fold(uint64_t total)
{
	while (total >> 16 != 0) {
		total = (total & 0xffff) + (total >> 16);
	}
	return (uint16_t)~total;
}

/* Headers */

static void put_ethernet(struct buffer *buffer, const struct endpoint *src,
                         const struct endpoint *dst)
{
	const struct endpoint *both[] = { dst, src };
	for (int i = 0; i < 2; i++) {
		put16(buffer, 0x0200);
		put(buffer, &both[i]->address.s6_addr[12], 4);
	}
	put16(buffer, endpoint_is_v6(src) ? 0x86dd : 0x0800);
}

static void put_ip(struct writer *writer, struct buffer *buffer, const struct endpoint *src,
                   const struct endpoint *dst, uint8_t protocol, size_t size)
{
	size_t start = buffer->size;
	if (endpoint_is_v6(src)) {
		put32(buffer, 0x60000000);
		put16(buffer, (uint16_t)size);
		put8(buffer, protocol);
		put8(buffer, 58);
		put(buffer, &src->address, sizeof(src->address));
		put(buffer, &dst->address, sizeof(dst->address));
		return;
	}
	put16(buffer, 0x4500);
	put16(buffer, (uint16_t)(IPV4_SIZE + size));
	put16(buffer, writer->ip_id++);
	put16(buffer, protocol == IPPROTO_TCP ? 0x4000 : 0);
	put8(buffer, 58);
	put8(buffer, protocol);
	put16(buffer, 0);
	put(buffer, &src->address.s6_addr[12], 4);
	put(buffer, &dst->address.s6_addr[12], 4);
	set16(buffer, start + 10, fold(sum(buffer->bytes + start, IPV4_SIZE)));
}

/* Over the pseudo-header and everything from `start` on. */
static void set_checksum(struct buffer *buffer, size_t start, size_t at, uint8_t protocol)
{
	size_t addresses = buffer->bytes[12] == 0x86 ? 32 : 8;
	uint64_t total = sum(buffer->bytes + start - addresses, addresses) + protocol +
	                 (buffer->size - start) + sum(buffer->bytes + start, buffer->size - start);
	uint16_t checksum = fold(total);
	set16(buffer, at, checksum == 0 && protocol == IPPROTO_UDP ? 0xffff : checksum);
}

static void save(struct writer *writer, const struct buffer *frame)
{
	if (writer_is_full(writer)) {
		return;
	}
	const uint32_t header[] = { (uint32_t)(writer->time_us / 1000000),
		                    (uint32_t)(writer->time_us % 1000000), (uint32_t)frame->size,
		                    (uint32_t)frame->size };
	(void)fwrite(header, sizeof(header), 1, writer->file);
	(void)fwrite(frame->bytes, frame->size, 1, writer->file);
	writer->packets++;
	writer->bytes += frame->size;
}

/* The writer */

bool writer_open(struct writer *writer, const char *path, uint64_t limit)
{
	/* magic, version 2.4, zone and accuracy, snap length, Ethernet */
	const uint32_t header[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1 };
	*writer = (struct writer){ .limit = limit > 0 ? limit : UINT64_MAX, .time_us = EPOCH_US };
	writer->file = fopen(path, "wb");
	if (writer->file == NULL) {
		return false;
	}
	(void)setvbuf(writer->file, NULL, _IOFBF, FILE_BUFFER);
	(void)fwrite(header, sizeof(header), 1, writer->file);
	return true;
}

bool writer_close(struct writer *writer)
{
	bool good = ferror(writer->file) == 0;
	return fclose(writer->file) == 0 && good;
}

bool writer_is_full(const struct writer *writer)
{
	return writer->packets >= writer->limit;
}

void writer_wait(struct writer *writer, uint32_t us)
{
	writer->time_us += us;
}

void writer_udp(struct writer *writer, const struct endpoint *src, const struct endpoint *dst,
                const uint8_t *payload, size_t size)
{
	struct buffer frame = { .size = 0 };
	put_ethernet(&frame, src, dst);
	put_ip(writer, &frame, src, dst, IPPROTO_UDP, UDP_SIZE + size);
	size_t start = frame.size;
	put16(&frame, src->port);
	put16(&frame, dst->port);
	put16(&frame, (uint16_t)(UDP_SIZE + size));
	put16(&frame, 0);
	put(&frame, payload, size);
	set_checksum(&frame, start, start + 6, IPPROTO_UDP);
	save(writer, &frame);
}

void writer_tcp(struct writer *writer, const struct endpoint *src, const struct endpoint *dst,
                const struct segment *segment, const uint8_t *payload, size_t size)
{
	struct buffer frame = { .size = 0 };
	put_ethernet(&frame, src, dst);
	put_ip(writer, &frame, src, dst, IPPROTO_TCP, TCP_SIZE + size);
	size_t start = frame.size;
	put16(&frame, src->port);
	put16(&frame, dst->port);
	put32(&frame, segment->seq);
	put32(&frame, segment->ack);
	put8(&frame, TCP_SIZE / 4 << 4);
	put8(&frame, segment->flags);
	put16(&frame, 0xfaf0);
	put32(&frame, 0);
	put32(&frame, 0x0101080a); /* two paddings, timestamps (RFC 7323) */
	put32(&frame, (uint32_t)(writer->time_us / 1000));
	put32(&frame, (uint32_t)(writer->time_us / 1000) - 1);
	put(&frame, payload, size);
	set_checksum(&frame, start, start + 16, IPPROTO_TCP);
	save(writer, &frame);
}

/* Endpoints */

static struct endpoint make(bool v6, uint16_t prefix, uint32_t number, uint16_t port)
{
	struct endpoint endpoint = { .port = port };
	uint8_t *octets = endpoint.address.s6_addr;
	if (v6) {
		octets[0] = (uint8_t)(prefix >> 8);
		octets[1] = (uint8_t)prefix;
		octets[3] = (uint8_t)rng_mix(number);
	} else {
		octets[10] = octets[11] = 0xff;
	}
	for (int i = 0; i < 4; i++) {
		octets[12 + i] = (uint8_t)(number >> (24 - 8 * i));
	}
	return endpoint;
}

struct endpoint endpoint_inside(bool v6, uint32_t number, uint16_t port)
{
	return make(v6, 0xfd00, 10U << 24 | (number & 0xffffff), port);
}

struct endpoint endpoint_outside(bool v6, uint32_t number, uint16_t port)
{
	uint32_t spread = (uint32_t)rng_mix(number);
	return make(v6, 0x2a00, (1 + (spread >> 24) % 126) << 24 | (spread & 0xffffff), port);
}

bool endpoint_is_v6(const struct endpoint *endpoint)
{
	return endpoint->address.s6_addr[0] != 0;
}
