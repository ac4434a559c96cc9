/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The journal: an append-only file of all events, from which they are delivered.
 *
 * A journal is a directory. It has one writer, which is the worker, and a reader for each output,
 * which is the output's publisher. The directory contains:
 *
 *     id                 16 random hex digits, which name the journal in Redis
 *     lock               held by the writer and the publishers it forked
 *     SEQUENCE.seg       a segment, named by the sequence number of its first record
 *     delivered-HASH     the position of the output with this hash
 *
 * A position is the sequence number of the last record that was delivered; 0 is before all records.
 * Sequence numbers grow and are never used twice, but there are gaps. A crash may have cut off
 * records that Redis already has. journal_open() therefore starts a new segment with a number
 * higher than any that may have been used.
 *
 * Each record is preceded by its length, sequence number and checksum. A reader skips records that
 * are damaged or cut off at the end of a segment, and counts them.
 *
 * Limits: a segment takes at most the smallest of 16 MiB, 1/8 of the journal's bound and 1/8 of the
 * free space on the disk, but 64 KiB are always allowed. A record takes at most RECORD_SIZE_MAX. A
 * record that would exceed the journal's bound is refused; the caller counts it as dropped, or
 * waits. Log events and rows are accepted until half of the bound is in use, hits of low and medium
 * severity until three quarters, and hits of high severity until seven eighths. The rest is
 * reserved for hits of higher severity.
 *
 * Numbers are in host byte order, so a journal cannot be moved to another kind of machine. A crash
 * of the sensor loses nothing that was written. journal_set_sync() determines how much a power
 * failure may lose.
 *
 * Errors: negative errno values. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/record.h"

/*! \brief The smallest bound of a journal, 512 KiB. */
#define JOURNAL_BYTES_MIN ((size_t)512 << 10)
/*! \brief Size of a journal's id as text, including the NUL. */
#define JOURNAL_ID_SIZE 17
/*!
 * \brief The longest time for which `journal_lock()` waits for the lock. The publishers of a sensor
 *        that has just ended hold the lock while they deliver the last events.
 */
#define JOURNAL_LOCK_WAIT_MS 4000

/*! \brief When records are written to the disk, and not only to the kernel's cache. */
enum journal_sync {
	/*! Records are written when the kernel decides to, usually within 30 s. */
	JOURNAL_SYNC_NONE,
	/*! Records are written at most JOURNAL_SYNC_MS after journal_flush(). */
	JOURNAL_SYNC_INTERVAL,
	JOURNAL_SYNC_ALWAYS, /*!< Records are written before journal_flush() returns. */
};
#define JOURNAL_SYNC_MS 1000

/*! \brief The writer's side. */
struct journal;
/*! \brief The side of one reader. */
struct journal_reader;

/*!
 * \brief Locks an open file or folder for this process and the children that it forks.
 *
 * \return 0, -EBUSY if another process has the lock, or another error.
 */
int journal_lock(int fd);

/*!
 * \brief Opens the writer's side. Creates the directory, with mode 0700, if it does not exist.
 *
 * Forked children inherit the lock, so that no other sensor can deliver from this directory as long
 * as an old publisher runs. Fork publishers after this call; they must not call `journal_close()`.
 *
 * \param max_bytes  Bound for all segments together. A bound below JOURNAL_BYTES_MIN is raised to
 *                   it.
 *
 * \retval 0       `*out` is to be closed with `journal_close()`.
 * \retval -EBUSY  Another sensor uses the directory.
 * \retval <0      An error of the file system.
 */
int journal_open(struct journal **out, const char *dir, size_t max_bytes);

/*!
 * \brief Returns the descriptor of the directory, through which the writer opens and lists all
 *        files.
 */
int journal_dir_fd(const struct journal *journal);

/*! \brief Returns the descriptor of the lock, which a child that closes descriptors must keep open.
 */
int journal_lock_fd(const struct journal *journal);

/*!
 * \brief Sets when records are written to the disk, and thus what a power failure may lose. The
 *        default is JOURNAL_SYNC_NONE.
 *
 * With JOURNAL_SYNC_INTERVAL, call `journal_flush()` at least every JOURNAL_SYNC_MS.
 */
void journal_set_sync(struct journal *journal, enum journal_sync sync);

/*!
 * \brief Continues the journal in a forked child that replaces a dead writer, with a sequence
 *        number higher than any that the dead writer may have used.
 *
 * \return 0, or an error of the file system.
 */
int journal_continue(struct journal *journal);

/*! \brief Calls journal_finish(), ignores its error, and closes the journal. NULL is allowed. */
void journal_close(struct journal *journal);

/*!
 * \brief Appends a record to a buffer in memory.
 *
 * \retval 0          The record is in the buffer until journal_write() or journal_flush().
 * \retval -EDQUOT    Refused: the journal has reached its bound.
 * \retval -EMSGSIZE  Refused: the record is too large.
 * \retval <0         Refused: the file system refused a write (-ENOSPC, ...). Earlier records stay
 *                    in the buffer for the next attempt.
 */
int journal_append(struct journal *journal, const struct record *record);

/*!
 * \brief Writes the buffer to the kernel. SIGKILL then loses none of these records.
 *
 * \return 0, or an error of the file system; what was not written stays in the buffer.
 */
int journal_write(struct journal *journal);

/*!
 * \brief Calls journal_write(), and writes to the disk (fsync) when journal_set_sync() demands it.
 *
 * \return 0, or an error of the file system; what was not written stays in the buffer, and the
 *         next call tries again.
 */
int journal_flush(struct journal *journal);

/*! \brief Calls journal_write(), and writes to the disk at once. Call it before the writer ends. */
int journal_finish(struct journal *journal);

/*!
 * \brief Sets the outputs that read this journal. The writer calls it before the outputs start. A
 *        journal without outputs keeps all its segments.
 *
 * A new output starts at the lowest stored position. Pending events are thus delivered even if the
 * user has corrected the address of an output. If no position is stored, the new output starts at
 * the beginning. Positions of outputs that are no longer configured are removed.
 *
 * \param outputs  The hashes of the outputs (`redis_url.hash`).
 */
int journal_outputs(const char *dir, const uint64_t *outputs, size_t count);

/*! \brief Reads the journal's id from its directory. */
int journal_id(const char *dir, char id[JOURNAL_ID_SIZE]);

/*! \brief Reads the position of an output. It is 0 when none is stored. */
int journal_position(const char *dir, uint64_t output, uint64_t *position);

/*!
 * \brief Stores the position of an output atomically, and removes the segments whose records
 *        are delivered to all outputs.
 */
int journal_ack(const char *dir, uint64_t output, uint64_t position);

/*! \brief Counts the undamaged records after a position. */
int journal_backlog(const char *dir, uint64_t position, uint64_t *count);

/*!
 * \brief Removes a journal that is no longer used, with its directory.
 *
 * A replay calls it for its temporary journal. If there are other files in the directory, these and
 * the directory are kept (-ENOTEMPTY).
 */
int journal_remove(const char *dir);

/*!
 * \brief Opens a reader after a position.
 *
 * A reader takes a little more than twice RECORD_SIZE_MAX of memory. It needs no lock: the
 * writer may write at the same time.
 */
int journal_reader_open(struct journal_reader **out, const char *dir, uint64_t position);

/*! \brief Closes a reader. NULL is allowed. */
void journal_reader_close(struct journal_reader *reader);

/*!
 * \brief Reads the next record.
 *
 * \param record    Receives views that live until the next call on the reader.
 * \param position  Receives the record's sequence number.
 *
 * \retval 1   `record` and `position` are set.
 * \retval 0   There is no record yet; call again after the writer has called journal_write().
 * \retval <0  An error of the file system.
 */
int journal_next(struct journal_reader *reader, struct record *record, uint64_t *position);

/*! \brief Returns the number of damaged records that this reader has skipped. */
uint64_t journal_damaged(const struct journal_reader *reader);
