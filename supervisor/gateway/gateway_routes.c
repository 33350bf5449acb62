/* SPDX-License-Identifier: ISC */
#include "gateway/gateway.h"
#include "gateway/gateway_clerk.h"

#define LOOK(path, flags, head) \
	{ \
		"GET", path, flags, head, NULL, NULL, gateway_look_gone \
	}
#define COMMAND(method, path, head) \
	{ \
		method, path, HTTP_CHANGES, head, NULL, NULL, gateway_command_gone \
	}
#define CLERK(method, path, flags, head) \
	{ \
		method, path, flags, head, NULL, NULL, gateway_clerk_gone \
	}
#define UPLOAD(path, head) \
	{ \
		"POST", path, 0, head, gateway_convert_body, gateway_convert_whole, \
		    gateway_convert_gone \
	}

/* bulkhead-api(7) and deploy/openapi.json have the same. */
const struct http_route gateway_routes[] = {
	{ "GET", "/", HTTP_OPEN, gateway_page, NULL, NULL, NULL },
	LOOK("/healthz", HTTP_OPEN, gateway_health),
	LOOK("/readyz", HTTP_OPEN, gateway_ready),
	LOOK("/metrics", 0, gateway_metrics),
	LOOK("/v1/status", 0, gateway_status),
	LOOK("/v1/workers", 0, gateway_workers),
	LOOK("/v1/queue", 0, gateway_queue),
	{ "GET", "/v1/events", 0, gateway_events, NULL, NULL, gateway_events_gone },
	LOOK("/v1/queue/*", 0, gateway_queue_show),
	LOOK("/v1/history", 0, gateway_history),
	UPLOAD("/v1/convert", gateway_convert),
	UPLOAD("/v1/detect", gateway_detect),
	{ "GET", "/v1/jobs/*", 0, gateway_job_show, NULL, NULL, NULL },
	{ "GET", "/v1/jobs/*/result", 0, gateway_job_result, NULL, NULL, NULL },
	{ "DELETE", "/v1/jobs/*", HTTP_CHANGES, gateway_job_cancel, NULL, NULL, NULL },
	COMMAND("POST", "/v1/pause", gateway_pause),
	COMMAND("POST", "/v1/resume", gateway_resume),
	COMMAND("POST", "/v1/reload", gateway_reload),
	COMMAND("POST", "/v1/drain", gateway_drain),
	COMMAND("PUT", "/v1/workers", gateway_scale),
	COMMAND("DELETE", "/v1/workers/*", gateway_kill_worker),
	CLERK("GET", "/v1/dead", 0, gateway_dead_list),
	CLERK("GET", "/v1/dead-groups", 0, gateway_dead_groups),
	CLERK("GET", "/v1/dead/*", 0, gateway_dead_show),
	CLERK("GET", "/v1/dead/*/message", 0, gateway_dead_message),
	CLERK("POST", "/v1/dead/*/*", HTTP_CHANGES, gateway_dead_change),
	CLERK("POST", "/v1/dead-groups/*/*", HTTP_CHANGES, gateway_dead_group_change),
	CLERK("GET", "/v1/queue/*/message", 0, gateway_queue_message),
	CLERK("POST", "/v1/queue/*/*", HTTP_CHANGES, gateway_queue_change),
	CLERK("DELETE", "/v1/dead/*", HTTP_CHANGES, gateway_dead_remove),
	{ NULL, NULL, 0, NULL, NULL, NULL, NULL },
};
