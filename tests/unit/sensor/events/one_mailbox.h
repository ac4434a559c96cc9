/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief A mailbox as servers read a plain path, for tests of what keeps and writes mailboxes. */
#pragma once

#include <string.h>

#include "parsers/mail/mailbox.h"

/*! \brief The only reading of a text; the result lives until the next call. */
static inline const struct smtp_mailbox *one_mailbox(const char *text, size_t size)
{
	static struct smtp_mailbox box;
	const char *at = memrchr(text, '@', size);
	box = (struct smtp_mailbox){ .count = 1, .direct = 1 };
	box.readings[0] = (struct mailbox_reading){
		.text = { text, size },
		.local_size = at != NULL ? (size_t)(at - text) : size,
	};
	return &box;
}
