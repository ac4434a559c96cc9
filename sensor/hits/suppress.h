/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Suppresses equal hits for a while and reports their number (`--suppress`).
 *
 * Hits are equal if they have the same rule, value, client and server. The first of them is
 * emitted, and starts a time window. Further equal hits are counted, and when the window ends, one
 * event reports their number.
 *
 * The first hit of a rule and a value also starts a window for all clients. When SUPPRESS_CLIENTS
 * different clients have had a hit in this window and another client has one, this hit and all
 * further hits of the rule and the value are gathered until the window ends. Then one event reports
 * the number of gathered hits, and their clients.
 *
 * The length of a window is measured by the packet clock that suppress_tick() gets, so that a time
 * stamp from the future ends no window.
 *
 * Limits: SUPPRESS_WINDOWS_MAX windows at a time, and EVENT_REPEAT_CLIENTS_MAX listed clients. If
 * there is no room for a window of a hit, or no memory, the hit is emitted at once, so that no hit
 * is lost. When other tables need the memory, windows end early, beginning with the oldest.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/memory/memory_budget.h"
#include "base/packet_clock.h"
#include "sensor/events/event_repeat.h"

#define SUPPRESS_WINDOWS_MAX 32768
/*! \brief The number of clients whose first hits of a rule and a value are emitted. */
#define SUPPRESS_CLIENTS 10

/*! \brief The hashes of a hit by which windows are found, and its client. */
struct suppress_key {
	uint64_t value; /*!< A hash of rule, value and network (if networks are separated). */
	uint64_t whole; /*!< A hash of `value`, client and server; it differs from `value`. */
	struct in6_addr client;
};

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
enum suppress_verdict suppress_check(struct suppress *suppress, const struct suppress_key *key,
                                     int64_t time_ns);

/*!
 * \brief Copies the event that will be emitted for the repeats when the window ends. Call it after
 *        suppress_check() with the same key.
 *
 * \return False if memory or the budget is exhausted; the caller then emits the event at once.
 */
bool suppress_keep(struct suppress *suppress, const struct suppress_key *key,
                   const struct event *event);

/*! \brief Emits the repeats of windows that have ended at this time of a packet clock. */
void suppress_tick(struct suppress *suppress, const struct packet_clock *clock);
