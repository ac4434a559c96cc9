/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/store.h"

#include <stdio.h>
#include <string.h>

void store_indicator_text(const struct ruleset *set, const struct rule *rule,
                          char text[INDICATOR_TEXT_SIZE])
{
	struct indicator indicator = { .form = rule->form, .reach = rule->reach };
	size_t size;
	const uint8_t *bytes;
	switch (indicator.form) {
	case FORM_NETWORK:
		indicator.network =
		        *(const struct network *)intern_get(&set->networks.keys, rule->key, NULL);
		break;
	case FORM_NAME:
		bytes = intern_get(&set->names.keys, rule->key, &indicator.name_size);
		memcpy(indicator.name, bytes, indicator.name_size);
		break;
	case FORM_TEXT:
		indicator.text = intern_get(&set->texts, rule->key, &size);
		indicator.text_size = size - 1;
		break;
	case FORM_MAILBOX:
		bytes = intern_get(&set->mailboxes.keys, rule->key, &size);
		mailbox_split(bytes, size, &indicator.name_size);
		memcpy(indicator.name, bytes, indicator.name_size);
		indicator.local_size = size - indicator.name_size;
		memcpy(indicator.local, bytes + indicator.name_size, indicator.local_size);
		break;
	}
	indicator_text(&indicator, text);
}

void store_default_id(const struct ruleset *set, const struct line *line, char *text, size_t room)
{
	const char *file = store_text(set, store_attrs(set, line).file);
	snprintf(text, room, "%s:%u", file, line->number);
}
