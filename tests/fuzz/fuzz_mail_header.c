/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "parsers/mail/address_list.h"
#include "parsers/mail/encoded_word.h"
#include "parsers/mail/mail_date.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*! \brief A field's value, read in every way; sizes must stay within their limits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char *out = malloc(size + 1);
	char address[ADDRESS_MAX];
	struct address_list list;
	int64_t time_ns;
	size_t got;

	if (out == NULL) {
		return 0;
	}
	got = encoded_word_decode(text, size, out, size);
	if (got > size) {
		abort();
	}
	found_bytes(out, got);
	found_bytes(out, encoded_word_decode(text, size, out, size / 2));
	free(out);
	bool is_date = mail_date_parse(text, size, &time_ns);
	found_number(is_date);
	found_number(is_date ? (uint64_t)time_ns : 0);
	address_list_init(&list, text, size, size > 0 && (data[0] & 1) != 0);
	while ((got = address_list_next(&list, address)) > 0) {
		if (got > ADDRESS_MAX) {
			abort();
		}
		found_bytes(address, got);
	}
	return 0;
}
