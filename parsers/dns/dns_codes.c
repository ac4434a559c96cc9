/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_codes.h"

#include <stddef.h>
#include <stdio.h>
#include <strings.h>

struct code {
	uint16_t number;
	const char *text;
};

/* clang-format off */
/* Sorted by number, for the binary search. */
static const struct code TYPES[] = {
	{ 1, "A" }, { 2, "NS" }, { 3, "MD" }, { 4, "MF" }, { 5, "CNAME" }, { 6, "SOA" },
	{ 7, "MB" }, { 8, "MG" }, { 9, "MR" }, { 10, "NULL" }, { 11, "WKS" }, { 12, "PTR" },
	{ 13, "HINFO" }, { 14, "MINFO" }, { 15, "MX" }, { 16, "TXT" }, { 17, "RP" },
	{ 18, "AFSDB" }, { 19, "X25" }, { 20, "ISDN" }, { 21, "RT" }, { 22, "NSAP" },
	{ 23, "NSAP-PTR" }, { 24, "SIG" }, { 25, "KEY" }, { 26, "PX" }, { 27, "GPOS" },
	{ 28, "AAAA" }, { 29, "LOC" }, { 30, "NXT" }, { 31, "EID" }, { 32, "NIMLOC" },
	{ 33, "SRV" }, { 34, "ATMA" }, { 35, "NAPTR" }, { 36, "KX" }, { 37, "CERT" },
	{ 38, "A6" }, { 39, "DNAME" }, { 40, "SINK" }, { 41, "OPT" }, { 42, "APL" },
	{ 43, "DS" }, { 44, "SSHFP" }, { 45, "IPSECKEY" }, { 46, "RRSIG" }, { 47, "NSEC" },
	{ 48, "DNSKEY" }, { 49, "DHCID" }, { 50, "NSEC3" }, { 51, "NSEC3PARAM" },
	{ 52, "TLSA" }, { 53, "SMIMEA" }, { 55, "HIP" }, { 56, "NINFO" }, { 57, "RKEY" },
	{ 58, "TALINK" }, { 59, "CDS" }, { 60, "CDNSKEY" }, { 61, "OPENPGPKEY" },
	{ 62, "CSYNC" }, { 63, "ZONEMD" }, { 64, "SVCB" }, { 65, "HTTPS" }, { 99, "SPF" },
	{ 100, "UINFO" }, { 101, "UID" }, { 102, "GID" }, { 103, "UNSPEC" }, { 104, "NID" },
	{ 105, "L32" }, { 106, "L64" }, { 107, "LP" }, { 108, "EUI48" }, { 109, "EUI64" },
	{ 249, "TKEY" }, { 250, "TSIG" }, { 251, "IXFR" }, { 252, "AXFR" }, { 253, "MAILB" },
	{ 254, "MAILA" }, { 255, "ANY" }, { 256, "URI" }, { 257, "CAA" }, { 258, "AVC" },
	{ 259, "DOA" }, { 260, "AMTRELAY" }, { 32768, "TA" }, { 32769, "DLV" },
};
static const struct code CLASSES[] = {
	{ 1, "IN" }, { 3, "CH" }, { 4, "HS" }, { 254, "NONE" }, { 255, "ANY" },
};
static const struct code OPCODES[] = {
	{ 0, "QUERY" }, { 1, "IQUERY" }, { 2, "STATUS" }, { 4, "NOTIFY" }, { 5, "UPDATE" },
	{ 6, "DSO" },
};
static const struct code RCODES[] = {
	{ 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 3, "NXDOMAIN" },
	{ 4, "NOTIMP" }, { 5, "REFUSED" }, { 6, "YXDOMAIN" }, { 7, "YXRRSET" },
	{ 8, "NXRRSET" }, { 9, "NOTAUTH" }, { 10, "NOTZONE" }, { 16, "BADVERS" },
	{ 17, "BADKEY" }, { 18, "BADTIME" }, { 19, "BADMODE" }, { 20, "BADNAME" },
	{ 21, "BADALG" }, { 22, "BADTRUNC" }, { 23, "BADCOOKIE" },
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *find(const struct code *table, size_t count, unsigned number)
{
	size_t low = 0;
	/* Common codes are at the start of the tables, where there are no gaps. */
	size_t guess = number - table[0].number;
	if (guess < count && table[guess].number == number) {
		return table[guess].text;
	}
	while (low < count) {
		size_t middle = low + (count - low) / 2;
		if (table[middle].number == number) {
			return table[middle].text;
		}
		if (table[middle].number < number) {
			low = middle + 1;
		} else {
			count = middle;
		}
	}
	return NULL;
}

static const char *text_or_number(const char *text, const char *prefix, unsigned number,
                                  char room[DNS_CODE_TEXT_MAX])
{
	if (text != NULL) {
		return text;
	}
	(void)snprintf(room, DNS_CODE_TEXT_MAX, "%s%u", prefix, number & 0xffff);
	return room;
}

const char *dns_type_text(uint16_t type, char room[DNS_CODE_TEXT_MAX])
{
	return text_or_number(find(TYPES, COUNT(TYPES), type), "TYPE", type, room);
}

const char *dns_class_text(uint16_t rclass, char room[DNS_CODE_TEXT_MAX])
{
	return text_or_number(find(CLASSES, COUNT(CLASSES), rclass), "CLASS", rclass, room);
}

const char *dns_opcode_text(unsigned opcode, char room[DNS_CODE_TEXT_MAX])
{
	return text_or_number(find(OPCODES, COUNT(OPCODES), opcode), "", opcode, room);
}

const char *dns_rcode_text(unsigned rcode, char room[DNS_CODE_TEXT_MAX])
{
	return text_or_number(find(RCODES, COUNT(RCODES), rcode), "", rcode, room);
}

bool dns_type_read(const char *text, uint16_t *type)
{
	unsigned number;
	char after;
	for (size_t i = 0; i < COUNT(TYPES); i++) {
		if (strcasecmp(TYPES[i].text, text) == 0) {
			*type = TYPES[i].number;
			return true;
		}
	}
	if (strncasecmp(text, "TYPE", 4) != 0 || text[4] < '0' || text[4] > '9' ||
	    sscanf(text + 4, "%5u%c", &number, &after) != 1 || number > UINT16_MAX) {
		return false;
	}
	*type = (uint16_t)number;
	return true;
}
