/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Suppresses equal hits for a while and reports their number (`--suppress`).
 *
 * The first hit with a key passes and opens a window; further ones are counted; when the
 * window has passed, one event reports their number. Time is packet time.
 *
 * Limits: SUPPRESS_WINDOWS_MAX windows at a time; beyond that, and when out of memory, hits
 * pass: suppression loses no hit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/events/event_repeat.h"

#define SUPPRESS_WINDOWS_MAX 16384

/*! \brief Identity of hits that count as equal: rule, value, client and server. */
typedef uint64_t suppress_key;

enum suppress_verdict {
	SUPPRESS_PASS,    /*!< Emit this hit now. */
	SUPPRESS_KEEP,    /*!< The first repeat: give its event to suppress_keep(). */
	SUPPRESS_COUNTED, /*!< A further repeat: nothing to do. */
};

/*! \brief Receives the repeats of a window that has passed. */
typedef void (*suppress_emit_t)(void *ctx, const struct event_copy *copy,
                                const struct event_repeat *repeat);

struct suppress;

/*! \return NULL when out of memory. */
struct suppress *suppress_new(int64_t window_ns, suppress_emit_t emit, void *ctx);

/*! \brief Emits the repeats of all windows, and frees. */
void suppress_free(struct suppress *suppress);

enum suppress_verdict suppress_check(struct suppress *suppress, suppress_key key, int64_t time_ns);

/*!
 * \brief Keeps a copy of the event that will represent the window's repeats.
 *
 * \return False when out of memory: emit the event instead.
 */
bool suppress_keep(struct suppress *suppress, suppress_key key, const struct event *event);

/*! \brief Emits the repeats of windows that have passed at this packet time. */
void suppress_tick(struct suppress *suppress, int64_t time_ns);
