/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Parses one indicator, a word of a rule that is a name, a network or a mailbox.
 *
 * Valid indicators are `example.com`, `*.example.com`, `.example.com`; `192.0.2.1`, `192.0.2.0/24`,
 * `2001:db8::/32`, v4-mapped IPv6 addresses, which are taken for IPv4; `user@example.com`,
 * `@example.com`. An indicator may be defanged (`[.]`, `(at)`, `hxxp://`, ...). It may have
 * U-labels (IDNA 2008, non-transitional), letters of either case, and a final dot.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/index/mailboxes.h"
#include "rules/index/names.h"
#include "rules/index/networks.h"
#include "rules/rule.h"

/*! \brief The names that an indicator of form name matches. */
enum indicator_reach {
	REACH_EXACT = 1,                        /*!< `example.com` */
	REACH_BELOW = 2,                        /*!< `*.example.com` */
	REACH_BOTH = REACH_EXACT | REACH_BELOW, /*!< `.example.com` */
};

/*! \brief The largest number of octets of a text. */
#define INDICATOR_WRITTEN_MAX 1024
/*! \brief The largest number of octets of an indicator as written. */
#define INDICATOR_WORD_MAX 2048
/*! \brief Room for the canonical text of an indicator, the final zero included. */
#define INDICATOR_TEXT_SIZE (INDICATOR_WRITTEN_MAX + 1)
/*! \brief Room for the text of an error, the final zero included. */
#define INDICATOR_WHY_SIZE 256

/*! \brief A parsed indicator. Some fields are used only for some forms. */
struct indicator {
	enum rule_form form;
	enum indicator_reach reach; /*!< Used for names. */
	/*! The name, or the domain of a mailbox, in wire format and lower case. */
	uint8_t name[DNS_NAME_MAX];
	size_t name_size; /*!< Octets of `name`, the final zero included. */
	/*! The folded local part of a mailbox; empty for any local part. */
	char local[MAILBOX_LOCAL_MAX];
	size_t local_size;      /*!< Octets of `local`. */
	struct network network; /*!< Used for networks. */
	/*! A text, without final NUL; borrowed from the word. It has at most INDICATOR_WRITTEN_MAX
	 * octets. */
	const char *text;
	size_t text_size;
};

_Static_assert(INDICATOR_TEXT_SIZE >= DNS_NAME_MAX + 2 * MAILBOX_LOCAL_MAX + 4,
               "there is room for a quoted mailbox");

/*! \brief The only fault of an indicator: bits beyond the prefix of its network are set. */
#define INDICATOR_BITS_SET 1

/*!
 * \brief Reads an indicator.
 *
 * \param word  The word, terminated by NUL.
 * \param why   Receives, on failure, what is wrong and what to write instead.
 *
 * \return 0; -1 on failure; INDICATOR_BITS_SET: the indicator is invalid, but `indicator` is the
 *         network that is probably meant.
 */
int indicator_parse(const char *word, struct indicator *indicator, char why[INDICATOR_WHY_SIZE]);

/*!
 * \brief Makes the indicator `.`, which is the root. A null MX record has the root as its exchange
 *        (RFC 7505).
 */
void indicator_root(struct indicator *indicator);

/*!
 * \brief Reads a text that `pin` expects.
 *
 * \param words  The texts that are valid, or NULL: any text that is not empty is valid.
 *
 * The other parameters and the result are the same as in indicator_parse().
 */
int indicator_parse_text(const char *word, const char *const *words, struct indicator *indicator,
                         char why[INDICATOR_WHY_SIZE]);

/*!
 * \brief Reads an argument of `protect`: a name, or a family of names with one range of numbers,
 *        such as `awsdns-[00-63].com`.
 *
 * The range stays in its label as written, so that `name` contains the octets `awsdns-[00-63]`. The
 * parameters and the result are the same as in indicator_parse().
 */
int indicator_parse_family(const char *word, struct indicator *indicator,
                           char why[INDICATOR_WHY_SIZE]);

/*!
 * \brief Writes the canonical text of an indicator, from which indicator_parse() reads the same
 *        indicator. Returns the size of the text.
 */
size_t indicator_text(const struct indicator *indicator, char text[INDICATOR_TEXT_SIZE]);
