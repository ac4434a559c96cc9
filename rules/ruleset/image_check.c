/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/ascii.h"
#include "rules/language/keys.h"
#include "rules/lookalike/verdicts.h"
#include "rules/ruleset/image.h"

/* The largest number of digits of a number in a family of names. */
#define DIGITS_MAX 9

static bool is_power_of_two(uint32_t number)
{
	return number != 0 && (number & (number - 1)) == 0;
}

/* The strings follow each other, each look-up finds a number that a string has, and it ends at a
 * free slot. */
static bool is_table(const struct intern *table)
{
	uint32_t start = 0;
	bool sound =
	        table->slots_count == 0 ? table->count == 0 : is_power_of_two(table->slots_count);
	for (uint32_t i = 0; i < table->count; i++) {
		sound &= table->ends[i] >= start;
		start = table->ends[i];
	}
	bool has_free = table->slots_count == 0;
	for (uint32_t i = 0; i < table->slots_count; i++) {
		bool is_free = table->tags[i] == 0;
		has_free |= is_free;
		sound &= is_free || table->slots[i] < table->count;
	}
	return sound && has_free;
}

/* Each string of a table is checked by one of these functions. */
typedef bool (*string_check_t)(const struct ruleset *set, const uint8_t *octets, size_t size);

static bool are_strings(const struct ruleset *set, const struct intern *table, string_check_t check)
{
	bool sound = true;
	uint32_t start = 0;
	for (uint32_t i = 0; i < table->count; i++) {
		sound &= check(set, table->bytes + start, table->ends[i] - start);
		start = table->ends[i];
	}
	return sound;
}

static bool is_name(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	(void)set;
	size_t at = 0;
	while (at < size && octets[at] != 0 && octets[at] <= DNS_LABEL_MAX) {
		at += 1u + octets[at];
	}
	return size <= DNS_NAME_MAX && at + 1 == size && octets[at] == 0;
}

static bool is_mailbox(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	size_t at = 0;
	while (at < size && octets[at] != 0) {
		at += 1u + octets[at];
	}
	return at < size && is_name(set, octets, at + 1) && size - at - 1 <= MAILBOX_LOCAL_MAX;
}

static bool are_networks(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	(void)set;
	bool sound = size > 0 && size % sizeof(struct network) == 0;
	for (size_t at = 0; sound && at < size; at += sizeof(struct network)) {
		struct network network;
		memcpy(&network, octets + at, sizeof(network));
		sound = network.bits <= 128;
	}
	return sound;
}

static bool is_network(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	return size == sizeof(struct network) && are_networks(set, octets, size);
}

static bool is_text(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	(void)set;
	return size > 0 && octets[size - 1] == '\0';
}

static bool has_text(const struct ruleset *set, uint32_t number)
{
	return number < set->texts.count;
}

static bool is_attrs(const struct ruleset *set, const uint8_t *octets, size_t size)
{
	struct attrs attrs;
	if (size != sizeof(attrs)) {
		return false;
	}
	memcpy(&attrs, octets, sizeof(attrs));
	bool texts = attrs.file != TEXT_NONE && has_text(set, attrs.file) &&
	             has_text(set, attrs.feed) && has_text(set, attrs.ref) &&
	             has_text(set, attrs.tags) && has_text(set, attrs.note);
	bool servers = attrs.servers == INTERN_NONE ? (attrs.given & RULE_BIT(KEY_SERVER)) == 0
	                                            : attrs.servers < set->servers.count;
	bool kind = attrs.verb == RULE_PIN ? attrs.kind < KIND_COUNT : attrs.kind <= KIND_COUNT;
	return texts && servers && kind && attrs.verb < RULE_VERB_COUNT &&
	       attrs.severity < SEVERITY_COUNT;
}

static bool are_tables(const struct ruleset *set)
{
	const struct intern *const tables[STORE_TABLES] = STORE_TABLES_OF(set);
	for (size_t i = 0; i < STORE_TABLES; i++) {
		if (!is_table(tables[i])) {
			return false;
		}
	}
	return are_strings(set, &set->names.keys, is_name) &&
	       are_strings(set, &set->networks.keys, is_network) &&
	       are_strings(set, &set->mailboxes.keys, is_mailbox) &&
	       are_strings(set, &set->texts, is_text) &&
	       are_strings(set, &set->servers, are_networks) &&
	       are_strings(set, &set->attrs, is_attrs);
}

static bool are_lengths(const struct networks_lengths *lengths)
{
	if (lengths->count > sizeof(lengths->bits)) {
		return false;
	}
	for (size_t i = 0; i < lengths->count; i++) {
		if (lengths->bits[i] > 128) {
			return false;
		}
	}
	return true;
}

static bool is_expected_text(const struct ruleset *set, uint32_t number)
{
	size_t size;
	if (number == TEXT_NONE || !has_text(set, number)) {
		return false;
	}
	(void)intern_get(&set->texts, number, &size);
	return size <= INDICATOR_TEXT_SIZE;
}

static bool has_key(const struct ruleset *set, const struct rule *rule)
{
	switch (rule->form) {
	case FORM_NAME:
		return rule->key < set->names.keys.count;
	case FORM_NETWORK:
		return rule->key < set->networks.keys.count;
	case FORM_MAILBOX:
		return rule->key < set->mailboxes.keys.count;
	default:
		return rule->form == FORM_TEXT && is_expected_text(set, rule->key);
	}
}

/* Returns the forms that an indicator may have, as bits, and sets the kinds that it must have. */
static unsigned forms_of(const struct attrs *attrs, const struct rule *rule, bool is_first,
                         uint32_t *kinds)
{
	switch (attrs->verb) {
	case RULE_PIN:
		*kinds = is_first ? ROLE_OWNER : 0;
		return is_first ? FORMS_NAMES : observation_kind_pinned(attrs->kind);
	case RULE_LEARN:
		*kinds = ROLE_LEARNED;
		return FORMS_NAMES;
	case RULE_PROTECT:
		*kinds = ROLE_PROTECTED;
		return FORMS_NAMES;
	default:
		*kinds = observation_kinds_of(attrs->kind, rule->form);
		return FORMS_ALL;
	}
}

static bool is_rule(const struct ruleset *set, uint32_t number, const struct attrs *attrs,
                    bool is_first)
{
	const struct rule *rule = &set->rules[number];
	uint32_t kinds;
	unsigned forms = forms_of(attrs, rule, is_first, &kinds);
	/* A chain goes forward, so it ends. */
	bool chain =
	        rule->next == RULE_NONE || (rule->next > number && rule->next < set->rules_count);
	return chain && (forms & RULE_BIT(rule->form)) != 0 && rule->kinds == kinds &&
	       rule->reach > 0 && rule->reach <= REACH_BOTH && has_key(set, rule);
}

static bool is_line(const struct ruleset *set, uint32_t number, uint32_t first)
{
	const struct line *line = &set->lines[number];
	bool is_last = number + 1 == set->lines_count;
	uint32_t end = is_last ? set->rules_count : line[1].first;
	if (line->first != first || first >= end || end > set->rules_count ||
	    line->attrs >= set->attrs.count || !has_text(set, line->id) ||
	    !has_text(set, line->text)) {
		return false;
	}
	const struct attrs attrs = store_attrs(set, line);
	bool sound = attrs.verb != RULE_PIN || end - first >= 2;
	for (uint32_t i = first; sound && i < end; i++) {
		sound = set->rules[i].line == number && is_rule(set, i, &attrs, i == first);
	}
	return sound;
}

static bool are_rules(const struct ruleset *set)
{
	uint32_t first = 0;
	for (uint32_t i = 0; i < set->lines_count; i++) {
		if (!is_line(set, i, first)) {
			return false;
		}
		first = store_line_end(set, &set->lines[i]);
	}
	for (uint32_t i = 0; i < set->sources_count; i++) {
		if (set->sources[i].path == TEXT_NONE || !has_text(set, set->sources[i].path)) {
			return false;
		}
	}
	return first == set->rules_count;
}

static bool are_heads(const struct ruleset *set)
{
	const uint32_t counts[FORM_COUNT] = { [FORM_NAME] = set->names.keys.count,
		                              [FORM_NETWORK] = set->networks.keys.count,
		                              [FORM_MAILBOX] = set->mailboxes.keys.count };
	bool sound = true;
	for (int form = 0; form < FORM_COUNT; form++) {
		for (uint32_t i = 0; i < counts[form]; i++) {
			uint32_t head = set->heads[form][i];
			sound &= head == RULE_NONE || head < set->rules_count;
		}
	}
	return sound;
}

/* Returns the number of digits at the beginning of a text; 0 also if there are too many. */
static size_t digits(const uint8_t *text, size_t size)
{
	size_t count = 0;
	while (count < size && ascii_is_digit((char)text[count])) {
		count++;
	}
	return count <= DIGITS_MAX ? count : 0;
}

/* The label of a family has one range, `[LOW-HIGH]`; no other label has a bracket. */
static bool is_label(const uint8_t *label, size_t size)
{
	const uint8_t *end = label + size;
	const uint8_t *open = memchr(label, '[', size);
	if (open == NULL) {
		return true;
	}
	const uint8_t *low = open + 1;
	const uint8_t *sign = low + digits(low, (size_t)(end - low));
	if (sign == low || sign == end || *sign != '-') {
		return false;
	}
	const uint8_t *high = sign + 1;
	const uint8_t *close = high + digits(high, (size_t)(end - high));
	return close - high >= sign - low && close != end && *close == ']' &&
	       memchr(close, '[', (size_t)(end - close)) == NULL;
}

/* Returns true if the offset is that of a label, or of the final zero. */
static bool starts_label(const uint8_t *wire, uint8_t offset)
{
	size_t at = 0;
	while (at < offset && wire[at] != 0) {
		at += 1u + wire[at];
	}
	return at == offset;
}

static bool is_protected(const struct ruleset *set, const struct protected_entry *entry)
{
	size_t size;
	uint8_t is_suffix;
	const struct suffix_split *split = &entry->split;
	memcpy(&is_suffix, &split->is_suffix, sizeof(is_suffix));
	if (is_suffix > 1 || entry->name >= set->names.keys.count) {
		return false;
	}
	const uint8_t *wire = intern_get(&set->names.keys, entry->name, &size);
	return split->below <= split->domain && split->domain < split->suffix &&
	       split->suffix < size && starts_label(wire, split->below) &&
	       starts_label(wire, split->domain) && starts_label(wire, split->suffix) &&
	       is_label(wire + split->domain + 1, wire[split->domain]);
}

static bool are_protected(const struct ruleset *set, const struct protected_index *names)
{
	const struct multimap *keys = &names->by_deletion_key;
	bool sound = keys->size == 0 ||
	             (is_power_of_two(keys->size) && multimap_filter_size(keys->size) > 0);
	bool has_free = keys->size == 0;
	sound &= names->count <= VERDICT_NAME_MAX;
	for (uint32_t i = 0; i < names->count && sound; i++) {
		sound = is_protected(set, &names->entries[i]);
	}
	for (uint32_t i = 0; i < keys->size; i++) {
		has_free |= keys->entries[i].number == 0;
		sound &= keys->entries[i].number <= names->count;
	}
	return sound && has_free;
}

const char *image_check(const struct ruleset *set, const struct protected_index *names)
{
	if (!are_tables(set)) {
		return "the file is damaged: a string of the rules is wrong";
	}
	if (!are_lengths(&set->networks.lengths[0]) || !are_lengths(&set->networks.lengths[1]) ||
	    !are_rules(set) || !are_heads(set)) {
		return "the file is damaged: a rule is wrong";
	}
	return names == NULL || are_protected(set, names)
	               ? NULL
	               : "the file is damaged: a protected name is wrong";
}
