/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The journal: an append-only file of all events, from which they are delivered.
 *
 * One directory, one writer (the worker), and readers (a publisher for each output)
 * with a position each. In the directory:
 *
 *     id                 16 hex digits, random: names the journal in Redis
 *     lock               held by the writer and the publishers it forked
 *     SEQUENCE.seg       a segment; its name is the sequence of its first record
 *     delivered-HASH     the position of the output HASH
 *
 * A position is the sequence of the last record that is delivered; 0 is before all
 * records. Sequences grow and are never used twice, but have gaps: each opening starts
 * a new segment, after all sequences that were used before, because a crash may have
 * cut off records that Redis already has.
 *
 * A record is whole or ignored: each carries its length, sequence and checksum.
 * A reader skips and counts damaged records and a segment's cut tail.
 *
 * Limits: segments of 1/8 of the journal's bound, or of what is free on the disk,
 * at most 16 MiB; records of RECORD_SIZE_MAX. Beyond the bound a new record is
 * refused; the caller counts it, or waits.
 *
 * A journal stays on its machine (host byte order). A crash of the sensor loses
 * nothing that was written; see `journal_set_sync()` for a power failure.
 *
 * Errors: negative errno values. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/record.h"

/*! \brief The least bound, 512 KiB. */
#define JOURNAL_BYTES_MIN ((size_t)512 << 10)
/*! \brief Size of a journal's id as text, its NUL included. */
#define JOURNAL_ID_SIZE 17
/*!
 * \brief How long `journal_open()` waits for the lock: the publishers of a
 *        sensor that has just ended hold it while they drain.
 */
#define JOURNAL_LOCK_WAIT_MS 4000

/*! \brief When records are on the disk, not only in the kernel. */
enum journal_sync {
	JOURNAL_SYNC_NONE,     /*!< When the kernel writes them, usually within 30 s. */
	JOURNAL_SYNC_INTERVAL, /*!< JOURNAL_SYNC_MS after a flush at the latest. */
	JOURNAL_SYNC_ALWAYS,   /*!< When `journal_flush()` returns. */
};
#define JOURNAL_SYNC_MS 1000

struct journal;
struct journal_reader;

/*!
 * \brief Opens the writer's side; creates the directory (0700) if need be.
 *
 * Forked children inherit the lock on purpose: as long as an old publisher runs, no
 * other sensor may deliver from this directory. Fork publishers after this call; they
 * must not call `journal_close()`.
 *
 * \param max_bytes  Bound for all segments together; raised to JOURNAL_BYTES_MIN.
 *
 * \retval 0       `*out` is to be closed with `journal_close()`.
 * \retval -EBUSY  Another sensor uses the directory.
 * \retval <0      An error of the file system.
 */
int journal_open(struct journal **out, const char *dir, size_t max_bytes);

/*! \brief The descriptor of the lock, for a child that closes all others. */
int journal_lock_fd(const struct journal *journal);

/*!
 * \brief Sets what a power failure may lose; JOURNAL_SYNC_NONE by default.
 *
 * With JOURNAL_SYNC_INTERVAL, `journal_flush()` must be called at least that often.
 */
void journal_set_sync(struct journal *journal, enum journal_sync sync);

/*!
 * \brief In a forked child that replaces a dead writer: continues after all that the
 *        writer may have written.
 */
int journal_continue(struct journal *journal);

/*! \brief Finishes if possible, and closes. NULL is allowed. */
void journal_close(struct journal *journal);

/*!
 * \brief Appends a record, buffered.
 *
 * \retval 0          It is in the journal once flushed.
 * \retval -EDQUOT    Refused: the journal has reached its bound.
 * \retval -EMSGSIZE  Refused: the record is too large.
 * \retval <0         Refused: the file system does not take more (-ENOSPC, ...).
 *                    Earlier records stay buffered for the next attempt.
 */
int journal_append(struct journal *journal, const struct record *record);

/*!
 * \brief Writes what was appended: SIGKILL no longer loses it.
 *
 * \return 0, or an error of the file system; the rest stays buffered.
 */
int journal_write(struct journal *journal);

/*!
 * \brief As journal_write(), and synchronises the disk when that is due.
 *
 * \return 0, or an error of the file system; the rest stays buffered, and the next
 *         flush tries again to synchronise.
 */
int journal_flush(struct journal *journal);

/*! \brief As journal_write(), and synchronises the disk now: for the end of a journal. */
int journal_finish(struct journal *journal);

/*!
 * \brief Sets the outputs that read this journal; the writer calls it before they
 *        start. Without outputs nothing is ever removed.
 *
 * A new output starts at the lowest stored position, so that pending events reach an
 * output whose address was corrected. If no position is stored, it starts at the
 * beginning. Positions of outputs that are no longer configured are removed.
 *
 * \param outputs  Their hashes (`redis_url.hash`).
 */
int journal_outputs(const char *dir, const uint64_t *outputs, size_t count);

/*! \brief The journal's id, from its directory. */
int journal_id(const char *dir, char id[JOURNAL_ID_SIZE]);

/*! \brief Reads the position of an output; 0 when it has none. */
int journal_position(const char *dir, uint64_t output, uint64_t *position);

/*!
 * \brief Writes the position of an output (atomically), and removes the segments that
 *        are delivered to all outputs.
 */
int journal_ack(const char *dir, uint64_t output, uint64_t position);

/*! \brief Counts the whole records after a position. */
int journal_backlog(const char *dir, uint64_t position, uint64_t *count);

/*!
 * \brief Removes a journal that is no longer used, with its directory.
 *
 * For the journal of a replay. Other files stay, and with them the directory
 * (-ENOTEMPTY).
 */
int journal_remove(const char *dir);

/*!
 * \brief Opens a reader after a position.
 *
 * Memory: a little more than twice RECORD_SIZE_MAX. Needs no lock: the writer may
 * write at the same time.
 */
int journal_reader_open(struct journal_reader **out, const char *dir, uint64_t position);

/*! \brief Ends a reader. NULL is allowed. */
void journal_reader_close(struct journal_reader *reader);

/*!
 * \brief Reads the next record.
 *
 * \param record    Receives views that live until the next call on the reader.
 * \param position  Receives the record's sequence.
 *
 * \retval 1   A record.
 * \retval 0   No record yet; call again when the writer has flushed.
 * \retval <0  An error of the file system.
 */
int journal_next(struct journal_reader *reader, struct record *record, uint64_t *position);

/*! \brief Damaged records that this reader has skipped. */
uint64_t journal_damaged(const struct journal_reader *reader);
