/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/mail/iso_2022_jp.h"

enum { ESC = 0x1b, NO_CHARACTER = (char)0xfd };

/*!
 * \brief Returns the character set that the escape sequence at `p` selects; 0 if the sequence is
 *        unknown.
 */
static char read_escape(const char *p, size_t left)
{
	if (left < 3 || p[0] != ESC) {
		return 0;
	}
	if (p[1] == '(') {
		return p[2] == 'I' ? 'I' : p[2] == 'B' || p[2] == 'J' ? 'B' : 0;
	}
	if (p[1] != '$') {
		return 0;
	}
	return p[2] == '@' || p[2] == 'B' ? '$' : p[2] == '(' && left > 3 && p[3] == 'D' ? 'D' : 0;
}

/*!
 * \brief Converts a character of two octets; Shift_JIS lacks JIS X 0212. Returns the number of
 *        octets written.
 */
static size_t put_pair(char set, unsigned row, unsigned cell, char *to)
{
	if (set != '$' || cell < 0x21 || cell > 0x7e) {
		to[0] = NO_CHARACTER;
		return 1;
	}
	unsigned lead = (row - 0x21) / 2 + 0x81;
	unsigned trail = row % 2 == 0 ? cell + 0x7e : cell + 0x1f + (cell > 0x5f);
	to[0] = (char)(lead > 0x9f ? lead + 0x40 : lead);
	to[1] = (char)trail;
	return 2;
}

size_t iso_2022_jp_to_shift_jis(char *bytes, size_t size)
{
	char set = 'B';
	size_t used = 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char next = (unsigned char)bytes[i];
		char escape = read_escape(bytes + i, size - i);
		if (escape != 0) {
			set = escape;
			i += escape == 'D' ? 3 : 2;
		} else if (set == 'B' || next < 0x21 || next > 0x7e) {
			bytes[used++] = (char)next;
		} else if (set == 'I') {
			bytes[used++] = (char)(next | 0x80);
		} else {
			unsigned char cell = i + 1 < size ? (unsigned char)bytes[++i] : 0;
			used += put_pair(set, next, cell, bytes + used);
		}
	}
	return used;
}
