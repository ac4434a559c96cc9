/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Human-readable messages on standard error: `nsmx: ...`, one line for each call.
 *
 * Each call is one write(2), so that lines of several processes do not mix.
 * Texts are escaped (base/printable.h), so that text from the network can neither forge
 * a line nor control a terminal. `errno` is preserved.
 */
#pragma once

#include <stdbool.h>

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*! \brief Silences this thread, where another one logs the same. */
void log_mute(bool muted);
