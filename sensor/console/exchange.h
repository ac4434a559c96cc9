/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A request of a client and the reply to it: decides whether the request is answered, and
 *        answers what needs no query.
 *
 * Ownership: the exchange owns its texts and its answer; exchange_free() frees them.
 */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "sensor/console/access.h"
#include "sensor/console/calls.h"

/*! \brief The largest body of a request, in octets. Only the form to log in sends a body. */
#define EXCHANGE_BODY_MAX 2048

enum exchange_state {
	EXCHANGE_NEW,
	EXCHANGE_BEGUN, /*!< Its head is complete. */
	EXCHANGE_WAITS, /*!< Another process answers it. */
	EXCHANGE_ANSWERED,
};

struct exchange {
	struct MHD_Connection *connection;
	enum exchange_state state;
	char target[CONSOLE_TARGET_MAX + 2];
	char body[EXCHANGE_BODY_MAX + 1]; /*!< A text. */
	size_t body_size;
	struct console_request request;
	struct console_answer answer;
	char cookie[ACCESS_COOKIE_MAX + 128]; /*!< The value of Set-Cookie; empty: none. */
	const char *location; /*!< The page to which the reply redirects; NULL: none. */
	bool asks_basic;      /*!< The reply asks for a password. */
	size_t held;          /*!< Octets of the answer, once it is complete. */
	TAILQ_ENTRY(exchange) entries;
};

/*! \brief Begins an exchange. \return NULL when out of memory. */
struct exchange *exchange_new(struct MHD_Connection *connection, const char *target);
void exchange_free(struct exchange *exchange);

/*! \brief Takes a part of the body. \return False if it is too large. */
bool exchange_take(struct exchange *exchange, const char *octets, size_t size);

/*! \brief Answers with a sentence. */
void exchange_say(struct exchange *exchange, unsigned status, const char *sentence);

/*!
 * \brief Reads and checks the request, once it is complete.
 *
 * \return True if `request` must be answered by another process; false if there is an answer.
 */
bool exchange_decide(struct exchange *exchange, const struct access *access, const char *method);

/*! \brief Sends the answer. \return False when out of memory. */
bool exchange_reply(struct exchange *exchange);
