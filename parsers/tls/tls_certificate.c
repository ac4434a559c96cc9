/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/tls/tls_certificate.h"

#include "parsers/tls/der.h"

enum {
	SERVER_HELLO = 2,
	CERTIFICATE = 11,
	EXTENSION_VERSIONS = 43,
	TLS_1_3 = 0x0304,
	DNS_NAME = DER_CONTEXT + 2,
	EXTENSIONS = DER_CONTEXT_COMPOUND + 3,
	VERSION = DER_CONTEXT_COMPOUND,
};

void tls_certificate_init(struct tls_certificate *c)
{
	c->status = TLS_CERTIFICATE_MORE;
	c->version = 0;
	c->name_pos = 0;
	c->name_size = 0;
	c->others_pos = 0;
	c->others_size = 0;
	c->key_pos = 0;
	c->key_size = 0;
	tls_message_init(&c->tls);
}

static struct cursor open_message(const struct tls_certificate *c)
{
	struct cursor message = cursor_init(c->message, c->tls.size);

	cursor_skip(&message, TLS_MESSAGE_HEADER);
	return message;
}

static bool read_hello(struct tls_certificate *c)
{
	struct cursor message = open_message(c);
	uint16_t version = cursor_u16(&message);

	cursor_skip(&message, 32);                  /* random */
	cursor_skip(&message, cursor_u8(&message)); /* session_id */
	cursor_skip(&message, 2 + 1);               /* cipher_suite, compression_method */
	if (message.failed) {
		return false;
	}
	c->version = version;
	cursor_skip(&message, 2); /* length of the extensions */
	while (cursor_left(&message) > 0) {
		uint16_t type = cursor_u16(&message);
		struct cursor body = cursor_fence(&message, cursor_u16(&message));
		if (type == EXTENSION_VERSIONS && cursor_left(&body) == 2) {
			c->version = cursor_u16(&body);
		}
	}
	return true;
}

static bool is_text(uint8_t tag)
{
	return tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_T61_STRING ||
	       tag == DER_IA5_STRING;
}

/*! \brief Reads an attribute of the subject. The last commonName counts. */
static void read_attribute(struct tls_certificate *c, struct cursor *attribute)
{
	static const uint8_t common_name[] = { 0x55, 0x04, 0x03 };
	struct cursor type;
	struct der value;

	if (der_enter(attribute, DER_OID, &type) &&
	    der_is(&type, common_name, sizeof(common_name)) && der_next(attribute, &value) &&
	    is_text(value.tag) && !value.cut) {
		c->name_pos = (uint16_t)(value.value.wire - c->message);
		c->name_size = (uint16_t)value.value.size;
	}
}

static void read_subject(struct tls_certificate *c, struct cursor *subject)
{
	struct cursor set, attribute;

	while (der_enter(subject, DER_SET, &set)) {
		while (der_enter(&set, DER_SEQUENCE, &attribute)) {
			read_attribute(c, &attribute);
		}
	}
}

static void read_extension(struct tls_certificate *c, struct cursor *extension)
{
	static const uint8_t subject_alt_name[] = { 0x55, 0x1d, 0x11 };
	struct cursor id, names;
	struct der value;

	if (!der_enter(extension, DER_OID, &id) ||
	    !der_is(&id, subject_alt_name, sizeof(subject_alt_name))) {
		return;
	}
	/* The BOOLEAN `critical` may precede the value. */
	while (der_next(extension, &value)) {
		if (value.tag == DER_OCTET_STRING &&
		    der_enter(&value.value, DER_SEQUENCE, &names)) {
			c->others_pos = (uint16_t)(names.wire - c->message);
			c->others_size = (uint16_t)names.size;
		}
	}
}

static void read_extensions(struct tls_certificate *c, struct cursor *compound)
{
	struct cursor list, extension;

	if (!der_enter(compound, DER_SEQUENCE, &list)) {
		return;
	}
	while (der_enter(&list, DER_SEQUENCE, &extension)) {
		read_extension(c, &extension);
	}
}

/*!
 * \brief Finds the key with its tag and length. A key that is cut is left out, because its hash
 * would differ.
 */
static void read_key(struct tls_certificate *c, struct cursor *body)
{
	const uint8_t *begin = body->wire + body->pos;
	struct der key;

	if (der_next(body, &key) && key.tag == DER_SEQUENCE && !key.cut) {
		c->key_pos = (uint16_t)(begin - c->message);
		c->key_size = (uint16_t)(body->wire + body->pos - begin);
	}
}

/*! \brief Reads the TBSCertificate (RFC 5280, 4.1): the subject, the key, and the extensions. */
static void read_certificate(struct tls_certificate *c, struct cursor *body)
{
	struct cursor subject;
	struct der element;

	if (!der_next(body, &element)) {
		return;
	}
	if (element.tag == VERSION) {
		(void)der_next(body, &element); /* serialNumber */
	}
	(void)der_next(body, &element); /* signature */
	(void)der_next(body, &element); /* issuer */
	(void)der_next(body, &element); /* validity */
	if (!der_enter(body, DER_SEQUENCE, &subject)) {
		return;
	}
	read_subject(c, &subject);
	read_key(c, body);
	while (der_next(body, &element)) {
		if (element.tag == EXTENSIONS) {
			read_extensions(c, &element.value);
		}
	}
}

/*! \brief Reads the first certificate of the chain, which is the server's own. */
static void read_chain(struct tls_certificate *c)
{
	struct cursor message = open_message(c);
	struct cursor whole, body;

	cursor_skip(&message, 3 + 3); /* length of the list, of the first */
	if (der_enter(&message, DER_SEQUENCE, &whole) && der_enter(&whole, DER_SEQUENCE, &body)) {
		read_certificate(c, &body);
	}
}

/*! \brief Reads a whole message. */
static enum tls_certificate_status read_message(struct tls_certificate *c)
{
	uint8_t type = c->message[0];

	if (c->version == 0) {
		if (type != SERVER_HELLO || !read_hello(c)) {
			return TLS_CERTIFICATE_BAD;
		}
		return c->version < TLS_1_3 ? TLS_CERTIFICATE_MORE : TLS_CERTIFICATE_DONE;
	}
	if (type == CERTIFICATE) {
		read_chain(c);
	}
	return TLS_CERTIFICATE_DONE;
}

enum tls_certificate_status tls_certificate_feed(struct tls_certificate *c, const uint8_t *bytes,
                                                 size_t size)
{
	while (size > 0 && c->status == TLS_CERTIFICATE_MORE) {
		size_t used =
		        tls_message_feed(&c->tls, c->message, sizeof(c->message), bytes, size);
		if (c->tls.bad) {
			/* In a resumed session, a ChangeCipherSpec follows the ServerHello at
			 * once. */
			c->status = c->version != 0 ? TLS_CERTIFICATE_DONE : TLS_CERTIFICATE_BAD;
		} else if (c->tls.whole) {
			c->status = read_message(c);
			tls_message_next(&c->tls);
		}
		bytes += used;
		size -= used;
	}
	return c->status;
}

const char *tls_certificate_name(const struct tls_certificate *c, size_t *size)
{
	*size = c->name_size;
	return c->name_size > 0 ? (const char *)c->message + c->name_pos : NULL;
}

const uint8_t *tls_certificate_key(const struct tls_certificate *c, size_t *size)
{
	*size = c->key_size;
	return c->key_size > 0 ? c->message + c->key_pos : NULL;
}

const char *tls_certificate_other(const struct tls_certificate *c, uint16_t *walk, size_t *size)
{
	struct cursor names = cursor_init(c->message + c->others_pos, c->others_size);
	struct der name;

	cursor_seek(&names, *walk);
	while (der_next(&names, &name) && !name.cut) {
		*walk = (uint16_t)names.pos;
		if (name.tag == DNS_NAME && name.value.size > 0) {
			*size = name.value.size;
			return (const char *)name.value.wire;
		}
	}
	*size = 0;
	return NULL;
}
