/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The parser of the rule language. It reads text, emits checked rules, and reports every
 *        mistake.
 *
 *     set KEY=VALUE...
 *     alert WHAT INDICATOR... [KEY=VALUE...]
 *     allow WHAT INDICATOR... [KEY=VALUE...]
 *     pin OWNER WHAT EXPECTED... [KEY=VALUE...]
 *     protect NAME... [KEY=VALUE...]
 *     learn OWNER WHAT[,WHAT...] [KEY=VALUE...]
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rules/language/indicator.h"
#include "rules/language/keys.h"
#include "rules/observation.h"
#include "rules/rule.h"

/*! \brief The largest number of networks in one `server=`. */
#define LANGUAGE_SERVERS_MAX 32
/*! \brief The value of `max_ttl` if the rule does not have the key `max-ttl`. */
#define LANGUAGE_NO_TTL UINT32_MAX

/*! \brief The values of a rule's keys, including those from `set`. */
struct language_keys {
	uint16_t given; /*!< The RULE_BIT of each key that is on the line itself. */
	/*! The values of `id`, `feed`, `ref`, `tags` and `note`, indexed by enum rule_key; NULL:
	 * not given. */
	const char *text[KEY_COUNT];
	enum rule_severity severity;
	int confidence; /*!< The confidence, 0 to 100; -1: not given. */
	/*! The start of the period in which the rule applies, in nanoseconds since 1970 UTC;
	 * INT64_MIN: not given. */
	int64_t since_ns;
	int64_t until_ns;  /*!< The first instant after this period; INT64_MAX: not given. */
	uint32_t max_ttl;  /*!< The value of `max-ttl` in seconds, or LANGUAGE_NO_TTL. */
	bool strict;       /*!< `tld=strict` is given. */
	bool rated;        /*!< The key `sev` is given, on the line or by `set`. */
	uint32_t after_s;  /*!< The value of `after` in seconds. */
	uint32_t min;      /*!< The value of `min`. */
	uint32_t forget_s; /*!< The value of `forget` in seconds. */
	bool force;        /*!< `force=yes` is given. */
	size_t servers_count;
	struct network servers[LANGUAGE_SERVERS_MAX];
};

/*! \brief The default values of the keys `after`, `min` and `forget` of `learn` rules. */
#define LANGUAGE_AFTER_S  (7 * 86400)
#define LANGUAGE_MIN      3
#define LANGUAGE_FORGET_S (180 * 86400)

/*! \brief A rule. All pointers are borrowed until the sink's function returns. */
struct language_rule {
	enum rule_verb verb;
	/*! The kind of the rule; KIND_ANY for `protect` and `learn`. */
	enum observation_kind kind;
	uint16_t learned; /*!< For `learn`, the bits of enum learn_kind; else 0. */
	size_t line;      /*!< Line number in the file, from 1. */
	/*! The indicators. For `pin`: OWNER, then EXPECTED. For `learn`: OWNER; `*` has become the
	 * root domain. */
	const struct indicator *indicators;
	/*! The number of indicators, at least 1; for `pin` at least 2. */
	size_t count;
	const struct language_keys *keys;
	/*! The line as written, but with single blanks and without a comment. It ends with NUL. */
	const char *text;
	size_t text_size;
};

/*! \brief The functions that receive rules and errors. */
struct language_sink {
	/*! Receives a rule. A result other than 0 ends language_read(). */
	int (*rule)(void *ctx, const struct language_rule *rule);
	rule_complain_t complain;
	void *ctx;
};

/*!
 * \brief Reads a file of rules to its end.
 *
 * \param file  The name of the file, for `complain`.
 * \param bad   Receives the number of invalid lines, plus 1 if the file cannot be read.
 *
 * \return 0 at the end of the file, even if lines are invalid; -1 with `errno` set on failure.
 */
int language_read(FILE *in, const char *file, const struct language_sink *sink, size_t *bad);
