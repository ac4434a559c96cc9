/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \file
 * \brief Records which functions of the program are called, for tests/mutants/mutants.py.
 *
 * Linked with a program built with -finstrument-functions. The file $NSMX_CALLS has an octet
 * for each octet of the program's code; it is 1 where a called function begins. All processes
 * share the mapping, so that those in a sandbox, or killed, are recorded, too.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWN __attribute__((no_instrument_function))

extern const char __executable_start[];

static volatile uint8_t *calls;
static size_t calls_size;

OWN __attribute__((constructor)) static void calls_open(void)
{
	const char *path = getenv("NSMX_CALLS");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	struct stat info;
	if (fd >= 0 && fstat(fd, &info) == 0) {
		void *memory = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		calls = memory != MAP_FAILED ? memory : NULL;
		calls_size = (size_t)info.st_size;
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

void OWN __cyg_profile_func_enter(void *function, void *site);
void OWN __cyg_profile_func_exit(void *function, void *site);

void __cyg_profile_func_enter(void *function, void *site)
{
	size_t at = (size_t)((const char *)function - __executable_start);
	(void)site;
	if (calls != NULL && at < calls_size) {
		calls[at] = 1;
	}
}

void __cyg_profile_func_exit(void *function, void *site)
{
	(void)function;
	(void)site;
}
