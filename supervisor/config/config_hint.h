/* SPDX-License-Identifier: ISC */
#ifndef CONFIG_HINT_H
#define CONFIG_HINT_H

/* The key, or group of keys, that somebody who wrote text most likely meant ('_' counts
 * as '.', capitals as small letters); NULL when nothing is near. */
const char *config_hint(const char *text);

/* Is this the name of a group, such as "limits"? */
_Bool config_is_group(const char *name);

#endif
