/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret_hash.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

/* If XXH3 is inlined, hashing a short string costs a third less. */
#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(SECRET_HASH_SIZE >= XXH3_SECRET_SIZE_MIN, "long enough for XXH3");

uint8_t secret_hash_secret[SECRET_HASH_SIZE];
uint64_t secret_hash_numbers[2];

/* getrandom(2) returns up to 256 octets completely. */
bool secret_hash_draw(void *to, size_t size)
{
	ssize_t drawn;
	do {
		drawn = getrandom(to, size, 0);
	} while (drawn < 0 && errno == EINTR);
	return drawn == (ssize_t)size;
}

/* It runs before main(), so that no table is made with another secret. */
__attribute__((constructor)) static void draw_secret(void)
{
	if (!secret_hash_draw(secret_hash_secret, sizeof(secret_hash_secret)) ||
	    !secret_hash_draw(secret_hash_numbers, sizeof(secret_hash_numbers))) {
		log_error("cannot get random numbers from the kernel: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
}

uint64_t secret_hash_with(const void *octets, size_t size, const uint8_t secret[SECRET_HASH_SIZE])
{
	return XXH3_64bits_withSecret(octets, size, secret, SECRET_HASH_SIZE);
}

uint64_t secret_hash(const void *octets, size_t size)
{
	return XXH3_64bits_withSecret(octets, size, secret_hash_secret, SECRET_HASH_SIZE);
}

struct secret_hash_wide secret_hash_wide(const void *octets, size_t size)
{
	XXH128_hash_t hash =
	        XXH3_128bits_withSecret(octets, size, secret_hash_secret, SECRET_HASH_SIZE);
	return (struct secret_hash_wide){ .low = hash.low64, .high = hash.high64 };
}
