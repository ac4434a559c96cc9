/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \file
 * \brief Records which basic blocks of a program run, for tests/mutants/mutants.py.
 *
 * Linked with a program built with -fsanitize-coverage=trace-pc. The file $NSMX_BLOCKS has an
 * octet for each octet of the program's code; it is 1 where a block has called the function
 * below. All processes share the mapping, so that those in a sandbox, or killed, are recorded, too.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

extern const char __executable_start[];

static volatile uint8_t *blocks;
static size_t blocks_size;

__attribute__((constructor)) static void blocks_open(void)
{
	const char *path = getenv("NSMX_BLOCKS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat info;
	if (fd >= 0 && fstat(fd, &info) == 0) {
		void *memory = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		blocks = memory != MAP_FAILED ? memory : NULL;
		blocks_size = (size_t)info.st_size;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
	size_t at = (size_t)((const char *)__builtin_return_address(0) - __executable_start);
	if (blocks != NULL && at < blocks_size) {
		blocks[at] = 1;
	}
}
