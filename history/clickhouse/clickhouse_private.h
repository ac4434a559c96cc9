/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Declares what the sources of this folder share. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "history/clickhouse/clickhouse_stream.h"

#define CLICKHOUSE_TABLE "history"

/*! \brief A condition in SQL: the key belongs to a row, and is not that of a sensor's name or of a
 *         batch's number. */
#define CLICKHOUSE_IS_ROW "key >= unhex('01') AND key < unhex('fe')"

/*! \brief Executes a statement that has no answer. \return 0, or a negative error of
 *         clickhouse_stream_end(). */
int clickhouse_execute(const struct clickhouse_url *url, size_t shard, const char *statement,
                       const struct clickhouse_input *input);

/*! \brief Writes octets as an expression of SQL. */
void clickhouse_put_hex(struct writer *w, const uint8_t *octets, size_t size);

/*! \brief Reads a number of up to 8 octets, little-endian, as in the format RowBinary. */
uint64_t clickhouse_number(const uint8_t *at, unsigned octets);
