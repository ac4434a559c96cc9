/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/mail/mailbox.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* No octet is invented but quotes, "@" and what Exim writes for a blank. */
static void check_octets(struct smtp_text text, const char *path, size_t size)
{
	for (size_t i = 0; i < text.size; i++) {
		char c = text.text[i];
		check(memchr(path, c, size) != NULL ||
		      (c != '\0' && strchr("\"\\@=[] ", c) != NULL));
	}
}

static void check_reading(const struct mailbox_reading *reading, const char *path, size_t size)
{
	struct smtp_text local = mailbox_local(reading), domain = mailbox_domain(reading);
	check(reading->text.size > 0 && local.size <= reading->text.size);
	check(local.size == reading->text.size || local.text[local.size] == '@');
	check(local.size + domain.size <= reading->text.size);
	check_octets(reading->text, path, size);
	found_bytes(local.text, local.size);
	found_bytes(domain.text, domain.size);
}

static void parse(const char *path, size_t size, enum mailbox_path kind)
{
	static char room[MAILBOX_ROOM];
	struct smtp_mailbox box;
	bool read = mailbox_parse(path, size, kind, room, &box);
	check(box.direct <= box.count && box.count <= MAILBOX_READINGS_MAX);
	check(read == (box.count > 0 || box.null_sender));
	check(box.count == 0 || !box.null_sender);
	found_number(box.count);
	found_number(box.direct);
	found_number(box.null_sender);
	found_number(box.angled);
	for (unsigned i = 0; i < box.count; i++) {
		check_reading(&box.readings[i], path, size);
	}
}

/*! \brief The path of MAIL, and of RCPT. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse((const char *)data, size, MAILBOX_FORWARD);
	parse((const char *)data, size, MAILBOX_REVERSE);
	return 0;
}
