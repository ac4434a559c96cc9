/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the registrable domain of a name by the Public Suffix List. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

/*! \brief Offsets in a name in wire format. */
struct suffix_split {
	size_t below;  /*!< The label before the domain; equal to `domain` if there is none. */
	size_t domain; /*!< The first label of the domain. */
	size_t suffix; /*!< The public suffix. */
};

/*!
 * \brief Splits a name.
 *
 * A suffix of the private part of the list (`cloudfront.net`) is split as a registered name.
 *
 * \param psl   NULL: the last label is the suffix.
 * \param wire  Valid wire format in lower case.
 *
 * \return False for a public suffix, for the root, and for names with octets of no host name.
 */
bool suffix_split(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                  struct suffix_split *split);

/*! \brief Whether a name is on the list, in either part. */
bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size);
