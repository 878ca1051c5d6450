/* mcapi_calls: messages between two endpoints of this node. */
#include "mcapi_calls.h"

enum { MOST = 512 };

static mcapi_endpoint_t from, to, in_channel, other_end;
static char text[MOST + 1] = "abcdefgh", room[MOST];
static mcapi_request_t request;
static size_t size;

static void send_calls(void)
{
    CHECK(msg_send, SUCCESS, from, to, text, 3, 1);
    CHECK(msg_send, SUCCESS, from, to, text, 5, 0);
    CHECK(msg_send, SUCCESS, from, to, NULL, 0, 1);
    CHECK(msg_send, ERR_PARAMETER, from, to, NULL, 3, 1);
    CHECK(msg_send, ERR_ENDP_INVALID, NO_HANDLE, to, text, 3, 1);
    CHECK(msg_send, ERR_ENDP_INVALID, from, NO_HANDLE, text, 3, 1);
    CHECK(msg_send, ERR_MSG_SIZE, from, to, text, MOST + 1, 1);
    CHECK(msg_send, ERR_PRIORITY, from, to, text, 3, 2);
    CHECK(msg_send, ERR_CHAN_CONNECTED, in_channel, to, text, 3, 1);
    CHECK(msg_send, ERR_CHAN_CONNECTED, from, in_channel, text, 3, 1);
    CHECK(msg_send_i, ERR_PARAMETER, from, to, NULL, 3, 1, &request);
    CHECK(msg_send_i, ERR_PARAMETER, from, to, text, 3, 1, NULL);
    CHECK(msg_send_i, ERR_ENDP_INVALID, from, NO_HANDLE, text, 3, 1, &request);
    CHECK(msg_send_i, ERR_MSG_SIZE, from, to, text, MOST + 1, 1, &request);
    CHECK(msg_send_i, ERR_PRIORITY, from, to, text, 3, 2, &request);
    CHECK(msg_send_i, ERR_CHAN_CONNECTED, in_channel, to, text, 3, 1, &request);
    take_requests(0);
    CHECK(msg_send_i, ERR_REQUEST_LIMIT, from, to, text, 3, 1, &request);
    give_requests();
}

static void receive_calls(void)
{
    mcapi_endpoint_t sender = 0;
    mcapi_priority_t priority = 9;
    mcapi_status_t status;

    CHECK(msg_available, SUCCESS, to);
    claim("three messages wait", mcapi_msg_available(to, &status) == 3);
    CHECK(msg_available, ERR_ENDP_INVALID, NO_HANDLE);
    CHECK(msg_available, ERR_CHAN_CONNECTED, in_channel);
    CHECK(msg_recv, ERR_MSG_TRUNCATED, to, room, 4, &size);
    claim("a truncated message stays", size == 5 && mcapi_msg_available(to, &status) == 3);
    CHECK(msg_recv_i, ERR_MSG_TRUNCATED, to, room, 4, &request);
    CHECK(msg_recv, SUCCESS, to, room, sizeof room, &size);
    claim("message of priority 0 first", size == 5 && room[4] == 'e');
    mcapi_msg_recv_from(to, room, sizeof room, &size, &sender, &priority, &status);
    claim("its sender and its priority", status == MCAPI_SUCCESS && size == 3 && sender == from && priority == 1);
    CHECK(msg_recv, SUCCESS, to, room, sizeof room, &size);
    claim("an empty message", size == 0);
    CHECK(msg_recv, ERR_PARAMETER, to, NULL, sizeof room, &size);
    CHECK(msg_recv, ERR_PARAMETER, to, room, sizeof room, NULL);
    CHECK(msg_recv, ERR_ENDP_INVALID, NO_HANDLE, room, sizeof room, &size);
    CHECK(msg_recv, ERR_CHAN_CONNECTED, in_channel, room, sizeof room, &size);
    CHECK(msg_recv_i, ERR_PARAMETER, to, NULL, sizeof room, &request);
    CHECK(msg_recv_i, ERR_ENDP_INVALID, NO_HANDLE, room, sizeof room, &request);
    CHECK(msg_recv_i, ERR_CHAN_CONNECTED, in_channel, room, sizeof room, &request);
    take_requests(0);
    CHECK(msg_recv_i, ERR_REQUEST_LIMIT, to, room, sizeof room, &request);
    give_requests();
    set(to, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(msg_recv, TIMEOUT, to, room, sizeof room, &size);
    set(to, MCAPI_ENDP_ATTR_TIMEOUT, MCAPI_TIMEOUT_INFINITE);
    CHECK(msg_recv_i, PENDING, to, room, sizeof room, &request);
    mcapi_msg_send(from, to, "later", 5, 1, &status);
    claim("a message ends the receive that waits", end_of(request) == MCAPI_SUCCESS && room[0] == 'l');
    mcapi_msg_send(from, to, "now", 3, 1, &status);
    CHECK(msg_recv_i, SUCCESS, to, room, sizeof room, &request);
    end_of(request);
}

/* The pool has 24 buffers; four of them are for priority 0 alone. */
static void full_pool_calls(void)
{
    mcapi_status_t status;

    for (unsigned i = 0; i < MCAPI_BUFFERS - MCAPI_RESERVED_BUFFERS; i++)
        mcapi_msg_send(from, to, text, MOST, 1, &status);
    set(from, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(msg_send, TIMEOUT, from, to, text, 3, 1);
    claim("priority 0 still has a buffer", (mcapi_msg_send(from, to, text, 3, 0, &status), status == MCAPI_SUCCESS));
    CHECK(msg_send_i, PENDING, from, to, text, 3, 1, &request);
    mcapi_msg_recv(to, room, sizeof room, &size, &status);
    mcapi_msg_recv(to, room, sizeof room, &size, &status);
    claim("a receive makes room for the send that waits", end_of(request) == MCAPI_SUCCESS);
    set(from, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY | MCAPI_ENDP_ATTR_FAIL_LIMIT);
    CHECK(msg_send, ERR_MEM_LIMIT, from, to, text, 3, 1);
    CHECK(msg_send_i, ERR_MEM_LIMIT, from, to, text, 3, 1, &request);
    set(from, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY);
    mcapi_msg_send_i(from, to, text, 3, 1, &request, &status);
    delete(to);
    claim("a send that waits ends with its endpoint", end_of(request) == MCAPI_ERR_ENDP_INVALID);
    to = create(2);
    CHECK(msg_send_i, SUCCESS, from, to, text, 3, 1, &request);
    end_of(request);
}

void message_calls(void)
{
    mcapi_status_t status;

    from = create(1);
    to = create(2);
    in_channel = create(3);
    other_end = create(4);
    mcapi_pktchan_connect_i(in_channel, other_end, &request, &status);
    end_of(request);
    send_calls();
    receive_calls();
    full_pool_calls();
    mcapi_msg_recv(to, room, sizeof room, &size, &status);
    mcapi_msg_recv_i(to, room, sizeof room, &request, &status);
    delete(to);
    claim("a receive that waits ends with its endpoint", end_of(request) == MCAPI_ERR_ENDP_DELETED);
    delete(from);
    mcapi_finalize(&status); /* the only way out of a channel that was never open */
    mcapi_info_t info;
    mcapi_initialize(MCAPI_DOMAIN, MCAPI_NODE, NULL, NULL, &info, &status);
}
