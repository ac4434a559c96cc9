/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/layers.h"

/* IEEE 802.11-2020 section 9.2.4.1, the first octet and the second. */
#define VERSION_TYPE_MASK 0x0f
#define TYPE_MASK         0x0c
#define TYPE_DATA         0x08
#define SUBTYPE_NULL      0x40 /* no data */
#define SUBTYPE_QOS       0x80

#define FLAG_TO_DS     0x01
#define FLAG_FROM_DS   0x02
#define FLAG_PROTECTED 0x40
#define FLAG_ORDER     0x80

#define QOS_AMSDU 0x80

#define RADIOTAP_TSFT     (1U << 0)
#define RADIOTAP_FLAGS    (1U << 1)
#define RADIOTAP_MORE     (1U << 31)
#define RADIOTAP_WORDS    8
#define RADIOTAP_DATA_PAD 0x20

#define AVS_MAGIC       0x80211000U /* and a version in the last 12 bits */
#define AVS_MAGIC_FIRST 0x80

/* The flags follow the time stamp if there is one. The time stamp is aligned to 8 octets. */
static uint8_t read_flags(struct cursor header)
{
	uint32_t present = cursor_le32(&header);
	uint32_t word = present;
	for (int i = 0; i < RADIOTAP_WORDS && (word & RADIOTAP_MORE) != 0; i++) {
		word = cursor_le32(&header);
	}
	if ((present & RADIOTAP_TSFT) != 0) {
		cursor_skip(&header, (8 - header.pos % 8) % 8 + 8);
	}
	return (present & RADIOTAP_FLAGS) != 0 ? cursor_u8(&header) : 0;
}

void layer_radiotap(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	uint8_t version = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 1);
	uint16_t length = cursor_le16(&decoder->at);
	if (version != 0 || length < 8) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	struct cursor header = cursor_init(decoder->at.wire + start, decoder->at.size - start);
	cursor_seek(&header, 4);
	decoder->padded = (read_flags(header) & RADIOTAP_DATA_PAD) != 0;
	cursor_seek(&decoder->at, start + length);
	decoder->next = LAYER_80211;
}

/* message 4 | length of this header 4 | device 16 | items, in the byte order of the host. */
void layer_prism(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	/* Some drivers write the AVS header under this link type. */
	if (decoder_peek(decoder) == AVS_MAGIC_FIRST) {
		decoder->next = LAYER_AVS;
		return;
	}
	cursor_skip(&decoder->at, 4);
	uint32_t length = cursor_le32(&decoder->at);
	cursor_seek(&decoder->at, start + length);
	decoder->next = LAYER_80211;
}

/* version 4 | length of this header 4 | ... */
void layer_avs(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	uint32_t version = cursor_u32(&decoder->at);
	uint32_t length = cursor_u32(&decoder->at);
	if (version >> 12 != AVS_MAGIC >> 12 || length < 8) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	cursor_seek(&decoder->at, start + length);
	decoder->next = LAYER_80211;
}

void layer_80211(struct decoder *decoder)
{
	uint8_t type = cursor_u8(&decoder->at);
	uint8_t flags = cursor_u8(&decoder->at);
	size_t header = 24;
	if (decoder->swapped && (type & VERSION_TYPE_MASK) != TYPE_DATA) {
		uint8_t swap = type;
		type = flags;
		flags = swap;
	}
	if ((type & TYPE_MASK) != TYPE_DATA || (type & SUBTYPE_NULL) != 0) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	if ((flags & FLAG_PROTECTED) != 0) {
		decoder_other(decoder, FRAME_BY_ENCRYPTED);
		return;
	}
	if ((flags & (FLAG_TO_DS | FLAG_FROM_DS)) == (FLAG_TO_DS | FLAG_FROM_DS)) {
		header += 6;
	}
	cursor_skip(&decoder->at, header - 2);
	if ((type & SUBTYPE_QOS) != 0) {
		uint8_t qos = cursor_u8(&decoder->at);
		cursor_skip(&decoder->at, 1);
		header += 2;
		if ((qos & QOS_AMSDU) != 0) {
			decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
			return;
		}
		if ((flags & FLAG_ORDER) != 0) {
			cursor_skip(&decoder->at, 4);
			header += 4;
		}
	}
	if (decoder->padded && header % 4 != 0) {
		cursor_skip(&decoder->at, 4 - header % 4);
	}
	decoder->next = LAYER_LLC;
}
