/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/store_add.h"

#include <stdlib.h>
#include <string.h>

#include "rules/ruleset/canonical.h"

static int grow(void **items, uint32_t *room, uint32_t need, size_t size)
{
	if (need <= *room) {
		return 0;
	}
	/* RULE_NONE is not a valid number. */
	uint64_t more = (uint64_t)need + need / 2 + 16;
	if (more >= RULE_NONE) {
		return -1;
	}
	void *grown = realloc(*items, more * size);
	if (grown == NULL) {
		return -1;
	}
	*items = grown;
	*room = (uint32_t)more;
	return 0;
}

int store_add_text(struct ruleset *set, const char *text, uint32_t *number)
{
	*number = text != NULL ? intern_add(&set->texts, text, strlen(text) + 1) : TEXT_NONE;
	return *number != INTERN_NONE ? 0 : -1;
}

static int add_servers(struct ruleset *set, const struct language_keys *keys, uint32_t *number)
{
	*number = INTERN_NONE;
	if (keys->servers_count == 0) {
		return 0;
	}
	*number = intern_add(&set->servers, keys->servers,
	                     keys->servers_count * sizeof(keys->servers[0]));
	return *number != INTERN_NONE ? 0 : -1;
}

static int add_attrs(struct ruleset *set, uint32_t file, const struct language_rule *rule,
                     uint32_t *number)
{
	const struct language_keys *keys = rule->keys;
	struct attrs attrs = {
		.since_ns = keys->since_ns,
		.until_ns = keys->until_ns,
		.file = file,
		.max_ttl = keys->max_ttl,
		.given = keys->given,
		.verb = (uint8_t)rule->verb,
		.kind = (uint8_t)rule->kind,
		.severity = (uint8_t)keys->severity,
		.confidence = (int8_t)keys->confidence,
		.strict = keys->strict,
		.force = keys->force,
	};
	if (rule->verb == RULE_LEARN) {
		attrs.learned = rule->learned;
		attrs.rated = keys->rated;
		attrs.after_s = keys->after_s;
		attrs.min = keys->min;
		attrs.forget_s = keys->forget_s;
	}
	if (store_add_text(set, keys->text[KEY_FEED], &attrs.feed) != 0 ||
	    store_add_text(set, keys->text[KEY_REF], &attrs.ref) != 0 ||
	    store_add_text(set, keys->text[KEY_TAGS], &attrs.tags) != 0 ||
	    store_add_text(set, keys->text[KEY_NOTE], &attrs.note) != 0 ||
	    add_servers(set, keys, &attrs.servers) != 0) {
		return -1;
	}
	*number = intern_add(&set->attrs, &attrs, sizeof(attrs));
	return *number != INTERN_NONE ? 0 : -1;
}

/*! \brief Adds a text that does not end with NUL. \return Its number, or INTERN_NONE. */
static uint32_t add_text(struct ruleset *set, const char *text, size_t size)
{
	char copy[INDICATOR_TEXT_SIZE];
	memcpy(copy, text, size);
	copy[size] = '\0';
	return intern_add(&set->texts, copy, size + 1);
}

static uint32_t add_key(struct ruleset *set, const struct indicator *indicator)
{
	switch (indicator->form) {
	case FORM_NAME:
		return names_add(&set->names, indicator->name, indicator->name_size);
	case FORM_NETWORK:
		return networks_add(&set->networks, &indicator->network);
	case FORM_TEXT:
		return add_text(set, indicator->text, indicator->text_size);
	default:
		return mailboxes_add(&set->mailboxes, indicator->name, indicator->name_size,
		                     indicator->local, indicator->local_size);
	}
}

/*! \brief Returns the kinds, or the role, of an indicator of a rule. */
static uint32_t kinds_of(const struct language_rule *rule, size_t at)
{
	switch (rule->verb) {
	case RULE_PIN:
		return at == 0 ? ROLE_OWNER : 0;
	case RULE_LEARN:
		return ROLE_LEARNED;
	case RULE_PROTECT:
		return ROLE_PROTECTED;
	default:
		return observation_kinds_of(rule->kind, rule->indicators[at].form);
	}
}

static int add_indicators(struct ruleset *set, const struct language_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++) {
		const struct indicator *indicator = &rule->indicators[i];
		if (grow((void **)&set->rules, &set->rules_room, set->rules_count + 1,
		         sizeof(*set->rules)) != 0) {
			return -1;
		}
		struct rule added = {
			.line = set->lines_count - 1,
			.next = RULE_NONE,
			.key = add_key(set, indicator),
			.form = indicator->form & 0xf,
			.reach = indicator->reach & 0xf,
			.kinds = kinds_of(rule, i) & 0xffffff,
		};
		if (added.key == INTERN_NONE) {
			return -1;
		}
		set->kinds |= added.kinds;
		set->rules[set->rules_count++] = added;
	}
	return 0;
}

/*!
 * \brief Stores the text of a line only if it cannot be rebuilt. The text of most rules of feeds
 *        can be rebuilt.
 */
static int add_line_text(struct ruleset *set, const struct language_rule *rule)
{
	char rebuilt[sizeof(((struct rule_scratch *)0)->text)];
	struct line *line = &set->lines[set->lines_count - 1];
	size_t size = canonical_own(set, line, rebuilt, sizeof(rebuilt));
	if (size < sizeof(rebuilt) && size == rule->text_size &&
	    memcmp(rebuilt, rule->text, size) == 0) {
		return 0;
	}
	return store_add_text(set, rule->text, &line->text);
}

int store_add_rule(struct ruleset *set, uint32_t file, const struct language_rule *rule)
{
	struct line line = { .number = (uint32_t)rule->line, .first = set->rules_count };
	if (grow((void **)&set->lines, &set->lines_room, set->lines_count + 1,
	         sizeof(*set->lines)) != 0 ||
	    add_attrs(set, file, rule, &line.attrs) != 0 ||
	    store_add_text(set, rule->keys->text[KEY_ID], &line.id) != 0) {
		return -1;
	}
	set->lines[set->lines_count++] = line;
	if (add_indicators(set, rule) != 0 || add_line_text(set, rule) != 0) {
		return -1;
	}
	set->pinned |= rule->verb == RULE_PIN ? RULE_BIT(rule->kind) : 0;
	set->learned |= rule->learned;
	bool all = rule->indicators[0].name_size == 1;
	set->learned_of_all |= all ? rule->learned : 0;
	set->learned_of_names |= all ? 0 : rule->learned;
	set->sources[set->sources_count - 1].indicators += (uint32_t)rule->count;
	return 0;
}

int store_add_source(struct ruleset *set, const char *path, uint32_t *file)
{
	const char *slash = strrchr(path, '/');
	struct source source = { .first_line = set->lines_count };
	if (store_add_text(set, path, &source.path) != 0 ||
	    grow((void **)&set->sources, &set->sources_room, set->sources_count + 1,
	         sizeof(*set->sources)) != 0) {
		return -1;
	}
	set->sources[set->sources_count++] = source;
	return store_add_text(set, slash != NULL ? slash + 1 : path, file);
}
