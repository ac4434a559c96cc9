/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/language/language.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "rules/language/arguments.h"
#include "rules/language/reader.h"

#define KEY_NAME_SIZE 64

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

static void complain_near(struct reader *r, const struct word *word, const char *kind,
                          const char *text, const char *const *table)
{
	uint32_t known = KEYWORD_ALL;
	if (table == KEYWORD_KINDS && r->rule.verb != RULE_PIN) {
		known = KINDS_OF_INDICATORS | RULE_BIT(KIND_ANY);
	}
	char all[KEYWORD_LIST_SIZE];
	const char *near = keyword_near(table, text);
	if (near != NULL) {
		reader_complain(r, word->column, "unknown %s `%.60s`: did you mean `%s`?", kind,
		                text, near);
	} else {
		keyword_list(table, known, "and", all, sizeof(all));
		reader_complain(r, word->column, "unknown %s `%.60s`: the known ones are %s", kind,
		                text, all);
	}
}

/*! \brief Returns true if a known key cannot be used here; `why` explains it. */
static bool is_misplaced(const struct reader *r, enum rule_key key, char why[KEY_WHY_SIZE])
{
	if (r->setting && key == KEY_ID) {
		snprintf(why, KEY_WHY_SIZE, "each rule has its own id, so `set` cannot give one");
		return true;
	}
	if (r->setting || key_fits(key, r->rule.verb, r->rule.kind)) {
		return false;
	}
	key_places(key, why);
	return true;
}

static void read_known_key(struct reader *r, const struct word *word, enum rule_key key,
                           const char *text)
{
	char why[VALUES_WHY_SIZE];
	struct values *values = &r->values;
	const char *wrong = is_misplaced(r, key, why) ? why : NULL;
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
		reader_complain(r, word->column, "%s: %s", KEYWORD_KEYS[key], wrong);
	}
}

static void read_key(struct reader *r, const struct word *word)
{
	char name[KEY_NAME_SIZE];
	size_t size = key_size(word);
	size_t kept = size < sizeof(name) ? size : sizeof(name) - 1;
	memcpy(name, word->text, kept);
	name[kept] = '\0';
	int key = keyword_find(KEYWORD_KEYS, name);
	if (key >= 0) {
		read_known_key(r, word, (enum rule_key)key, word->text + size + 1);
	} else if (strchr(word->text, '@') != NULL) {
		reader_complain(r, word->column,
		                "unknown key `%s`: if this is a mailbox, put it in quotes", name);
	} else if (!r->setting && arguments_are_texts(&r->rule)) {
		reader_complain(r, word->column,
		                "unknown key `%s`: if this is a text, put it in quotes", name);
	} else {
		complain_near(r, word, "key", name, KEYWORD_KEYS);
	}
}

/*! \brief Reads the next word, which must exist and must not be a key. */
static bool next_of(struct reader *r, struct word *word, const char *missing)
{
	size_t column = r->words.column;
	if (reader_next(r, word)) {
		if (key_size(word) == 0) {
			return true;
		}
		column = word->column;
	}
	if (!r->faulty) {
		reader_complain(r, column, "%s", missing);
	}
	return false;
}

static bool read_kind(struct reader *r, struct word *word)
{
	if (!next_of(r, word, "the kind of observation is missing: write ns, mx, name, ip, ...")) {
		return false;
	}
	int kind = keyword_find(KEYWORD_KINDS, word->text);
	if (kind < 0) {
		complain_near(r, word, "kind", word->text, KEYWORD_KINDS);
		return false;
	}
	if (r->rule.verb != RULE_PIN && kind < KIND_COUNT &&
	    (KINDS_OF_INDICATORS & RULE_BIT(kind)) == 0) {
		reader_complain(r, word->column,
		                "only `pin` takes `%s`: write pin OWNER %s EXPECTED...", word->text,
		                word->text);
		return false;
	}
	r->rule.kind = (enum observation_kind)kind;
	return true;
}

/*! \brief Reads the owner of a `pin` or `learn` rule. */
static bool read_owner(struct reader *r, const char *missing)
{
	struct word word;
	if (!next_of(r, &word, missing)) {
		return false;
	}
	if (r->rule.verb == RULE_LEARN && strcmp(word.text, "*") == 0) {
		arguments_add_root(r);
		return true;
	}
	r->rule.kind = KIND_NAME;
	arguments_read(r, &word);
	if (!r->faulty && r->indicators[0].reach == REACH_BELOW) {
		reader_complain(
		        r, word.column,
		        "the owner of `%s` cannot contain a star: write NAME for that name only, "
		        "or .NAME for NAME and all names below it",
		        KEYWORD_VERBS[r->rule.verb]);
	}
	return true;
}

static bool read_pinned_kind(struct reader *r)
{
	struct word word;
	char pinned[KEYWORD_LIST_SIZE];
	if (!read_kind(r, &word)) {
		return false;
	}
	if ((KINDS_PINNED & RULE_BIT(r->rule.kind)) == 0) {
		keyword_list(KEYWORD_KINDS, KINDS_PINNED, "and", pinned, sizeof(pinned));
		reader_complain(r, word.column, "`%s` cannot be pinned; only %s can", word.text,
		                pinned);
		return false;
	}
	return true;
}

/*! \brief Reads a word of WHAT[,WHAT...]. */
static bool read_learned_word(struct reader *r, const struct word *list, const char *text,
                              size_t size)
{
	char name[KEY_NAME_SIZE];
	size_t kept = size < sizeof(name) ? size : sizeof(name) - 1;
	memcpy(name, text, kept);
	name[kept] = '\0';
	int kind = keyword_find(KEYWORD_LEARNED, name);
	if (kind < 0) {
		complain_near(r, list, "kind", name, KEYWORD_LEARNED);
		return false;
	}
	r->rule.learned |= kind == LEARN_COUNT ? RULE_BIT(LEARN_COUNT) - 1 : RULE_BIT(kind);
	return true;
}

static bool read_learned(struct reader *r)
{
	struct word word;
	if (!next_of(r, &word, "no kind to learn is given: write ns, mx, ip, ..., or all")) {
		return false;
	}
	for (const char *at = word.text;;) {
		size_t size = strcspn(at, ",");
		if (!read_learned_word(r, &word, at, size)) {
			return false;
		}
		if (at[size] == '\0') {
			return true;
		}
		at += size + 1;
	}
}

/*! \brief Reads the rest of a `learn` rule, which has only keys. */
static void read_keys(struct reader *r)
{
	struct word word;
	while (reader_next(r, &word)) {
		if (key_size(&word) > 0) {
			read_key(r, &word);
		} else {
			reader_complain(
			        r, word.column,
			        "`%.80s` is not KEY=VALUE: `learn` takes one owner, and a list "
			        "without blanks such as ns,mx",
			        word.text);
		}
	}
}

/*! \brief Reads the rest of the line, which has indicators and then keys. */
static void read_rest(struct reader *r)
{
	struct word word;
	bool in_keys = false;
	while (reader_next(r, &word)) {
		if (key_size(&word) > 0) {
			read_key(r, &word);
			in_keys = true;
		} else if (in_keys) {
			reader_complain(r, word.column,
			                "`%.80s` follows a key: write indicators before the "
			                "keys, and quote a value that has blanks",
			                word.text);
		} else {
			arguments_read(r, &word);
		}
	}
}

/*! \brief Removes the defaults that do not apply, because the rule does not take their keys. */
static void drop_unfit_defaults(struct reader *r)
{
	for (unsigned left = r->defaults.keys.given; left != 0; left &= left - 1) {
		enum rule_key key = (enum rule_key)__builtin_ctz(left);
		if (!key_fits(key, r->rule.verb, r->rule.kind)) {
			values_clear(&r->values, key);
		}
	}
}

/*! \brief Checks that the period is not empty, because an empty period would silence the rule. */
static void check_period(struct reader *r, const struct values *values)
{
	const struct language_keys *keys = &values->keys;
	if (!r->faulty && keys->since_ns >= keys->until_ns) {
		size_t since =
		        (keys->given & RULE_BIT(KEY_SINCE)) != 0 ? values->columns[KEY_SINCE] : 0;
		size_t until =
		        (keys->given & RULE_BIT(KEY_UNTIL)) != 0 ? values->columns[KEY_UNTIL] : 0;
		/* At least one of the two keys is on this line, because the defaults of `set` are a
		 * valid period. */
		reader_complain(r, MAX(since, until),
		                "since= is not before until=, so the rule never "
		                "applies");
	}
}

static void finish_rule(struct reader *r)
{
	size_t least = r->rule.verb == RULE_PIN ? 2 : 1;
	drop_unfit_defaults(r);
	check_period(r, &r->values);
	if (!r->faulty && !r->no_memory && r->rule.count < least) {
		reader_complain(r, r->words.column,
		                r->rule.verb == RULE_PIN
		                        ? "the expected values are missing: write pin OWNER WHAT "
		                          "EXPECTED..."
		                        : "the indicators are missing: write at least one");
	}
	if (r->faulty || r->no_memory) {
		return;
	}
	r->text[r->text_size] = '\0';
	r->rule.line = r->lines.number;
	r->rule.indicators = r->indicators;
	r->rule.keys = &r->values.keys;
	r->rule.text = r->text;
	r->rule.text_size = r->text_size;
	if (r->sink->rule(r->sink->ctx, &r->rule) != 0) {
		r->no_memory = true;
	}
}

static void read_rule(struct reader *r, enum rule_verb verb)
{
	struct word word;
	bool sound = true;
	r->rule = (struct language_rule){ .verb = verb, .kind = KIND_ANY };
	values_inherit(&r->values, &r->defaults);
	if (verb == RULE_PIN) {
		sound = read_owner(r, "the name to pin is missing: write pin OWNER WHAT "
		                      "EXPECTED...") &&
		        read_pinned_kind(r);
	} else if (verb == RULE_LEARN) {
		sound = read_owner(r, "the owner is missing: write learn OWNER "
		                      "WHAT[,WHAT...], where OWNER is a name or *") &&
		        read_learned(r);
		r->rule.kind = KIND_ANY;
	} else if (verb != RULE_PROTECT) {
		sound = read_kind(r, &word);
	}
	if (sound && verb == RULE_LEARN) {
		read_keys(r);
		finish_rule(r);
	} else if (sound) {
		read_rest(r);
		finish_rule(r);
	}
}

static void read_set(struct reader *r)
{
	struct word word;
	struct values *values = &r->values;
	values_inherit(values, &r->defaults);
	r->setting = true;
	while (reader_next(r, &word)) {
		if (key_size(&word) == 0) {
			reader_complain(r, word.column,
			                "`%.80s` is not KEY=VALUE, and `set` takes nothing else",
			                word.text);
		} else {
			read_key(r, &word);
		}
	}
	if (!r->faulty && values->keys.given == 0) {
		reader_complain(r, r->words.column, "`set` needs at least one KEY=VALUE");
	}
	check_period(r, values);
	if (!r->faulty && values_keep(&r->defaults, values) != 0) {
		r->no_memory = true;
	}
}

static void read_line(struct reader *r, const char *line, size_t size)
{
	struct word word;
	size_t column;
	const char *why = words_check(line, size, &column);
	if (why != NULL) {
		reader_complain(r, column, "%s", why);
		return;
	}
	words_begin(&r->words, line, size);
	r->setting = false;
	r->text_size = 0;
	if (!reader_next(r, &word)) {
		return;
	}
	int verb = keyword_find(KEYWORD_VERBS, word.text);
	if (verb < 0) {
		complain_near(r, &word, "verb", word.text, KEYWORD_VERBS);
	} else if (verb == RULE_VERB_COUNT) {
		read_set(r);
	} else {
		read_rule(r, (enum rule_verb)verb);
	}
}

static int read_lines(struct reader *r, size_t *bad)
{
	const char *line;
	size_t size;
	for (;;) {
		r->faulty = false;
		enum lines_state state = lines_next(&r->lines, &line, &size);
		if (state == LINES_END) {
			return 0;
		}
		if (state == LINES_FAILED) {
			return -1;
		}
		if (state == LINES_LONG) {
			reader_complain(r, LINES_MAX + 1,
			                "the line has more than %d octets: split it", LINES_MAX);
		} else {
			read_line(r, line, size);
		}
		if (r->no_memory) {
			errno = ENOMEM;
			return -1;
		}
		*bad += r->faulty;
	}
}

int language_read(FILE *in, const char *file, const struct language_sink *sink, size_t *bad)
{
	*bad = 0;
	struct reader *r = calloc(1, sizeof(*r));
	if (r == NULL) {
		sink->complain(sink->ctx, file, 0, 0, strerror(ENOMEM));
		*bad = 1;
		return -1;
	}
	r->sink = sink;
	r->file = file;
	r->lines.in = in;
	values_init(&r->defaults);
	int ret = read_lines(r, bad);
	int error = errno;
	if (ret != 0) {
		sink->complain(sink->ctx, file, 0, 0, strerror(error));
		(*bad)++;
	}
	values_release(&r->defaults);
	free(r->indicators);
	free(r);
	errno = error;
	return ret;
}
