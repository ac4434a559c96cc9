/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Turns a feed or a report into rule text.
 *
 * docs/feeds.md describes the formats and the rules that are made of them. All
 * input is hostile: sizes are bounded, entries that cannot be read are reported
 * with their line, and the output is always valid rule text.
 */
#pragma once

#include <stdio.h>

#include "rules/feeds/import/formats.h"
#include "rules/feeds/import/shared_hosts.h"
#include "rules/rule.h"

/*! \brief The names of all formats for `--format`, in the order of enum feed_format; ends with
 * NULL. */
extern const char *const FEED_FORMAT_NAMES[];

/*! \brief The name of a format, as `--format` takes it. */
const char *feed_format_text(enum feed_format format);

/*!
 * \brief Reads a feed to its end and writes its rules.
 *
 * \param file      Its name, for complaints and comments.
 * \param complain  Called for each entry that cannot be read; not NULL.
 * \param stats     Always filled in; not NULL.
 *
 * \return 0 when rules were written, even after complaints; -1, with a complaint, when not.
 */
int feed_import(FILE *in, const char *file, const struct feed_options *options, FILE *out,
                rule_complain_t complain, void *ctx, struct feed_stats *stats);
