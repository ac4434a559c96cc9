/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages (RFC 1035 section 4): a header, then entries read one by one.
 *
 * Nothing is allocated. Only names are copied, because compression scatters their
 * parts. Entries that precede a fault are valid; a fault ends the message.
 *
 * Ownership: the bytes of the message are borrowed; views live as long as they do.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/dns_name.h"
#include "parsers/dns/dns_codes.h"

#define DNS_HEADER_SIZE 12

#define DNS_FLAG_QR 0x8000 /*!< Response. */
#define DNS_FLAG_AA 0x0400
#define DNS_FLAG_TC 0x0200
#define DNS_FLAG_RD 0x0100
#define DNS_FLAG_RA 0x0080
#define DNS_FLAG_AD 0x0020 /*!< RFC 4035. */
#define DNS_FLAG_CD 0x0010 /*!< RFC 4035. */

#define DNS_EDNS_FLAG_DO 0x8000 /*!< In an OPT record's TTL, RFC 3225. */

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS,
};

/*! \brief Why a message is malformed. dns_fault_text() names each fault. */
enum dns_fault {
	DNS_OK = 0,
	DNS_SHORT_HEADER = -1, /*!< Fewer than 12 octets. */
	DNS_SHORT_ENTRY = -2,  /*!< The message ends before the last entry that it counts. */
	DNS_BAD_POINTER = -3,  /*!< A compression pointer loops or leads past the end. */
	DNS_LONG_NAME = -4,    /*!< A name of more than 255 octets. */
	DNS_BAD_LABEL = -5,    /*!< A label type that is not in use. */
	DNS_LONG_RDATA = -6,   /*!< RDLENGTH exceeds the message. */
	DNS_BAD_RDATA = -7,    /*!< RDATA does not fit the type of the record. */
	DNS_TRAILING = -8,     /*!< Octets after the last entry. */
};

/*! \brief The number of faults, DNS_OK included. */
#define DNS_FAULTS 9

/*! \brief A question, or a resource record. */
struct dns_entry {
	enum dns_section section;
	uint16_t type;
	uint16_t rclass;
	uint32_t ttl;          /*!< Seconds; 0 for a question. */
	const uint8_t *rdata;  /*!< NULL for a question. */
	uint16_t rdata_size;   /*!< RDLENGTH; all of it is in the message. */
	struct dns_name owner; /*!< QNAME for a question. */
};

struct dns_message {
	const uint8_t *wire;
	size_t size;
	uint16_t id;
	uint16_t flags;
	uint16_t counts[DNS_SECTIONS];
};

/*! \brief A walk through the entries of a message, in their order. */
struct dns_walk {
	const struct dns_message *message;
	struct cursor at;
	enum dns_section section;
	uint16_t seen;                  /*!< Entries of the section that were read. */
	size_t owner;                   /*!< Where the owner of the previous entry starts. */
	const struct dns_entry *filled; /*!< The previous entry. */
};

/*!
 * \brief Reads the header.
 *
 * \return DNS_OK or DNS_SHORT_HEADER.
 */
int dns_open(struct dns_message *message, const uint8_t *wire, size_t size);

static inline bool dns_is_response(const struct dns_message *message)
{
	return (message->flags & DNS_FLAG_QR) != 0;
}

static inline unsigned dns_opcode(const struct dns_message *message)
{
	return message->flags >> 11 & 0xf;
}

/*!
 * \brief Whether an entry is a fact about a name.
 *
 * In an update (RFC 2136) the sections have other meanings, as have addresses of other
 * classes than IN.
 */
static inline bool dns_is_about_names(const struct dns_message *message,
                                      const struct dns_entry *entry)
{
	/* In multicast DNS the top bit of a class is a flag (RFC 6762, 10.2). */
	return dns_opcode(message) == 0 && (entry->rclass & 0x7fff) == DNS_CLASS_IN &&
	       entry->type != DNS_TYPE_OPT;
}

/*! \brief Starts a walk. Several walks over one message are independent. */
void dns_walk_begin(struct dns_walk *walk, const struct dns_message *message);

/*!
 * \brief Reads the next entry.
 *
 * \param entry  Unchanged since the previous call, when it is the same one: an owner that
 *               did not change is not read again.
 *
 * \return 1: `entry` is filled in; 0: the end; a dns_fault: the rest cannot be read.
 */
int dns_walk_next(struct dns_walk *walk, struct dns_entry *entry);

/*!
 * \brief Reads the domain name in a record's RDATA.
 *
 * The target of NS, CNAME, PTR, DNAME; the exchange of MX; the target of SRV, SVCB
 * and HTTPS; the primary server (MNAME) of SOA; of other types, a name that comes
 * first.
 *
 * \return 1: read; 0: the type has no such name; DNS_BAD_RDATA.
 */
int dns_rdata_name(const struct dns_message *message, const struct dns_entry *entry,
                   struct dns_name *name);

/*!
 * \brief The address in an A or AAAA record, IPv4 as v4-mapped.
 *
 * \return False: the record has another type, or RDATA of another size.
 */
bool dns_rdata_address(const struct dns_entry *entry, struct in6_addr *addr);

/*!
 * \brief The parameters of an SVCB or HTTPS record, which follow its target (RFC 9460).
 *
 * \param parameters  Out: a cursor at them, failed when the record is too short.
 */
void dns_rdata_service(const struct dns_message *message, const struct dns_entry *entry,
                       struct cursor *parameters);

/*!
 * \brief Room for any RDATA as text: at most 8 characters for each octet, and a bounded
 * amount more for names and bitmaps of types.
 */
#define DNS_RDATA_TEXT_MAX (8 * 65536 + 8192)

/*!
 * \brief Writes RDATA in presentation form, names without the final dot.
 *
 * RDATA of an unknown type, or that does not fit its type, is written as
 * `\# LENGTH HEX` (RFC 3597 section 5).
 *
 * \param text  Room for DNS_RDATA_TEXT_MAX characters.
 *
 * \return Characters written, the final NUL not counted.
 */
size_t dns_rdata_text(const struct dns_message *message, const struct dns_entry *entry, char *text);

/*! \brief Response code, with the upper bits of an OPT record (RFC 6891 section 6.1.3); NULL: none.
 */
unsigned dns_rcode(const struct dns_message *message, const struct dns_entry *opt);

/*! \brief A short name of a fault, suitable for the name of a counter: "bad_label". */
const char *dns_fault_text(int fault);
