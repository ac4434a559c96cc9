/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * test_faults.py loads this into the program with LD_PRELOAD: calls of libraries fail, at one
 * place of the program at a time.
 *
 * $FAULTS_LOG is a file of records, which all processes of the program share: one for each
 * place that calls one of these functions. The first `fails` calls return an error.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RECORDS 1024

struct record {
	uint64_t place; /* Offset in the program, of the instruction after the call. */
	uint32_t fails, calls;
	char name[48];
};

static struct record *records;
static uintptr_t program, program_end;

static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	program = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_LOAD) {
			program_end =
			        program + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
		}
	}
	return 1; /* the program is the first object */
}

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("FAULTS_LOG");
	(void)dl_iterate_phdr(find_program, NULL);
	int fd = path != NULL ? open(path, O_RDWR) : -1;
	void *memory = fd >= 0 ? mmap(NULL, RECORDS * sizeof(*records), PROT_READ | PROT_WRITE,
	                              MAP_SHARED, fd, 0)
	                       : MAP_FAILED;
	(void)unsetenv("LD_PRELOAD");
	if (memory == MAP_FAILED) {
		_exit(99);
	}
	(void)close(fd);
	records = memory;
}

/* Whether a call from this place fails. */
static int is_failing(const char *name, const void *after)
{
	uintptr_t place = (uintptr_t)after - program;
	if (records == NULL || (uintptr_t)after < program || (uintptr_t)after >= program_end) {
		return 0;
	}
	struct record *record = records;
	while (record < records + RECORDS - 1 && record->place != place) {
		uint64_t none = 0;
		if (__atomic_compare_exchange_n(&record->place, &none, place, 0, __ATOMIC_SEQ_CST,
		                                __ATOMIC_SEQ_CST)) {
			(void)strncpy(record->name, name, sizeof(record->name) - 1);
			break;
		}
		record += none != place;
	}
	__atomic_add_fetch(&record->calls, 1, __ATOMIC_RELAXED);
	if (record->fails == 0) {
		return 0;
	}
	record->fails--;
	return 1;
}

typedef long function(long, long, long, long, long, long);

/* Its arguments are integers and addresses, at most six. */
#define FAILING(name, value, error)                                                                \
	__attribute__((visibility("default"))) long fails_##name(long a, long b, long c, long d,   \
	                                                         long e, long f) __asm__(#name);   \
	long fails_##name(long a, long b, long c, long d, long e, long f)                          \
	{                                                                                          \
		static function *real;                                                             \
		if (is_failing(#name, __builtin_return_address(0))) {                              \
			errno = error;                                                             \
			return value;                                                              \
		}                                                                                  \
		if (real == NULL) {                                                                \
			real = (function *)dlsym(RTLD_NEXT, #name);                                \
		}                                                                                  \
		return real(a, b, c, d, e, f);                                                     \
	}

/* dlsym() itself allocates. */
#define FAILING_TO_ALLOCATE(name)                                                                  \
	extern function real_##name __asm__("__libc_" #name);                                      \
	__attribute__((visibility("default"))) long fails_##name(long a, long b, long c, long d,   \
	                                                         long e, long f) __asm__(#name);   \
	long fails_##name(long a, long b, long c, long d, long e, long f)                          \
	{                                                                                          \
		if (is_failing(#name, __builtin_return_address(0))) {                              \
			errno = ENOMEM;                                                            \
			return 0;                                                                  \
		}                                                                                  \
		return real_##name(a, b, c, d, e, f);                                              \
	}

/* clang-format off */
FAILING_TO_ALLOCATE(malloc)
FAILING_TO_ALLOCATE(calloc)
FAILING_TO_ALLOCATE(realloc)
FAILING(aligned_alloc, 0, ENOMEM)
FAILING(reallocarray, 0, ENOMEM)
FAILING(strdup, 0, ENOMEM)
FAILING(strndup, 0, ENOMEM)
FAILING(open_memstream, 0, ENOMEM)
FAILING(fmemopen, 0, ENOMEM)
FAILING(mmap, -1, ENOMEM)

FAILING(fopen, 0, EMFILE)
FAILING(fdopen, 0, ENOMEM)
FAILING(fdopendir, 0, ENOMEM)
FAILING(fts_open, 0, ENOMEM)
FAILING(fts_read, 0, ENOMEM)
FAILING(scandir, -1, EMFILE)
FAILING(open, -1, EMFILE)
FAILING(__open_2, -1, EMFILE)
FAILING(openat, -1, EMFILE)
FAILING(read, -1, EIO)
FAILING(pread, -1, EIO)
FAILING(write, -1, ENOSPC)
FAILING(pwrite, -1, ENOSPC)
FAILING(fclose, -1, ENOSPC)
FAILING(fflush, -1, ENOSPC)
FAILING(fsync, -1, EIO)
FAILING(fdatasync, -1, EIO)
FAILING(ftruncate, -1, ENOSPC)
FAILING(fstat, -1, EIO)
FAILING(fstatat, -1, EIO)
FAILING(stat, -1, EIO)
FAILING(fstatvfs, -1, EIO)
FAILING(flock, -1, ENOLCK)
FAILING(mkdir, -1, ENOSPC)
FAILING(mkdtemp, 0, ENOSPC)
FAILING(mkstemp, -1, ENOSPC)
FAILING(rename, -1, ENOSPC)
FAILING(renameat, -1, ENOSPC)
FAILING(unlinkat, -1, EIO)
FAILING(access, -1, EACCES)
FAILING(fcntl, -1, EBADF)
FAILING(dup2, -1, EMFILE)

FAILING(fork, -1, EAGAIN)
FAILING(pipe2, -1, EMFILE)
FAILING(waitpid, -1, EINTR)
FAILING(poll, -1, EINTR)
FAILING(__poll_chk, -1, EINTR)
FAILING(sigtimedwait, -1, EAGAIN)
FAILING(prctl, -1, EPERM)
FAILING(sched_setaffinity, -1, EPERM)
FAILING(getrandom, -1, ENOSYS)
FAILING(gethostname, -1, EPERM)
FAILING(pthread_create, EAGAIN, EAGAIN)
FAILING(pthread_mutex_init, ENOMEM, ENOMEM)

FAILING(socket, -1, EMFILE)
FAILING(bind, -1, EADDRINUSE)
FAILING(listen, -1, EADDRINUSE)
FAILING(connect, -1, ECONNREFUSED)
FAILING(send, -1, EPIPE)
FAILING(recv, -1, ECONNRESET)
FAILING(getsockopt, -1, EBADF)
FAILING(setsockopt, -1, EPERM)
FAILING(getaddrinfo, -10, ENOMEM)

FAILING(nids_init, 0, ENOMEM)
FAILING(pcap_open_dead, 0, ENOMEM)
FAILING(pcap_create, 0, ENOMEM)
FAILING(pcap_activate, -1, ENOMEM)
FAILING(pcap_findalldevs, -1, ENOMEM)
FAILING(pcap_setnonblock, -1, EIO)
FAILING(pcap_stats, -1, EIO)
FAILING(seccomp_init, 0, ENOMEM)
FAILING(seccomp_rule_add, -ENOMEM, ENOMEM)
FAILING(seccomp_load, -EINVAL, EINVAL)
FAILING(capng_apply, -1, EPERM)
FAILING(capng_get_caps_process, -1, EPERM)
FAILING(capng_change_id, -1, EPERM)
FAILING(redisReaderCreate, 0, ENOMEM)
FAILING(redisReaderFeed, -1, ENOMEM)
FAILING(redisFormatCommandArgv, -1, ENOMEM)
FAILING(SSL_CTX_new, 0, ENOMEM)
FAILING(SSL_new, 0, ENOMEM)
FAILING(MHD_start_daemon, 0, ENOMEM)
FAILING(MHD_create_response_from_buffer, 0, ENOMEM)
FAILING(json_loadb, 0, ENOMEM)
FAILING(json_load_file, 0, ENOMEM)
FAILING(json_object, 0, ENOMEM)
FAILING(json_object_set, -1, ENOMEM)
FAILING(json_dump_callback, -1, ENOMEM)
FAILING(curl_easy_init, 0, ENOMEM)
FAILING(curl_easy_escape, 0, ENOMEM)
FAILING(curl_easy_perform, 27, ENOMEM)
FAILING(curl_slist_append, 0, ENOMEM)
FAILING(curl_url, 0, ENOMEM)
FAILING(curl_url_set, 7, ENOMEM)
FAILING(curl_url_get, 7, ENOMEM)
FAILING(EVP_MD_CTX_new, 0, ENOMEM)
FAILING(EVP_DigestInit_ex, 0, ENOMEM)
FAILING(EVP_Digest, 0, ENOMEM)
FAILING(memfd_create, -1, EMFILE)
FAILING(opendir, 0, EMFILE)
FAILING(unlink, -1, EACCES)
FAILING(json_object_set_new, -1, ENOMEM)
FAILING(iconv_open, -1, EINVAL)
FAILING(XXH3_createState, 0, ENOMEM)
FAILING(ZSTD_createDStream, 0, ENOMEM)
FAILING(LZ4F_createDecompressionContext, -1, ENOMEM)
FAILING(inflateInit2_, -4, ENOMEM)
FAILING(lzma_stream_decoder, 5, ENOMEM)
/* clang-format on */

/* It has a variable number of arguments, and more than six. */
int __asprintf_chk(char **text, int flag, const char *format, ...)
{
	va_list args;
	(void)flag;
	if (is_failing("__asprintf_chk", __builtin_return_address(0))) {
		errno = ENOMEM;
		return -1;
	}
	va_start(args, format);
	int size = vasprintf(text, format, args);
	va_end(args);
	return size;
}
