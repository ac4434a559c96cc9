/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The names of indicator types in feeds, and the kinds of rules for them. */
#pragma once

#include "rules/feeds/import/reader.h"

/*! \brief What a value of an indicator type consists of. */
enum indicator_parts {
	TYPE_WHOLE, /*!< One indicator. */
	TYPE_PORT,  /*!< An indicator, then `|` or `:` and a port. */
	TYPE_PAIR,  /*!< A name, `|`, an address. */
};

struct indicator_type {
	const char *type; /*!< In lower case. */
	enum observation_kind kind;
	enum feed_reach reach;
	enum indicator_parts parts;
};

/*! \brief Finds a type by its name in any case; NULL: no rule can express it. */
const struct indicator_type *indicator_type_find(const char *type);

/*! \brief Adds the rules of a value; `rule->kind` is ignored. */
void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule);
