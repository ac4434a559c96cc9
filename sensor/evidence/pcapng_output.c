/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/evidence/pcapng_output.h"

#include <string.h>

#define BLOCK_SECTION   0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET    6

#define OPTION_END         0
#define OPTION_COMMENT     1
#define OPTION_IF_NAME     2
#define OPTION_IF_TSRESOL  9
#define OPTION_SHB_PROGRAM 4

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define NANOSECONDS      9 /* the negative exponent of the resolution of times */

static void put16(struct writer *out, uint16_t value)
{
	writer_put(out, (const char *)&value, sizeof(value));
}

static void put32(struct writer *out, uint32_t value)
{
	writer_put(out, (const char *)&value, sizeof(value));
}

static void pad(struct writer *out, size_t size)
{
	static const char zeros[4] = { 0 };
	writer_put(out, zeros, (4 - size % 4) % 4);
}

static void put_option(struct writer *out, uint16_t code, const void *value, size_t size)
{
	put16(out, code);
	put16(out, (uint16_t)size);
	writer_put(out, value, size);
	pad(out, size);
}

static void end_options(struct writer *out)
{
	put16(out, OPTION_END);
	put16(out, 0);
}

/* Begins a block, whose size is written by end_block(). \return Where it begins. */
static size_t begin_block(struct writer *out, uint32_t type)
{
	size_t at = writer_size(out);
	put32(out, type);
	put32(out, 0);
	return at;
}

static void end_block(struct writer *out, size_t at)
{
	uint32_t size = (uint32_t)(writer_size(out) - at + sizeof(uint32_t));
	put32(out, size);
	if (!out->failed) {
		memcpy(out->start + at + sizeof(uint32_t), &size, sizeof(size));
	}
}

void pcapng_put_start(struct writer *out, const char *program)
{
	size_t at = begin_block(out, BLOCK_SECTION);
	put32(out, BYTE_ORDER_MAGIC);
	put16(out, 1);
	put16(out, 0);
	put32(out, UINT32_MAX); /* the size of the section is not known */
	put32(out, UINT32_MAX);
	put_option(out, OPTION_SHB_PROGRAM, program, strlen(program));
	end_options(out);
	end_block(out, at);
}

void pcapng_put_comment(struct writer *options, const char *text, size_t size)
{
	put_option(options, OPTION_COMMENT, text,
	           size <= PCAPNG_COMMENT_MAX ? size : PCAPNG_COMMENT_MAX);
}

static bool has_name(const char *name, const char *other)
{
	return name == other || (name != NULL && other != NULL && strcmp(name, other) == 0);
}

static unsigned find_interface(const struct pcapng_output *file, const struct packet *packet)
{
	unsigned i = 0;
	while (i < file->count && (file->interfaces[i].link != packet->link ||
	                           !has_name(file->interfaces[i].name, packet->interface))) {
		i++;
	}
	return i;
}

static void put_interface(struct pcapng_output *file, struct writer *out,
                          const struct packet *packet)
{
	const uint8_t resolution = NANOSECONDS;
	size_t at = begin_block(out, BLOCK_INTERFACE);
	put16(out, (uint16_t)packet->link);
	put16(out, 0);
	put32(out, 0); /* packets are not cut */
	if (packet->interface != NULL) {
		put_option(out, OPTION_IF_NAME, packet->interface, strlen(packet->interface));
	}
	put_option(out, OPTION_IF_TSRESOL, &resolution, sizeof(resolution));
	end_options(out);
	end_block(out, at);
	file->interfaces[file->count].link = packet->link;
	file->interfaces[file->count].name = packet->interface;
	file->count++;
}

bool pcapng_put_packet(struct pcapng_output *file, struct writer *out, const struct packet *packet,
                       const char *options, size_t options_size)
{
	unsigned interface = find_interface(file, packet);
	if (interface == PCAPNG_INTERFACES_MAX) {
		return false;
	}
	if (interface == file->count) {
		put_interface(file, out, packet);
	}
	uint64_t time_ns = packet->time_ns > 0 ? (uint64_t)packet->time_ns : 0;
	size_t at = begin_block(out, BLOCK_PACKET);
	put32(out, interface);
	put32(out, (uint32_t)(time_ns >> 32));
	put32(out, (uint32_t)time_ns);
	put32(out, packet->captured);
	put32(out, packet->length);
	writer_put(out, (const char *)packet->bytes, packet->captured);
	pad(out, packet->captured);
	if (options_size > 0) {
		writer_put(out, options, options_size);
		end_options(out);
	}
	end_block(out, at);
	return true;
}
