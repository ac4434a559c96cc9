/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * getrandom(2) of the fuzz targets. With FUZZ_SEED in the environment it returns the same octets in
 * each run, since what the secret hashes decide is in the coverage that chooses the next inputs.
 */
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STEP 6364136223846793005u /* of the generator of MMIX */

ssize_t getrandom(void *to, size_t size, unsigned flags)
{
	static unsigned long long state = 1;
	unsigned char *octets = to;
	const char *seed = getenv("FUZZ_SEED");
	if (seed == NULL || *seed == '\0') {
		return syscall(SYS_getrandom, to, size, flags);
	}
	for (size_t i = 0; i < size; i++) {
		state = state * STEP + 1;
		octets[i] = (unsigned char)(state >> 56);
	}
	return (ssize_t)size;
}
