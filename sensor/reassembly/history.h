/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The octets that streams delivered last, to compare later copies of them.
 *
 * One ring for all streams. Each half stream has a chain of records in it, newest first.
 * A record that was overwritten ends the chain. The cost of a segment is one copy; there is
 * no allocation. Limits: the size of the ring; HISTORY_RECORDS_MAX records are searched for an
 * octet. Private to this room.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_SIZE_MIN    65536 /*!< A record is smaller: LIBNIDS_FEED_MAX and its header. */
#define HISTORY_RECORDS_MAX 256

/*! \brief The newest record of a half stream; 0: none. */
typedef uint32_t history_mark;

struct history {
	uint8_t *ring;
	uint32_t units; /*!< Size of the ring in units of 16 octets, a power of 2. */
	uint32_t head;  /*!< In units, counted from the start. */
};

/*! \param size  Octets of the ring, rounded up. \return 0 or -ENOMEM. */
int history_init(struct history *history, size_t size);
void history_deinit(struct history *history);

/*! \brief Adds octets `seq` and on to the chain of `mark`, which belongs to `owner`. */
void history_add(struct history *history, history_mark *mark, const void *owner, uint32_t seq,
                 const uint8_t *bytes, size_t size);

/*!
 * \brief Copies octets `from`..`to` as far as they are remembered without a gap before `to`.
 *
 * \param octets  Room for `to - from` octets; those copied are at its end.
 *
 * \return Number of octets copied.
 */
size_t history_read(const struct history *history, history_mark mark, const void *owner,
                    uint32_t from, uint32_t to, uint8_t *octets);

/*! \brief Overwrites all octets of a chain: they may be credentials. */
void history_wipe(struct history *history, history_mark *mark, const void *owner);
