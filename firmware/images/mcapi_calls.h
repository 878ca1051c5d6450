/* What the parts of the image `mcapi_calls` share: how a call's status is compared and printed. */
#ifndef MCAPI_CALLS_H
#define MCAPI_CALLS_H

#include "mcapi/mcapi.h"

/* Make a call whose last argument is its status, and compare that; `call` and `want` are without their prefix. */
#define CHECK(call, want, ...)                            \
    do {                                                  \
        mcapi_status_t got_ = MCAPI_ERR_GENERAL;          \
        (void)mcapi_##call(__VA_ARGS__, &got_);           \
        check(#call, MCAPI_##want, got_);                 \
    } while (0)
#define CHECK_BARE(call, want)                            \
    do {                                                  \
        mcapi_status_t got_ = MCAPI_ERR_GENERAL;          \
        (void)mcapi_##call(&got_);                        \
        check(#call, MCAPI_##want, got_);                 \
    } while (0)

/* Prints "msg_send ERR_MSG_SIZE ok", or "msg_send ERR_MSG_SIZE got SUCCESS". */
void check(const char *call, mcapi_status_t want, mcapi_status_t got);

/* Prints "what ok", or "what is wrong". */
void claim(const char *what, bool holds);

/* Make what the cases start from; it has to succeed. */
mcapi_endpoint_t create(mcapi_port_t port);
mcapi_request_t get_pending(mcapi_port_t port); /* a request that stays pending */
void set(mcapi_endpoint_t endpoint, mcapi_uint_t attribute, mcapi_uint_t value);
void delete(mcapi_endpoint_t endpoint);
void cancel(mcapi_request_t request);
/* How a request ends. */
mcapi_status_t end_of(mcapi_request_t request);

/* Take all requests but `left`, and give them back. */
void take_requests(unsigned left);
void give_requests(void);

/* A handle that never was one. */
enum { NO_HANDLE = 0x12345678 };

/* The groups of calls. Each leaves nothing behind. */
void before_initialize(void);
void node_calls(void);
void endpoint_calls(void);
void message_calls(void);
void packet_calls(void);
void scalar_calls(void);
void request_calls(void);
void peer_calls(void);

#endif
