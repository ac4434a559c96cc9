/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/arguments.h"

#include <stdlib.h>
#include <string.h>

#include "rules/language/range.h"

bool arguments_are_texts(const struct language_rule *rule)
{
	return rule->verb == RULE_PIN && rule->count > 0 &&
	       observation_kind_pinned(rule->kind) == FORMS_TEXTS;
}

static unsigned forms_taken(const struct language_rule *rule)
{
	switch (rule->verb) {
	case RULE_PROTECT:
	case RULE_LEARN:
		return FORMS_NAMES;
	case RULE_PIN:
		/* The first argument is OWNER, which is a name. The kind of the rule is not known
		 * yet. */
		return rule->count > 0 ? observation_kind_pinned(rule->kind) : FORMS_NAMES;
	default:
		return observation_kind_forms(rule->kind);
	}
}

/*! \brief Writes a list of the kinds that take indicators of a form. */
static void list_kinds(enum rule_form form, char list[KEYWORD_LIST_SIZE])
{
	keyword_list(KEYWORD_KINDS, observation_kinds_of(KIND_ANY, form), "and", list,
	             KEYWORD_LIST_SIZE);
}

static void complain_form(struct reader *r, const struct word *word, enum rule_form form)
{
	char taken[KEYWORD_LIST_SIZE];
	char forms[KEYWORD_LIST_SIZE];
	char fitting[KEYWORD_LIST_SIZE];
	const char *is = rule_form_text(form);
	const char *kind = observation_kind_text(r->rule.kind);
	rule_forms_text(forms_taken(&r->rule), taken, sizeof(taken));
	if (r->rule.verb == RULE_PIN) {
		reader_complain(r, word->column, "`%.80s` is %s, but `pin ... %s` takes %s",
		                word->text, is, kind, taken);
	} else if (r->rule.verb == RULE_PROTECT || r->rule.verb == RULE_LEARN) {
		reader_complain(r, word->column, "`%.80s` is %s, but `%s` takes %s", word->text, is,
		                KEYWORD_VERBS[r->rule.verb], taken);
	} else {
		rule_forms_text(RULE_BIT(form), forms, sizeof(forms));
		list_kinds(form, fitting);
		reader_complain(r, word->column, "`%.80s` is %s, but `%s` takes %s; use %s with %s",
		                word->text, is, kind, taken, forms, fitting);
	}
}

static struct indicator *next_indicator(struct reader *r)
{
	if (r->rule.count == r->indicators_room) {
		size_t room = r->indicators_room > 0 ? r->indicators_room * 2 : 4;
		struct indicator *more = realloc(r->indicators, room * sizeof(*more));
		if (more == NULL) {
			r->no_memory = true;
			return NULL;
		}
		r->indicators = more;
		r->indicators_room = room;
	}
	return &r->indicators[r->rule.count];
}

static void add_networks(struct reader *r, const struct network *networks, int count)
{
	for (int i = 0; i < count; i++) {
		struct indicator *indicator = next_indicator(r);
		if (indicator == NULL) {
			return;
		}
		*indicator = (struct indicator){
			.form = FORM_NETWORK,
			.reach = REACH_EXACT,
			.network = networks[i],
		};
		r->rule.count++;
	}
}

/*!
 * \brief Reads FIRST-LAST, which becomes as many networks as are necessary. Returns false for any
 *        other word.
 */
static bool read_range(struct reader *r, const struct word *word)
{
	char why[INDICATOR_WHY_SIZE];
	struct network networks[RANGE_NETWORKS_MAX];
	int count = r->rule.verb == RULE_PROTECT ? 0 : range_parse(word->text, networks, why);
	if (count < 0) {
		reader_complain(r, word->column, "`%.80s`: %s", word->text, why);
	} else if (count > 0 && (forms_taken(&r->rule) & RULE_BIT(FORM_NETWORK)) == 0) {
		complain_form(r, word, FORM_NETWORK);
	} else {
		add_networks(r, networks, count);
	}
	return count != 0;
}

/*! \brief Returns true if a word is the exchange of a null MX record. */
static bool is_null_mx(const struct language_rule *rule, const struct word *word)
{
	return rule->verb == RULE_PIN && rule->count > 0 && rule->kind == KIND_MX &&
	       strcmp(word->text, ".") == 0;
}

void arguments_add_root(struct reader *r)
{
	struct indicator *root = next_indicator(r);
	if (root != NULL) {
		indicator_root(root);
		r->rule.count++;
	}
}

/*! \brief Returns the only texts that a pin of this kind can expect; NULL if it can expect any. */
static const char *const *words_of(enum observation_kind kind)
{
	static const char *const of_ds[] = { "any", "none", NULL };
	static const char *const of_tls[] = { "required", NULL };
	return kind == KIND_DS ? of_ds : kind == KIND_TLS ? of_tls : NULL;
}

static void read_text(struct reader *r, const struct word *word)
{
	char why[INDICATOR_WHY_SIZE];
	const char *const *words = words_of(r->rule.kind);
	struct indicator *indicator = next_indicator(r);
	if (indicator == NULL) {
		return;
	}
	if (indicator_parse_text(word->text, words, indicator, why) != 0) {
		reader_complain(r, word->column, "`%.80s`: %s", word->text, why);
	} else if (words != NULL && r->rule.count > 1) {
		reader_complain(r, word->column, "`pin ... %s` takes one word after it",
		                observation_kind_text(r->rule.kind));
	}
	r->rule.count++;
}

void arguments_read(struct reader *r, const struct word *word)
{
	if (arguments_are_texts(&r->rule)) {
		read_text(r, word);
		return;
	}
	if (is_null_mx(&r->rule, word)) {
		arguments_add_root(r);
		return;
	}
	if (read_range(r, word)) {
		return;
	}
	char why[INDICATOR_WHY_SIZE];
	struct indicator *indicator = next_indicator(r);
	if (indicator == NULL) {
		return;
	}
	int ret = r->rule.verb == RULE_PROTECT ? indicator_parse_family(word->text, indicator, why)
	                                       : indicator_parse(word->text, indicator, why);
	if (ret != 0) {
		reader_complain(r, word->column, "`%.80s`: %s", word->text, why);
	} else if ((forms_taken(&r->rule) & RULE_BIT(indicator->form)) == 0) {
		complain_form(r, word, indicator->form);
	} else if (r->rule.verb == RULE_PROTECT && indicator->reach != REACH_EXACT) {
		reader_complain(r, word->column,
		                "`protect` takes the name itself, without star or dot "
		                "in front");
	}
	r->rule.count++;
}
