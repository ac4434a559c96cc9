/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The bytes of a file, decompressed if it is compressed (by content, not name).
 *
 * Files are read, not mapped: a mapped file that shrinks ends the program by SIGBUS, and
 * with blocks of this size mapping is not faster. A read from a pipe returns the bytes
 * that are there, and waits only for those that the caller needs.
 *
 * Ownership: views live until the next source_peek(). Memory: two buffers of under
 * 400 KiB together, a larger one when the caller needs more bytes at once, and the memory
 * of the decompressor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/*!
 * \brief Opens a file; nothing is read yet.
 *
 * \param path  "-": standard input.
 *
 * \return 0, or -errno: -EISDIR for a folder, -ENODATA for an empty file.
 */
int source_open(struct source **out, const char *path);

/*!
 * \brief Gives a view of the next bytes; waits until there are `need` or the source ends.
 *
 * \param bytes  Out: the first byte.
 * \param size   Out: the number of bytes, below `need` only at the end.
 *
 * \return False when a signal interrupted the wait: call again, or give up.
 */
bool source_peek(struct source *source, size_t need, const uint8_t **bytes, size_t *size);

/*! \brief Skips bytes, including bytes that were not in the view. */
void source_skip(struct source *source, uint64_t size);

/*! \brief After the end: true when the source ended before all skipped bytes. */
bool source_ended_early(const struct source *source);

/*! \brief Why the source cannot be read to its end, or NULL. */
const char *source_damage(const struct source *source);

/*! \brief "gzip", "zstd", "xz", "lz4" or "plain"; known after the first source_peek(). */
const char *source_compression(const struct source *source);

/*! \brief Octets read from the file, and its size; 0 when unknown. */
void source_progress(const struct source *source, uint64_t *done, uint64_t *size);

/*! \brief NULL is allowed. */
void source_close(struct source *source);
