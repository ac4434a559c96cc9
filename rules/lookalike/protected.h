/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One protected name, and the decision whether another name imitates it.
 *
 * A protected name is a registrable domain, or a family of domains with a number in their first
 * label (`awsdns-[00-63].com`). The structs here contain views into the name in wire format, which
 * must outlive the structs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/index/names.h"
#include "rules/lookalike/shape.h"
#include "rules/lookalike/suffix.h"

/*!
 * \brief In a shape, this value means any digit. It is greater than the last Unicode character.
 */
#define PROTECTED_DIGIT 0x110000u

/*!
 * \brief How a name differs from the protected name that it imitates. The order is from the least
 *        to the greatest difference.
 */
enum lookalike_how {
	/*! The name has the label of a family, but its number is outside the range or has other
	 * leading zeros. */
	LOOKALIKE_NUMBER = 1,
	/*! Characters are replaced by others that look alike, or hyphens are added or dropped. */
	LOOKALIKE_SHAPE,
	LOOKALIKE_DOT, /*!< A dot is added or dropped. */
	/*! One letter is inserted, dropped or changed, or two adjacent letters are swapped. */
	LOOKALIKE_LETTER,
	/*! The name has the label of a protected family, but another public suffix. */
	LOOKALIKE_SUFFIX,
	/*! The name has the label of a protected name, but another public suffix. This is reported
	 * only for rules with tld=strict. */
	LOOKALIKE_STRICT,
	LOOKALIKE_NOT, /*!< The name is not an imitation. */
};

/*! \brief A name and views of its parts. */
struct domain {
	const uint8_t *wire;
	struct suffix_split split; /*!< The offsets at which the parts of the name begin. */
	/*! First label of the registrable domain, without its length octet. */
	const uint8_t *label;
	size_t label_size;
	const uint8_t *suffix; /*!< The public suffix in wire format. */
	size_t suffix_size;
};

struct protected_name {
	struct domain domain;
	bool family; /*!< The label has a range of numbers, as in awsdns-[00-63]. */
	/*! The number of octets of the label before the range; all octets if there is no range. */
	size_t front;
	size_t back;           /*!< The number of octets of the label after the range. */
	size_t widths[2];      /*!< The least and the greatest number of digits in the range. */
	uint64_t range[2];     /*!< The least and the greatest number of the range. */
	struct shape fronts;   /*!< Characters of the label before the range. */
	struct shape backs;    /*!< Characters of the label after the range. */
	size_t template_least; /*!< The number of characters of the shortest label in the family. */
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

/*! \brief Splits a name at offsets that suffix_split() has found. */
void domain_split(struct domain *domain, const uint8_t *wire, size_t size,
                  const struct suffix_split *split);

/*!
 * \brief Splits a name by the Public Suffix List. Returns false if the name has no registrable
 *        domain.
 */
bool domain_read(struct domain *domain, const psl_ctx_t *psl, const uint8_t *wire, size_t size);

/*! \brief Writes the labels from offset `from` to the end of the name. */
void domain_dotless(struct dotless *dotless, const struct domain *domain, size_t from);

/*! \brief Parses a protected name that domain_read() has split. */
void protected_read(struct protected_name *protected, const struct domain *domain);

/*!
 * \brief Fills in the suspect for a domain. The views in the suspect point into the same name as
 *        the views in the domain.
 */
void suspect_read(struct suspect *suspect, const struct domain *domain);

/*!
 * \brief Returns true if a domain equals the protected domain, or is a member of the protected
 *        family.
 */
bool protected_is(const struct protected_name *protected, const struct domain *domain);

/*!
 * \brief Returns how the suspect imitates the protected name. Added and dropped dots are not found
 *        here; see protected_is_dotless().
 */
enum lookalike_how protected_judge(const struct protected_name *protected,
                                   const struct suspect *suspect);

/*!
 * \brief Returns true if the public suffixes of the two names differ in at most one letter, as `ne`
 *        and `net` do.
 */
bool protected_suffix_is_near(const struct protected_name *protected,
                              const struct suspect *suspect);

/*!
 * \brief Returns true if a text is the protected domain without its dots.
 *
 * \param below  If true, the text must begin with the label directly below the registrable domain
 *               of the protected name (`www` for `www.example.com`). The result is false if the
 *               protected name has no such label.
 */
bool protected_is_dotless(const struct protected_name *protected, bool below, const uint8_t *text,
                          size_t size);

/*!
 * \brief Calls `each` for a protected name and for its registrable domain; for a family, calls it
 *        for every member instead.
 *
 * Families of more than PROTECTED_MEMBERS_MAX members are skipped.
 */
void protected_members(const psl_ctx_t *psl, const uint8_t *wire, size_t size,
                       void (*each)(void *ctx, const uint8_t *wire, size_t size), void *ctx);
#define PROTECTED_MEMBERS_MAX 10000
