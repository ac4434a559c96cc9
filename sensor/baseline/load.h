/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Fills the table of known values from the history. */
#pragma once

#include "history/reading.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/baseline/asn.h"
#include "sensor/baseline/known/known.h"

/*!
 * \brief Adds the rows of a history folder to the table. A folder that does not exist is empty.
 *
 * \param damaged  Called for each damaged file, which is left out.
 *
 * \return 0, or a negative error of errno.h.
 */
int baseline_load(struct known *known, const struct ruleset *rules, const struct asn_db *asns,
                  const char *path, history_named_damage_t damaged, void *ctx);
