/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/rule.h"

#include "rules/keywords.h"

struct kind_row {
	const char *noun;
	const char *field;
	uint8_t forms;
	uint8_t pinned;
};

static const struct kind_row KINDS[] = {
#define X(kind, keyword, protocol, forms, pinned, protect, noun, field)                            \
	[KIND_##kind] = { noun, field, FORMS_##forms, FORMS_##pinned },
	OBSERVATION_KINDS(X)
#undef X
	        [KIND_ANY] = { "value", NULL, FORMS_ALL, FORMS_NONE },
};

unsigned rule_severity_number(enum rule_severity severity)
{
	static const uint8_t NUMBERS[] = {
#define X(severity, keyword, number) number,
		RULE_SEVERITIES(X)
#undef X
	};
	return NUMBERS[severity];
}

enum rule_severity rule_severity_of(unsigned number)
{
	int severity = SEVERITY_COUNT - 1;
	while (severity > 0 && number < rule_severity_number((enum rule_severity)severity)) {
		severity--;
	}
	return (enum rule_severity)severity;
}

const char *rule_form_text(enum rule_form form)
{
	static const char *const TEXTS[] = {
#define X(form, singular, plural) singular,
		RULE_FORMS(X)
#undef X
	};
	return TEXTS[form];
}

void rule_forms_text(unsigned forms, char *text, size_t room)
{
	static const char *const TEXTS[] = {
#define X(form, singular, plural) plural,
		RULE_FORMS(X) NULL
#undef X
	};
	keyword_list(TEXTS, forms, "and", text, room);
}

const char *observation_kind_text(enum observation_kind kind)
{
	return KEYWORD_KINDS[kind];
}

const char *observation_kind_noun(enum observation_kind kind)
{
	return KINDS[kind].noun;
}

const char *observation_kind_field(enum observation_kind kind)
{
	return KINDS[kind].field;
}

unsigned observation_kind_forms(enum observation_kind kind)
{
	return KINDS[kind].forms;
}

unsigned observation_kind_pinned(enum observation_kind kind)
{
	return KINDS[kind].pinned;
}

unsigned observation_kinds_of(enum observation_kind kind, enum rule_form form)
{
	unsigned kinds = 0;
	if (kind != KIND_ANY) {
		return RULE_BIT(kind);
	}
	for (int i = 0; i < KIND_COUNT; i++) {
		if ((KINDS[i].forms & RULE_BIT(form)) != 0) {
			kinds |= RULE_BIT(i);
		}
	}
	return kinds;
}
