/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the readers of feeds share, and their entrances; for rules/feeds/ alone. */
#pragma once

#include <libpsl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/feeds/feed.h"
#include "rules/feeds/imported_rules.h"

/*! \brief A feed that is being read. */
struct feed {
	const char *file;
	const char *text; /*!< The whole of it, terminated, no zeros inside. */
	size_t size;
	const struct feed_options *options;
	struct imported_rules imported_rules;
	struct feed_stats *stats;
	const char
	        *place; /*!< JSON: the id that tells where a complaint's line 0 is; NULL: none. */
	psl_ctx_t *psl; /*!< NULL: no list; then no name is taken for a domain of its own. */
	rule_complain_t complain;
	void *ctx;
	bool no_memory;
};

/*! \brief A line as a view into the feed. */
struct feed_line {
	const char *text;
	size_t size;   /*!< Without its end. */
	size_t number; /*!< From 1; 0 before the first. */
};

/*! \brief Which names an indicator means. */
enum feed_reach {
	FEED_EXACT, /*!< As it is written. */
	FEED_WIDEN, /*!< A registrable domain means the names below it too. */
	FEED_BOTH,  /*!< The names below it too. */
};

/*! \brief The next line; all zeros but nothing is the beginning. */
bool feed_next_line(const struct feed *feed, struct feed_line *line);

/*! \brief The column of a place in a line, in characters from 1. */
size_t feed_column(const struct feed_line *line, const char *at);

/*! \brief Complains; line 0 is where `feed->place` stands, or the file as a whole. */
__attribute__((format(printf, 4, 5))) void feed_complain(struct feed *feed, size_t line,
                                                         size_t column, const char *format, ...);

/*!
 * \brief Adds a rule for an indicator as a feed writes it, or complains.
 *
 * \param word  Terminated.
 * \param line  Where it stands.
 */
void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *imported_rule);

/*! \brief The same for a word that is not terminated. */
void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *imported_rule);

/*!
 * \brief Reads a date of a feed, in UTC when it names no zone; complains of what is none.
 *
 * \param end  As date_parse() takes it. `time_ns` is left alone on failure.
 */
void feed_date(struct feed *feed, const char *text, bool end, size_t line, int64_t *time_ns);

/*! \brief Whether a name is a registrable domain, one label below a public suffix. */
bool feed_is_domain(const struct feed *feed, const struct indicator *indicator);

/*! \brief Tells a format by its content. */
enum feed_format feed_detect(const struct feed *feed);

/*! \brief Whether a line of a list reads as one; what csv_is() says of a header. */
bool list_line_is(const struct feed_line *line);
bool csv_is(const struct feed *feed);

void list_read(struct feed *feed);
void csv_read(struct feed *feed);
void zeek_read(struct feed *feed);
void rpz_read(struct feed *feed);
void json_read(struct feed *feed);
void report_read(struct feed *feed);
