/* SPDX-License-Identifier: ISC */
#include "base/loopback.h"

#include <netinet/in.h>
#include <string.h>

bool loopback_has(const struct sockaddr *a)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (a && a->sa_family == AF_INET) {
		memcpy(&in, a, sizeof in);
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	if (a && a->sa_family == AF_INET6) {
		memcpy(&in6, a, sizeof in6);
		return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr) ||
		       (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr) &&
			   in6.sin6_addr.s6_addr[12] == 127);
	}
	return false;
}
