/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Wipes what a secret has left on the stack. */
#pragma once

/*!
 * \brief Overwrites the stack below the caller, where functions that have returned may have
 *        left copies of what they worked on, such as saved registers.
 */
void secret_wipe_stack(void);
