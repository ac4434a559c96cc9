/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The names of indicator types in feeds, and the kinds of rules for them. */
#pragma once

#include "rules/feeds/import/reader.h"

/*! \brief What a value of an indicator type consists of. */
enum indicator_parts {
	TYPE_WHOLE, /*!< One indicator, perhaps with a port. */
	TYPE_PAIR,  /*!< A name, `|`, an address. */
};

struct indicator_type {
	const char *type; /*!< Folded by roles_fold(). */
	enum observation_kind kind;
	enum feed_reach reach;
	enum indicator_parts parts;
	unsigned forms; /*!< RULE_BIT of each form that its values may have; 0: any. */
};

/*!
 * \brief Finds a type by its name, in any case and with any signs: `IPv4 Address`, `ip-dst|port`;
 *        NULL: no rule can express it.
 */
const struct indicator_type *indicator_type_find(const char *type);

/*! \brief The type that a heading gives its values; NULL: none, as `indicator`. */
const struct indicator_type *indicator_type_of_heading(const char *heading);

/*! \brief As indicator_type_find(); fast when it is the type of the last call for this feed. */
const struct indicator_type *indicator_type_recall(struct feed *feed, const char *type);

/*! \brief Counts a value of a type that no rule takes; named if it looks like an indicator. */
void indicator_type_leave_out(struct feed *feed, const char *type, const char *value, size_t line);

/*! \brief Adds the rules of a value; `rule->kind` is ignored. */
void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule);
