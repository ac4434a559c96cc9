/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/keyed_hash.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define FINAL_ROUNDS 3

struct state {
	uint64_t v0, v1, v2, v3;
};

bool keyed_hash_init(struct keyed_hash *hash)
{
	ssize_t size;
	do {
		size = getrandom(hash->key, sizeof(hash->key), 0);
	} while (size < 0 && errno == EINTR);
	/* getrandom(2) returns up to 256 octets completely. */
	return size == (ssize_t)sizeof(hash->key);
}

static uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static void mix(struct state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 = rotate(s->v2, 32);
}

static void compress(struct state *s, uint64_t word)
{
	s->v3 ^= word;
	mix(s);
	s->v0 ^= word;
}

/* Makes a number of up to eight octets, of which the first is the lowest. */
static uint64_t word_of(const uint8_t *octets, size_t size)
{
	uint64_t word = 0;
	/* memcpy() does not accept NULL, even for no octets. */
	if (size > 0) {
		memcpy(&word, octets, size);
	}
	return le64toh(word);
}

uint64_t keyed_hash(const struct keyed_hash *hash, const void *octets, size_t size)
{
	const uint8_t *at = octets;
	const uint64_t k0 = hash->key[0], k1 = hash->key[1];
	struct state s = { k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d,
		           k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573 };
	size_t left = size;
	for (; left >= 8; left -= 8, at += 8) {
		compress(&s, word_of(at, 8));
	}
	compress(&s, word_of(at, left) | (uint64_t)size << 56);
	s.v2 ^= 0xff;
	for (int i = 0; i < FINAL_ROUNDS; i++) {
		mix(&s);
	}
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
