/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/json/stix_pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

enum token_kind { TOKEN_END, TOKEN_SIGN, TOKEN_WORD, TOKEN_VALUE, TOKEN_BROKEN };

struct token {
	enum token_kind kind;
	size_t size;
	/*! The text of the token, cut if it is too long. In a value, escapes are resolved. */
	char text[INDICATOR_WORD_MAX + 1];
};

struct walk {
	const char *at;
	struct token token;
	stix_value_t each;
	void *ctx;
	size_t depth;  /*!< The depth of brackets and parentheses. */
	size_t values; /*!< The number of comparisons connected by AND, without descriptions. */
	/*! The depth of an AND after a value, plus 1; 0: there was no such AND. */
	size_t and_depth;
};

static void put(struct token *token, char c)
{
	if (token->size < INDICATOR_WORD_MAX) {
		token->text[token->size++] = c;
	}
}

static bool is_word(char c)
{
	return ascii_is_alphanumeric(c) || c == '-' || c == '_' || c == ':' || c == '.' || c == '+';
}

/*! \brief Reads a literal between quotes. A backslash escapes a quote or a backslash. */
static void take_value(struct walk *walk)
{
	walk->token.kind = TOKEN_VALUE;
	for (walk->at++; *walk->at != '\''; walk->at++) {
		if (walk->at[0] == '\\' && (walk->at[1] == '\'' || walk->at[1] == '\\')) {
			walk->at++;
		}
		if (*walk->at == '\0') {
			walk->token.kind = TOKEN_BROKEN;
			return;
		}
		put(&walk->token, *walk->at);
	}
	walk->at++;
}

/*! \brief Reads a keyword, a number, or an object path with its `[*]` and quoted steps. */
static void take_word(struct walk *walk)
{
	bool path = false;
	walk->token.kind = TOKEN_WORD;
	for (;;) {
		char c = *walk->at;
		path |= c == ':';
		if (path && c == '[') {
			size_t step = strcspn(walk->at, "]");
			for (size_t i = 0; i < step && walk->at[i] != '\0'; i++) {
				put(&walk->token, walk->at[i]);
			}
			walk->at += step;
			c = *walk->at;
		} else if (path && c == '\'') {
			put(&walk->token, c);
			for (walk->at++; *walk->at != '\'' && *walk->at != '\0'; walk->at++) {
				put(&walk->token, *walk->at);
			}
			c = *walk->at;
		} else if (!is_word(c)) {
			return;
		}
		if (c == '\0') {
			walk->token.kind = TOKEN_BROKEN;
			return;
		}
		put(&walk->token, c);
		walk->at++;
	}
}

static void take_sign(struct walk *walk)
{
	walk->token.kind = TOKEN_SIGN;
	put(&walk->token, *walk->at);
	bool compares = strchr("!<>=", *walk->at) != NULL;
	walk->at++;
	if (compares && *walk->at == '=') {
		put(&walk->token, *walk->at++);
	}
}

static void next(struct walk *walk)
{
	struct token *token = &walk->token;
	token->size = 0;
	while (ascii_is_space(*walk->at)) {
		walk->at++;
	}
	/* h'..', b'..' and t'..' are literals of other types. */
	bool typed = *walk->at != '\0' && strchr("hbt", *walk->at) != NULL && walk->at[1] == '\'';
	walk->at += typed;
	if (*walk->at == '\0') {
		token->kind = TOKEN_END;
	} else if (*walk->at == '\'') {
		take_value(walk);
	} else if (is_word(*walk->at)) {
		take_word(walk);
	} else {
		take_sign(walk);
	}
	token->text[token->size] = '\0';
}

static bool is(const struct walk *walk, enum token_kind kind, const char *text)
{
	return walk->token.kind == kind && strcmp(walk->token.text, text) == 0;
}

static bool take(struct walk *walk, enum token_kind kind, const char *text)
{
	bool there = is(walk, kind, text);
	if (there) {
		next(walk);
	}
	return there;
}

static bool is_keyword(const struct walk *walk)
{
	static const char *const WORDS[] = {
		"AND",    "NOT",    "FOLLOWEDBY", "LIKE",  "MATCHES", "ISSUPERSET",
		"EXISTS", "WITHIN", "REPEATS",    "START", "STOP",    "!=",
		"<>",     "<",      ">",          "<=",    ">="
	};
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (walk->token.kind != TOKEN_VALUE && strcmp(walk->token.text, WORDS[i]) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Returns the outcome for a token that is not allowed here. */
static enum stix_outcome offence(const struct walk *walk)
{
	return is_keyword(walk) ? STIX_NARROW : STIX_BROKEN;
}

static bool take_literal(struct walk *walk, const char *path)
{
	bool literal = walk->token.kind == TOKEN_VALUE || walk->token.kind == TOKEN_WORD;
	if (!literal || is_keyword(walk)) {
		return false;
	}
	walk->each(walk->ctx, path, walk->token.text);
	next(walk);
	return true;
}

/*! \brief Reads `( 'a' , 'b' )`. */
static bool take_set(struct walk *walk, const char *path)
{
	if (!take(walk, TOKEN_SIGN, "(")) {
		return false;
	}
	do {
		if (!take_literal(walk, path)) {
			return false;
		}
	} while (take(walk, TOKEN_SIGN, ","));
	return take(walk, TOKEN_SIGN, ")");
}

bool stix_path_describes(const char *path)
{
	static const char *const ENDS[] = { ".type", "_port", ".protocol", ":protocols[*]",
		                            ":is_multipart" };
	size_t size = strlen(path);
	for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		size_t end = strlen(ENDS[i]);
		if (size > end && strcmp(path + size - end, ENDS[i]) == 0) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Reads the literal after LIKE: `%.NAME` is the names below NAME, and `%@NAME` is the
 *        mailboxes there. Rules cannot express any other one.
 */
static enum stix_outcome take_like(struct walk *walk, const char *path)
{
	char value[INDICATOR_WORD_MAX + 2];
	const char *text = walk->token.text;
	bool below = strncmp(text, "%.", 2) == 0;
	if (walk->token.kind != TOKEN_VALUE) {
		return offence(walk);
	}
	if ((!below && strncmp(text, "%@", 2) != 0) || strpbrk(text + 2, "%_") != NULL) {
		return STIX_NARROW;
	}
	snprintf(value, sizeof(value), "%s%s", below ? "*" : "", text + 1);
	walk->each(walk->ctx, path, value);
	next(walk);
	return STIX_SOUND;
}

static enum stix_outcome take_comparison(struct walk *walk)
{
	char path[STIX_PATH_SIZE];
	if (walk->token.kind != TOKEN_WORD || strchr(walk->token.text, ':') == NULL) {
		return offence(walk);
	}
	snprintf(path, sizeof(path), "%.*s", (int)sizeof(path) - 1, walk->token.text);
	walk->values += !stix_path_describes(path);
	if (walk->values > 1) {
		return STIX_NARROW;
	}
	next(walk);
	bool sound = false;
	if (take(walk, TOKEN_WORD, "LIKE")) {
		return take_like(walk, path);
	}
	if (take(walk, TOKEN_WORD, "IN")) {
		sound = take_set(walk, path);
	} else if (take(walk, TOKEN_SIGN, "=") || take(walk, TOKEN_SIGN, "==") ||
	           take(walk, TOKEN_WORD, "ISSUBSET")) {
		sound = take_literal(walk, path);
	}
	return sound ? STIX_SOUND : offence(walk);
}

/*!
 * \brief Reads OR, or an AND that can only add a description.
 *
 * An OR begins a new group of comparisons, unless the OR is in parentheses that an AND connects
 * with a value.
 */
static bool take_operator(struct walk *walk)
{
	if (take(walk, TOKEN_WORD, "OR")) {
		bool bound = walk->and_depth > 0 && walk->depth >= walk->and_depth;
		walk->values = bound ? walk->values : 0;
		walk->and_depth = bound ? walk->and_depth : 0;
		return true;
	}
	if (!take(walk, TOKEN_WORD, "AND")) {
		return false;
	}
	if (walk->values > 0 && walk->and_depth == 0) {
		walk->and_depth = walk->depth + 1;
	}
	return true;
}

/*! \brief Brackets and parentheses only need to be balanced. */
static enum stix_outcome walk_all(struct walk *walk)
{
	for (;;) {
		while (is(walk, TOKEN_SIGN, "[") || is(walk, TOKEN_SIGN, "(")) {
			walk->depth++;
			next(walk);
		}
		enum stix_outcome outcome = take_comparison(walk);
		if (outcome != STIX_SOUND) {
			return outcome;
		}
		while (walk->depth > 0 &&
		       (is(walk, TOKEN_SIGN, "]") || is(walk, TOKEN_SIGN, ")"))) {
			walk->depth--;
			next(walk);
		}
		if (walk->token.kind == TOKEN_END) {
			return walk->depth == 0 ? STIX_SOUND : STIX_BROKEN;
		}
		if (!take_operator(walk)) {
			return offence(walk);
		}
	}
}

enum stix_outcome stix_pattern_walk(const char *pattern, stix_value_t each, void *ctx,
                                    char why[STIX_PATH_SIZE])
{
	struct walk walk = { .at = pattern, .each = each, .ctx = ctx };
	next(&walk);
	enum stix_outcome outcome = walk_all(&walk);
	if (outcome != STIX_SOUND) {
		bool end = walk.token.kind == TOKEN_END;
		snprintf(why, STIX_PATH_SIZE, "%.*s", STIX_PATH_SIZE - 1,
		         end ? "its end" : walk.token.text);
	}
	return outcome;
}
