/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/decompressor.h"

#include <limits.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define GZIP_ONLY (15 + 16) /* window bits, and a gzip header */

#define ZSTD_WINDOW_LOG 27 /* DECOMPRESSOR_MEMORY_MAX */

/* A library for one format. `run` clears `inside` when a member is complete. */
struct codec {
	const char *name;
	uint8_t magic[COMPRESSION_MAGIC_SIZE];
	uint8_t mask; /* of the first octet */
	size_t magic_size;
	bool (*open)(struct decompressor *decompressor);
	/* Prepares the library for another member; NULL: not needed. */
	bool (*again)(struct decompressor *decompressor);
	const char *(*run)(struct decompressor *decompressor, struct decompressor_step *step);
	void (*close)(struct decompressor *decompressor);
};

struct decompressor {
	const struct codec *codec;
	bool inside;
	bool used; /* a member has been decompressed */
	union {
		z_stream gzip;
		ZSTD_DStream *zstd;
		lzma_stream xz;
		LZ4F_dctx *lz4;
	} state;
};

/* gzip */

static bool open_gzip(struct decompressor *decompressor)
{
	return inflateInit2(&decompressor->state.gzip, GZIP_ONLY) == Z_OK;
}

static bool again_gzip(struct decompressor *decompressor)
{
	return inflateReset(&decompressor->state.gzip) == Z_OK;
}

static const char *run_gzip(struct decompressor *decompressor, struct decompressor_step *step)
{
	z_stream *z = &decompressor->state.gzip;
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
	decompressor->inside = ret != Z_STREAM_END;
	/* Z_BUF_ERROR is not an error: there is no progress without more input or room. */
	if (ret == Z_OK || ret == Z_STREAM_END || ret == Z_BUF_ERROR) {
		return NULL;
	}
	return z->msg != NULL ? z->msg : "damaged data";
}

static void close_gzip(struct decompressor *decompressor)
{
	(void)inflateEnd(&decompressor->state.gzip);
}

/* zstd */

static bool open_zstd(struct decompressor *decompressor)
{
	decompressor->state.zstd = ZSTD_createDStream();
	return decompressor->state.zstd != NULL &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(decompressor->state.zstd, ZSTD_d_windowLogMax,
	                                            ZSTD_WINDOW_LOG));
}

static const char *run_zstd(struct decompressor *decompressor, struct decompressor_step *step)
{
	ZSTD_inBuffer in = { .src = step->in, .size = step->in_size };
	ZSTD_outBuffer out = { .dst = step->out, .size = step->out_size };
	size_t ret = ZSTD_decompressStream(decompressor->state.zstd, &out, &in);
	step->in += in.pos;
	step->in_size -= in.pos;
	step->out += out.pos;
	step->out_size -= out.pos;
	decompressor->inside = ret != 0;
	return ZSTD_isError(ret) ? ZSTD_getErrorName(ret) : NULL;
}

static void close_zstd(struct decompressor *decompressor)
{
	(void)ZSTD_freeDStream(decompressor->state.zstd);
}

/* xz */

static bool open_xz(struct decompressor *decompressor)
{
	decompressor->state.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&decompressor->state.xz, DECOMPRESSOR_MEMORY_MAX, 0) == LZMA_OK;
}

static bool again_xz(struct decompressor *decompressor)
{
	return lzma_stream_decoder(&decompressor->state.xz, DECOMPRESSOR_MEMORY_MAX, 0) == LZMA_OK;
}

static const char *run_xz(struct decompressor *decompressor, struct decompressor_step *step)
{
	lzma_stream *xz = &decompressor->state.xz;
	xz->next_in = step->in;
	xz->avail_in = step->in_size;
	xz->next_out = step->out;
	xz->avail_out = step->out_size;
	lzma_ret ret = lzma_code(xz, LZMA_RUN);
	step->in = xz->next_in;
	step->in_size = xz->avail_in;
	step->out = xz->next_out;
	step->out_size = xz->avail_out;
	decompressor->inside = ret != LZMA_STREAM_END;
	switch (ret) {
	case LZMA_OK:
	case LZMA_STREAM_END:
	case LZMA_BUF_ERROR: /* no progress without more input or room, not an error */
		return NULL;
	case LZMA_MEMLIMIT_ERROR:
		return "decompression would need more than 128 MiB of memory";
	case LZMA_MEM_ERROR:
		return "out of memory";
	case LZMA_FORMAT_ERROR:
		return "the data after the end of the xz stream is not another xz stream";
	default:
		return "damaged data";
	}
}

static void close_xz(struct decompressor *decompressor)
{
	lzma_end(&decompressor->state.xz);
}

/* lz4 */

static bool open_lz4(struct decompressor *decompressor)
{
	return !LZ4F_isError(
	        LZ4F_createDecompressionContext(&decompressor->state.lz4, LZ4F_VERSION));
}

static const char *run_lz4(struct decompressor *decompressor, struct decompressor_step *step)
{
	size_t in_size = step->in_size;
	size_t out_size = step->out_size;
	size_t ret = LZ4F_decompress(decompressor->state.lz4, step->out, &out_size, step->in,
	                             &in_size, NULL);
	if (LZ4F_isError(ret)) {
		return LZ4F_getErrorName(ret);
	}
	step->in += in_size;
	step->in_size -= in_size;
	step->out += out_size;
	step->out_size -= out_size;
	decompressor->inside = ret != 0;
	return NULL;
}

static void close_lz4(struct decompressor *decompressor)
{
	(void)LZ4F_freeDecompressionContext(decompressor->state.lz4);
}

/* All */

static const struct codec CODECS[] = {
	[COMPRESSION_NONE] = { .name = "plain" },
	[COMPRESSION_GZIP] = { "gzip",
	                       { 0x1f, 0x8b, 0x08 },
	                       0xff,
	                       3,
	                       open_gzip,
	                       again_gzip,
	                       run_gzip,
	                       close_gzip },
	[COMPRESSION_ZSTD] = { "zstd",
	                       { 0x28, 0xb5, 0x2f, 0xfd },
	                       0xff,
	                       4,
	                       open_zstd,
	                       NULL,
	                       run_zstd,
	                       close_zstd },
	[COMPRESSION_XZ] = { "xz",
	                     { 0xfd, '7', 'z', 'X', 'Z', 0x00 },
	                     0xff,
	                     6,
	                     open_xz,
	                     again_xz,
	                     run_xz,
	                     close_xz },
	[COMPRESSION_LZ4] = { "lz4",
	                      { 0x04, 0x22, 0x4d, 0x18 },
	                      0xff,
	                      4,
	                      open_lz4,
	                      NULL,
	                      run_lz4,
	                      close_lz4 },
};

/* Files of parallel zstd begin with a skippable frame, 0x184D2A50 to 5F. */
static const struct codec SKIPPED = { .magic = { 0x50, 0x2a, 0x4d, 0x18 },
	                              .mask = 0xf0,
	                              .magic_size = 4 };

static bool begins(const uint8_t *bytes, size_t size, const struct codec *codec)
{
	return codec->magic_size > 0 && size >= codec->magic_size &&
	       (bytes[0] & codec->mask) == codec->magic[0] &&
	       memcmp(bytes + 1, codec->magic + 1, codec->magic_size - 1) == 0;
}

enum compression compression_detect(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < sizeof(CODECS) / sizeof(CODECS[0]); i++) {
		if (begins(bytes, size, &CODECS[i])) {
			return (enum compression)i;
		}
	}
	return begins(bytes, size, &SKIPPED) ? COMPRESSION_ZSTD : COMPRESSION_NONE;
}

const char *compression_name(enum compression format)
{
	return CODECS[format].name;
}

struct decompressor *decompressor_new(enum compression format)
{
	struct decompressor *decompressor = calloc(1, sizeof(*decompressor));
	if (decompressor == NULL) {
		return NULL;
	}
	decompressor->codec = &CODECS[format];
	if (!decompressor->codec->open(decompressor)) {
		decompressor_free(decompressor);
		return NULL;
	}
	return decompressor;
}

/* Skips zeros between members. False when the next member has not arrived. */
static bool enter_member(struct decompressor *decompressor, struct decompressor_step *step,
                         const char **reason)
{
	while (step->in_size > 0 && step->in[0] == 0) {
		step->in++;
		step->in_size--;
	}
	if (step->in_size == 0) {
		return false;
	}
	if (decompressor->used && decompressor->codec->again != NULL &&
	    !decompressor->codec->again(decompressor)) {
		*reason = "out of memory";
		return false;
	}
	decompressor->inside = true;
	decompressor->used = true;
	return true;
}

const char *decompressor_run(struct decompressor *decompressor, struct decompressor_step *step)
{
	const char *reason = NULL;
	while (reason == NULL && step->out_size > 0) {
		size_t in_size = step->in_size;
		size_t out_size = step->out_size;
		if (!decompressor->inside && !enter_member(decompressor, step, &reason)) {
			break;
		}
		reason = decompressor->codec->run(decompressor, step);
		if (decompressor->inside && step->in_size == in_size &&
		    step->out_size == out_size) {
			break;
		}
	}
	return reason;
}

bool decompressor_inside(const struct decompressor *decompressor)
{
	return decompressor->inside;
}

void decompressor_free(struct decompressor *decompressor)
{
	if (decompressor == NULL) {
		return;
	}
	decompressor->codec->close(decompressor);
	free(decompressor);
}
