/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The parser of the rule language: reads text, emits checked rules, reports every mistake.
 *
 *     set KEY=VALUE...
 *     alert WHAT INDICATOR... [KEY=VALUE...]
 *     allow WHAT INDICATOR... [KEY=VALUE...]
 *     pin OWNER WHAT EXPECTED... [KEY=VALUE...]
 *     protect NAME... [KEY=VALUE...]
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

/*! \brief Networks that one `server=` may name. */
#define LANGUAGE_SERVERS_MAX 32
/*! \brief `max_ttl` when none is given. */
#define LANGUAGE_NO_TTL UINT32_MAX

/*! \brief The values of a rule's keys, including those from `set`. */
struct language_keys {
	uint16_t given;              /*!< RULE_BIT of each key on the line itself. */
	const char *text[KEY_COUNT]; /*!< id, feed, ref, tags, note; NULL: not given. */
	enum rule_severity severity;
	int confidence;   /*!< 0 to 100, -1: not given. */
	int64_t since_ns; /*!< INT64_MIN: not given. */
	int64_t until_ns; /*!< The first instant after the period; INT64_MAX: not given. */
	uint32_t max_ttl; /*!< Seconds. */
	bool strict;      /*!< tld=strict */
	bool force;       /*!< force=yes */
	size_t servers_count;
	struct network servers[LANGUAGE_SERVERS_MAX];
};

/*! \brief A rule. Everything in it is borrowed until the sink returns. */
struct language_rule {
	enum rule_verb verb;
	enum observation_kind kind; /*!< KIND_ANY for `protect`. */
	size_t line;
	const struct indicator *indicators; /*!< `pin`: OWNER, then EXPECTED. */
	size_t count;                       /*!< At least 1, for `pin` 2. */
	const struct language_keys *keys;
	const char *text; /*!< The line as written, blanks folded, no comment; terminated. */
	size_t text_size;
};

/*! \brief Receives rules and complaints. */
struct language_sink {
	int (*rule)(void *ctx,
	            const struct language_rule *rule); /*!< Any value but 0 ends the reading. */
	rule_complain_t complain;
	void *ctx;
};

/*!
 * \brief Reads a file of rules to its end.
 *
 * \param file  Its name, for complaints only.
 * \param bad   Out: the number of invalid lines, and 1 more when the file cannot be read.
 *
 * \return 0 at the end of the file, even after complaints; -1 with `errno` set on failure.
 */
int language_read(FILE *in, const char *file, const struct language_sink *sink, size_t *bad);
