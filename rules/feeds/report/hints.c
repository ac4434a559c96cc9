/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/report/hints.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/clean.h"
#include "rules/keywords.h"
#include "rules/observation.h"

#define BIT RULE_BIT
/*! \brief The kind of a name that is the owner of an address record. */
#define OWNER RULE_BIT(KIND_NAME)
/*! \brief The number of octets that the end of a clause adds to the distance of a word. */
#define CLAUSE 40
/*! \brief The number of octets of the longest heading. */
#define HEADING_MAX 80
/*! \brief The largest number of fields of a line that are examined. */
#define FIELDS_MAX 10

/*! \brief Words, and the kinds that they suggest for a name, an address and a mailbox near them. */
static const struct hint {
	const char *words; /*!< The words, separated by bars. */
	unsigned kinds[3]; /*!< The kinds by enum rule_form; 0: no kind. */
} HINTS[] = {
	{ "|name server|nameserver|name-server|dns server|ns record|ns|ns-record|nserver"
	  "|ネームサーバ|ネームサーバー|dnsサーバ|nsレコード|serveur de noms|serveurs de noms"
	  "|serveur dns|serveurs dns|dns-server|servidor de nombres|servidores de nombres"
	  "|servidor dns|servidores dns|servidor de nomes|server dei nomi|сервер имён"
	  "|сервер имен|сервера имён|сервера имен|серверы имён|серверы имен|ns-запись|ns-сервер"
	  "|域名服务器|名称服务器|名稱伺服器|네임서버|",
	  { BIT(KIND_NS), BIT(KIND_RESOLVER), 0 } },
	{ "|mx|mx record|mx-record|mx records|mail exchanger|mail exchange|mail is handled by"
	  "|mxレコード|enregistrement mx|registro mx|mx-eintrag|mx-запись|mx记录|mx 레코드|",
	  { BIT(KIND_MX), BIT(KIND_SERVER), 0 } },
	{ "|mail server|mailserver|smtp|smtp server|smtp-server|mail host|port 25|port 587|mta"
	  "|メールサーバ|メールサーバー|smtpサーバ|serveur de messagerie|serveur smtp"
	  "|serveur mail|servidor de correo|servidor smtp|servidor de e-mail|posta|e-mail-server"
	  "|почтовый сервер|почтового сервера|почтовому серверу|邮件服务器|郵件伺服器|메일 서버|",
	  { BIT(KIND_MX), BIT(KIND_SERVER), 0 } },
	{ "|a record|aaaa record|a records|a-record|has address|resolves to|resolved to"
	  "|aレコード|aaaaレコード|enregistrement a|registro a|a-eintrag|a-запись|a记录|",
	  { OWNER, BIT(KIND_IP), 0 } },
	{ "|cname|cname record|cnameレコード|", { BIT(KIND_CNAME), 0, 0 } },
	{ "|resolver|open resolver|リゾルバ|", { 0, BIT(KIND_RESOLVER), 0 } },
	{ "|helo|ehlo|", { BIT(KIND_HELO), 0, 0 } },
	{ "|mail from|from:|sender|sent from|差出人|送信元|送信者|expéditeur|absender|remitente"
	  "|remetente|mittente|отправитель|отправителя|发件人|寄件者|",
	  { BIT(KIND_FROM), 0, BIT(KIND_FROM) } },
	{ "|rcpt to|to:|recipient|recipients|宛先|受信者|destinataire|empfänger|destinatario"
	  "|destinatário|получатель|получателя|收件人|",
	  { BIT(KIND_RCPT), 0, BIT(KIND_RCPT) } },
};

/*! \brief Headings of the lists at the end of reports. */
static const char HEADINGS[] =
        "|ioc|iocs|indicator of compromise|indicators of compromise|indicators|侵害指標"
        "|インディケータ|インジケータ|indicateurs de compromission|indicateurs"
        "|indikatoren|kompromittierungsindikatoren|indicadores de compromiso"
        "|indicadores de comprometimento|indicadores|indicatori di compromissione"
        "|индикаторы компрометации|индикаторы|失陷指标|入侵指標|침해지표|";

/*! \brief Returns true if ASCII letters are a whole word. The `s` of a plural may follow. */
static bool stands_alone(const char *start, const char *end, const char *at, size_t size)
{
	const char *behind = at + size;
	behind += behind < end && ascii_is_alphanumeric(at[size - 1]) &&
	          (*behind == 's' || *behind == 'S');
	bool begins =
	        at == start || !ascii_is_alphanumeric(at[0]) || !ascii_is_alphanumeric(at[-1]);
	bool ends = behind >= end || !ascii_is_alphanumeric(behind[-1]) ||
	            !ascii_is_alphanumeric(*behind);
	return begins && ends;
}

/*! \brief Returns a letter in lower case, if this form has the same size in UTF-8. */
static uint32_t fold(uint32_t code)
{
	bool latin = (code >= 'A' && code <= 'Z') || (code >= 0xc0 && code <= 0xde);
	bool greek_or_cyrillic =
	        (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f);
	return latin || greek_or_cyrillic ? code + 0x20 : code;
}

/*! \brief Returns true if a text is a given word of the tables, which are in lower case. */
static bool is_same(const char *at, const char *word, size_t size)
{
	for (size_t i = 0; i < size;) {
		uint32_t code;
		uint32_t expected;
		size_t step = clean_character(at + i, size - i, &code);
		if (clean_character(word + i, size - i, &expected) != step ||
		    fold(code) != expected) {
			return false;
		}
		i += step;
	}
	return true;
}

/*! \brief Rejects most places with a single comparison. */
static bool may_begin(char c, char first)
{
	return (first & 0x80) != 0 ? (c & 0x80) != 0 : (c | 0x20) == first;
}

static const char *find_word(const char *start, const char *end, const char *from, const char *word,
                             size_t size)
{
	for (const char *at = from; (size_t)(end - at) >= size && at < end; at++) {
		if (may_begin(*at, *word) && is_same(at, word, size) &&
		    stands_alone(start, end, at, size)) {
			return at;
		}
	}
	return NULL;
}

/*! \brief Returns true if a clause ends between two places. */
static bool is_parted(const char *from, const char *to)
{
	static const char COMMA[] = "、";
	for (const char *at = from; at < to; at++) {
		if (strchr(",;", *at) != NULL ||
		    (to - at >= 3 && memcmp(at, COMMA, sizeof(COMMA) - 1) == 0)) {
			return true;
		}
	}
	return false;
}

/*!
 * \brief Returns the distance of a word from the place, or SIZE_MAX for a word inside the place.
 *
 * The word for an indicator is more often before it than after it, and more often in the same
 * clause than in the next one.
 */
static size_t distance(const char *at, size_t size, const struct hints_place *place)
{
	const char *end = place->at + place->size;
	if (at + size <= place->at) {
		bool parted = is_parted(at + size, place->at);
		return (size_t)(place->at - (at + size)) + (parted ? CLAUSE : 0);
	}
	if (at < end) {
		return SIZE_MAX;
	}
	return (size_t)(at - end) * 2 + (is_parted(end, at) ? CLAUSE : 0);
}

/*! \brief Moves to the next of the words between bars. Returns its size, 0 at the end. */
static size_t next_word(const char **words)
{
	*words += **words == '|';
	size_t size = strcspn(*words, "|");
	return size;
}

/*!
 * \brief Returns the distance of the hint's nearest word. `*word_size` receives the size of that
 *        word.
 */
static size_t nearest(const struct hint *hint, const char *start, const char *end,
                      const struct hints_place *place, size_t *word_size)
{
	size_t least = SIZE_MAX;
	const char *words = hint->words;
	for (size_t size; (size = next_word(&words)) > 0; words += size) {
		const char *at = start;
		while ((at = find_word(start, end, at, words, size)) != NULL) {
			size_t far = distance(at, size, place);
			/* Of two words at the same distance the longer one is more specific. */
			if (far < least || (far == least && far != SIZE_MAX && size > *word_size)) {
				least = far;
				*word_size = size;
			}
			at += size;
		}
	}
	return least;
}

unsigned hints_words(const char *start, const char *end, const struct hints_place *place)
{
	size_t least = SIZE_MAX;
	size_t longest = 0;
	unsigned kinds = 0;
	for (size_t i = 0; i < sizeof(HINTS) / sizeof(HINTS[0]); i++) {
		size_t size = 0;
		if (HINTS[i].kinds[place->form] == 0) {
			continue;
		}
		size_t far = nearest(&HINTS[i], start, end, place, &size);
		if (far < least || (far == least && size > longest)) {
			least = far;
			longest = size;
			kinds = HINTS[i].kinds[place->form];
		}
	}
	return kinds;
}

/*! \brief The fields of a line. They are separated by blanks. */
struct fields {
	const char *at[FIELDS_MAX];
	size_t size[FIELDS_MAX];
	size_t count;
};

static struct fields split(const struct hints_place *place)
{
	struct fields fields = { .count = 0 };
	const char *at = place->line;
	const char *end = place->line + place->line_size;
	while (fields.count < FIELDS_MAX) {
		while (at < end && (ascii_is_blank(*at) || *at == ';')) {
			at++;
		}
		if (at == end) {
			break;
		}
		fields.at[fields.count] = at;
		while (at < end && !ascii_is_blank(*at)) {
			at++;
		}
		fields.size[fields.count] = (size_t)(at - fields.at[fields.count]);
		fields.count++;
	}
	return fields;
}

static bool is_field(const struct fields *fields, size_t i, const char *text)
{
	return i < fields->count && strlen(text) == fields->size[i] &&
	       strncasecmp(fields->at[i], text, fields->size[i]) == 0;
}

static bool is_number(const struct fields *fields, size_t i)
{
	size_t digits = 0;
	while (i < fields->count && digits < fields->size[i] &&
	       ascii_is_digit(fields->at[i][digits])) {
		digits++;
	}
	return digits > 0 && digits == fields->size[i];
}

/*!
 * \brief Returns the index of the field with the type of a record `OWNER [TTL] IN TYPE ...`; 0 if
 *        there is none.
 */
static size_t type_field(const struct fields *fields)
{
	size_t i = 1;
	i += is_number(fields, i);
	if (!is_field(fields, i, "IN")) {
		return 0;
	}
	i++;
	return i < fields->count ? i : 0;
}

static size_t field_of(const struct fields *fields, const char *at)
{
	size_t i = 0;
	while (i + 1 < fields->count && at >= fields->at[i + 1]) {
		i++;
	}
	return i;
}

static struct hints read_record(const struct fields *fields, size_t type, size_t field)
{
	static const struct {
		const char *type;
		size_t behind; /*!< The number of fields between the type and the value. */
		unsigned kinds;
	} TYPES[] = {
		{ "NS", 0, BIT(KIND_NS) },       { "MX", 1, BIT(KIND_MX) },
		{ "A", 0, BIT(KIND_IP) },        { "AAAA", 0, BIT(KIND_IP) },
		{ "SOA", 0, BIT(KIND_NS) },      { "CNAME", 0, BIT(KIND_CNAME) },
		{ "DNAME", 0, BIT(KIND_CNAME) },
	};
	struct hints hints = { .is_record = true };
	if (field < type) {
		hints.is_owner = true;
		return hints;
	}
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (is_field(fields, type, TYPES[i].type) && field == type + 1 + TYPES[i].behind) {
			hints.kinds = TYPES[i].kinds;
			return hints;
		}
	}
	hints.is_nothing = true;
	return hints;
}

/*! \brief Reads a port: `host:25` and `host 25` are a mail server, `host#53` is a resolver. */
static unsigned read_port(const struct hints_place *place)
{
	static const char *const MAIL[] = { "25", "465", "587", "2525" };
	const char *at = place->at + place->size;
	const char *end = place->line + place->line_size;
	size_t digits = 0;
	if (at == end || strchr(":# ", *at) == NULL) {
		return 0;
	}
	at++;
	while (at + digits < end && ascii_is_digit(at[digits])) {
		digits++;
	}
	if (digits == 2 && strncmp(at - 1, "#53", 3) == 0) {
		return place->form == FORM_NETWORK ? BIT(KIND_RESOLVER) : BIT(KIND_NS);
	}
	for (size_t i = 0; i < sizeof(MAIL) / sizeof(MAIL[0]); i++) {
		/* After a blank a number is a port only at the end of the line. */
		bool port = at[-1] == ':' || at + digits == end;
		if (port && digits == strlen(MAIL[i]) && strncmp(at, MAIL[i], digits) == 0) {
			return place->form == FORM_NETWORK ? BIT(KIND_SERVER) : BIT(KIND_MX);
		}
	}
	return 0;
}

struct hints hints_layout(const struct hints_place *place)
{
	struct fields fields = split(place);
	size_t type = type_field(&fields);
	if (type > 0) {
		return read_record(&fields, type, field_of(&fields, place->at));
	}
	if (is_field(&fields, 0, "SERVER:") && place->form == FORM_NETWORK) {
		return (struct hints){ .kinds = BIT(KIND_RESOLVER) };
	}
	if (place->form == FORM_MAILBOX) {
		return (struct hints){ .kinds = 0 };
	}
	return (struct hints){ .kinds = read_port(place) };
}

bool hints_is_heading(const char *line, size_t size)
{
	const char *words = HEADINGS;
	if (size > HEADING_MAX) {
		return false;
	}
	for (size_t word; (word = next_word(&words)) > 0; words += word) {
		if (find_word(line, line + size, line, words, word) != NULL) {
			return true;
		}
	}
	return false;
}
