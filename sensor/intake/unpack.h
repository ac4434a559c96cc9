/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Unpacks compressed data as it comes: gzip, zstd, xz, lz4 (frames).
 *
 * Members written one behind the other are unpacked as one; zeros between and
 * behind them are passed over. Memory is bounded: at most UNPACK_MEMORY_MAX for
 * what the data wants remembered; who needs more is refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNPACK_MAGIC_SIZE 6
#define UNPACK_MEMORY_MAX (128 << 20) /*!< Enough for xz -9 and zstd --ultra -22. */

enum unpack_format { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD, UNPACK_XZ, UNPACK_LZ4 };

/*! \brief The format of data that begins so; UNPACK_NONE: of no known one. */
enum unpack_format unpack_detect(const uint8_t *bytes, size_t size);

/*! \brief What people call it. */
const char *unpack_name(enum unpack_format format);

struct unpack;

/*! \return NULL: out of memory. */
struct unpack *unpack_new(enum unpack_format format);

/*! \brief Bytes in, bytes out; both are moved on past what was used. */
struct unpack_step {
	const uint8_t *in;
	size_t in_size;
	uint8_t *out;
	size_t out_size; /*!< Not 0. */
};

/*!
 * \brief Unpacks until the input is used up or the output is full.
 *
 * \return NULL, or what is wrong with the data: a text that lives as long as
 *         `unpack`. What was put out before is good.
 */
const char *unpack_run(struct unpack *unpack, struct unpack_step *step);

/*! \brief True inside a member: more input must come. */
bool unpack_inside(const struct unpack *unpack);

/*! \brief NULL is nothing. */
void unpack_free(struct unpack *unpack);
