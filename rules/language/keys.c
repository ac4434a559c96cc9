/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/keys.h"

#include <stdio.h>

/*! \brief The kinds whose rules take `server`. */
#define KINDS_WITH_SERVER (KINDS_SMTP & KINDS_OF_INDICATORS)

const char *const KEYWORD_KEYS[] = {
#define X(key, keyword) keyword,
	RULE_KEYS(X)
#undef X
	        NULL,
};

bool key_fits(enum rule_key key, enum rule_verb verb, enum observation_kind kind)
{
	switch (key) {
	case KEY_MAX_TTL:
		return verb == RULE_PIN && kind == KIND_NS;
	case KEY_TLD:
		return verb == RULE_PROTECT;
	case KEY_FORCE:
		return verb == RULE_ALERT;
	case KEY_AFTER:
	case KEY_MIN:
	case KEY_FORGET:
		return verb == RULE_LEARN;
	case KEY_SERVER:
		return verb <= RULE_ALLOW && (KINDS_WITH_SERVER & RULE_BIT(kind)) != 0;
	default:
		return true;
	}
}

void key_places(enum rule_key key, char why[KEY_WHY_SIZE])
{
	char kinds[KEYWORD_LIST_SIZE];
	switch (key) {
	case KEY_MAX_TTL:
		snprintf(why, KEY_WHY_SIZE, "only `pin OWNER %s` takes this key",
		         observation_kind_text(KIND_NS));
		break;
	case KEY_TLD:
		snprintf(why, KEY_WHY_SIZE, "only `protect` takes this key");
		break;
	case KEY_FORCE:
		snprintf(why, KEY_WHY_SIZE, "only `alert` takes this key");
		break;
	case KEY_AFTER:
	case KEY_MIN:
	case KEY_FORGET:
		snprintf(why, KEY_WHY_SIZE, "only `learn` takes this key");
		break;
	default:
		keyword_list(KEYWORD_KINDS, KINDS_WITH_SERVER, "and", kinds, sizeof(kinds));
		snprintf(why, KEY_WHY_SIZE,
		         "only `alert` and `allow` rules of the kinds %s take this key", kinds);
		break;
	}
}
