/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/savefile.h"

/* Link types whose number in files differs from the DLT_* number of libpcap. */
static const struct {
	uint16_t linktype;
	int dlt;
} RENUMBERED[] = {
	{ 100, 11 }, /* ATM, RFC 1483 */
	{ 101, 12 }, /* raw IP */
	{ 102, 15 }, /* BSD/OS SLIP */
	{ 103, 16 }, /* BSD/OS PPP */
	{ 106, 19 }, /* classical IP over ATM */
};

int savefile_dlt(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(RENUMBERED) / sizeof(RENUMBERED[0]); i++) {
		if (RENUMBERED[i].linktype == linktype) {
			return RENUMBERED[i].dlt;
		}
	}
	return linktype;
}
