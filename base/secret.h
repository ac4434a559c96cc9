/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Wipes copies of secrets from the stack. */
#pragma once

/*!
 * \brief Overwrites the stack below the caller, where functions that have returned may have
 *        left copies of secrets, for example in saved registers.
 */
void secret_wipe_stack(void);
