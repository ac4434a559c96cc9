/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Holds back equal hits for a while and tells them once (`--suppress`).
 *
 * The first hit of a kind passes and opens a window; those in it are counted;
 * when the window has passed, one event tells how many there were. Time is
 * packet time.
 *
 * Limits: SUPPRESS_WINDOWS_MAX windows at a time; past them, and without
 * memory, hits simply pass: nothing is ever lost to suppression.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/events/event_repeat.h"

#define SUPPRESS_WINDOWS_MAX 16384

/*! \brief Identity of hits that count as equal: rule, value, client and server. */
typedef uint64_t suppress_key;

enum suppress_verdict {
	SUPPRESS_PASS,    /*!< Tell this hit now. */
	SUPPRESS_KEEP,    /*!< Held back, and the first: give its event to suppress_keep(). */
	SUPPRESS_COUNTED, /*!< Held back and counted. */
};

/*! \brief Receives what was held back, when the window has passed. */
typedef void (*suppress_emit_t)(void *ctx, const struct event_copy *copy,
                                const struct event_repeat *repeat);

struct suppress;

/*! \return NULL without memory. */
struct suppress *suppress_new(int64_t window_ns, suppress_emit_t emit, void *ctx);

/*! \brief Tells what is held back, and frees. */
void suppress_free(struct suppress *suppress);

enum suppress_verdict suppress_check(struct suppress *suppress, suppress_key key, int64_t time_ns);

/*!
 * \brief Keeps a copy of the event that will stand for the window's repeats.
 *
 * \return False without memory: tell the event instead.
 */
bool suppress_keep(struct suppress *suppress, suppress_key key, const struct event *event);

/*! \brief Tells the windows that have passed at this packet time. */
void suppress_tick(struct suppress *suppress, int64_t time_ns);
