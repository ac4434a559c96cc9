/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/url_part.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

int url_wrong(struct url_error *error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(error->text, error->size, format, args);
	va_end(args);
	return -EINVAL;
}

bool url_part_is(struct url_part part, const char *word)
{
	return strlen(word) == part.size && memcmp(word, part.text, part.size) == 0;
}

bool url_cut(struct url_part *part, char c, bool last, struct url_part *tail)
{
	if (part->size == 0) {
		return false;
	}
	const char *at =
	        last ? memrchr(part->text, c, part->size) : memchr(part->text, c, part->size);
	if (at == NULL) {
		return false;
	}
	size_t head = (size_t)(at - part->text);
	*tail = (struct url_part){ at + 1, part->size - head - 1 };
	part->size = head;
	return true;
}

/* Returns the octet of "%XX" or the character itself; -1 for a bad escape. */
static int decode_octet(const struct url_part *part, size_t *at)
{
	if (part->text[*at] != '%') {
		return (unsigned char)part->text[(*at)++];
	}
	if (part->size - *at < 3) {
		return -1;
	}
	int high = ascii_hex_value(part->text[*at + 1]);
	int low = ascii_hex_value(part->text[*at + 2]);
	*at += 3;
	return high >= 0 && low >= 0 ? high << 4 | low : -1;
}

int url_decode(struct url_error *error, struct url_part part, const char *name, char *out,
               size_t size)
{
	size_t used = 0;
	for (size_t at = 0; at < part.size;) {
		int octet = decode_octet(&part, &at);
		if (octet < 0) {
			return url_wrong(
			        error,
			        "%s: two hexadecimal digits must follow %% (write %%25 for %% "
			        "itself)",
			        name);
		}
		if (iscntrl(octet)) {
			return url_wrong(error, "%s: contains a control character", name);
		}
		if (used + 1 >= size) {
			return url_wrong(error, "%s: longer than %zu characters", name, size - 1);
		}
		out[used++] = (char)octet;
	}
	out[used] = '\0';
	return 0;
}

int url_number(struct url_error *error, struct url_part part, const char *name, uint64_t min,
               uint64_t max, uint64_t *number)
{
	uint64_t value = 0;
	bool good = part.size > 0 && part.size <= 19;
	for (size_t i = 0; i < part.size && good; i++) {
		good = ascii_is_digit(part.text[i]);
		value = value * 10 + (uint64_t)(part.text[i] - '0');
	}
	if (!good || value < min || value > max) {
		return url_wrong(error, "%s: must be a number from %" PRIu64 " to %" PRIu64, name,
		                 min, max);
	}
	*number = value;
	return 0;
}

int url_split_host(struct url_error *error, struct url_part *host, struct url_part *port,
                   bool *has_port)
{
	if (host->size == 0 || host->text[0] != '[') {
		*has_port = url_cut(host, ':', false, port);
		if (*has_port && memchr(port->text, ':', port->size) != NULL) {
			return url_wrong(error, "write an IPv6 address in [], as in [::1]:6379");
		}
		return 0;
	}
	struct url_part tail;
	host->text++;
	host->size--;
	if (!url_cut(host, ']', false, &tail) || (tail.size > 0 && tail.text[0] != ':')) {
		return url_wrong(error, "an IPv6 address and ] must follow [, as in [::1]:6379");
	}
	*has_port = tail.size > 0;
	*port = (struct url_part){ tail.text + *has_port, tail.size - *has_port };
	return 0;
}
