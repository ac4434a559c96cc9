/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/language.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "rules/language/lines.h"
#include "rules/language/range.h"
#include "rules/language/values.h"
#include "rules/language/words.h"

#define MESSAGE_SIZE  640
#define KEY_NAME_SIZE 64

struct language {
	const struct language_sink *sink;
	const char *file;
	struct lines lines;
	struct words words;
	struct values defaults; /*!< The values that `set` lines have given. */
	struct values values;   /*!< The values of the line that is being read. */
	struct indicator *indicators;
	size_t indicators_room;
	struct language_rule rule; /*!< The rule that is being read. */
	char text[LINES_MAX + 1];
	size_t text_size;
	bool setting; /*!< The line is a `set`. */
	bool faulty;  /*!< An error in this line was reported. */
	bool no_memory;
};

__attribute__((format(printf, 3, 4))) static void complain(struct language *l, size_t column,
                                                           const char *format, ...)
{
	char message[MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	l->faulty = true;
	l->sink->complain(l->sink->ctx, l->file, l->lines.number, column, message);
}

/*! \brief Reads the next word of the line, and adds it to the folded text of the line. */
static bool next(struct language *l, struct word *word)
{
	int ret = words_next(&l->words, word);
	if (ret < 0) {
		complain(l, word->column, "this quote has no end: add a closing \"");
	}
	if (ret <= 0) {
		return false;
	}
	if (l->text_size > 0) {
		l->text[l->text_size++] = ' ';
	}
	memcpy(l->text + l->text_size, word->raw, word->raw_size);
	l->text_size += word->raw_size;
	return true;
}

static inline bool is_of_key(char c)
{
	return ascii_is_letter(c) || c == '-' || c == '_';
}

/*! \brief Returns the size of KEY in KEY=VALUE; 0 if the word has another form. */
static size_t key_size(const struct word *word)
{
	size_t size = word->quoted ? 0 : ascii_span(word->text, is_of_key);
	return word->text[size] == '=' ? size : 0;
}

static void complain_near(struct language *l, const struct word *word, const char *kind,
                          const char *text, const char *const *table)
{
	uint32_t known = KEYWORD_ALL;
	if (table == KEYWORD_KINDS && l->rule.verb != RULE_PIN) {
		known = KINDS_OF_INDICATORS | RULE_BIT(KIND_ANY);
	}
	char all[KEYWORD_LIST_SIZE];
	const char *near = keyword_near(table, text);
	if (near != NULL) {
		complain(l, word->column, "unknown %s `%.60s`: did you mean `%s`?", kind, text,
		         near);
	} else {
		keyword_list(table, known, "and", all, sizeof(all));
		complain(l, word->column, "unknown %s `%.60s`: the known ones are %s", kind, text,
		         all);
	}
}

/*! \brief Returns true if a known key cannot be used here; `why` explains it. */
static bool is_misplaced(const struct language *l, enum rule_key key, char why[KEY_WHY_SIZE])
{
	if (l->setting && key == KEY_ID) {
		snprintf(why, KEY_WHY_SIZE, "each rule has its own id, so `set` cannot give one");
		return true;
	}
	if (l->setting || key_fits(key, l->rule.verb, l->rule.kind)) {
		return false;
	}
	key_places(key, why);
	return true;
}

/*! \brief Returns true if the words after WHAT are texts, not indicators. */
static bool takes_texts(const struct language_rule *rule)
{
	return rule->verb == RULE_PIN && rule->count > 0 &&
	       observation_kind_pinned(rule->kind) == FORMS_TEXTS;
}

static void read_known_key(struct language *l, const struct word *word, enum rule_key key,
                           const char *text)
{
	char why[VALUES_WHY_SIZE];
	struct values *values = &l->values;
	const char *wrong = is_misplaced(l, key, why) ? why : NULL;
	bool twice = (values->keys.given & RULE_BIT(key)) != 0;
	values->keys.given |= (uint16_t)RULE_BIT(key);
	values->columns[key] = word->column;
	if (wrong == NULL && twice) {
		wrong = "this key occurs twice: remove one";
	}
	if (wrong == NULL && values_read(values, key, text, why) != 0) {
		wrong = why;
	}
	if (wrong != NULL) {
		complain(l, word->column, "%s: %s", KEYWORD_KEYS[key], wrong);
	}
}

static void read_key(struct language *l, const struct word *word)
{
	char name[KEY_NAME_SIZE];
	size_t size = key_size(word);
	size_t kept = size < sizeof(name) ? size : sizeof(name) - 1;
	memcpy(name, word->text, kept);
	name[kept] = '\0';
	int key = keyword_find(KEYWORD_KEYS, name);
	if (key >= 0) {
		read_known_key(l, word, (enum rule_key)key, word->text + size + 1);
	} else if (strchr(word->text, '@') != NULL) {
		complain(l, word->column,
		         "unknown key `%s`: if this is a mailbox, put it in quotes", name);
	} else if (!l->setting && takes_texts(&l->rule)) {
		complain(l, word->column, "unknown key `%s`: if this is a text, put it in quotes",
		         name);
	} else {
		complain_near(l, word, "key", name, KEYWORD_KEYS);
	}
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

static void complain_form(struct language *l, const struct word *word, enum rule_form form)
{
	char taken[KEYWORD_LIST_SIZE];
	char forms[KEYWORD_LIST_SIZE];
	char fitting[KEYWORD_LIST_SIZE];
	const char *is = rule_form_text(form);
	const char *kind = observation_kind_text(l->rule.kind);
	rule_forms_text(forms_taken(&l->rule), taken, sizeof(taken));
	if (l->rule.verb == RULE_PIN) {
		complain(l, word->column, "`%.80s` is %s, but `pin ... %s` takes %s", word->text,
		         is, kind, taken);
	} else if (l->rule.verb == RULE_PROTECT || l->rule.verb == RULE_LEARN) {
		complain(l, word->column, "`%.80s` is %s, but `%s` takes %s", word->text, is,
		         KEYWORD_VERBS[l->rule.verb], taken);
	} else {
		rule_forms_text(RULE_BIT(form), forms, sizeof(forms));
		list_kinds(form, fitting);
		complain(l, word->column, "`%.80s` is %s, but `%s` takes %s; use %s with %s",
		         word->text, is, kind, taken, forms, fitting);
	}
}

static struct indicator *next_indicator(struct language *l)
{
	if (l->rule.count == l->indicators_room) {
		size_t room = l->indicators_room > 0 ? l->indicators_room * 2 : 4;
		struct indicator *more = realloc(l->indicators, room * sizeof(*more));
		if (more == NULL) {
			l->no_memory = true;
			return NULL;
		}
		l->indicators = more;
		l->indicators_room = room;
	}
	return &l->indicators[l->rule.count];
}

static void add_networks(struct language *l, const struct network *networks, int count)
{
	for (int i = 0; i < count; i++) {
		struct indicator *indicator = next_indicator(l);
		if (indicator == NULL) {
			return;
		}
		*indicator = (struct indicator){
			.form = FORM_NETWORK,
			.reach = REACH_EXACT,
			.network = networks[i],
		};
		l->rule.count++;
	}
}

/*!
 * \brief Reads FIRST-LAST, which becomes as many networks as are necessary. Returns false for any
 *        other word.
 */
static bool read_range(struct language *l, const struct word *word)
{
	char why[INDICATOR_WHY_SIZE];
	struct network networks[RANGE_NETWORKS_MAX];
	int count = l->rule.verb == RULE_PROTECT ? 0 : range_parse(word->text, networks, why);
	if (count < 0) {
		complain(l, word->column, "`%.80s`: %s", word->text, why);
	} else if (count > 0 && (forms_taken(&l->rule) & RULE_BIT(FORM_NETWORK)) == 0) {
		complain_form(l, word, FORM_NETWORK);
	} else {
		add_networks(l, networks, count);
	}
	return count != 0;
}

/*! \brief Returns true if a word is the exchange of a null MX record. */
static bool is_null_mx(const struct language_rule *rule, const struct word *word)
{
	return rule->verb == RULE_PIN && rule->count > 0 && rule->kind == KIND_MX &&
	       strcmp(word->text, ".") == 0;
}

static void add_root(struct language *l)
{
	struct indicator *root = next_indicator(l);
	if (root != NULL) {
		indicator_root(root);
		l->rule.count++;
	}
}

/*! \brief Returns the only texts that a pin of this kind can expect; NULL if it can expect any. */
static const char *const *words_of(enum observation_kind kind)
{
	static const char *const of_ds[] = { "any", "none", NULL };
	static const char *const of_tls[] = { "required", NULL };
	return kind == KIND_DS ? of_ds : kind == KIND_TLS ? of_tls : NULL;
}

static void read_text(struct language *l, const struct word *word)
{
	char why[INDICATOR_WHY_SIZE];
	const char *const *words = words_of(l->rule.kind);
	struct indicator *indicator = next_indicator(l);
	if (indicator == NULL) {
		return;
	}
	if (indicator_parse_text(word->text, words, indicator, why) != 0) {
		complain(l, word->column, "`%.80s`: %s", word->text, why);
	} else if (words != NULL && l->rule.count > 1) {
		complain(l, word->column, "`pin ... %s` takes one word after it",
		         observation_kind_text(l->rule.kind));
	}
	l->rule.count++;
}

static void read_indicator(struct language *l, const struct word *word)
{
	if (takes_texts(&l->rule)) {
		read_text(l, word);
		return;
	}
	if (is_null_mx(&l->rule, word)) {
		add_root(l);
		return;
	}
	if (read_range(l, word)) {
		return;
	}
	char why[INDICATOR_WHY_SIZE];
	struct indicator *indicator = next_indicator(l);
	if (indicator == NULL) {
		return;
	}
	int ret = l->rule.verb == RULE_PROTECT ? indicator_parse_family(word->text, indicator, why)
	                                       : indicator_parse(word->text, indicator, why);
	if (ret != 0) {
		complain(l, word->column, "`%.80s`: %s", word->text, why);
	} else if ((forms_taken(&l->rule) & RULE_BIT(indicator->form)) == 0) {
		complain_form(l, word, indicator->form);
	} else if (l->rule.verb == RULE_PROTECT && indicator->reach != REACH_EXACT) {
		complain(l, word->column,
		         "`protect` takes the name itself, without star or dot "
		         "in front");
	}
	l->rule.count++;
}

/*! \brief Reads the next word, which must exist and must not be a key. */
static bool next_of(struct language *l, struct word *word, const char *missing)
{
	size_t column = l->words.column;
	if (next(l, word)) {
		if (key_size(word) == 0) {
			return true;
		}
		column = word->column;
	}
	if (!l->faulty) {
		complain(l, column, "%s", missing);
	}
	return false;
}

static bool read_kind(struct language *l, struct word *word)
{
	if (!next_of(l, word, "the kind of observation is missing: write ns, mx, name, ip, ...")) {
		return false;
	}
	int kind = keyword_find(KEYWORD_KINDS, word->text);
	if (kind < 0) {
		complain_near(l, word, "kind", word->text, KEYWORD_KINDS);
		return false;
	}
	if (l->rule.verb != RULE_PIN && kind < KIND_COUNT &&
	    (KINDS_OF_INDICATORS & RULE_BIT(kind)) == 0) {
		complain(l, word->column, "only `pin` takes `%s`: write pin OWNER %s EXPECTED...",
		         word->text, word->text);
		return false;
	}
	l->rule.kind = (enum observation_kind)kind;
	return true;
}

/*! \brief Reads the owner of a `pin` or `learn` rule. */
static bool read_owner(struct language *l, const char *missing)
{
	struct word word;
	if (!next_of(l, &word, missing)) {
		return false;
	}
	if (l->rule.verb == RULE_LEARN && strcmp(word.text, "*") == 0) {
		add_root(l);
		return true;
	}
	l->rule.kind = KIND_NAME;
	read_indicator(l, &word);
	if (!l->faulty && l->indicators[0].reach == REACH_BELOW) {
		complain(l, word.column,
		         "the owner of `%s` cannot contain a star: write NAME for that name only, "
		         "or .NAME for NAME and all names below it",
		         KEYWORD_VERBS[l->rule.verb]);
	}
	return true;
}

static bool read_pinned_kind(struct language *l)
{
	struct word word;
	char pinned[KEYWORD_LIST_SIZE];
	if (!read_kind(l, &word)) {
		return false;
	}
	if ((KINDS_PINNED & RULE_BIT(l->rule.kind)) == 0) {
		keyword_list(KEYWORD_KINDS, KINDS_PINNED, "and", pinned, sizeof(pinned));
		complain(l, word.column, "`%s` cannot be pinned; only %s can", word.text, pinned);
		return false;
	}
	return true;
}

/*! \brief Reads a word of WHAT[,WHAT...]. */
static bool read_learned_word(struct language *l, const struct word *list, const char *text,
                              size_t size)
{
	char name[KEY_NAME_SIZE];
	size_t kept = size < sizeof(name) ? size : sizeof(name) - 1;
	memcpy(name, text, kept);
	name[kept] = '\0';
	int what = keyword_find(KEYWORD_LEARNED, name);
	if (what < 0) {
		complain_near(l, list, "kind", name, KEYWORD_LEARNED);
		return false;
	}
	l->rule.learned |= what == LEARN_COUNT ? RULE_BIT(LEARN_COUNT) - 1 : RULE_BIT(what);
	return true;
}

static bool read_learned(struct language *l)
{
	struct word word;
	if (!next_of(l, &word, "what to learn is missing: write ns, mx, ip, ..., or all")) {
		return false;
	}
	for (const char *at = word.text;;) {
		size_t size = strcspn(at, ",");
		if (!read_learned_word(l, &word, at, size)) {
			return false;
		}
		if (at[size] == '\0') {
			return true;
		}
		at += size + 1;
	}
}

/*! \brief Reads the rest of a `learn` rule, which has only keys. */
static void read_keys(struct language *l)
{
	struct word word;
	while (next(l, &word)) {
		if (key_size(&word) > 0) {
			read_key(l, &word);
		} else {
			complain(l, word.column,
			         "`%.80s` is not KEY=VALUE: `learn` takes one owner, and a list "
			         "without blanks such as ns,mx",
			         word.text);
		}
	}
}

/*! \brief Reads the rest of the line, which has indicators and then keys. */
static void read_rest(struct language *l)
{
	struct word word;
	bool in_keys = false;
	while (next(l, &word)) {
		if (key_size(&word) > 0) {
			read_key(l, &word);
			in_keys = true;
		} else if (in_keys) {
			complain(l, word.column,
			         "`%.80s` follows a key: write indicators before the "
			         "keys, and quote a value that has blanks",
			         word.text);
		} else {
			read_indicator(l, &word);
		}
	}
}

/*! \brief Removes the defaults that do not apply, because the rule does not take their keys. */
static void drop_unfit_defaults(struct language *l)
{
	for (int i = 0; i < KEY_COUNT; i++) {
		if (!key_fits((enum rule_key)i, l->rule.verb, l->rule.kind)) {
			values_clear(&l->values, (enum rule_key)i);
		}
	}
}

/*! \brief Checks that the period is not empty, because an empty period would silence the rule. */
static void check_period(struct language *l, const struct values *values)
{
	const struct language_keys *keys = &values->keys;
	if (!l->faulty && keys->since_ns >= keys->until_ns) {
		size_t since =
		        (keys->given & RULE_BIT(KEY_SINCE)) != 0 ? values->columns[KEY_SINCE] : 0;
		size_t until =
		        (keys->given & RULE_BIT(KEY_UNTIL)) != 0 ? values->columns[KEY_UNTIL] : 0;
		/* At least one of the two keys is on this line, because the defaults of `set` are a
		 * valid period. */
		complain(l, MAX(since, until),
		         "since= is not before until=, so the rule never "
		         "applies");
	}
}

static void finish_rule(struct language *l)
{
	size_t least = l->rule.verb == RULE_PIN ? 2 : 1;
	drop_unfit_defaults(l);
	check_period(l, &l->values);
	if (!l->faulty && !l->no_memory && l->rule.count < least) {
		complain(l, l->words.column,
		         l->rule.verb == RULE_PIN
		                 ? "the expected values are missing: write pin OWNER WHAT "
		                   "EXPECTED..."
		                 : "the indicators are missing: write at least one");
	}
	if (l->faulty || l->no_memory) {
		return;
	}
	l->text[l->text_size] = '\0';
	l->rule.line = l->lines.number;
	l->rule.indicators = l->indicators;
	l->rule.keys = &l->values.keys;
	l->rule.text = l->text;
	l->rule.text_size = l->text_size;
	if (l->sink->rule(l->sink->ctx, &l->rule) != 0) {
		l->no_memory = true;
	}
}

static void read_rule(struct language *l, enum rule_verb verb)
{
	struct word word;
	bool sound = true;
	l->rule = (struct language_rule){ .verb = verb, .kind = KIND_ANY };
	values_inherit(&l->values, &l->defaults);
	if (verb == RULE_PIN) {
		sound = read_owner(l, "the name to pin is missing: write pin OWNER WHAT "
		                      "EXPECTED...") &&
		        read_pinned_kind(l);
	} else if (verb == RULE_LEARN) {
		sound = read_owner(l, "the owner is missing: write learn OWNER "
		                      "WHAT[,WHAT...], where OWNER is a name or *") &&
		        read_learned(l);
		l->rule.kind = KIND_ANY;
	} else if (verb != RULE_PROTECT) {
		sound = read_kind(l, &word);
	}
	if (sound && verb == RULE_LEARN) {
		read_keys(l);
		finish_rule(l);
	} else if (sound) {
		read_rest(l);
		finish_rule(l);
	}
}

static void read_set(struct language *l)
{
	struct word word;
	struct values *values = &l->values;
	values_inherit(values, &l->defaults);
	l->setting = true;
	while (next(l, &word)) {
		if (key_size(&word) == 0) {
			complain(l, word.column,
			         "`%.80s` is not KEY=VALUE, and `set` takes nothing else",
			         word.text);
		} else {
			read_key(l, &word);
		}
	}
	if (!l->faulty && values->keys.given == 0) {
		complain(l, l->words.column, "`set` needs at least one KEY=VALUE");
	}
	check_period(l, values);
	if (!l->faulty && values_keep(&l->defaults, values) != 0) {
		l->no_memory = true;
	}
}

static void read_line(struct language *l, const char *line, size_t size)
{
	struct word word;
	size_t column;
	const char *why = words_check(line, size, &column);
	if (why != NULL) {
		complain(l, column, "%s", why);
		return;
	}
	words_begin(&l->words, line, size);
	l->setting = false;
	l->text_size = 0;
	if (!next(l, &word)) {
		return;
	}
	int verb = keyword_find(KEYWORD_VERBS, word.text);
	if (verb < 0) {
		complain_near(l, &word, "verb", word.text, KEYWORD_VERBS);
	} else if (verb == RULE_VERB_COUNT) {
		read_set(l);
	} else {
		read_rule(l, (enum rule_verb)verb);
	}
}

static int read_lines(struct language *l, size_t *bad)
{
	const char *line;
	size_t size;
	for (;;) {
		l->faulty = false;
		enum lines_state state = lines_next(&l->lines, &line, &size);
		if (state == LINES_END) {
			return 0;
		}
		if (state == LINES_FAILED) {
			return -1;
		}
		if (state == LINES_LONG) {
			complain(l, LINES_MAX + 1, "the line has more than %d octets: split it",
			         LINES_MAX);
		} else {
			read_line(l, line, size);
		}
		if (l->no_memory) {
			errno = ENOMEM;
			return -1;
		}
		*bad += l->faulty;
	}
}

int language_read(FILE *in, const char *file, const struct language_sink *sink, size_t *bad)
{
	*bad = 0;
	struct language *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		sink->complain(sink->ctx, file, 0, 0, strerror(ENOMEM));
		*bad = 1;
		return -1;
	}
	l->sink = sink;
	l->file = file;
	l->lines.in = in;
	values_init(&l->defaults);
	int ret = read_lines(l, bad);
	int error = errno;
	if (ret != 0) {
		sink->complain(sink->ctx, file, 0, 0, strerror(error));
		(*bad)++;
	}
	values_release(&l->defaults);
	free(l->indicators);
	free(l);
	errno = error;
	return ret;
}
