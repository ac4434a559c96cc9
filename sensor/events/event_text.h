/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The words of an event: the observed value, and the sentence for a person.
 */
#pragma once

#include <stddef.h>

#include "base/writer.h"
#include "sensor/events/event.h"

/*! \brief The addresses of both ends of a flow as text, made once an event. */
struct event_ends {
	struct address_text client, server;
};

/*! \brief "question" to "additional"; "" for what stands in no section. */
const char *event_text_section(int section);

/*! \brief What was seen, where, and the rule that it hit. */
void event_text_hit(struct writer *out, const struct event_subject *subject,
                    const struct event_ends *ends, const struct event_hit *hit, const char *value,
                    size_t size);

/*! \brief What was logged. */
void event_text_log(struct writer *out, const struct event_subject *subject,
                    const struct event_ends *ends);
