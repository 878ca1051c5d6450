/* mcapi_calls: what takes a peer. It has to have the endpoints 20 and 23 (messages), 21 (receives packets) and 22
 * (receives scalars), none from 30 to 39, and to get 60. What it has to do when a message comes at 23:
 *   stall    take no frame for the next 20 ms, then answer
 *   delete   delete 20, then answer
 *   leave    take no frame any more, send "kept" after 20 ms, finalize, and initialize again some milliseconds later */
#include "mcapi_calls.h"

#include "mcapi/transport.h"

static mcapi_endpoint_t own, peers, asked, nowhere;
static mcapi_request_t request;
static mcapi_uint_t value;
static uint32_t handle;
static char text[8];
static size_t size;

static void until_linked(bool linked)
{
    while (mcapi_linked() != linked) {
        mcapi_wait_for_event();
        mcapi_dispatch();
    }
}

static mcapi_endpoint_t get(mcapi_port_t port)
{
    mcapi_status_t status;

    return mcapi_endpoint_get(MCAPI_DOMAIN, 0, port, MCAPI_TIMEOUT_INFINITE, &status);
}

static void get_calls(void)
{
    mcapi_request_t requests[MCAPI_MAX_PARKED_GETS];
    mcapi_status_t status;

    CHECK(endpoint_get, SUCCESS, MCAPI_DOMAIN, 0, 20, MCAPI_TIMEOUT_INFINITE);
    CHECK(endpoint_get, TIMEOUT, MCAPI_DOMAIN, 0, 30, 1500);
    CHECK(endpoint_get_i, PENDING, MCAPI_DOMAIN, 0, 30, &nowhere, &request);
    CHECK(wait, TIMEOUT, &request, &size, 1500);
    CHECK(cancel, SUCCESS, &request);
    for (unsigned i = 0; i < MCAPI_MAX_PARKED_GETS; i++)
        mcapi_endpoint_get_i(MCAPI_DOMAIN, 0, 31 + i, &nowhere, &requests[i], &status);
    CHECK(endpoint_get, ERR_ENDP_GET_LIMIT, MCAPI_DOMAIN, 0, 39, MCAPI_TIMEOUT_INFINITE);
    CHECK(endpoint_get_i, PENDING, MCAPI_DOMAIN, 0, 39, &nowhere, &request);
    CHECK(wait, ERR_ENDP_GET_LIMIT, &request, &size, MCAPI_TIMEOUT_INFINITE);
    for (unsigned i = 0; i < MCAPI_MAX_PARKED_GETS; i++)
        cancel(requests[i]);
}

static void remote_calls(void)
{
    CHECK(endpoint_delete, ERR_ENDP_NOTOWNER, peers);
    CHECK(endpoint_get_attribute, ERR_ENDP_REMOTE, peers, MCAPI_ENDP_ATTR_TYPE, &value, sizeof value);
    CHECK(endpoint_set_attribute, ERR_ENDP_REMOTE, peers, MCAPI_ENDP_ATTR_TIMEOUT, &value, sizeof value);
    CHECK(msg_send, ERR_ENDP_REMOTE, peers, peers, text, 1, 0);
    CHECK(msg_send_i, ERR_ENDP_REMOTE, peers, peers, text, 1, 0, &request);
    CHECK(msg_recv, ERR_ENDP_REMOTE, peers, text, sizeof text, &size);
    CHECK(msg_recv_i, ERR_ENDP_REMOTE, peers, text, sizeof text, &request);
    CHECK(msg_available, ERR_ENDP_REMOTE, peers);
    CHECK(pktchan_recv_open_i, ERR_ENDP_REMOTE, &handle, peers, &request);
    CHECK(pktchan_send_open_i, ERR_ENDP_REMOTE, &handle, peers, &request);
    CHECK(sclchan_recv_open_i, ERR_ENDP_REMOTE, &handle, peers, &request);
    CHECK(sclchan_send_open_i, ERR_ENDP_REMOTE, &handle, peers, &request);
}

static void connect_calls(void)
{
    mcapi_endpoint_t packets = get(21), scalars = get(22);

    CHECK(pktchan_connect_i, PENDING, create(61), packets, &request);
    CHECK(wait, SUCCESS, &request, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(sclchan_connect_i, PENDING, create(62), scalars, &request);
    CHECK(wait, SUCCESS, &request, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(pktchan_connect_i, PENDING, create(63), packets, &request);
    CHECK(wait, ERR_CHAN_CONNECTED, &request, &size, MCAPI_TIMEOUT_INFINITE);
}

static void until_answered(void)
{
    mcapi_status_t status;

    mcapi_msg_recv(own, text, sizeof text, &size, &status);
}

/* Say it, and give the peer the time to act on it. */
static void ask_for_silence(const char *word)
{
    mcapi_status_t status;

    mcapi_msg_send(own, asked, word, 5, 0, &status);
    mcapi_msg_recv_i(own, text, sizeof text, &request, &status);
    CHECK(wait, TIMEOUT, &request, &size, 5000);
    cancel(request);
}

/* The peer takes nothing: a ring and the queue behind it fill up. */
static void stalled_calls(void)
{
    enum { FULL = MCAPI_RING_SIZE + MCAPI_MAX_CONTROL_FRAMES };
    mcapi_status_t status;

    for (unsigned i = 0; i < FULL; i++)
        get(20);
    ask_for_silence("stall");
    for (unsigned i = 0; i < FULL; i++)
        mcapi_endpoint_release(peers, &status);
    claim("as many releases as there is room for", status == MCAPI_SUCCESS);
    CHECK(endpoint_release, ERR_TRANSMISSION, peers);
    CHECK(endpoint_delete, ERR_TRANSMISSION, own);
    until_answered();
}

static void deleted_calls(void)
{
    CHECK(msg_send, SUCCESS, own, asked, "delete", 6, 0);
    until_answered();
    CHECK(msg_send, ERR_ENDP_DELETED, own, peers, text, 1, 0);
    CHECK(msg_send_i, ERR_ENDP_DELETED, own, peers, text, 1, 0, &request);
    CHECK(pktchan_connect_i, ERR_ENDP_DELETED, own, peers, &request);
    CHECK(sclchan_connect_i, ERR_ENDP_DELETED, own, peers, &request);
    CHECK(endpoint_release, SUCCESS, peers);
    CHECK(endpoint_release, SUCCESS, asked);
    CHECK(endpoint_release, ERR_ENDP_INVALID, asked);
}

static void gone_calls(void)
{
    mcapi_endpoint_t open_end =
        mcapi_endpoint_get(MCAPI_DOMAIN, MCAPI_NODE, 61, MCAPI_TIMEOUT_IMMEDIATE, &(mcapi_status_t){0});
    mcapi_request_t opening, connecting, sending;
    mcapi_status_t status;

    asked = get(23);
    CHECK(pktchan_send_open_i, PENDING, &handle, open_end, &opening);
    ask_for_silence("leave");
    CHECK(pktchan_connect_i, PENDING, create(64), asked, &connecting);
    for (unsigned i = 0; i < MCAPI_RING_SIZE; i++)
        mcapi_msg_send(own, asked, text, 1, 1, &status);
    CHECK(msg_send_i, PENDING, own, asked, text, 1, 1, &sending);
    until_linked(false);
    CHECK(wait, ERR_CHAN_INVALID, &opening, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait, ERR_CHAN_INVALID, &connecting, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(wait, ERR_ENDP_INVALID, &sending, &size, MCAPI_TIMEOUT_INFINITE);
    CHECK(msg_send, ERR_NODE_NOTINIT, own, asked, text, 1, 0);
    CHECK(msg_send_i, ERR_NODE_NOTINIT, own, asked, text, 1, 0, &request);
    CHECK(pktchan_connect_i, ERR_NODE_NOTINIT, own, asked, &request);
    CHECK(sclchan_connect_i, ERR_NODE_NOTINIT, own, asked, &request);
    CHECK(endpoint_get, TIMEOUT, MCAPI_DOMAIN, 0, 23, 1500);
    until_linked(true);
    CHECK(msg_send, ERR_ENDP_INVALID, own, asked, text, 1, 0);
    CHECK(endpoint_get, SUCCESS, MCAPI_DOMAIN, 0, 23, MCAPI_TIMEOUT_INFINITE);
    mcapi_msg_recv_from(own, text, sizeof text, &size, &nowhere, NULL, &status);
    claim("a message outlives the node of its sender",
          status == MCAPI_SUCCESS && size == 4 && text[0] == 'k' && text[3] == 't' && nowhere == 0);
    CHECK(endpoint_delete, SUCCESS, open_end);
}

void peer_calls(void)
{
    until_linked(true);
    own = create(60);
    peers = get(20);
    asked = get(23);
    get_calls();
    remote_calls();
    connect_calls();
    stalled_calls();
    deleted_calls();
    gone_calls();
}
