/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/unpack.h"

#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_ONLY (15 + 16) /* window bits, and: with a gzip header */

#define ZSTD_WINDOW_LOG 27 /* UNPACK_MEMORY_MAX */

/* One library: `run` ends `inside` when a member is complete. */
struct codec {
	const char *name;
	uint8_t magic[UNPACK_MAGIC_SIZE];
	uint8_t mask; /* of the first octet */
	size_t magic_size;
	bool (*open)(struct unpack *unpack);
	/* Readies the library for another member; NULL: it needs nothing. */
	bool (*again)(struct unpack *unpack);
	const char *(*run)(struct unpack *unpack, struct unpack_step *step);
	void (*close)(struct unpack *unpack);
};

struct unpack {
	const struct codec *codec;
	bool inside;
	bool used; /* the library has seen a member */
	union {
		z_stream gzip;
		ZSTD_DStream *zstd;
		lzma_stream xz;
		LZ4F_dctx *lz4;
	} state;
};

/* gzip */

static bool open_gzip(struct unpack *unpack)
{
	return inflateInit2(&unpack->state.gzip, GZIP_ONLY) == Z_OK;
}

static bool again_gzip(struct unpack *unpack)
{
	return inflateReset(&unpack->state.gzip) == Z_OK;
}

static const char *run_gzip(struct unpack *unpack, struct unpack_step *step)
{
	z_stream *z = &unpack->state.gzip;
	uInt in_size = step->in_size < UINT_MAX ? (uInt)step->in_size : UINT_MAX;
	uInt out_size = step->out_size < UINT_MAX ? (uInt)step->out_size : UINT_MAX;
	z->next_in = (z_const Bytef *)step->in;
	z->avail_in = in_size;
	z->next_out = step->out;
	z->avail_out = out_size;
	int ret = inflate(z, Z_NO_FLUSH);
	step->in += in_size - z->avail_in;
	step->in_size -= in_size - z->avail_in;
	step->out += out_size - z->avail_out;
	step->out_size -= out_size - z->avail_out;
	unpack->inside = ret != Z_STREAM_END;
	/* Z_BUF_ERROR: nothing to do with so little input or room, which is no error. */
	if (ret == Z_OK || ret == Z_STREAM_END || ret == Z_BUF_ERROR) {
		return NULL;
	}
	return z->msg != NULL ? z->msg : "damaged data";
}

static void close_gzip(struct unpack *unpack)
{
	(void)inflateEnd(&unpack->state.gzip);
}

/* zstd */

static bool open_zstd(struct unpack *unpack)
{
	unpack->state.zstd = ZSTD_createDStream();
	return unpack->state.zstd != NULL &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(unpack->state.zstd, ZSTD_d_windowLogMax,
	                                            ZSTD_WINDOW_LOG));
}

static const char *run_zstd(struct unpack *unpack, struct unpack_step *step)
{
	ZSTD_inBuffer in = { .src = step->in, .size = step->in_size };
	ZSTD_outBuffer out = { .dst = step->out, .size = step->out_size };
	size_t ret = ZSTD_decompressStream(unpack->state.zstd, &out, &in);
	step->in += in.pos;
	step->in_size -= in.pos;
	step->out += out.pos;
	step->out_size -= out.pos;
	unpack->inside = ret != 0;
	return ZSTD_isError(ret) ? ZSTD_getErrorName(ret) : NULL;
}

static void close_zstd(struct unpack *unpack)
{
	(void)ZSTD_freeDStream(unpack->state.zstd);
}

/* xz */

static bool open_xz(struct unpack *unpack)
{
	unpack->state.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&unpack->state.xz, UNPACK_MEMORY_MAX, 0) == LZMA_OK;
}

static bool again_xz(struct unpack *unpack)
{
	return lzma_stream_decoder(&unpack->state.xz, UNPACK_MEMORY_MAX, 0) == LZMA_OK;
}

static const char *run_xz(struct unpack *unpack, struct unpack_step *step)
{
	lzma_stream *xz = &unpack->state.xz;
	xz->next_in = step->in;
	xz->avail_in = step->in_size;
	xz->next_out = step->out;
	xz->avail_out = step->out_size;
	lzma_ret ret = lzma_code(xz, LZMA_RUN);
	step->in = xz->next_in;
	step->in_size = xz->avail_in;
	step->out = xz->next_out;
	step->out_size = xz->avail_out;
	unpack->inside = ret != LZMA_STREAM_END;
	switch (ret) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR: /* too little input or room, which is no error */
		return NULL;
	case LZMA_MEMLIMIT_ERROR:
		return "unpacking it takes more than 128 MiB of memory";
	case LZMA_MEM_ERROR:
		return "out of memory";
	case LZMA_FORMAT_ERROR:
		return "other data behind it";
	default:
		return "damaged data";
	}
}

static void close_xz(struct unpack *unpack)
{
	lzma_end(&unpack->state.xz);
}

/* lz4 */

static bool open_lz4(struct unpack *unpack)
{
	return !LZ4F_isError(LZ4F_createDecompressionContext(&unpack->state.lz4, LZ4F_VERSION));
}

static const char *run_lz4(struct unpack *unpack, struct unpack_step *step)
{
	size_t in_size = step->in_size;
	size_t out_size = step->out_size;
	size_t ret =
	        LZ4F_decompress(unpack->state.lz4, step->out, &out_size, step->in, &in_size, NULL);
	if (LZ4F_isError(ret)) {
		return LZ4F_getErrorName(ret);
	}
	step->in += in_size;
	step->in_size -= in_size;
	step->out += out_size;
	step->out_size -= out_size;
	unpack->inside = ret != 0;
	return NULL;
}

static void close_lz4(struct unpack *unpack)
{
	(void)LZ4F_freeDecompressionContext(unpack->state.lz4);
}

/* All */

static const struct codec CODECS[] = {
	[UNPACK_NONE] = { .name = "plain" },
	[UNPACK_GZIP] = { "gzip",
	                  { 0x1f, 0x8b, 0x08 },
	                  0xff,
	                  3,
	                  open_gzip,
	                  again_gzip,
	                  run_gzip,
	                  close_gzip },
	[UNPACK_ZSTD] = { "zstd",
	                  { 0x28, 0xb5, 0x2f, 0xfd },
	                  0xff,
	                  4,
	                  open_zstd,
	                  NULL,
	                  run_zstd,
	                  close_zstd },
	[UNPACK_XZ] = { "xz",
	                { 0xfd, '7', 'z', 'X', 'Z', 0x00 },
	                0xff,
	                6,
	                open_xz,
	                again_xz,
	                run_xz,
	                close_xz },
	[UNPACK_LZ4] = { "lz4",
	                 { 0x04, 0x22, 0x4d, 0x18 },
	                 0xff,
	                 4,
	                 open_lz4,
	                 NULL,
	                 run_lz4,
	                 close_lz4 },
};

/* Parallel zstd begins its files with a frame to be skipped, 0x184D2A50 to 5F. */
static const struct codec SKIPPED = { .magic = { 0x50, 0x2a, 0x4d, 0x18 },
	                              .mask = 0xf0,
	                              .magic_size = 4 };

static bool begins(const uint8_t *bytes, size_t size, const struct codec *codec)
{
	return codec->magic_size > 0 && size >= codec->magic_size &&
	       (bytes[0] & codec->mask) == codec->magic[0] &&
	       memcmp(bytes + 1, codec->magic + 1, codec->magic_size - 1) == 0;
}

enum unpack_format unpack_detect(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(CODECS) / sizeof(CODECS[0]); i++) {
		if (begins(bytes, size, &CODECS[i])) {
			return (enum unpack_format)i;
		}
	}
	return begins(bytes, size, &SKIPPED) ? UNPACK_ZSTD : UNPACK_NONE;
}

const char *unpack_name(enum unpack_format format)
{
	return CODECS[format].name;
}

struct unpack *unpack_new(enum unpack_format format)
{
	struct unpack *unpack = calloc(1, sizeof(*unpack));
	if (unpack == NULL) {
		return NULL;
	}
	unpack->codec = &CODECS[format];
	if (!unpack->codec->open(unpack)) {
		unpack_free(unpack);
		return NULL;
	}
	return unpack;
}

/* Between members: over zeros to the next one. False when there is none in sight. */
static bool enter_member(struct unpack *unpack, struct unpack_step *step, const char **reason)
{
	while (step->in_size > 0 && step->in[0] == 0) {
		step->in++;
		step->in_size--;
	}
	if (step->in_size == 0) {
		return false;
	}
	if (unpack->used && unpack->codec->again != NULL && !unpack->codec->again(unpack)) {
		*reason = "out of memory";
		return false;
	}
	unpack->inside = true;
	unpack->used = true;
	return true;
}

const char *unpack_run(struct unpack *unpack, struct unpack_step *step)
{
	const char *reason = NULL;
	while (reason == NULL && step->out_size > 0) {
		size_t in_size = step->in_size;
		size_t out_size = step->out_size;
		if (!unpack->inside && !enter_member(unpack, step, &reason)) {
			break;
		}
		reason = unpack->codec->run(unpack, step);
		if (unpack->inside && step->in_size == in_size && step->out_size == out_size) {
			break;
		}
	}
	return reason;
}

bool unpack_inside(const struct unpack *unpack)
{
	return unpack->inside;
}

void unpack_free(struct unpack *unpack)
{
	if (unpack == NULL) {
		return;
	}
	unpack->codec->close(unpack);
	free(unpack);
}
