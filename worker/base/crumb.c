/* SPDX-License-Identifier: ISC */
#include "base/crumb.h"

/* Where crumbs go before there is a black box. */
static struct crumb slots[CRUMB_RING];
static volatile uint32_t count;
static uint64_t memory_asked;
static uint32_t output_errno;

struct crumb_ring crumb_ring = { slots, &count, &memory_asked, &output_errno };
