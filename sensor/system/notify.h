/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Tells the service manager how it goes (sd_notify(3)); without one, nothing.
 */
#pragma once

#include <stdint.h>

/*! \brief Connects to $NOTIFY_SOCKET. For children of the service manager alone. */
void notify_open(void);

/*! \brief `READY=1`, `STOPPING=1`, `STATUS=...`, `WATCHDOG=1`. */
void notify_send(const char *text);

/*! \brief How often it wants to hear WATCHDOG=1, in nanoseconds; 0: not at all. */
int64_t notify_watchdog_ns(void);
