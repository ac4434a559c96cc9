/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Mnemonics of DNS numbers, as the IANA registry "DNS Parameters" spells them.
 *
 * A number without a mnemonic is written as in RFC 3597 (`TYPE65280`, `CLASS4`) or in
 * decimal (op codes, response codes).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_RP = 17,
	DNS_TYPE_AFSDB = 18,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_KX = 36,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_NSEC3PARAM = 51,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SMIMEA = 53,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_OPENPGPKEY = 61,
	DNS_TYPE_CSYNC = 62,
	DNS_TYPE_ZONEMD = 63,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_SPF = 99,
	DNS_TYPE_URI = 256,
	DNS_TYPE_CAA = 257,
};

/*! \brief Classes (RFC 6895 section 3.2). */
#define DNS_CLASS_IN   1
#define DNS_CLASS_CH   3
#define DNS_CLASS_HS   4
#define DNS_CLASS_NONE 254
#define DNS_CLASS_ANY  255

/*! \brief Room for any of the texts below, the final NUL included. */
#define DNS_CODE_TEXT_MAX 16

/*!
 * \brief Returns the mnemonic of a type, a static text. For a number without a mnemonic, the text
 *        is written to `room`, and `room` is returned.
 */
const char *dns_type_text(uint16_t type, char room[DNS_CODE_TEXT_MAX]);

/*!
 * \brief Reads a record type, which is a mnemonic in upper or lower case, or `TYPE` and a number
 *        (RFC 3597 section 5).
 *
 * \return False if the text is neither.
 */
bool dns_type_read(const char *text, uint16_t *type);

/*! \brief Does the same as dns_type_text(), for a class. */
const char *dns_class_text(uint16_t rclass, char room[DNS_CODE_TEXT_MAX]);
/*! \brief Does the same as dns_type_text(), for an op code. */
const char *dns_opcode_text(unsigned opcode, char room[DNS_CODE_TEXT_MAX]);
/*! \brief Does the same as dns_type_text(), for a response code. */
const char *dns_rcode_text(unsigned rcode, char room[DNS_CODE_TEXT_MAX]);
