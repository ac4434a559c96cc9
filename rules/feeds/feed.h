/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Turns a feed or a report into rule text.
 *
 * docs/feeds.md says for people which formats are read and what becomes of them.
 * Everything in a feed is taken for hostile: sizes have bounds, what cannot be
 * read is complained of by its line, and what is written is sound rule text.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "rules/rule.h"

/*! \brief Octets of the largest input; JSON grows when parsed, and a report is for a person. */
#define FEED_SIZE_MAX      (512u << 20)
#define FEED_JSON_SIZE_MAX (256u << 20)
#define FEED_TEXT_SIZE_MAX (16u << 20)

enum feed_format {
	FEED_AUTO, /*!< Told by its content. */
	FEED_LIST, /*!< One indicator a line; hosts files. */
	FEED_CSV,  /*!< RFC 4180, with a header. */
	FEED_STIX, /*!< STIX 2.x bundle or TAXII 2.x envelope. */
	FEED_MISP, /*!< MISP event, feed or search result. */
	FEED_ZEEK, /*!< Zeek Intel framework. */
	FEED_RPZ,  /*!< Response policy zone. */
	FEED_TEXT, /*!< A report for people. */
};

struct feed_options {
	enum feed_format format;
	const char *name;           /*!< For `feed=`; NULL: made of the file's name. */
	const char *ref;            /*!< For `ref=`; NULL: none. */
	const char *const *columns; /*!< CSV: pieces of ROLE=NAME. */
	size_t columns_count;
};

/*! \brief What became of a file. */
struct feed_stats {
	enum feed_format format; /*!< As it was read. */
	size_t rules;            /*!< Written, those set aside included. */
	size_t merged;           /*!< Entries that said again what one before had said. */
	size_t left_out;         /*!< Sound entries that this sensor has no rule for. */
	size_t errors;           /*!< Complaints. */
};

/*! \brief Complaints after these are only counted. */
#define FEED_COMPLAINTS_MAX 1000

/*! \brief The name of a format, as `--format` takes it. */
const char *feed_format_text(enum feed_format format);

/*! \brief The format of a name; -1: there is none. */
int feed_format_find(const char *name);

/*! \brief What is wrong with a piece of `--column`, NULL for nothing. */
const char *feed_column_check(const char *piece);

/*!
 * \brief Reads a feed to its end and writes its rules.
 *
 * \param file      Its name, for complaints and comments.
 * \param complain  Called for what cannot be read; not NULL.
 * \param stats     Filled in whatever the outcome; not NULL.
 *
 * \return 0 when rules were written, whatever was complained of; else -1, complained of too.
 */
int feed_import(FILE *in, const char *file, const struct feed_options *options, FILE *out,
                rule_complain_t complain, void *ctx, struct feed_stats *stats);
