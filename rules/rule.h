/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The vocabulary of rules: verbs, severities, forms of indicators, kinds of observations.
 *
 * There is one table for each of these four. All enumerations, keywords, bit masks, lists in
 * messages and words in events are made from the rows of these tables.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The bit of a kind, form or key in a bit mask. */
#define RULE_BIT(x) (1u << (x))

/* clang-format would put each row on lines of its own. */
/* clang-format off */

/*! \brief The verbs. The columns are the last part of the enumerator, and the keyword. */
#define RULE_VERBS(X) \
	X(ALERT,   "alert") \
	X(ALLOW,   "allow") \
	X(PIN,     "pin") \
	X(PROTECT, "protect") \
	X(LEARN,   "learn")

/*!
 * \brief The severities from the lowest to the highest. The columns are the last part of the
 *        enumerator, the keyword, and the value of `event.severity`.
 */
#define RULE_SEVERITIES(X) \
	X(LOW,      "low",      25) \
	X(MEDIUM,   "medium",   50) \
	X(HIGH,     "high",     75) \
	X(CRITICAL, "critical", 99)

/*!
 * \brief What `learn` rules learn about an owner. The columns are the last part of the enumerator;
 *        the keyword, which is also the value of `nsmx.what`; and SHARED if it is also the keyword
 *        of a kind of observation, else OWN.
 */
#define LEARN_KINDS(X) \
	X(NS,          "ns",          SHARED) \
	X(MX,          "mx",          SHARED) \
	X(DS,          "ds",          SHARED) \
	X(IP,          "ip",          SHARED) \
	X(TTL,         "ttl",         OWN) \
	X(MAIL,        "mail",        OWN) \
	X(TLS,         "tls",         SHARED) \
	X(BANNER,      "banner",      SHARED) \
	X(CERTIFICATE, "certificate", OWN) \
	X(HEALTH,      "health",      OWN)

/*!
 * \brief The forms of indicators. The columns are the last part of the enumerator, and the singular
 *        and the plural in messages. Only `pin` takes texts.
 */
#define RULE_FORMS(X) \
	X(NAME,    "a name",    "names") \
	X(NETWORK, "a network", "networks") \
	X(MAILBOX, "a mailbox", "mailboxes") \
	X(TEXT,    "a text",    "texts")

/*!
 * \brief The kinds of observations. The columns are the last part of the enumerator; the keyword,
 *        which is also the value of `nsmx.what`; the protocol; the forms of indicators that `alert`
 *        and `allow` take; the forms of the values that `pin` expects; whether `protect` rules are
 *        matched with the kind; the noun in `event.reason`; and the field of the event that
 *        contains the value (NULL: it depends on the section of the record).
 */
#define OBSERVATION_KINDS(X) \
	X(NS,       "ns",       DNS,  NAMES,               NAMES,    true,  "name server",       NULL) \
	X(MX,       "mx",       DNS,  NAMES,               NAMES,    true,  "mail exchanger",    NULL) \
	X(CNAME,    "cname",    DNS,  NAMES,               NAMES,    true,  "alias target",      NULL) \
	X(NAME,     "name",     DNS,  NAMES,               NONE,     false, "name",              NULL) \
	X(IP,       "ip",       DNS,  NETWORKS,            NETWORKS, false, "address",           NULL) \
	X(RESOLVER, "resolver", DNS,  NETWORKS,            NONE,     false, "resolver",          "server.ip") \
	X(SERVER,   "server",   SMTP, NETWORKS,            NONE,     false, "mail server",       "server.ip") \
	X(BANNER,   "banner",   SMTP, NAMES,               NAMES,    true,  "greeting name",     "smtp.banner") \
	X(HELO,     "helo",     SMTP, NAMES,               NONE,     true,  "HELO name",         "smtp.helo") \
	X(SNI,      "sni",      SMTP, NAMES,               NONE,     true,  "TLS server name",   "tls.client.server_name") \
	X(FROM,     "from",     SMTP, NAMES_AND_MAILBOXES, NONE,     true,  "sender mailbox",    "smtp.mail_from") \
	X(RCPT,     "rcpt",     SMTP, NAMES_AND_MAILBOXES, NETWORKS, true,  "recipient mailbox", "smtp.rcpt_to.address") \
	X(DS,       "ds",       DNS,  NONE,                TEXTS,    false, "DS record",         NULL) \
	X(TXT,      "txt",      DNS,  NONE,                TEXTS,    false, "text",              NULL) \
	X(TLS,      "tls",      SMTP, NONE,                TEXTS,    false, "TLS",               "tls.established")

#define X(verb, keyword) RULE_##verb,
enum rule_verb { RULE_VERBS(X) };
#undef X

#define X(severity, keyword, number) SEVERITY_##severity,
enum rule_severity { RULE_SEVERITIES(X) };
#undef X

#define X(kind, ...) LEARN_##kind,
enum learn_kind { LEARN_KINDS(X) };
#undef X

#define X(form, singular, plural) FORM_##form,
enum rule_form { RULE_FORMS(X) };
#undef X

/* The counts are not members of the enumerations, so that a `switch` needs no case for them. */
#define X(...) +1
enum {
	RULE_VERB_COUNT = RULE_VERBS(X),
	SEVERITY_COUNT = RULE_SEVERITIES(X),
	FORM_COUNT = RULE_FORMS(X),
	LEARN_COUNT = LEARN_KINDS(X),
};
#undef X

/*! \brief Bit masks of indicator forms. */
enum rule_forms {
	FORMS_NONE = 0,
	FORMS_NAMES = RULE_BIT(FORM_NAME),
	FORMS_NETWORKS = RULE_BIT(FORM_NETWORK),
	FORMS_MAILBOXES = RULE_BIT(FORM_MAILBOX),
	FORMS_TEXTS = RULE_BIT(FORM_TEXT),
	FORMS_NAMES_AND_MAILBOXES = FORMS_NAMES | FORMS_MAILBOXES,
	FORMS_ALL = FORMS_NAMES | FORMS_NETWORKS | FORMS_MAILBOXES,
};

enum observation_protocol { OBSERVATION_DNS, OBSERVATION_SMTP };

enum observation_kind {
#define X(kind, ...) KIND_##kind,
	OBSERVATION_KINDS(X)
#undef X
	KIND_COUNT,
	/*! This value is used only in rules. It means all kinds that take the form of the
	 * indicator. */
	KIND_ANY = KIND_COUNT,
};

/*! \brief Bit masks of observation kinds. */
enum observation_kinds {
	KINDS_ALL = RULE_BIT(KIND_COUNT) - 1,
#define X(kind, keyword, protocol, ...) | (OBSERVATION_##protocol == OBSERVATION_DNS ? RULE_BIT(KIND_##kind) : 0)
	KINDS_DNS = 0 OBSERVATION_KINDS(X),
#undef X
	KINDS_SMTP = KINDS_ALL & ~KINDS_DNS,
#define X(kind, keyword, protocol, forms, pinned, ...) | (FORMS_##pinned != 0 ? RULE_BIT(KIND_##kind) : 0)
	KINDS_PINNED = 0 OBSERVATION_KINDS(X),
#undef X
#define X(kind, keyword, protocol, forms, pinned, protect, ...) | ((protect) ? RULE_BIT(KIND_##kind) : 0)
	KINDS_PROTECTED = 0 OBSERVATION_KINDS(X),
#undef X
#define X(kind, keyword, protocol, forms, ...) | (FORMS_##forms != 0 ? RULE_BIT(KIND_##kind) : 0)
	/*! The kinds that `alert` and `allow` take. */
	KINDS_OF_INDICATORS = 0 OBSERVATION_KINDS(X),
#undef X
#define X(kind, keyword, protocol, forms, ...) | ((FORMS_##forms & FORMS_NETWORKS) != 0 ? RULE_BIT(KIND_##kind) : 0)
	KINDS_OF_NETWORKS = 0 OBSERVATION_KINDS(X),
#undef X
#define X(kind, keyword, protocol, forms, ...) | ((FORMS_##forms & FORMS_MAILBOXES) != 0 ? RULE_BIT(KIND_##kind) : 0)
	KINDS_OF_MAILBOXES = 0 OBSERVATION_KINDS(X),
#undef X
};
/* clang-format on */

/*! \brief Returns the value of `event.severity` for a severity. */
unsigned rule_severity_number(enum rule_severity severity);

/*!
 * \brief Returns the highest severity whose number is not above `number`; SEVERITY_LOW if all
 *        severities have a greater number.
 */
enum rule_severity rule_severity_of(unsigned number);

/*! \brief Returns the text of a form for messages: "a name", "a network", ... */
const char *rule_form_text(enum rule_form form);

/*! \brief Writes a set of forms for messages: "names", "names and mailboxes", ... */
void rule_forms_text(unsigned forms, char *text, size_t room);

/*! \brief Returns the keyword of a kind: "ns", "mx", ...; "any" for KIND_ANY. */
const char *observation_kind_text(enum observation_kind kind);

/*! \brief Returns the noun for a value of this kind: "name server", "mail exchanger", ... */
const char *observation_kind_noun(enum observation_kind kind);

/*!
 * \brief Returns the field of the event that contains the value; NULL if it depends on the section
 *        of the record.
 */
const char *observation_kind_field(enum observation_kind kind);

/*! \brief Returns the forms of indicators that `alert` and `allow` take for a kind, as bits. */
unsigned observation_kind_forms(enum observation_kind kind);

/*!
 * \brief Returns the forms of the values that `pin` expects for a kind, as bits; 0 if `pin` does
 *        not take this kind.
 */
unsigned observation_kind_pinned(enum observation_kind kind);

/*! \brief Returns the kinds of observations that a rule of `kind` with an indicator of `form`
 * matches, as bits. */
unsigned observation_kinds_of(enum observation_kind kind, enum rule_form form);

/*!
 * \brief Receives an error or a warning about a rule file. The arguments are the parts of
 *        `file:line:column: message`.
 *
 * `line` and `column` count from 1. Both are 0 if the message is about the whole file. In warnings
 * that are given after all files have been read, `column` is 0.
 */
typedef void (*rule_complain_t)(void *ctx, const char *file, size_t line, size_t column,
                                const char *message);
