/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Decides whether one name imitates another one. No `protect` rule is needed for this. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpsl.h>

/*!
 * \brief Returns true if the registrable domain of `name` imitates that of `known`.
 *
 * The test is that of `protect` rules with `tld=strict`, with one exception. If the two domains
 * differ only in the digits of a number, as awsdns-09.org and awsdns-61.org do, they are members of
 * one family, and `name` is no imitation.
 *
 * \param psl  NULL: the last label is the public suffix.
 */
bool imitation_is(const psl_ctx_t *psl, const uint8_t *known, size_t known_size,
                  const uint8_t *name, size_t name_size);
