/* mcapi_calls: makes every call of MCAPI in every way that it can end, and prints a line for each on UART4.
 *
 *   msg_send ERR_MSG_SIZE ok             the status that it should have
 *   msg_send ERR_MSG_SIZE got SUCCESS    another one
 *   message of priority 0 first ok       something else that holds ("is wrong" if not)
 *   mcapi_calls: done                    no more of that which needs no peer
 *   mcapi_calls: peer done               no more of that which does
 *
 * Most of it happens between endpoints of this node. What takes a peer waits until one is there: it has to have the
 * endpoints that mcapi_calls_peer.c says. */
#include "mcapi_calls.h"

#include "console.h"
#include "ipcc.h"
#include "mcapi/transport.h"

static mcapi_request_t taken[MCAPI_MAX_REQUESTS];
static mcapi_endpoint_t nowhere;

static const char *name_of(mcapi_status_t status)
{
    static char names[2][MCAPI_MAX_STATUS_SIZE];
    static unsigned turn;
    char *name = mcapi_display_status(status, names[turn++ % 2], MCAPI_MAX_STATUS_SIZE);

    return name ? name : "nothing";
}

void check(const char *call, mcapi_status_t want, mcapi_status_t got)
{
    if (want == got)
        print("%s %s ok\n", call, name_of(want));
    else
        print("%s %s got %s\n", call, name_of(want), name_of(got));
}

void claim(const char *what, bool holds)
{
    print("%s %s\n", what, holds ? "ok" : "is wrong");
}

static void must(const char *what, mcapi_status_t status)
{
    if (status != MCAPI_SUCCESS && status != MCAPI_PENDING)
        print("cannot go on: %s says %s\n", what, name_of(status));
}

mcapi_endpoint_t create(mcapi_port_t port)
{
    mcapi_status_t status;
    mcapi_endpoint_t endpoint = mcapi_endpoint_create(port, &status);

    must("endpoint_create", status);
    return endpoint;
}

mcapi_request_t get_pending(mcapi_port_t port)
{
    mcapi_request_t request = 0;
    mcapi_status_t status;

    mcapi_endpoint_get_i(MCAPI_DOMAIN, MCAPI_NODE, port, &nowhere, &request, &status);
    must("endpoint_get_i", status);
    return request;
}

void set(mcapi_endpoint_t endpoint, mcapi_uint_t attribute, mcapi_uint_t value)
{
    mcapi_status_t status;

    mcapi_endpoint_set_attribute(endpoint, attribute, &value, sizeof value, &status);
    must("endpoint_set_attribute", status);
}

void delete(mcapi_endpoint_t endpoint)
{
    mcapi_status_t status;

    mcapi_endpoint_delete(endpoint, &status);
    must("endpoint_delete", status);
}

void cancel(mcapi_request_t request)
{
    mcapi_status_t status;

    mcapi_cancel(&request, &status);
    must("cancel", status);
}

mcapi_status_t end_of(mcapi_request_t request)
{
    mcapi_status_t status;
    size_t size;

    mcapi_wait(&request, &size, 1000, &status);
    return status;
}

void take_requests(unsigned left)
{
    for (unsigned i = 0; i < MCAPI_MAX_REQUESTS - left; i++)
        taken[i] = get_pending(60000);
}

void give_requests(void)
{
    for (unsigned i = 0; i < MCAPI_MAX_REQUESTS; i++)
        if (taken[i])
            cancel(taken[i]);
    for (unsigned i = 0; i < MCAPI_MAX_REQUESTS; i++)
        taken[i] = 0;
}

int main(void)
{
    console_start();
    ipcc_init();
    before_initialize();
    node_calls();
    endpoint_calls();
    message_calls();
    packet_calls();
    scalar_calls();
    request_calls();
    print("mcapi_calls: done\n");
    peer_calls();
    print("mcapi_calls: peer done\n");
    for (;;) {
        mcapi_dispatch();
        mcapi_wait_for_event();
    }
}
