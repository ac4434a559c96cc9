/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The interface between the readers of formats and the import; for rules/feeds/ alone. */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/feeds/import/formats.h"
#include "rules/feeds/import/imported_rules.h"
#include "rules/feeds/import/shared_hosts.h"

struct json_t;
struct indicator_type;

/*! \brief The reason for a URL of which no rule is made. */
#define FEED_SHARED_HOST "a URL on a host that serves the world"

/*! \brief A feed that is being read. */
struct feed {
	const char *file;
	const char *text; /*!< The whole of it, terminated, no zeros inside. */
	size_t size;
	const struct feed_options *options;
	struct imported_rules rules;
	struct feed_stats *stats;
	const char *place; /*!< A text near the entry, to find its line for complaints of line 0. */
	const char *found; /*!< Where `place` was found last. */
	size_t found_line; /*!< Its line. */
	size_t futile_searches; /*!< Of the whole text, without result. */
	const struct shared_hosts *shared;
	char last_type[32]; /*!< For indicator_type_recall(). */
	const struct indicator_type *last_found;
	psl_ctx_t *psl;      /*!< NULL: without the list no name is a registrable domain. */
	struct json_t *json; /*!< Kept by json_root(). */
	bool is_json_broken;
	size_t json_line; /*!< Where and why it is broken, until that was reported. */
	size_t json_column;
	char json_why[160];
	rule_complain_t complain;
	void *ctx;
	bool no_memory;
};

/* The functions of each reader. */
#define X(format, name, prefix, size_max)                                                          \
	bool prefix##_is(struct feed *feed);                                                       \
	void prefix##_read(struct feed *feed);
FEED_FORMATS(X)
#undef X

/*! \brief A line as a view into the feed. */
struct feed_line {
	const char *text;
	size_t size;   /*!< Octets of `text`, without the line terminator. */
	size_t number; /*!< Line number from 1; 0 before the first line. */
};

/*! \brief Which names an indicator matches. */
enum feed_reach {
	FEED_EXACT, /*!< Only the name that is written. */
	FEED_WIDEN, /*!< A registrable domain includes the names below it. */
	FEED_BOTH,  /*!< Any name includes the names below it. */
};

/*! \brief Advances to the next line. Before the first call all fields of the line must be zero. */
bool feed_next_line(const struct feed *feed, struct feed_line *line);

/*! \brief Whether a line has no character but spaces and tabs. */
bool feed_line_is_blank(const struct feed_line *line);

/*! \brief Whether a line is blank, or a comment after #, ;, ! or //. */
bool feed_line_is_comment(const struct feed_line *line);

/*! \brief Returns whether at least half of the first 200 lines that are no comments have a format.
 */
bool feed_most_lines(const struct feed *feed, bool (*is)(const struct feed_line *line));

/*! \brief Returns the column of a place in a line, in characters from 1. */
size_t feed_column(const struct feed_line *line, const char *at);

/*! \brief Reports an error. If `line` is 0, it is that of `feed->place`, or the error is about the
 * whole file. */
__attribute__((format(printf, 4, 5))) void feed_complain(struct feed *feed, size_t line,
                                                         size_t column, const char *format, ...);

/*! \brief Counts an entry that becomes no rule, with its reason: `sha256`, `revoked`, ... */
void feed_leave_out(struct feed *feed, const char *reason);

/*! \brief Does the same for an entry that looks like an indicator; the first of these are reported.
 */
void feed_leave_out_named(struct feed *feed, const char *word, size_t size, size_t line,
                          size_t column, const char *reason);

/*! \brief A value in a feed, and its kind as the feed states it. */
struct feed_value {
	const char *text; /*!< Not terminated. */
	size_t size;
	size_t line; /*!< For complaints. */
	size_t column;
	enum feed_reach reach;
	unsigned forms; /*!< RULE_BIT of each form that it may have; 0: any. */
};

/*!
 * \brief Adds rules for a value, or complains.
 *
 * The value is checked: a word of one label, a hash, a column's name or a text that is meant
 * as IPv4 is no name. A range becomes networks. The host of a URL gives no rule when it
 * serves the world.
 *
 * \param rule  Everything but the indicator.
 */
void feed_add_value(struct feed *feed, const struct feed_value *value,
                    const struct imported_rule *rule);

/*! \brief As feed_add_value(), for a terminated word of any form. */
void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *rule);

/*! \brief As feed_add(), for a word that is not terminated. */
void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *rule);

/*!
 * \brief Reads a date of a feed, in UTC when it names no zone; complains of an invalid one.
 *
 * \param end      As date_parse() takes it.
 * \param time_ns  Left alone on failure.
 */
void feed_date(struct feed *feed, const char *text, bool end, size_t line, int64_t *time_ns);
