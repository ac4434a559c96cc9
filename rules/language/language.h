/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rule language: text in, checked rules out, every mistake named.
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

/*! \brief The values of a rule's keys, those that `set` gave included. */
struct language_keys {
	uint16_t given;              /*!< RULE_BIT of each key on the line itself. */
	const char *text[KEY_COUNT]; /*!< id, feed, ref, tags, note; NULL: not given. */
	enum rule_severity severity;
	int confidence;   /*!< 0 to 100, -1: not given. */
	int64_t since_ns; /*!< INT64_MIN: not given. */
	int64_t until_ns; /*!< The first instant after; INT64_MAX: not given. */
	uint32_t max_ttl; /*!< Seconds. */
	bool strict;      /*!< tld=strict */
	bool force;       /*!< force=yes */
	size_t servers_count;
	struct network servers[LANGUAGE_SERVERS_MAX];
};

/*! \brief A rule that was read. Everything is borrowed until the sink returns. */
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

/*! \brief Where rules and complaints go. */
struct language_sink {
	int (*rule)(void *ctx, const struct language_rule *rule); /*!< Not 0 ends the reading. */
	rule_complain_t complain;
	void *ctx;
};

/*!
 * \brief Reads a file of rules to its end.
 *
 * \param file  Its name, for complaints only.
 * \param bad   Filled in: lines that could not be read, and 1 more when the file could not.
 *
 * \return 0 when the end was reached, whatever was complained of; else -1, `errno` set.
 */
int language_read(FILE *in, const char *file, const struct language_sink *sink, size_t *bad);
