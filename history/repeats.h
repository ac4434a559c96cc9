/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Remembers which rows a message has, so that they need not be read and searched again when
 *        the message is repeated.
 *
 * Most messages of a resolver are repetitions. A message is remembered when it comes for the second
 * time, because most of those that are new never come again. Messages are compared octet by octet,
 * so rows are never those of another message.
 *
 * Limits: 65,536 messages, which together have at most HISTORY_REPEATS_OCTETS octets; if there is
 * no more room, all are forgotten. The memory, 8.5 MiB, is allocated by history_repeats_new(). Not
 * thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_REPEATS_OCTETS ((size_t)8 << 20)
/*! \brief The greatest number of rows of a message that is remembered. */
#define HISTORY_REPEAT_ROWS 64

struct history_repeats;

/*! \brief A row of a message. */
struct history_repeat_row {
	uint32_t place;  /*!< Where the row is; the meaning is up to the caller. */
	uint32_t record; /*!< The number of the record in the message. */
};

/*! \brief A message that is remembered. */
struct history_repeat {
	uint32_t size, count;
	struct history_repeat_row rows[]; /*!< `count` rows, and after them `size` octets. */
};

/*! \brief Creates an empty memory. \return NULL when out of memory. */
struct history_repeats *history_repeats_new(void);

/*! \brief Frees the memory; NULL is ignored. */
void history_repeats_free(struct history_repeats *repeats);

/*! \brief Forgets all messages. */
void history_repeats_forget(struct history_repeats *repeats);

/*! \brief Starts to load into the CPU's cache what history_repeats_find() will read for a message
 *         with this hash. */
void history_repeats_expect(const struct history_repeats *repeats, uint64_t hash);

/*!
 * \brief Finds a message.
 *
 * \param hash  A hash of its octets (base/secret_hash.h).
 *
 * \return The message, which is valid until the next call of another function; NULL: it is not
 *         remembered.
 */
const struct history_repeat *history_repeats_find(const struct history_repeats *repeats,
                                                  uint64_t hash, const uint8_t *octets,
                                                  size_t size);

/*!
 * \brief Notes that a message was seen.
 *
 * \return True if a message with this hash was noted before, and is not remembered: the caller then
 *         passes it to history_repeats_add().
 */
bool history_repeats_note(struct history_repeats *repeats, uint64_t hash);

/*!
 * \brief Remembers a message that was noted.
 *
 * \param count  Number of rows, at most HISTORY_REPEAT_ROWS.
 */
void history_repeats_add(struct history_repeats *repeats, uint64_t hash, const uint8_t *octets,
                         size_t size, const struct history_repeat_row *rows, size_t count);
