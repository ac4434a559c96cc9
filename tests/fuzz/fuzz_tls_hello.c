/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "parsers/tls/tls_hello.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*! \brief Whole and octet by octet must find the same. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_hello whole, cut;
	size_t whole_size, cut_size;

	tls_hello_init(&whole);
	tls_hello_init(&cut);
	tls_hello_feed(&whole, data, size);
	for (size_t i = 0; i < size; i++) {
		tls_hello_feed(&cut, data + i, 1);
	}
	const char *name = tls_hello_name(&whole, &whole_size);
	tls_hello_name(&cut, &cut_size);
	if (whole.status != cut.status || whole_size != cut_size) {
		abort();
	}
	found_number(whole.status);
	found_bytes(name, name != NULL ? whole_size : 0);
	return 0;
}
