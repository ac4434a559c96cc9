/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads what reports of this program have besides indicators: see rules/exchange.h. */
#pragma once

#include "rules/feeds/json/json.h"

/*!
 * \brief Returns the extension of a STIX indicator that has the rule; NULL if there is none, or it
 *        has no indicators or an unknown kind.
 */
const json_t *own_rule_extension(const json_t *object);

/*!
 * \brief Adds the rules of an extension.
 *
 * \param rule  The note, tags, reference and confidence of the indicator. The other members are
 *              those of the extension.
 */
void own_rule_read(struct feed *feed, const json_t *extension, const struct imported_rule *rule);

/*! \brief The rule that the machine tags of a MISP attribute state. */
struct own_tags {
	const char *prefix; /*!< What precedes the value in the indicator; NULL: there is no tag. */
	enum observation_kind kind;
	bool found; /*!< A tag of this program was read. */
	bool has_severity;
	enum rule_severity severity;
	int confidence; /*!< -1: not stated. */
};

/*! \brief The state before the first tag. */
#define OWN_TAGS_INIT                                                                              \
	{                                                                                          \
		.kind = KIND_ANY, .confidence = -1,                                                \
	}

/*!
 * \brief Reads a tag.
 *
 * \return False for a tag of another program.
 */
bool own_tags_read(struct own_tags *tags, const char *name);
