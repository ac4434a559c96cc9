/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decompresses a stream in the format gzip, zstd, xz or lz4 (frames).
 *
 * Consecutive members (streams or frames) are decompressed as one stream; zeros between and after
 * them are skipped. Memory is bounded: data that needs a dictionary or window larger than
 * DECOMPRESSOR_MEMORY_MAX is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPRESSION_MAGIC_SIZE 6
/*! \brief The largest dictionary or window in bytes; enough for xz -9 and zstd --ultra -22. */
#define DECOMPRESSOR_MEMORY_MAX (128 << 20)

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_LZ4
};

/*! \brief Returns the format of data that begins with these bytes; COMPRESSION_NONE: unknown. */
enum compression compression_detect(const uint8_t *bytes, size_t size);

/*! \brief Returns the name of a format: "gzip", "zstd", "xz", "lz4" or "plain". */
const char *compression_name(enum compression format);

struct decompressor;

/*! \brief Creates a decompressor. \return NULL when out of memory. */
struct decompressor *decompressor_new(enum compression format);

/*!
 * \brief Input and output. decompressor_run() advances both past the bytes that it has read or
 *        written.
 */
struct decompressor_step {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size; /*!< The room in `out` in octets, at least 1. */
};

/*!
 * \brief Decompresses until the input is used up or the output is full.
 *
 * \return NULL, or the reason why the data is damaged, as a text that lives as long as
 *         `decompressor`. Output before the damage is valid.
 */
const char *decompressor_run(struct decompressor *decompressor, struct decompressor_step *step);

/*! \brief Returns true if a member has not ended, so that more input must follow. */
bool decompressor_inside(const struct decompressor *decompressor);

/*! \brief Frees the decompressor. NULL is allowed. */
void decompressor_free(struct decompressor *decompressor);
