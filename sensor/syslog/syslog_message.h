/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes an event as a syslog message (RFC 5424).
 *
 *     <PRI>1 TIMESTAMP SENSOR nsmx - MSGID - MSG
 *
 * TIMESTAMP is the packet time, in microseconds. MSGID is `hit`, `incident` or `log`. MSG is the
 * JSON of the event, or CEF. MSG is UTF-8, but does not begin with the byte order mark (BOM) of RFC
 * 5424, section 6.4, because receivers that parse JSON or CEF do not expect it. MSG is therefore an
 * MSG-ANY of that RFC. No message has a line feed.
 */
#pragma once

#include <stdbool.h>

#include "base/writer.h"
#include "sensor/journal/record.h"

/*! \brief The forms of the text of a message. */
enum syslog_form { SYSLOG_CEF, SYSLOG_JSON };

/*!
 * \brief Writes the message of a record.
 *
 * \return False if the record is not the JSON of an event; nothing was written.
 */
bool syslog_message_put(struct writer *out, enum syslog_form form, unsigned facility,
                        const struct record *record);
