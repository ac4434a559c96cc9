/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/store.h"

static void fill_value(const struct ruleset *set, const struct rule *rule, struct ruleset_key *key)
{
	size_t size;
	const uint8_t *octets;
	switch (rule->form) {
	case FORM_NAME:
		key->name = intern_get(&set->names.keys, rule->key, &key->name_size);
		break;
	case FORM_NETWORK:
		key->network = intern_get(&set->networks.keys, rule->key, NULL);
		break;
	default:
		octets = intern_get(&set->mailboxes.keys, rule->key, &size);
		key->name = octets;
		mailbox_split(octets, size, &key->name_size);
		key->local = (const char *)octets + key->name_size;
		key->local_size = size - key->name_size;
		break;
	}
}

bool ruleset_each_key(const struct ruleset *set, ruleset_key_t each, void *ctx)
{
	for (uint32_t i = 0; i < set->rules_count; i++) {
		const struct rule *rule = &set->rules[i];
		const struct attrs attrs = store_attrs(set, &set->lines[rule->line]);
		/* The expected values of a pin have no kinds, and `learn` rules match no
		 * observation. */
		if (rule->kinds == 0 || attrs.verb == RULE_ALLOW || attrs.verb == RULE_LEARN) {
			continue;
		}
		struct ruleset_key key = {
			.form = (enum rule_form)rule->form,
			.is_owner = (rule->kinds & ROLE_OWNER) != 0,
			.is_protected = (rule->kinds & ROLE_PROTECTED) != 0,
			.exact = (rule->reach & REACH_EXACT) != 0,
			.below = (rule->reach & REACH_BELOW) != 0,
			.kinds = rule->kinds & KINDS_ALL,
		};
		if (key.is_owner) {
			key.kinds = RULE_BIT(attrs.kind);
		}
		fill_value(set, rule, &key);
		if (!each(ctx, &key)) {
			return false;
		}
	}
	return true;
}
