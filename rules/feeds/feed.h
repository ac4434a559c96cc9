/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Turns a feed or a report into rule text.
 *
 * docs/feeds.md describes the formats and the rules that an import writes for them. All input is
 * hostile: sizes are bounded, invalid entries are reported with their line, and the output is
 * always valid rule text.
 */
#pragma once

#include <stdio.h>

#include "rules/feeds/import/formats.h"
#include "rules/feeds/import/shared_hosts.h"
#include "rules/rule.h"

/*!
 * \brief The names of all formats for `--format`, in the order of enum feed_format. The last
 *        element is NULL.
 */
extern const char *const FEED_FORMAT_NAMES[];

/*! \brief Returns the name of a format for `--format`. */
const char *feed_format_text(enum feed_format format);

/*!
 * \brief Reads a feed to its end and writes its rules.
 *
 * \param file      The name of the feed's file, for messages and for comments in the output.
 * \param complain  Called for each invalid entry; not NULL.
 * \param stats     Receives the counts, also after a failure; not NULL.
 *
 * \return 0 if the rules were written, even if entries were invalid; -1 if the feed cannot be read
 *         or memory is exhausted. `complain` was then called.
 */
int feed_import(FILE *in, const char *file, const struct feed_options *options, FILE *out,
                rule_complain_t complain, void *ctx, struct feed_stats *stats);
