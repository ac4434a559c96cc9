/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Unpacks gzip (RFC 1952) within a bound. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/writer.h"

/*! \brief Whether octets begin like a gzip file. */
bool unpack_is_gzip(const char *octets, size_t size);

/*!
 * \brief Unpacks all members of a gzip file.
 *
 * \param max  The largest size of the result, in octets.
 * \param out  Receives the octets; the caller frees it in any case.
 *
 * \return NULL; or the reason of a failure, a static text.
 */
const char *unpack_gzip(const char *octets, size_t size, size_t max, struct writer *out);
