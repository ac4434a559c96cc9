/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/nearest.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>

void nearest_begin(struct nearest *nearest, const char *word, size_t size)
{
	*nearest = (struct nearest){ .word = word, .size = size };
	nearest->distance = MAX(size / 3, 1) + 1;
}

/* The optimal string alignment distance. Row i has the distances of the first i letters of the word
 * from the first letters of the name. */
static size_t measure(const char *word, size_t size, const char *name, size_t name_size)
{
	size_t rows[NEAREST_WORD_MAX + 1][NEAREST_WORD_MAX + 1];
	for (size_t j = 0; j <= name_size; j++) {
		rows[0][j] = j;
	}
	for (size_t i = 1; i <= size; i++) {
		rows[i][0] = i;
		for (size_t j = 1; j <= name_size; j++) {
			size_t changed = rows[i - 1][j - 1] + (word[i - 1] != name[j - 1]);
			rows[i][j] = MIN(changed, MIN(rows[i - 1][j], rows[i][j - 1]) + 1);
			if (i > 1 && j > 1 && word[i - 1] == name[j - 2] &&
			    word[i - 2] == name[j - 1]) {
				rows[i][j] = MIN(rows[i][j], rows[i - 2][j - 2] + 1);
			}
		}
	}
	return rows[size][name_size];
}

void nearest_try(struct nearest *nearest, const char *name)
{
	size_t size = strlen(name);
	if (nearest->size > NEAREST_WORD_MAX || size > NEAREST_WORD_MAX) {
		return;
	}
	size_t distance = measure(nearest->word, nearest->size, name, size);
	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->name = name;
	}
}

void nearest_text(const struct nearest *nearest, char text[NEAREST_TEXT_MAX])
{
	text[0] = '\0';
	if (nearest->name != NULL) {
		(void)snprintf(text, NEAREST_TEXT_MAX, " (nearest: %s)", nearest->name);
	}
}
