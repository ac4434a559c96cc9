/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the registrable domain of a name by the Public Suffix List. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

/*!
 * \brief The parts of a name in wire format. Each offset is the position of the length octet of a
 *        label.
 */
struct suffix_split {
	/*! The offset of the label before the registrable domain; equal to `domain` if there is
	 * none. */
	uint8_t below;
	uint8_t domain; /*!< The offset of the registrable domain. */
	/*! The whole name is a public suffix in the private section of the list. */
	bool is_suffix;
	uint8_t suffix; /*!< The offset of the public suffix. */
};

/*!
 * \brief Finds the registrable domain of a name and its public suffix.
 *
 * A name that is itself a suffix in the private section of the list, such as `cloudfront.net`, is
 * split like a registrable domain.
 *
 * \param psl   The Public Suffix List; NULL: the last label is the public suffix.
 * \param wire  Valid wire format in lower case.
 *
 * \return False for any other public suffix, for the root, and for names that no host can have.
 */
bool suffix_split(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                  struct suffix_split *split);

/*!
 * \brief Returns true if a name is in the Public Suffix List, either in its ICANN section or in its
 *        private section.
 */
bool suffix_is_public(const psl_ctx_t *psl, const uint8_t *wire, size_t size);
