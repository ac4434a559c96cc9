/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The interface between the import and the readers of formats. Private to rules/feeds/. */
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

/*! \brief The reason why no rule is written for the host of a URL. */
#define FEED_SHARED_HOST "a URL on a shared host"

/*! \brief A feed that is being read. */
struct feed {
	const char *file;
	const char *text; /*!< The whole feed, which ends with NUL and contains no other NUL. */
	size_t size;
	const struct feed_options *options;
	struct imported_rules rules;
	struct feed_stats *stats;
	/*! A string from the entry that is being read. For a message without a line number, this
	 * string is searched for in `text`, and the message gets the line where it is found. */
	const char *place;
	/*! The position in `text` where the last successful search has found `place`. The next
	 * search begins there. */
	const char *found;
	size_t found_line; /*!< The line of `found`. */
	/*! The number of searches that have not found `place`. */
	size_t futile_searches;
	const struct shared_hosts *shared;
	/*! The type in the last indicator_type_recall(). `last_found` is its result. */
	char last_type[32];
	const struct indicator_type *last_found;
	/*! The Public Suffix List; NULL: it is not installed, and no name counts as a
	 * registrable domain. */
	const psl_ctx_t *psl;
	struct json_t *json; /*!< The parsed text, after json_peek(). */
	bool is_json_broken;
	/*! The position of the error in the JSON text, and its description, until json_root()
	 * reports it. */
	size_t json_line;
	size_t json_column;
	char json_why[160];
	rule_complain_t complain;
	void *ctx;
	bool no_memory;
};

/* The two functions of the reader of each format. */
#define X(format, name, prefix, size_max)                                                          \
	bool prefix##_is(struct feed *feed);                                                       \
	void prefix##_read(struct feed *feed);
FEED_FORMATS(X)
#undef X

/*! \brief A line of the feed, as a view. */
struct feed_line {
	const char *text;
	size_t size;   /*!< Octets of `text`, without the line terminator. */
	size_t number; /*!< The line number, from 1; 0 before the first line. */
};

/*! \brief Determines which names an indicator matches. */
enum feed_reach {
	FEED_EXACT, /*!< The indicator matches only the name that is written. */
	/*! An indicator that is a registrable domain also matches the names below it. */
	FEED_WIDEN,
	FEED_BOTH, /*!< The indicator always also matches the names below it. */
};

/*!
 * \brief Advances to the next line; returns false at the end of the feed. Before the first call all
 *        fields of the line must be zero.
 */
bool feed_next_line(const struct feed *feed, struct feed_line *line);

/*! \brief Returns true if a line has only spaces and tabs. */
bool feed_line_is_blank(const struct feed_line *line);

/*! \brief Returns true if a line is blank, or is a comment that begins with #, ;, ! or //. */
bool feed_line_is_comment(const struct feed_line *line);

/*!
 * \brief Returns true if `is` accepts at least half of the first 200 lines that are not comments.
 */
bool feed_most_lines(const struct feed *feed, bool (*is)(const struct feed_line *line));

/*! \brief Returns the column of a place in a line, in characters from 1. */
size_t feed_column(const struct feed_line *line, const char *at);

/*!
 * \brief Reports an error in a line. If `line` is 0, the error is in the line of `feed->place`, or
 *        in the whole file if there is no place.
 */
__attribute__((format(printf, 4, 5))) void feed_complain(struct feed *feed, size_t line,
                                                         size_t column, const char *format, ...);

/*!
 * \brief Counts an entry that gives no rule. `reason`, such as `sha256` or `revoked`, selects the
 *        count.
 */
void feed_leave_out(struct feed *feed, const char *reason);

/*!
 * \brief Does the same as feed_leave_out() for an entry that looks like an indicator. The first
 *        FEED_NAMED_MAX of these entries are also reported.
 */
void feed_leave_out_named(struct feed *feed, const char *word, size_t size, size_t line,
                          size_t column, const char *reason);

/*! \brief A value in a feed, with the properties that the feed states for it. */
struct feed_value {
	const char *text; /*!< The text has no final NUL. */
	size_t size;
	size_t line; /*!< The line of the value, for messages. */
	size_t column;
	enum feed_reach reach;
	unsigned forms; /*!< The RULE_BIT of each form that the value may have; 0: any form. */
};

/*!
 * \brief Adds rules for a value. If there are none, the reason is reported or counted.
 *
 * A single label, a hash, the heading of a column and an incomplete IPv4 address are not accepted
 * as names. A range of addresses becomes networks. The host of a URL gives no rule if it is a
 * shared host (shared_hosts.h).
 *
 * \param rule  The rule without its indicator.
 */
void feed_add_value(struct feed *feed, const struct feed_value *value,
                    const struct imported_rule *rule);

/*!
 * \brief Does the same as feed_add_value() for a word that ends with NUL, and that may have any
 *        form.
 */
void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *rule);

/*! \brief Does the same as feed_add() for a word without a final NUL. */
void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *rule);

/*!
 * \brief Reads a date of a feed. A date without a zone is in UTC. An invalid date is reported.
 *
 * \param end      True if the date is the end of a period; see date_parse().
 * \param time_ns  Receives the time in nanoseconds since 1970; it is not changed on failure.
 */
void feed_date(struct feed *feed, const char *text, bool end, size_t line, int64_t *time_ns);
