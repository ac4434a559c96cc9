/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/unpack.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PIECE     ((size_t)65536)
#define WITH_GZIP (15 + 16) /* the largest window; only the gzip format is accepted */

bool unpack_is_gzip(const char *octets, size_t size)
{
	return size >= 2 && memcmp(octets, "\x1f\x8b", 2) == 0;
}

/* \return Z_STREAM_END after the last member, else an error of zlib. */
static int inflate_all(z_stream *stream, struct writer *out)
{
	int ret = Z_OK;
	char *room = NULL;
	while (ret == Z_OK && (room = writer_reserve(out, PIECE)) != NULL) {
		stream->next_out = (Bytef *)room;
		stream->avail_out = PIECE;
		ret = inflate(stream, Z_NO_FLUSH);
		writer_advance(out, PIECE - stream->avail_out);
		if (ret == Z_STREAM_END && stream->avail_in > 0) {
			ret = inflateReset(stream); /* a further member (RFC 1952, 2.2) */
		} else if (ret == Z_OK && stream->avail_in == 0 && stream->avail_out > 0) {
			ret = Z_DATA_ERROR; /* the file is cut */
		}
	}
	return ret;
}

const char *unpack_gzip(const char *octets, size_t size, size_t max, struct writer *out)
{
	z_stream stream = { .next_in = (Bytef *)octets, .avail_in = (uInt)size };
	writer_init_growing(out, max + PIECE);
	int ret = size <= UINT32_MAX ? inflateInit2(&stream, WITH_GZIP) : Z_MEM_ERROR;
	if (ret == Z_OK) {
		ret = inflate_all(&stream, out);
		(void)inflateEnd(&stream);
	}
	if (out->failed || writer_size(out) > max) {
		return "the unpacked file is larger than max-size";
	}
	return ret == Z_STREAM_END ? NULL : "the gzip file is damaged or cut";
}
