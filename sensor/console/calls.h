/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The messages between the process that serves clients and those that answer queries.
 *
 * A call is one message of a SOCK_SEQPACKET socket. A reply is one or more messages, each with a
 * head and up to CONSOLE_PART_MAX octets of the answer. All processes run the same program, but the
 * one that serves clients could be compromised, so calls are checked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/console/request.h"

#define CONSOLE_PART_MAX ((size_t)32 << 10)

/*! \brief The largest answer in octets. */
#define CONSOLE_ANSWER_MAX ((size_t)16 << 20)

enum console_type { CONSOLE_TEXT, CONSOLE_HTML, CONSOLE_JSON, CONSOLE_NDJSON, CONSOLE_TYPES };

struct console_call {
	uint32_t number;
	struct console_request request;
};

struct console_head {
	uint32_t number; /*!< That of the call; 0: the answering process has ended. */
	uint16_t status; /*!< The status code of HTTP. */
	uint8_t type;    /*!< enum console_type */
	uint8_t last;    /*!< No further part follows. */
};

/*! \brief The answer to a call. */
struct console_answer {
	unsigned status;
	enum console_type type;
	struct writer body;
};

/*! \brief Receives a call. \return False when the other process has ended. */
bool calls_take(int fd, struct console_call *call);

/*! \brief Sends an answer. \return False when the other process has ended. */
bool calls_reply(int fd, uint32_t number, const struct console_answer *answer);
