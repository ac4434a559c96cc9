/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The vocabulary of rules: verbs, severities, forms of indicators, kinds of observations.
 *
 * There is one table of each. Enumerations, keywords, sets of kinds, the lists in
 * messages and the words in events all follow from its rows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief A set of kinds, forms or keys as bits. */
#define RULE_BIT(x) (1u << (x))

/* clang-format would put each row on lines of its own. */
/* clang-format off */

/*! \brief Verb, keyword. */
#define RULE_VERBS(X) \
	X(ALERT,   "alert") \
	X(ALLOW,   "allow") \
	X(PIN,     "pin") \
	X(PROTECT, "protect")

/*! \brief Severity, keyword, `event.severity`; from the lowest to the highest. */
#define RULE_SEVERITIES(X) \
	X(LOW,      "low",      25) \
	X(MEDIUM,   "medium",   50) \
	X(HIGH,     "high",     75) \
	X(CRITICAL, "critical", 99)

/*! \brief Form of an indicator, its singular and plural in messages. */
#define RULE_FORMS(X) \
	X(NAME,    "a name",    "names") \
	X(NETWORK, "a network", "networks") \
	X(MAILBOX, "a mailbox", "mailboxes")

/*!
 * \brief Kind, keyword (`nsmx.what`), protocol, forms of its indicators, forms that `pin`
 *        expects, whether `protect` looks at it, its noun in `event.reason`, and the
 *        event's field that has its value (NULL: it depends on the section of the record).
 */
#define OBSERVATION_KINDS(X) \
	X(NS,       "ns",       DNS,  NAMES,               NAMES,    true,  "name server",       NULL) \
	X(MX,       "mx",       DNS,  NAMES,               NAMES,    true,  "mail exchanger",    NULL) \
	X(CNAME,    "cname",    DNS,  NAMES,               NAMES,    true,  "alias target",      NULL) \
	X(NAME,     "name",     DNS,  NAMES,               NONE,     false, "name",              NULL) \
	X(IP,       "ip",       DNS,  NETWORKS,            NETWORKS, false, "address",           NULL) \
	X(RESOLVER, "resolver", DNS,  NETWORKS,            NONE,     false, "resolver",          "server.ip") \
	X(SERVER,   "server",   SMTP, NETWORKS,            NONE,     false, "mail server",       "server.ip") \
	X(BANNER,   "banner",   SMTP, NAMES,               NONE,     true,  "greeting name",     "smtp.banner") \
	X(HELO,     "helo",     SMTP, NAMES,               NONE,     true,  "HELO name",         "smtp.helo") \
	X(SNI,      "sni",      SMTP, NAMES,               NONE,     true,  "TLS server name",   "tls.client.server_name") \
	X(FROM,     "from",     SMTP, NAMES_AND_MAILBOXES, NONE,     true,  "sender mailbox",    "smtp.mail_from") \
	X(RCPT,     "rcpt",     SMTP, NAMES_AND_MAILBOXES, NETWORKS, true,  "recipient mailbox", "smtp.rcpt_to.address")

#define X(verb, keyword) RULE_##verb,
enum rule_verb { RULE_VERBS(X) };
#undef X

#define X(severity, keyword, number) SEVERITY_##severity,
enum rule_severity { RULE_SEVERITIES(X) };
#undef X

#define X(form, singular, plural) FORM_##form,
enum rule_form { RULE_FORMS(X) };
#undef X

/* Apart, so that a `switch` over the enumerations needs no case for them. */
#define X(...) +1
enum {
	RULE_VERB_COUNT = RULE_VERBS(X),
	SEVERITY_COUNT = RULE_SEVERITIES(X),
	FORM_COUNT = RULE_FORMS(X),
};
#undef X

/*! \brief Bit masks of indicator forms. */
enum rule_forms {
	FORMS_NONE = 0,
	FORMS_NAMES = RULE_BIT(FORM_NAME),
	FORMS_NETWORKS = RULE_BIT(FORM_NETWORK),
	FORMS_MAILBOXES = RULE_BIT(FORM_MAILBOX),
	FORMS_NAMES_AND_MAILBOXES = FORMS_NAMES | FORMS_MAILBOXES,
	FORMS_ALL = RULE_BIT(FORM_COUNT) - 1,
};

enum observation_protocol { OBSERVATION_DNS, OBSERVATION_SMTP };

enum observation_kind {
#define X(kind, ...) KIND_##kind,
	OBSERVATION_KINDS(X)
#undef X
	KIND_COUNT,
	KIND_ANY = KIND_COUNT, /*!< In rules only: every kind that takes the indicator's form. */
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
#define X(kind, keyword, protocol, forms, ...) | ((FORMS_##forms & FORMS_NETWORKS) != 0 ? RULE_BIT(KIND_##kind) : 0)
	KINDS_OF_NETWORKS = 0 OBSERVATION_KINDS(X),
#undef X
#define X(kind, keyword, protocol, forms, ...) | ((FORMS_##forms & FORMS_MAILBOXES) != 0 ? RULE_BIT(KIND_##kind) : 0)
	KINDS_OF_MAILBOXES = 0 OBSERVATION_KINDS(X),
#undef X
};
/* clang-format on */

/*! \brief The number of a severity in `event.severity`. */
unsigned rule_severity_number(enum rule_severity severity);

/*! \brief A form in messages: "a name", "a network", "a mailbox". */
const char *rule_form_text(enum rule_form form);

/*! \brief A set of forms in messages: "names", "names and mailboxes", ... */
void rule_forms_text(unsigned forms, char *text, size_t room);

/*! \brief The keyword of a kind: "ns", "mx", ...; "any" for KIND_ANY. */
const char *observation_kind_text(enum observation_kind kind);

/*! \brief What a sentence calls a value of this kind: "name server", "mail exchanger", ... */
const char *observation_kind_noun(enum observation_kind kind);

/*! \brief The event's field with the value; NULL: it depends on the section of the record. */
const char *observation_kind_field(enum observation_kind kind);

/*! \brief The forms of indicators that a kind takes in `alert` and `allow`, as bits. */
unsigned observation_kind_forms(enum observation_kind kind);

/*! \brief The forms of the values that `pin` expects of a kind, as bits; 0: it cannot be pinned. */
unsigned observation_kind_pinned(enum observation_kind kind);

/*! \brief The kinds, as a bit mask, that a rule of `kind` with an indicator of `form` matches. */
uint16_t observation_kinds_of(enum observation_kind kind, enum rule_form form);

/*!
 * \brief Receives a complaint in its parts, for `file:line:column: message`.
 *
 * `line` and `column` count from 1. Both are 0 for errors of the file as a whole.
 * `column` alone is 0 in warnings, which follow after all files have been read.
 */
typedef void (*rule_complain_t)(void *ctx, const char *file, size_t line, size_t column,
                                const char *message);
