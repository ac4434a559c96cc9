/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the bytes of a file, and decompresses them if their content is compressed.
 *
 * Files are not mapped into memory, because the program would die of SIGBUS if a mapped file
 * shrinks. With large blocks, reading is as fast as mapping. A read from a pipe returns the
 * available bytes, and waits only for those that the caller needs.
 *
 * Ownership: views live until the next source_peek(). Memory: two buffers with a total of less than
 * 400 KiB, more if the caller needs more bytes at once, and the memory of the decompressor.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/*!
 * \brief Opens a file, without reading yet.
 *
 * \param path  "-": standard input.
 *
 * \return 0, or -errno: -EISDIR for a folder, -ENODATA for an empty file.
 */
int source_open(struct source **out, const char *path);

/*!
 * \brief Gives a view of the next bytes. The call waits until there are `need` bytes or the source
 *        has ended.
 *
 * \param bytes  Receives the view.
 * \param size   Receives the number of bytes in the view, less than `need` only at the end.
 *
 * \return False when a signal interrupted the wait; the caller may call again.
 */
bool source_peek(struct source *source, size_t need, const uint8_t **bytes, size_t *size);

/*! \brief Skips bytes, including bytes that were not in the view. */
void source_skip(struct source *source, uint64_t size);

/*! \brief Returns true if the source has ended before all bytes of source_skip() were skipped. */
bool source_ended_early(const struct source *source);

/*! \brief Returns the reason why the source cannot be read to its end, or NULL. */
const char *source_damage(const struct source *source);

/*! \brief Returns "gzip", "zstd", "xz", "lz4" or "plain". Call it after source_peek(). */
const char *source_compression(const struct source *source);

/*!
 * \brief Sets `done` to the number of octets read from the file, and `size` to the size of the
 *        file; 0 if the size is unknown.
 */
void source_progress(const struct source *source, uint64_t *done, uint64_t *size);

/*! \brief Closes the file and frees the source. NULL is allowed. */
void source_close(struct source *source);
