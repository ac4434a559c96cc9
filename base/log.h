/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes human-readable messages to standard error. Each call writes one line `nsmx: ...`.
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

/*!
 * \brief If `muted` is true, suppresses the messages of this thread until the next call with false.
 *        A thread is muted when another process logs the same messages.
 */
void log_mute(bool muted);
