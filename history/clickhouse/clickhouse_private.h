/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the sources of this folder share. */
#pragma once

#define CLICKHOUSE_TABLE "history"
