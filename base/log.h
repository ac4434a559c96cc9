/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Words for people, on standard error: `nsmx: ...`, one line a call.
 *
 * Each call is one write(2), so that lines of several processes do not mix.
 * Control characters are escaped: text from the network cannot forge
 * a line or drive a terminal. `errno` is preserved.
 */
#pragma once

#include <stdbool.h>

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*! \brief This thread says nothing, while another says the same. */
void log_mute(bool muted);
