/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/imitation.h"

#include "rules/lookalike/protected.h"

/* Whether two labels differ only in digits. */
static bool is_sibling(const struct shape *one, const struct shape *other)
{
	if (one->count != other->count) {
		return false;
	}
	for (size_t i = 0; i < one->count; i++) {
		bool digits = shape_is_digit(one->at[i]) && shape_is_digit(other->at[i]);
		if (one->at[i] != other->at[i] && !digits) {
			return false;
		}
	}
	return true;
}

/* Whether the name is the known domain with a dot added or dropped. */
static bool is_dotless(const struct protected_name *known, const struct domain *domain)
{
	struct dotless text;
	domain_dotless(&text, domain, domain->split.domain);
	return protected_is_dotless(known, false, text.text, text.size) ||
	       protected_is_dotless(known, true, text.text, text.size);
}

bool imitation_is(const psl_ctx_t *psl, const uint8_t *known, size_t known_size,
                  const uint8_t *name, size_t name_size)
{
	struct domain domains[2];
	struct protected_name protected;
	struct suspect suspect;
	if (!domain_read(&domains[0], psl, known, known_size) ||
	    !domain_read(&domains[1], psl, name, name_size)) {
		return false;
	}
	protected_read(&protected, &domains[0]);
	if (protected_is(&protected, &domains[1])) {
		return false;
	}
	suspect_read(&suspect, &domains[1]);
	enum lookalike_how how = protected_judge(&protected, &suspect);
	if (how == LOOKALIKE_LETTER && is_sibling(&protected.fronts, &suspect.shape)) {
		return false;
	}
	return how != LOOKALIKE_NOT || is_dotless(&protected, &domains[1]);
}
