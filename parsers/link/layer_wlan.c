/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/layers.h"

/* IEEE 802.11-2020 section 9.2.4.1, the first octet and the second. */
#define TYPE_MASK    0x0c
#define TYPE_DATA    0x08
#define SUBTYPE_NULL 0x40 /* no data */
#define SUBTYPE_QOS  0x80

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

static uint16_t read_le16(struct cursor *c)
{
	const uint8_t *octets = cursor_take(c, 2);
	return octets != NULL ? (uint16_t)(octets[1] << 8 | octets[0]) : 0;
}

static uint32_t read_le32(struct cursor *c)
{
	uint32_t low = read_le16(c);
	return (uint32_t)read_le16(c) << 16 | low;
}

/* The flags follow the time stamp, if there is one, which is aligned to 8. */
static uint8_t read_flags(struct cursor header)
{
	uint32_t present = read_le32(&header);
	uint32_t word = present;
	for (int i = 0; i < RADIOTAP_WORDS && (word & RADIOTAP_MORE) != 0; i++) {
		word = read_le32(&header);
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
	uint16_t length = read_le16(&decoder->at);
	if (version != 0 || length < 8) {
		decoder_end(decoder, decoder->at.failed ? FRAME_CUT : FRAME_OTHER);
		return;
	}
	struct cursor header = cursor_init(decoder->at.wire + start, decoder->at.size - start);
	cursor_seek(&header, 4);
	decoder->number = read_flags(header);
	cursor_seek(&decoder->at, start + length);
	decoder->next = LAYER_80211;
}

void layer_80211(struct decoder *decoder)
{
	bool padded = (decoder->number & RADIOTAP_DATA_PAD) != 0;
	uint8_t type = cursor_u8(&decoder->at);
	uint8_t flags = cursor_u8(&decoder->at);
	size_t header = 24;
	if ((type & TYPE_MASK) != TYPE_DATA || (type & SUBTYPE_NULL) != 0 ||
	    (flags & FLAG_PROTECTED) != 0) {
		decoder_end(decoder, decoder->at.failed ? FRAME_CUT : FRAME_OTHER);
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
			decoder_end(decoder, FRAME_OTHER);
			return;
		}
		if ((flags & FLAG_ORDER) != 0) {
			cursor_skip(&decoder->at, 4);
			header += 4;
		}
	}
	if (padded && header % 4 != 0) {
		cursor_skip(&decoder->at, 4 - header % 4);
	}
	decoder->next = LAYER_LLC;
}
