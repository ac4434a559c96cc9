/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Notifies the service manager (sd_notify(3)), if there is one.
 */
#pragma once

#include <stdint.h>

/*! \brief Connects to $NOTIFY_SOCKET. Call it only in the process that the service manager has
 * started. */
void notify_open(void);

/*! \brief Sends `READY=1`, `STOPPING=1`, `STATUS=...` or `WATCHDOG=1`; does nothing if there is no
 *         service manager. */
void notify_send(const char *text);

/*! \brief Closes the connection, in a child that must not notify the service manager. */
void notify_close(void);

/*!
 * \brief Returns the interval at which the service manager expects WATCHDOG=1, in nanoseconds; 0:
 *        never.
 */
int64_t notify_watchdog_ns(void);
