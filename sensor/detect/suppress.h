/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Suppresses equal hits for a while and reports their number (`--suppress`).
 *
 * The first hit with a key is emitted, and starts a time window. Further hits with the key are
 * counted, and when the window ends one event reports their number. The length of a window is
 * measured by the packet clock that suppress_tick() gets, so that a time stamp from the future ends
 * no window.
 *
 * Limit: SUPPRESS_WINDOWS_MAX windows at a time. A hit for which there is no room for a window, or
 * no memory, is emitted at once, so that no hit is lost. When other tables need the memory, windows
 * end early, beginning with the oldest.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/memory_budget.h"
#include "base/packet_clock.h"
#include "sensor/events/event_repeat.h"

#define SUPPRESS_WINDOWS_MAX 16384

/*! \brief A hash of rule, value, client and server. Hits with the same key count as equal. */
typedef uint64_t suppress_key;

enum suppress_verdict {
	SUPPRESS_PASS, /*!< The caller must emit this hit now. */
	/*! This is the first repeat. The caller must give its event to suppress_keep(). */
	SUPPRESS_KEEP,
	/*! This is a further repeat. The call has counted it, and the caller emits nothing. */
	SUPPRESS_COUNTED,
};

/*! \brief Receives the event and the number of repeats of a window that has ended. */
typedef void (*suppress_emit_t)(void *ctx, const struct event_copy *copy,
                                const struct event_repeat *repeat);

struct suppress;

/*!
 * \brief Creates an object without windows.
 *
 * \param window_ns  The length of a window.
 * \param memory     The budget for the copies of events; NULL: no limit.
 *
 * \return NULL when out of memory.
 */
struct suppress *suppress_new(int64_t window_ns, struct memory_budget *memory, suppress_emit_t emit,
                              void *ctx);

/*! \brief Ends all windows, emits their repeats, and frees the object. */
void suppress_free(struct suppress *suppress);

/*!
 * \brief Decides what to do with a hit.
 *
 * \param time_ns  Packet time of the hit.
 */
enum suppress_verdict suppress_check(struct suppress *suppress, suppress_key key, int64_t time_ns);

/*!
 * \brief Copies the event that will be emitted for the repeats when the window ends.
 *
 * \return False if memory or the budget is exhausted; the caller then emits the event at once.
 */
bool suppress_keep(struct suppress *suppress, suppress_key key, const struct event *event);

/*! \brief Emits the repeats of windows that have ended at this time of a packet clock. */
void suppress_tick(struct suppress *suppress, const struct packet_clock *clock);
