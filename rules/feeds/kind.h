/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What other people call their indicators, and what that is in rules. */
#pragma once

#include "rules/feeds/reader.h"

/*! \brief What a value of a kind consists of. */
enum kind_parts {
	KIND_WHOLE, /*!< One indicator. */
	KIND_PORT,  /*!< An indicator, then `|` or `:` and a port. */
	KIND_PAIR,  /*!< A name, `|`, an address. */
};

struct kind {
	const char *type; /*!< In lower case. */
	enum observation_what what;
	enum feed_reach reach;
	enum kind_parts parts;
};

/*! \brief What a feed calls a type, in any case; NULL: nothing that rules look at. */
const struct kind *kind_find(const char *type);

/*! \brief Adds the rules of a value; `draft->what` does not count. */
void kind_add(struct feed *feed, const struct kind *kind, const char *value, size_t line,
              const struct draft *draft);
