/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An SMTP dialog as the input of a fuzz target.
 *
 * A line that begins with 'C' or 'S' is octets of the client, of the server, without that
 * first octet; with 'G' or 'H' it is a gap of as many octets as its second octet states.
 * If the rest ends in '\\', that octet and the line end are removed. All other lines are
 * the client's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct dialog {
	const uint8_t *data;
	size_t size;
};

struct dialog_item {
	bool client;
	size_t lost; /*!< Of a gap, else 0. */
	const uint8_t *bytes;
	size_t size;
};

static inline size_t dialog_line(const struct dialog *dialog)
{
	const uint8_t *lf = memchr(dialog->data, '\n', dialog->size);
	return lf != NULL ? (size_t)(lf - dialog->data) + 1 : dialog->size;
}

/*! \return False at the end of the dialog. */
static inline bool dialog_next(struct dialog *dialog, struct dialog_item *item)
{
	if (dialog->size == 0) {
		return false;
	}
	const uint8_t *line = dialog->data;
	size_t size = dialog_line(dialog);
	dialog->data += size;
	dialog->size -= size;
	item->client = line[0] != 'S' && line[0] != 'H';
	item->lost = 0;
	item->bytes = line;
	item->size = 0;
	if (line[0] == 'G' || line[0] == 'H') {
		item->lost = size > 1 ? line[1] : 1;
		return true;
	}
	if (line[0] == 'C' || line[0] == 'S') {
		line++;
		size--;
	}
	if (size >= 2 && line[size - 2] == '\\') {
		size -= 2;
	}
	item->bytes = line;
	item->size = size;
	return true;
}
