/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/output.h"

#include <errno.h>
#include <fcntl.h>
#include <mtbl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Level 3 takes half the time of libmtbl's default, and 2 % more space. */
#define ZSTD_LEVEL   3
#define MERGED_BLOCK ((size_t)64 << 10)

/* Space that must remain on the disk besides a new file, in octets. */
#define DISK_RESERVE ((uint64_t)16 << 20)

bool history_output_has_space(int folder, uint64_t size)
{
	struct statvfs disk;
	return fstatvfs(folder, &disk) != 0 ||
	       (uint64_t)disk.f_bavail * disk.f_frsize >= DISK_RESERVE + size;
}

static void open_writer(struct history_output *output, enum history_compression compression)
{
	struct mtbl_writer_options *options = mtbl_writer_options_init();
	if (compression == HISTORY_FAST) {
		mtbl_writer_options_set_compression(options, MTBL_COMPRESSION_LZ4);
	} else {
		mtbl_writer_options_set_compression(options, MTBL_COMPRESSION_ZSTD);
		mtbl_writer_options_set_compression_level(options, ZSTD_LEVEL);
		mtbl_writer_options_set_block_size(options, MERGED_BLOCK);
	}
	output->writer = mtbl_writer_init_fd(output->fd, options);
	mtbl_writer_options_destroy(&options);
}

int history_output_begin(struct history_output *output, int folder, const char *name,
                         enum history_compression compression)
{
	output->folder = folder;
	output->name = name;
	output->fd =
	        openat(folder, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (output->fd < 0) {
		return -errno;
	}
	open_writer(output, compression);
	return 0;
}

bool history_output_add(struct history_output *output, const uint8_t *key, size_t size,
                        const uint8_t *value, size_t value_size)
{
	return mtbl_writer_add(output->writer, key, size, value, value_size) == mtbl_res_success;
}

static int finish(const struct history_output *output, struct history_file *file)
{
	char name[HISTORY_FILE_NAME_MAX];
	if (fsync(output->fd) != 0) {
		return -errno;
	}
	if (!history_file_checksum(output->fd, &file->checksum)) {
		return -EIO;
	}
	history_file_name(file, name);
	if (renameat(output->folder, output->name, output->folder, name) != 0) {
		return -errno;
	}
	return fsync(output->folder) == 0 ? 0 : -errno;
}

int history_output_end(struct history_output *output, bool good, struct history_file *file)
{
	mtbl_writer_destroy(&output->writer);
	int ret = good ? finish(output, file) : -EIO;
	if (ret != 0) {
		(void)unlinkat(output->folder, output->name, 0);
	}
	(void)close(output->fd);
	return ret;
}
