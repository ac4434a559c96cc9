/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Unpacks compressed data as it comes: gzip, zstd, xz, lz4 (frames).
 *
 * Members written one behind the other are unpacked as one; zeros between and
 * behind them are passed over. Memory is bounded: at most DECOMPRESSOR_MEMORY_MAX for
 * what the data wants remembered; who needs more is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPRESSION_MAGIC_SIZE  6
#define DECOMPRESSOR_MEMORY_MAX (128 << 20) /*!< Enough for xz -9 and zstd --ultra -22. */

enum compression {
	COMPRESSION_NONE,
	COMPRESSION_GZIP,
	COMPRESSION_ZSTD,
	COMPRESSION_XZ,
	COMPRESSION_LZ4
};

/*! \brief The format of data that begins so; COMPRESSION_NONE: of no known one. */
enum compression compression_detect(const uint8_t *bytes, size_t size);

/*! \brief What people call it. */
const char *compression_name(enum compression format);

struct decompressor;

/*! \return NULL: out of memory. */
struct decompressor *decompressor_new(enum compression format);

/*! \brief Bytes in, bytes out; both are moved on past what was used. */
struct decompressor_step {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size; /*!< Not 0. */
};

/*!
 * \brief Unpacks until the input is used up or the output is full.
 *
 * \return NULL, or what is wrong with the data: a text that lives as long as
 *         `decompressor`. What was put out before is good.
 */
const char *decompressor_run(struct decompressor *decompressor, struct decompressor_step *step);

/*! \brief True inside a member: more input must come. */
bool decompressor_inside(const struct decompressor *decompressor);

/*! \brief NULL is nothing. */
void decompressor_free(struct decompressor *decompressor);
