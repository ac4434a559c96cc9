/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Where the registrable domain of a name begins, by the Public Suffix List. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

/*! \brief Offsets in a name of wire format. */
struct suffix_split {
	size_t below;  /*!< The label in front of the domain; equal to `domain` when none is. */
	size_t domain; /*!< The domain's own label. */
	size_t suffix; /*!< The public suffix. */
};

/*!
 * \brief Splits a name.
 *
 * A name that is itself a suffix of the list's private part (`cloudfront.net`)
 * is split as the name that somebody registered.
 *
 * \param psl   NULL: the last label is taken for the suffix.
 * \param wire  Valid wire format in lower case.
 *
 * \return False for a public suffix, for the root, and for octets that no host name has.
 */
bool suffix_split(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                  struct suffix_split *split);

/*! \brief Whether a name stands on the list, in whichever part. */
bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size);
