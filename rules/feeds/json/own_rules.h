/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads the properties of rules from reports of this program (rules/exchange.h). */
#pragma once

#include "rules/feeds/json/json.h"

/*!
 * \brief Returns the extension EXCHANGE_STIX_EXTENSION of a STIX indicator. Returns NULL if there
 *        is no such extension, if it has no `indicators`, or if its `what` is neither a kind that
 *        `alert` takes nor `any`.
 */
const json_t *own_rule_extension(const json_t *object);

/*!
 * \brief Adds the rules of an extension.
 *
 * \param rule  Has the note, tags, reference and confidence of the STIX indicator. The kind,
 *              servers, severity and period are those in the extension.
 */
void own_rule_read(struct feed *feed, const json_t *extension, const struct imported_rule *rule);

/*! \brief The rule that the machine tags of a MISP attribute state. */
struct own_tags {
	/*! The text before the value in the indicator, such as `*.`; NULL: there is no tag `reach`.
	 */
	const char *prefix;
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
