/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One protected name, and the judgement whether another imitates it.
 *
 * A protected name is a registrable domain, or a family of them with a number in
 * its label (`awsdns-[00-63].com`). Views live as long as the name in wire format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/index/names.h"
#include "rules/lookalike/shape.h"
#include "rules/lookalike/suffix.h"

/*! \brief In a shape: any digit. */
#define PROTECTED_DIGIT 0x110000u

/*! \brief By what a name imitates a protected one, the closest first. */
enum lookalike_how {
	LOOKALIKE_NUMBER = 1, /*!< Zeros, a number outside the range or width. */
	LOOKALIKE_SHAPE,      /*!< Look-alike characters, hyphens. */
	LOOKALIKE_DOT,        /*!< A dot added or dropped. */
	LOOKALIKE_LETTER,     /*!< A letter inserted, dropped, changed, or two swapped. */
	LOOKALIKE_SUFFIX,     /*!< A family's label before another public suffix. */
	LOOKALIKE_STRICT,     /*!< The same of a name; it counts with tld=strict alone. */
	LOOKALIKE_NOT,
};

/*! \brief A name's parts, as offsets do not tell them. */
struct domain {
	const uint8_t *wire;
	struct suffix_split split;
	const uint8_t *label; /*!< Of the registrable domain, without its length octet. */
	size_t label_size;
	const uint8_t *suffix; /*!< In wire format. */
	size_t suffix_size;
};

struct protected_name {
	struct domain domain;
	bool family;
	size_t front;          /*!< Octets of the label before the range; the label's without. */
	size_t back;           /*!< Octets behind the range, at the label's end. */
	size_t widths[2];      /*!< Least and greatest number of digits. */
	uint64_t range[2];     /*!< Least and greatest number. */
	struct shape fronts;   /*!< The label's characters before the range. */
	struct shape backs;    /*!< Those behind it. */
	size_t template_least; /*!< Characters of the family's shortest label. */
};

/*! \brief A name under examination. */
struct suspect {
	struct domain domain;
	struct shape shape;
	struct shape skeleton;
};

/*! \brief Labels written without the dots between them. */
struct dotless {
	size_t size;
	uint8_t text[DNS_NAME_MAX];
};

/*! \brief Takes a name apart as it is told, whatever the Public Suffix List says. */
void domain_split(struct domain *domain, const uint8_t *wire, size_t size,
                  const struct suffix_split *split);

/*! \brief Splits a name; false when it has no registrable domain. */
bool domain_read(struct domain *domain, const psl_ctx_t *psl, const uint8_t *wire, size_t size);

/*! \brief The labels from one at this offset of the name on. */
void domain_dotless(struct dotless *dotless, const struct domain *domain, size_t from);

/*! \brief Takes a protected name apart that domain_read() has split. */
void protected_read(struct protected_name *protected, const struct domain *domain);

void suspect_read(struct suspect *suspect, const struct domain *domain);

/*! \brief Whether a domain is the protected one, or one of the family. */
bool protected_is(const struct protected_name *protected, const struct domain *domain);

/*! \brief By what the domain imitates the protected one; dots are not looked at. */
enum lookalike_how protected_judge(const struct protected_name *protected,
                                   const struct suspect *suspect);

/*!
 * \brief Whether a text is the protected domain without its dots.
 *
 * \param below  The label in front of the domain, as the rule names it, belongs to it.
 */
bool protected_is_dotless(const struct protected_name *protected, bool below, const uint8_t *text,
                          size_t size);

/*!
 * \brief Calls back for a protected name, its registrable domain, and the family's members.
 *
 * Of a family beyond PROTECTED_MEMBERS_MAX none is told.
 */
void protected_members(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                       void (*each)(void *ctx, const uint8_t *wire, size_t size), void *ctx);
#define PROTECTED_MEMBERS_MAX 10000
