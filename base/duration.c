/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

static const struct unit {
	char letter;
	unsigned seconds;
} UNITS[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

#define UNITS_COUNT (sizeof(UNITS) / sizeof(UNITS[0]))

bool duration_parse(const char *text, uint64_t *seconds)
{
	char *end;
	if (!ascii_is_digit(text[0]) || strlen(text) > 8) {
		return false;
	}
	unsigned long number = strtoul(text, &end, 10);
	for (size_t i = 0; i < UNITS_COUNT; i++) {
		if (end[0] == UNITS[i].letter && end[1] == '\0') {
			*seconds = (uint64_t)number * UNITS[i].seconds;
			return true;
		}
	}
	return false;
}

void duration_text(uint64_t seconds, char text[DURATION_TEXT_SIZE])
{
	size_t i = 0;
	while (seconds % UNITS[i].seconds != 0) {
		i++;
	}
	snprintf(text, DURATION_TEXT_SIZE, "%llu%c",
	         (unsigned long long)(seconds / UNITS[i].seconds), UNITS[i].letter);
}
