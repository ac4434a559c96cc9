/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ruleset/canonical.h"

#include <string.h>

#include "base/date.h"
#include "base/duration.h"
#include "rules/language/language.h"

/*! \brief A file, or memory of bounded size. */
struct sink {
	FILE *file;
	char *text;
	size_t room;
	size_t size;
};

static void put(struct sink *w, const char *text, size_t size)
{
	if (w->file != NULL) {
		fwrite(text, 1, size, w->file);
	} else if (w->size + size < w->room) {
		memcpy(w->text + w->size, text, size);
		w->text[w->size + size] = '\0';
	}
	w->size += size;
}

static void put_text(struct sink *w, const char *text)
{
	put(w, text, strlen(text));
}

/*! \brief Writes a text so that it is read as one word, or as a part of one word. */
static void put_word(struct sink *w, const char *text, bool quote)
{
	if (!quote && strpbrk(text, " \t\"") == NULL) {
		put_text(w, text);
		return;
	}
	put_text(w, "\"");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\') {
			put_text(w, "\\");
		}
		put(w, at, 1);
	}
	put_text(w, "\"");
}

static void put_indicator(struct sink *w, const struct ruleset *set, const struct rule *rule)
{
	char text[INDICATOR_TEXT_SIZE];
	store_indicator_text(set, rule, text);
	put_text(w, " ");
	/* Without quotes, these words would be read as a comment or as KEY=VALUE. */
	put_word(w, text, text[0] == '#' || strchr(text, '=') != NULL);
}

static void put_learned(struct sink *w, const struct ruleset *set, const struct line *line,
                        unsigned learned)
{
	size_t size;
	const struct rule *owner = &set->rules[line->first];
	(void)intern_get(&set->names.keys, owner->key, &size);
	put_text(w, KEYWORD_VERBS[RULE_LEARN]);
	if (size == 1) {
		put_text(w, " *");
	} else {
		put_indicator(w, set, owner);
	}
	const char *before = " ";
	if (learned == RULE_BIT(LEARN_COUNT) - 1) {
		put_text(w, " all");
		return;
	}
	for (int i = 0; i < LEARN_COUNT; i++) {
		if ((learned & RULE_BIT(i)) != 0) {
			put_text(w, before);
			put_text(w, KEYWORD_LEARNED[i]);
			before = ",";
		}
	}
}

/*! \brief Writes the rule up to its keys. */
static void put_indicators(struct sink *w, const struct ruleset *set, const struct line *line,
                           const struct attrs *attrs)
{
	enum rule_verb verb = attrs->verb;
	uint32_t end = store_line_end(set, line);
	uint32_t at = line->first;
	if (verb == RULE_LEARN) {
		put_learned(w, set, line, attrs->learned);
		return;
	}
	put_text(w, KEYWORD_VERBS[verb]);
	if (verb == RULE_PIN) {
		put_indicator(w, set, &set->rules[at++]);
	}
	if (verb != RULE_PROTECT) {
		put_text(w, " ");
		put_text(w, observation_kind_text(attrs->kind));
	}
	for (; at < end; at++) {
		put_indicator(w, set, &set->rules[at]);
	}
}

static void put_servers(struct sink *w, const struct ruleset *set, uint32_t servers)
{
	size_t size;
	const struct network *network = intern_get(&set->servers, servers, &size);
	for (size_t i = 0; i < size / sizeof(*network); i++) {
		char text[NETWORK_TEXT_SIZE];
		network_text(&network[i], text);
		put_text(w, i > 0 ? "," : "");
		put_text(w, text);
	}
}

static void put_value(struct sink *w, const struct ruleset *set, const struct attrs *attrs,
                      enum rule_key key)
{
	char text[DATE_TEXT_SIZE];
	switch (key) {
	case KEY_SEV:
		put_text(w, KEYWORD_SEVERITIES[attrs->severity]);
		return;
	case KEY_CONF:
		snprintf(text, sizeof(text), "%d", attrs->confidence);
		break;
	case KEY_SINCE:
		date_text(attrs->since_ns, false, text);
		break;
	case KEY_UNTIL:
		date_text(attrs->until_ns, true, text);
		break;
	case KEY_MAX_TTL:
		snprintf(text, sizeof(text), "%u", attrs->max_ttl);
		break;
	case KEY_AFTER:
		duration_text(attrs->after_s, text);
		break;
	case KEY_MIN:
		snprintf(text, sizeof(text), "%u", attrs->min);
		break;
	case KEY_FORGET:
		duration_text(attrs->forget_s, text);
		break;
	case KEY_TLD:
		put_text(w, "strict");
		return;
	case KEY_FORCE:
		put_text(w, "yes");
		return;
	case KEY_SERVER:
		put_servers(w, set, attrs->servers);
		return;
	default:
		return;
	}
	put_text(w, text);
}

/*! \brief Returns the keys, as bits, whose values differ from those of a rule without keys. */
static unsigned differing(const struct attrs *attrs)
{
	bool learns = attrs->verb == RULE_LEARN;
	const bool differs[KEY_COUNT] = {
		[KEY_SEV] = attrs->rated || attrs->severity != SEVERITY_MEDIUM,
		[KEY_CONF] = attrs->confidence >= 0,
		[KEY_FEED] = attrs->feed != TEXT_NONE,
		[KEY_REF] = attrs->ref != TEXT_NONE,
		[KEY_TAGS] = attrs->tags != TEXT_NONE,
		[KEY_NOTE] = attrs->note != TEXT_NONE,
		[KEY_SINCE] = attrs->since_ns != INT64_MIN,
		[KEY_UNTIL] = attrs->until_ns != INT64_MAX,
		[KEY_MAX_TTL] = attrs->max_ttl != LANGUAGE_NO_TTL,
		[KEY_TLD] = attrs->strict,
		[KEY_SERVER] = attrs->servers != INTERN_NONE,
		[KEY_FORCE] = attrs->force,
		[KEY_AFTER] = learns && attrs->after_s != LANGUAGE_AFTER_S,
		[KEY_MIN] = learns && attrs->min != LANGUAGE_MIN,
		[KEY_FORGET] = learns && attrs->forget_s != LANGUAGE_FORGET_S,
	};
	unsigned keys = 0;
	for (int i = 0; i < KEY_COUNT; i++) {
		keys |= differs[i] ? RULE_BIT(i) : 0;
	}
	return keys;
}

static void put_keys(struct sink *w, const struct ruleset *set, const struct attrs *attrs,
                     const char *id, unsigned keys)
{
	const uint32_t texts[KEY_COUNT] = { [KEY_FEED] = attrs->feed,
		                            [KEY_REF] = attrs->ref,
		                            [KEY_TAGS] = attrs->tags,
		                            [KEY_NOTE] = attrs->note };
	for (int i = 0; i < KEY_COUNT; i++) {
		if ((keys & RULE_BIT(i)) == 0) {
			continue;
		}
		const char *text = i == KEY_ID ? id : store_text(set, texts[i]);
		put_text(w, " ");
		put_text(w, KEYWORD_KEYS[i]);
		put_text(w, "=");
		if (text != NULL) {
			put_word(w, text, false);
		} else {
			put_value(w, set, attrs, (enum rule_key)i);
		}
	}
}

size_t canonical_own(const struct ruleset *set, const struct line *line, char *text, size_t room)
{
	struct sink w = { .text = text, .room = room };
	struct attrs attrs = store_attrs(set, line);
	put_indicators(&w, set, line, &attrs);
	put_keys(&w, set, &attrs, store_text(set, line->id), attrs.given);
	return w.size;
}

void canonical_list(const struct ruleset *set, const struct line *line, FILE *out)
{
	struct sink w = { .file = out };
	struct attrs attrs = store_attrs(set, line);
	const char *id = store_text(set, line->id);
	char default_id[sizeof(((struct rule_scratch *)0)->id)];
	if (id == NULL) {
		store_default_id(set, line, default_id, sizeof(default_id));
		id = default_id;
	}
	put_indicators(&w, set, line, &attrs);
	put_keys(&w, set, &attrs, id, differing(&attrs) | RULE_BIT(KEY_ID));
	put_text(&w, "\n");
}
