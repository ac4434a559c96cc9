/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A bounds-checked writer of text, the counterpart of cursor.h.
 *
 * It never writes beyond the end of its memory. A text that does not fit is not written at all; it
 * sets `failed`, and from then on nothing is written. A caller can therefore write all parts of a
 * text and check `failed` once.
 *
 * The memory is either borrowed and of a fixed size (writer_init()), or owned by the writer and
 * grows up to a limit (writer_init_growing()). Only writer_text() terminates the text by NUL.
 *
 * Ownership: writer_free() frees memory that the writer owns. Not thread-safe.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

struct writer {
	char *start;
	char *at;    /*!< The position of the next octet. */
	char *end;   /*!< The end of the memory; equal to `at` after a failure. */
	size_t room; /*!< The size of the memory in octets. */
	/*! The largest size of owned memory, in octets; 0: the memory is borrowed. */
	size_t limit;
	bool failed; /*!< A text did not fit, or there was no memory for it. */
};

/*! \brief Starts a writer to the `size` octets at `memory`, which are borrowed. */
void writer_init(struct writer *w, char *memory, size_t size);

/*! \brief Starts a writer that allocates its memory when needed, at most `limit` octets. */
void writer_init_growing(struct writer *w, size_t limit);

/*! \brief Frees the memory if it is owned; the writer can be used again. */
void writer_free(struct writer *w);

/*! \brief Makes the writer fail, so that nothing is written any more. */
void writer_fail(struct writer *w);

/*!
 * \brief Enlarges the memory for `size` further octets. This is the slow path of writer_reserve().
 *
 * \return False if there is no room; the writer has then failed.
 */
bool writer_extend(struct writer *w, size_t size);

/*! \brief Returns the number of octets written so far. */
static inline size_t writer_size(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

/*!
 * \brief Returns the number of octets that can be written before the memory must grow; 0 after a
 *        failure.
 */
static inline size_t writer_left(const struct writer *w)
{
	return (size_t)(w->end - w->at);
}

/*!
 * \brief Makes room for `size` octets without writing any.
 *
 * The caller writes up to `size` octets to the result, and adds them with writer_advance().
 *
 * \return The position to write to. If there is no room, the writer fails and the function returns
 *         NULL.
 */
static inline char *writer_reserve(struct writer *w, size_t size)
{
	return size <= writer_left(w) || writer_extend(w, size) ? w->at : NULL;
}

/*!
 * \brief Adds `size` octets to the text and returns their position. The caller must then write the
 *        octets there. If there is no room, the writer fails and the function returns NULL.
 */
static inline char *writer_take(struct writer *w, size_t size)
{
	char *taken = writer_reserve(w, size);
	if (taken != NULL) {
		w->at += size;
	}
	return taken;
}

/*! \brief Adds `size` octets that were written after a writer_reserve(). */
static inline void writer_advance(struct writer *w, size_t size)
{
	(void)writer_take(w, size);
}

/*!
 * \brief Removes all octets after the first `size`.
 *
 * Does nothing after a failure, or if `size` is greater than writer_size().
 */
void writer_rewind(struct writer *w, size_t size);

/*!
 * \brief Does the same as writer_rewind(), but also after a failure, which it clears. A caller can
 *        thus leave out a text that did not fit.
 */
void writer_recover(struct writer *w, size_t size);

/*! \brief Starts again with an empty text in the same memory. */
static inline void writer_restart(struct writer *w)
{
	writer_recover(w, 0);
}

/*!
 * \brief Terminates the text by a NUL, which writer_size() does not count.
 *
 * \return The text; NULL when the writer has failed, or there is no room for the NUL.
 */
const char *writer_text(struct writer *w);

static inline void writer_put(struct writer *w, const char *text, size_t size)
{
	char *to = writer_take(w, size);
	if (to != NULL && size > 0) {
		memcpy(to, text, size);
	}
}

/*! \brief Writes a string literal, whose size the compiler knows. */
#define writer_literal(w, literal) writer_put(w, literal, sizeof("" literal) - 1)

/*! \brief Writes a number of 16 bits in network order. */
static inline void writer_u16(struct writer *w, size_t value)
{
	const char octets[] = { (char)(value >> 8), (char)value };
	writer_put(w, octets, sizeof(octets));
}

/*! \brief Writes one of two string literals. */
#define writer_either(w, condition, yes, no)                                                       \
	((condition) ? writer_literal(w, yes) : writer_literal(w, no))

static inline void writer_char(struct writer *w, char c)
{
	char *to = writer_take(w, 1);
	if (to != NULL) {
		*to = c;
	}
}

/*!
 * \brief Copies the first `size` octets of an array of a constant size.
 *
 * If there is room, the whole array is copied, because a copy of constant size has no branch that
 * depends on the text. The next write overwrites the octets after the text.
 */
#define writer_array(w, array, size) writer_block(w, array, sizeof(array), size)

static inline void writer_block(struct writer *w, const char *block, size_t block_size, size_t size)
{
	if (size <= block_size && block_size <= writer_left(w)) {
		memcpy(w->at, block, block_size);
		w->at += size;
	} else {
		writer_put(w, block, size);
	}
}

static inline void writer_string(struct writer *w, const char *string)
{
	writer_put(w, string, strlen(string));
}

/*! \brief Appends a copy of `size` octets that were written before, from offset `from` on. */
void writer_repeat(struct writer *w, size_t from, size_t size);

/*! \brief Writes the last `digits` decimal digits of a number, with leading zeros. */
void writer_digits(struct writer *w, uint64_t value, unsigned digits);

/*! \brief Writes a number in decimal. */
static inline void writer_number(struct writer *w, uint64_t value)
{
	if (writer_left(w) >= TEXT_NUMBER_MAX) {
		w->at = text_number(w->at, value);
	} else {
		writer_digits(w, value, text_count_digits(value));
	}
}

/*! \brief Writes an octet as two hex digits. */
void writer_hex8(struct writer *w, uint8_t value);

/*! \brief Writes a number as sixteen hex digits. */
void writer_hex64(struct writer *w, uint64_t value);

/*! \brief Writes an IPv6 address in canonical form, or a v4-mapped address in dotted form. */
void writer_address(struct writer *w, const struct in6_addr *addr);

/*! \brief Writes the text of an address. */
static inline void writer_address_text(struct writer *w, const struct address_text *address)
{
	writer_array(w, address->text, address->size);
}

/*! \brief Writes a time, in nanoseconds since 1970 UTC, as text_time() does. */
void writer_time(struct writer *w, int64_t time_ns);
