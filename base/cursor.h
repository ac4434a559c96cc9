/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A bounds-checked reader of bytes from the wire.
 *
 * Every parser reads with a cursor, so that a forgotten check yields zeros and an error instead of
 * an overrun. After the first read beyond the end, all further reads yield zero and the position
 * does not change. A parser can therefore read a whole structure and check `failed` once.
 *
 * Ownership: the cursor borrows the bytes. The pointers that it returns are valid as long as the
 * bytes. Integers are big-endian (network order) unless the name states otherwise.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* These two functions check no bounds. The caller must ensure that the 2 or 4 octets at `p`
 * exist. */

static inline uint16_t octets_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t octets_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct cursor {
	const uint8_t *wire; /*!< The first byte that may be read. */
	size_t size;         /*!< Number of bytes that may be read. */
	size_t pos;          /*!< Index of the next byte to read, never greater than `size`. */
	bool failed;         /*!< A read or seek went beyond the end. */
};

/*! \brief Makes a cursor at the first of `size` bytes. */
static inline struct cursor cursor_init(const uint8_t *wire, size_t size)
{
	return (struct cursor){ .wire = wire, .size = size };
}

/*! \brief Returns the number of bytes not yet read; 0 after a failure. */
static inline size_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : c->size - c->pos;
}

/*!
 * \brief Reads `size` bytes.
 *
 * \return A view of the bytes. If fewer are left, the cursor fails and the function returns NULL.
 */
static inline const uint8_t *cursor_take(struct cursor *c, size_t size)
{
	if (c->failed || size > c->size - c->pos) {
		c->failed = true;
		return NULL;
	}
	const uint8_t *view = c->wire + c->pos;
	c->pos += size;
	return view;
}

/*! \brief Skips `size` bytes. */
static inline void cursor_skip(struct cursor *c, size_t size)
{
	(void)cursor_take(c, size);
}

/*!
 * \brief Moves the cursor to index `pos`. The end, where `pos` equals `c->size`, is allowed. A
 *        greater `pos` makes the cursor fail.
 */
static inline void cursor_seek(struct cursor *c, size_t pos)
{
	if (c->failed || pos > c->size) {
		c->failed = true;
		return;
	}
	c->pos = pos;
}

/*!
 * \brief Returns a new cursor that can read only the next `size` bytes.
 *
 * The caller has usually read this size from a length field on the wire. The old cursor moves to
 * the end of these bytes, regardless of what is read with the new one.
 */
static inline struct cursor cursor_fence(struct cursor *c, size_t size)
{
	const uint8_t *view = cursor_take(c, size);
	struct cursor inner = cursor_init(view, view != NULL ? size : 0);
	inner.failed = view == NULL;
	return inner;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);
	return p != NULL ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	return p != NULL ? octets_u16(p) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);
	return p != NULL ? octets_u32(p) : 0;
}

/* The functions below read little-endian integers, which capture tools write. */

static inline uint16_t cursor_le16(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);
	return p != NULL ? (uint16_t)(p[1] << 8 | p[0]) : 0;
}

static inline uint32_t cursor_le32(struct cursor *c)
{
	uint32_t low = cursor_le16(c);
	return (uint32_t)cursor_le16(c) << 16 | low;
}
