/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_command.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"

/*! \brief The kinds of arguments that verbs have. */
enum argument { NOTHING, HOST, FROM, TO, CHUNK, WORD, ANYTHING };

static const struct verb {
	const char *name;
	size_t size;
	enum smtp_verb verb;
	enum argument argument;
} verbs[] = {
#define VERB(name, argument)                                                                       \
	{                                                                                          \
#name, sizeof(#name) - 1, SMTP_##name, argument                                    \
	}
	VERB(EHLO, HOST),        VERB(HELO, HOST),         VERB(LHLO, HOST),
	VERB(MAIL, FROM),        VERB(RCPT, TO),           VERB(DATA, NOTHING),
	VERB(BDAT, CHUNK),       VERB(RSET, NOTHING),      VERB(QUIT, NOTHING),
	VERB(NOOP, NOTHING),     VERB(HELP, ANYTHING),     VERB(VRFY, WORD),
	VERB(EXPN, WORD),        VERB(AUTH, WORD),         VERB(STARTTLS, NOTHING),
	VERB(XCLIENT, ANYTHING), VERB(XFORWARD, ANYTHING), VERB(ETRN, WORD),
	VERB(PROXY, WORD),
#undef VERB
};

static struct smtp_text skip_blanks(struct smtp_text t)
{
	while (t.size > 0 && ascii_is_blank(t.text[0])) {
		t.text++;
		t.size--;
	}
	return t;
}

static void cut_at(struct smtp_text *word, char end)
{
	const char *at = word->size > 0 ? memchr(word->text, end, word->size) : NULL;
	word->size = at != NULL ? (size_t)(at - word->text) : word->size;
}

/*! \brief Takes the word up to the next blank. */
static struct smtp_text take_word(struct smtp_text *rest)
{
	struct smtp_text word = *rest;
	cut_at(&word, ' ');
	cut_at(&word, '\t');
	rest->text += word.size;
	rest->size -= word.size;
	return word;
}

static bool word_is(struct smtp_text word, const char *name)
{
	return word.size == strlen(name) && strncasecmp(word.text, name, word.size) == 0;
}

/*! \brief Compares the first letter first, because it differs for most verbs of the same length. */
static bool is_verb(struct smtp_text word, const struct verb *verb)
{
	return word.size == verb->size && ascii_lower(word.text[0]) == ascii_lower(verb->name[0]) &&
	       strncasecmp(word.text, verb->name, word.size) == 0;
}

/*!
 * \brief Returns true if a word has only characters of host names, of address literals and of names
 *        of mechanisms, or octets from 0x80 on.
 */
static bool is_plain(struct smtp_text word)
{
	static const char also[] = ".-_:[]@<>";

	for (size_t i = 0; i < word.size; i++) {
		unsigned char c = (unsigned char)word.text[i];
		bool also_plain = c >= 0x80 || (c != 0 && strchr(also, c) != NULL);
		if (!ascii_is_alphanumeric((char)c) && !also_plain) {
			return false;
		}
	}
	return word.size > 0;
}

/*! \brief Parses "FROM:<path>", with blanks wherever servers accept them. */
static bool parse_path(struct smtp_text rest, const char *keyword, enum mailbox_path path,
                       struct smtp_command *cmd)
{
	size_t size = strlen(keyword);

	if (rest.size < size || strncasecmp(rest.text, keyword, size) != 0) {
		return false;
	}
	rest.text += size;
	rest.size -= size;
	rest = skip_blanks(rest);
	if (rest.size == 0 || rest.text[0] != ':') {
		return false;
	}
	if (!mailbox_parse(rest.text + 1, rest.size - 1, path, cmd->room, &cmd->box)) {
		return false;
	}
	cmd->strict = cmd->box.angled;
	return true;
}

/*! \brief Parses "SIZE [LAST]" (RFC 3030, 2). */
static bool parse_chunk(struct smtp_text rest, struct smtp_command *cmd)
{
	struct smtp_text word = take_word(&rest);

	if (word.size == 0 || word.size > 18) {
		return false;
	}
	for (size_t i = 0; i < word.size; i++) {
		if (word.text[i] < '0' || word.text[i] > '9') {
			return false;
		}
		cmd->chunk = cmd->chunk * 10 + (uint64_t)(word.text[i] - '0');
	}
	/* If anything else follows the size, some servers read a chunk, and others refuse the
	 * command. */
	rest = skip_blanks(rest);
	cmd->last = word_is(rest, "LAST");
	cmd->strict = cmd->last || rest.size == 0;
	return true;
}

static bool parse_argument(struct smtp_text rest, enum argument argument, struct smtp_command *cmd)
{
	cmd->word = take_word(&(struct smtp_text){ rest.text, rest.size });
	switch (argument) {
	case FROM:
		return parse_path(rest, "FROM", MAILBOX_REVERSE, cmd);
	case TO:
		/* Only a sender may be null. */
		return parse_path(rest, "TO", MAILBOX_FORWARD, cmd) && !cmd->box.null_sender;
	case CHUNK:
		return parse_chunk(rest, cmd);
	case NOTHING:
		cmd->strict = rest.size == 0;
		return true;
	case HOST:
		cmd->strict = cmd->word.size == rest.size && is_plain(cmd->word);
		return true;
	case WORD:
		cmd->strict = is_plain(cmd->word);
		return true;
	default:
		return true;
	}
}

void smtp_command_parse(const char *line, size_t size, struct smtp_command *cmd)
{
	memset(cmd, 0, offsetof(struct smtp_command, room));
	while (size > 0 && ascii_is_blank(line[size - 1])) {
		size--;
	}
	struct smtp_text rest = skip_blanks((struct smtp_text){ line, size });
	struct smtp_text word = take_word(&rest);
	rest = skip_blanks(rest);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!is_verb(word, &verbs[i])) {
			continue;
		}
		if (parse_argument(rest, verbs[i].argument, cmd)) {
			cmd->verb = verbs[i].verb;
		} else {
			cmd->strict = false;
		}
		return;
	}
}
