/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of indicator types, with the names that feeds use for them, and the kind of rule
 *        for each type.
 */
#pragma once

#include "rules/feeds/import/reader.h"

/*! \brief The form of a value of an indicator type. */
enum indicator_parts {
	TYPE_WHOLE, /*!< The value is one indicator, which may have a port. */
	TYPE_PAIR,  /*!< The value is NAME|ADDRESS. */
};

struct indicator_type {
	const char *type; /*!< The name of the type as roles_fold() writes it. */
	enum observation_kind kind;
	enum feed_reach reach;
	enum indicator_parts parts;
	unsigned forms; /*!< RULE_BIT of each form that values of the type may have; 0: any form. */
};

/*!
 * \brief Finds a type by its name, such as `IPv4 Address` or `ip-dst|port`. Case, blanks and
 *        punctuation do not matter. Returns NULL if no rule can express the type.
 */
const struct indicator_type *indicator_type_find(const char *type);

/*!
 * \brief Returns the type that the heading of a column states, such as `ipv4`. Returns NULL for a
 *        heading that states no type, such as `indicator`.
 */
const struct indicator_type *indicator_type_of_heading(const char *heading);

/*!
 * \brief Does the same as indicator_type_find(). It is fast if `type` is the same as in the
 *        previous call for this feed.
 */
const struct indicator_type *indicator_type_recall(struct feed *feed, const char *type);

/*!
 * \brief Counts a value whose type no rule can express. A value that looks like an indicator is
 *        also reported.
 */
void indicator_type_leave_out(struct feed *feed, const char *type, const char *value, size_t line);

/*!
 * \brief Adds the rules for a value. The type determines the kind of these rules; `rule->kind` is
 *        ignored.
 */
void indicator_type_add(struct feed *feed, const struct indicator_type *type, const char *value,
                        size_t line, const struct imported_rule *rule);
