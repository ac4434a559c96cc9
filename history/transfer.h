/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Passes batches of rows from one process to another through a pipe.
 *
 * Each batch has its size and its number of rows before it, so that a receiver discards a batch of
 * which the sender could not write the end. Both sides wait for each other.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The largest batch, in octets. No table makes a larger one. */
#define HISTORY_TRANSFER_MAX ((size_t)32 << 20)

/*! \brief Writes all octets. \return 0, or a negative error of errno.h. */
int history_write_all(int fd, const void *octets, size_t size);

/*! \brief Sends a batch. \return False if the receiver cannot get all of it. */
bool history_send(int fd, const uint8_t *batch, size_t size, size_t rows);

/*!
 * \brief Receives a batch.
 *
 * \param batch  Room for HISTORY_TRANSFER_MAX octets.
 *
 * \return False when the sender has closed the pipe, perhaps in the middle of a batch, and for
 * sizes that no sender of this program writes.
 */
bool history_receive(int fd, uint8_t *batch, size_t *size, size_t *rows);
