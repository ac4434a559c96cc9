/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The bytes of a file, unpacked where it is compressed (by content, not name).
 *
 * Files are read, never mapped: a mapped file that shrinks ends the program, and
 * the blocks read are large enough that nothing is gained. A read from a pipe
 * takes what is there: nobody waits for bytes that he did not ask for.
 *
 * Ownership: views live until the next source_peek(). Memory: two buffers of
 * together under 400 KiB, more only for who asks for more at once, and what unpacking
 * needs (decompressor.h).
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
 * \brief Shows the next bytes, and waits until there are `need` or the source ends.
 *
 * \param bytes  Set to the first one.
 * \param size   Set to how many there are: below `need` only at the end.
 *
 * \return False when a signal interrupted the wait: ask again, or give up.
 */
bool source_peek(struct source *source, size_t need, const uint8_t **bytes, size_t *size);

/*! \brief Passes over bytes, also over such as were not shown. */
void source_skip(struct source *source, uint64_t size);

/*! \brief Once the source has ended: true where it ends among bytes to be passed over. */
bool source_ended_early(const struct source *source);

/*! \brief Why the source ended before its time, or NULL. */
const char *source_damage(const struct source *source);

/*! \brief "gzip", "zstd", "xz", "lz4" or "plain"; known once something was shown. */
const char *source_compression(const struct source *source);

/*! \brief Octets read from the file, and its size; 0 where unknown. */
void source_progress(const struct source *source, uint64_t *done, uint64_t *size);

/*! \brief NULL is nothing. */
void source_close(struct source *source);
