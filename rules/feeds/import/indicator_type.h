/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What other people call their indicators, and what that is in rules. */
#pragma once

#include "rules/feeds/import/reader.h"

/*! \brief What a value of a type consists of. */
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

/*! \brief What a feed calls a type, in any case; NULL: nothing that rules look at. */
const struct indicator_type *indicator_type_find(const char *type);

/*! \brief Adds the rules of a value; `draft->what` does not count. */
void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule);
