/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The commands: one function each, in a file each.
 *
 * Each takes the arguments behind its name and returns an exit status.
 */
#pragma once

int cmd_replay(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_rules(int argc, char **argv);
int cmd_rules_import(int argc, char **argv); /* its name among the arguments */
int cmd_tail(int argc, char **argv);
int cmd_help(int argc, char **argv);
