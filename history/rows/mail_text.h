/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes the parts of a row of mail, or of a folded zone, as text. Texts may contain any
 * octets, and have no final NUL.
 */
#pragma once

#include "base/writer.h"
#include "history/rows/row.h"

/*! \brief Writes a mailbox: "local@domain", or its local part if it has no domain. */
void history_mailbox_text(const struct history_mailbox *mailbox, struct writer *w);

/*! \brief Writes the value of `rrname`: the domain, the server's address, the recipient, or the
 * folded names. */
void history_mail_owner_text(const struct history_record *record, struct writer *w);

/*! \brief Returns the value of `rrtype`: MAIL, BANNER, STARTTLS, TLS, CERTIFICATE-KEY, RCPT or
 * FOLDED. */
const char *history_mail_type_text(const struct history_record *record);

/*! \brief Writes the value of `rdata`: the server's address, what the server has shown, or the
 * number of folded names. */
void history_mail_data_text(const struct history_record *record, struct writer *w);
