/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "parsers/tls/tls_certificate.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*! \brief Reads the key and all names, to the last octet. */
static unsigned sum_names(const struct tls_certificate *c)
{
	size_t size;
	uint16_t walk = 0;
	unsigned sum = 0;
	const uint8_t *key = tls_certificate_key(c, &size);

	for (size_t i = 0; i < size; i++) {
		sum = sum * 31 + key[i];
	}
	const char *name = tls_certificate_name(c, &size);

	while (name != NULL) {
		for (size_t i = 0; i < size; i++) {
			sum = sum * 31 + (unsigned char)name[i];
		}
		name = tls_certificate_other(c, &walk, &size);
	}
	return sum;
}

/*! \brief Whole and octet by octet must find the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_certificate whole, cut;

	tls_certificate_init(&whole);
	tls_certificate_init(&cut);
	tls_certificate_feed(&whole, data, size);
	for (size_t i = 0; i < size; i++) {
		tls_certificate_feed(&cut, data + i, 1);
	}
	if (whole.status != cut.status || whole.version != cut.version ||
	    sum_names(&whole) != sum_names(&cut)) {
		abort();
	}
	found_number(whole.status);
	found_number(whole.version);
	found_number(sum_names(&whole));
	return 0;
}
