/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Compresses for tests, and writes the files.
 */
#pragma once

#include <fcntl.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum packing { PLAIN, GZIP, ZSTD, XZ, LZ4, PACKINGS };

static const char *const PACKING_NAMES[PACKINGS] = { "plain", "gzip", "zstd", "xz", "lz4" };

static inline size_t pack_gzip(const void *bytes, size_t size, uint8_t *to, size_t room)
{
	z_stream z = { .next_in = (z_const Bytef *)bytes,
		       .avail_in = (uInt)size,
		       .next_out = to,
		       .avail_out = (uInt)room };
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t packed = z.total_out;
	assert_int_equal(deflateEnd(&z), Z_OK);
	return packed;
}

static inline size_t pack_xz(const void *bytes, size_t size, uint8_t *to, size_t room)
{
	size_t packed = 0;
	assert_int_equal(
	        lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, bytes, size, to, &packed, room),
	        LZMA_OK);
	return packed;
}

/* With checksums, as the command line tools write them. */
static inline size_t pack_zstd(const void *bytes, size_t size, uint8_t *to, size_t room)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();
	assert_non_null(zstd);
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(zstd, ZSTD_c_checksumFlag, 1)));
	size_t packed = ZSTD_compress2(zstd, to, room, bytes, size);
	assert_false(ZSTD_isError(packed));
	(void)ZSTD_freeCCtx(zstd);
	return packed;
}

static inline size_t pack_lz4(const void *bytes, size_t size, uint8_t *to, size_t room)
{
	const LZ4F_preferences_t preferences = {
		.frameInfo = { .contentChecksumFlag = LZ4F_contentChecksumEnabled }
	};
	size_t packed = LZ4F_compressFrame(to, room, bytes, size, &preferences);
	assert_false(LZ4F_isError(packed));
	return packed;
}

/*! \brief One member. \return How many octets of `to` it takes. */
static inline size_t pack(enum packing packing, const void *bytes, size_t size, uint8_t *to,
                          size_t room)
{
	switch (packing) {
	case GZIP:
		return pack_gzip(bytes, size, to, room);
	case XZ:
		return pack_xz(bytes, size, to, room);
	case ZSTD:
		return pack_zstd(bytes, size, to, room);
	case LZ4:
		return pack_lz4(bytes, size, to, room);
	default:
		assert_true(size <= room);
		memcpy(to, bytes, size);
		return size;
	}
}

/*! \brief A temporary folder that a test's files lie in. */
struct place {
	char folder[64];
	char path[128]; /*!< Of the file that was named last. */
};

static inline void place_open(struct place *place)
{
	(void)snprintf(place->folder, sizeof(place->folder), "/tmp/nsmx-test-XXXXXX");
	assert_non_null(mkdtemp(place->folder));
}

static inline const char *place_name(struct place *place, const char *name)
{
	(void)snprintf(place->path, sizeof(place->path), "%s/%s", place->folder, name);
	return place->path;
}

static inline const char *place_write(struct place *place, const char *name, const void *bytes,
                                      size_t size)
{
	int fd = open(place_name(place, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
	return place->path;
}

static inline void place_close(struct place *place)
{
	char command[128];
	(void)snprintf(command, sizeof(command), "rm -r '%s'", place->folder);
	assert_int_equal(system(command), 0);
}
