/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the registrable domain of a name by the Public Suffix List. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

/*! \brief Offsets in a name in wire format, each of the length octet of a label. */
struct suffix_split {
	uint8_t below;  /*!< The label before the registrable domain; equal to `domain` if there is
	                  none. */
	uint8_t domain; /*!< The registrable domain. */
	bool is_suffix; /*!< The whole name is a public suffix of the private part of the list. */
	uint8_t suffix; /*!< The public suffix. */
};

/*!
 * \brief Finds the registrable domain of a name and its public suffix.
 *
 * A suffix in the private section of the list (`cloudfront.net`) is itself split as a
 * registrable domain.
 *
 * \param psl   The Public Suffix List; NULL: the last label is the public suffix.
 * \param wire  Valid wire format in lower case.
 *
 * \return False for a public suffix, for the root, and for names that no host can have.
 */
bool suffix_split(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                  struct suffix_split *split);

/*! \brief Whether a name is in the Public Suffix List, in its ICANN or private section. */
bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size);
