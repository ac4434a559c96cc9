/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads DNS messages (RFC 1035 section 4): the header, then the entries one by one.
 *
 * Nothing is allocated. Only names are copied, because compression scatters their parts over the
 * message. Entries before a fault are valid. Nothing after the fault is read, except after an owner
 * that cannot be read but whose end can be found.
 *
 * Ownership: the bytes of the message are borrowed. Views into them are valid as long as the bytes.
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

#define DNS_FLAG_QR 0x8000 /*!< The message is a response. */
#define DNS_FLAG_AA 0x0400 /*!< The answer is authoritative. */
#define DNS_FLAG_TC 0x0200
#define DNS_FLAG_RD 0x0100
#define DNS_FLAG_RA 0x0080
#define DNS_FLAG_AD 0x0020 /*!< The data are authentic, RFC 4035. */
#define DNS_FLAG_CD 0x0010 /*!< Checking is disabled, RFC 4035. */

/*! \brief The bit "DNSSEC OK" in the TTL field of an OPT record, RFC 3225. */
#define DNS_EDNS_FLAG_DO 0x8000

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS, /*!< The number of sections. */
};

/*! \brief Why a message is malformed. dns_fault_text() gives a name for each fault. */
enum dns_fault {
	DNS_OK = 0,
	DNS_SHORT_HEADER = -1, /*!< The message has fewer than 12 octets. */
	/*! The message ends before the last entry that its header announces. */
	DNS_SHORT_ENTRY = -2,
	DNS_BAD_POINTER = -3, /*!< A compression pointer loops, or points beyond the message. */
	DNS_LONG_NAME = -4,   /*!< A name has more than 255 octets. */
	DNS_BAD_LABEL = -5,   /*!< A label has a type other than 00 or 11 (pointer). */
	DNS_LONG_RDATA = -6,  /*!< RDLENGTH is greater than the rest of the message. */
	DNS_BAD_RDATA = -7,   /*!< The RDATA is not valid for the type of the record. */
	DNS_TRAILING = -8,    /*!< There are octets after the last entry. */
};

/*! \brief The number of faults, DNS_OK included. */
#define DNS_FAULTS 9

/*! \brief A question, or a resource record. */
struct dns_entry {
	enum dns_section section;
	uint16_t type;
	uint16_t rclass;
	uint32_t ttl;         /*!< The TTL field as sent; 0 for a question. See dns_entry_ttl(). */
	const uint8_t *rdata; /*!< NULL for a question. */
	uint16_t rdata_size;  /*!< RDLENGTH. The message contains all these octets. */
	/*! The owner, or QNAME for a question. Its size is 0 if the name cannot be read. */
	struct dns_name owner;
};

/*! \brief A message and its header. */
struct dns_message {
	const uint8_t *wire; /*!< The whole message, borrowed. */
	size_t size;
	uint16_t id;
	uint16_t flags;
	/*! The number of entries that the header states for each section. */
	uint16_t counts[DNS_SECTIONS];
	/*! The memo that makes reading names faster. dns_open() sets it to NULL. The caller may set
	 * it afterwards. */
	struct dns_name_memo *memo;
};

/*! \brief A walk through the entries of a message, in their order. */
struct dns_walk {
	const struct dns_message *message;
	struct cursor at;
	enum dns_section section;
	/*! The number of entries of `section` that were read so far. */
	uint16_t seen;
	/*! The offset of the previous entry's owner in the message. */
	size_t owner;
	/*! The struct that the previous dns_walk_next() has filled in. */
	const struct dns_entry *filled;
	/*! The offset of an owner that could not be read; SIZE_MAX: there is none. */
	size_t unreadable;
	int fault; /*!< The fault of the unreadable owner, or DNS_OK. */
};

/*!
 * \brief Reads the header.
 *
 * \return DNS_OK or DNS_SHORT_HEADER.
 */
int dns_open(struct dns_message *message, const uint8_t *wire, size_t size);

/*! \brief Returns true if a message is a response. */
static inline bool dns_is_response(const struct dns_message *message)
{
	return (message->flags & DNS_FLAG_QR) != 0;
}

/*! \brief Returns the op code: 0 for a query, 5 for an update. */
static inline unsigned dns_opcode(const struct dns_message *message)
{
	return message->flags >> 11 & 0xf;
}

/*!
 * \brief Returns true if an entry states a fact about a name of the Internet.
 *
 * It returns false for:
 *
 *   - entries of messages whose op code is not 0, because the sections of an update (RFC 2136) have
 *     other meanings;
 *   - entries of classes other than IN, because their addresses have other meanings;
 *   - OPT records.
 */
static inline bool dns_is_about_names(const struct dns_message *message,
                                      const struct dns_entry *entry)
{
	/* The top bit of a class is a flag in multicast DNS (RFC 6762, 10.2). */
	return dns_opcode(message) == 0 && (entry->rclass & 0x7fff) == DNS_CLASS_IN &&
	       entry->type != DNS_TYPE_OPT;
}

/*!
 * \brief Returns the TTL of a record in seconds. A TTL whose top bit is set counts as 0 (RFC 2181,
 *        section 8).
 */
static inline uint32_t dns_entry_ttl(const struct dns_entry *entry)
{
	return entry->ttl <= INT32_MAX ? entry->ttl : 0;
}

/*! \brief Starts a walk. Several walks through one message are possible at the same time. */
void dns_walk_begin(struct dns_walk *walk, const struct dns_message *message);

/*!
 * \brief Reads the next entry.
 *
 * \param entry  Receives the entry. If it is the struct of the previous call, the caller must not
 *               have changed it, because the function does not write an owner again that is the
 *               same as before.
 *
 * If an owner cannot be read but its end can be found, the entry is returned without an
 * owner, and the fault is returned at the end of the walk.
 *
 * \return 1 if `entry` is filled in; 0 if there are no more entries; a dns_fault if the rest of the
 *         message cannot be read, or if all entries were read but an owner could not be.
 */
int dns_walk_next(struct dns_walk *walk, struct dns_entry *entry);

/*!
 * \brief Reads the main domain name in a record's RDATA.
 *
 * The main name is the target of NS, CNAME, PTR, DNAME, SRV, SVCB and HTTPS, the exchange of MX,
 * and the primary server (MNAME) of SOA. In other types it is the name with which the RDATA begins.
 *
 * \return 1 if `name` is set; 0 if the type has no such name; DNS_BAD_RDATA if the RDATA is
 *         invalid.
 */
int dns_rdata_name(const struct dns_message *message, const struct dns_entry *entry,
                   struct dns_name *name);

/*!
 * \brief Reads the domain name of a record whose RDATA has no other field, such as NS, CNAME, PTR
 *        and DNAME.
 *
 * \return False if the RDATA of this type has other fields, or is invalid.
 */
bool dns_rdata_is_name(const struct dns_message *message, const struct dns_entry *entry,
                       struct dns_name *name);

/*!
 * \brief Reads the address in an A or AAAA record; an IPv4 address is written as v4-mapped.
 *
 * \return False if the record has another type, or RDATA of another size.
 */
bool dns_rdata_address(const struct dns_entry *entry, struct in6_addr *addr);

/*!
 * \brief Finds the parameters of an SVCB or HTTPS record, which follow its target (RFC 9460).
 *
 * \param parameters  Receives a cursor at the first parameter. If the record is too short, the
 *                    cursor is in the failed state.
 */
void dns_rdata_service(const struct dns_message *message, const struct dns_entry *entry,
                       struct cursor *parameters);

/*!
 * \brief Room for any RDATA as text: at most 8 characters for each octet, and 8192 more for names
 *        and bitmaps of types.
 */
#define DNS_RDATA_TEXT_MAX (8 * 65536 + 8192)

/*!
 * \brief Writes RDATA in presentation form. Names have no final dot.
 *
 * RDATA of an unknown type, and RDATA that is invalid for its type, is written as `\# LENGTH HEX`
 * (RFC 3597 section 5).
 *
 * \param text  Has room for DNS_RDATA_TEXT_MAX characters.
 *
 * \return The number of characters written, without the final NUL.
 */
size_t dns_rdata_text(const struct dns_message *message, const struct dns_entry *entry, char *text);

/*!
 * \brief Does the same as dns_rdata_text(), but writes RDATA of every type as `\# LENGTH HEX` (RFC
 *        3597 section 5).
 */
size_t dns_rdata_generic_text(const struct dns_entry *entry, char *text);

/*!
 * \brief Copies RDATA in canonical form (RFC 4034 section 6.2): its names are uncompressed and in
 *        lower case. Equal data thus have equal octets, and the copy can be read without the
 *        message.
 *
 * RDATA of an unknown type is copied unchanged.
 *
 * \param room  Size of the buffer `data`, in octets.
 *
 * \return The number of octets written; -1 if there is no room, or if the RDATA is invalid for its
 *         type.
 */
int dns_rdata_canonical(const struct dns_message *message, const struct dns_entry *entry,
                        uint8_t *data, size_t room);

/*!
 * \brief Fills in all fields of an entry except for the owner, from a record that was read before.
 *
 * \param rdata  The `rdata` that dns_walk_next() has set when it read this record.
 */
void dns_entry_again(struct dns_entry *entry, enum dns_section section, const uint8_t *rdata);

/*!
 * \brief Returns the response code. If `opt` is not NULL, it is an OPT record that contains the
 *        upper bits of the code (RFC 6891 section 6.1.3).
 */
unsigned dns_rcode(const struct dns_message *message, const struct dns_entry *opt);

/*! \brief Returns true if a message has an OPT record with the DO bit (RFC 3225). */
bool dns_has_do(const struct dns_message *message);

/*!
 * \brief Returns a short name of a fault, such as "bad_label". It is part of the name of a counter.
 */
const char *dns_fault_text(int fault);
