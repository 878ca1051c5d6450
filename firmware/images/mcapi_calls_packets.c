/* mcapi_calls: packet channels between endpoints of this node. */
#include "mcapi_calls.h"

enum { MOST = 512 };

static mcapi_endpoint_t out, in, scalar_out, scalar_in;
static mcapi_pktchan_send_hndl_t sends;
static mcapi_pktchan_recv_hndl_t receives;
static mcapi_sclchan_send_hndl_t scalar_sends;
static mcapi_sclchan_recv_hndl_t scalar_receives;
static mcapi_request_t request, opens[2];
static char text[MOST + 1] = "packet";
static void *packet;
static size_t size;

static void connect_calls(void)
{
    mcapi_endpoint_t other = create(9);
    mcapi_status_t status;

    CHECK(pktchan_connect_i, ERR_PARAMETER, out, in, NULL);
    CHECK(pktchan_connect_i, ERR_PARAMETER, out, out, &request);
    CHECK(pktchan_connect_i, ERR_ENDP_INVALID, NO_HANDLE, in, &request);
    CHECK(pktchan_connect_i, ERR_ENDP_INVALID, out, NO_HANDLE, &request);
    set(other, MCAPI_ENDP_ATTR_PRIORITY, 0);
    CHECK(pktchan_connect_i, ERR_ATTR_INCOMPATIBLE, out, other, &request);
    set(other, MCAPI_ENDP_ATTR_PRIORITY, 1);
    mcapi_sclchan_recv_open_i(&receives, other, &opens[0], &status);
    CHECK(pktchan_connect_i, ERR_CHAN_TYPE, out, other, &request);
    cancel(opens[0]);
    mcapi_pktchan_send_open_i(&sends, other, &opens[0], &status);
    CHECK(pktchan_connect_i, ERR_CHAN_DIRECTION, out, other, &request);
    cancel(opens[0]);
    take_requests(0);
    CHECK(pktchan_connect_i, ERR_REQUEST_LIMIT, out, in, &request);
    give_requests();
    CHECK(pktchan_connect_i, SUCCESS, out, in, &request);
    end_of(request);
    CHECK(pktchan_connect_i, ERR_CHAN_CONNECTED, out, in, &request);
    CHECK(pktchan_connect_i, ERR_CHAN_CONNECTED, other, in, &request);
    delete(other);
}

static void open_calls(void)
{
    CHECK(pktchan_send_open_i, ERR_PARAMETER, NULL, out, &request);
    CHECK(pktchan_send_open_i, ERR_PARAMETER, &sends, out, NULL);
    CHECK(pktchan_send_open_i, ERR_ENDP_INVALID, &sends, NO_HANDLE, &request);
    CHECK(pktchan_send_open_i, ERR_CHAN_TYPE, &sends, scalar_out, &request);
    CHECK(pktchan_send_open_i, ERR_CHAN_DIRECTION, &sends, in, &request);
    CHECK(pktchan_recv_open_i, ERR_PARAMETER, NULL, in, &request);
    CHECK(pktchan_recv_open_i, ERR_PARAMETER, &receives, in, NULL);
    CHECK(pktchan_recv_open_i, ERR_ENDP_INVALID, &receives, NO_HANDLE, &request);
    CHECK(pktchan_recv_open_i, ERR_CHAN_TYPE, &receives, scalar_in, &request);
    CHECK(pktchan_recv_open_i, ERR_CHAN_DIRECTION, &receives, out, &request);
    take_requests(0);
    CHECK(pktchan_send_open_i, ERR_REQUEST_LIMIT, &sends, out, &request);
    CHECK(pktchan_recv_open_i, ERR_REQUEST_LIMIT, &receives, in, &request);
    give_requests();

    CHECK(pktchan_recv_open_i, PENDING, &receives, in, &opens[1]);
    CHECK(pktchan_recv_open_i, ERR_CHAN_OPENPENDING, &receives, in, &request);
    CHECK(pktchan_recv, ERR_CHAN_NOTOPEN, receives, &packet, &size);
    CHECK(pktchan_recv_i, ERR_CHAN_NOTOPEN, receives, &packet, &request);
    CHECK(pktchan_available, ERR_CHAN_NOTOPEN, receives);
    CHECK(pktchan_recv_close_i, ERR_CHAN_NOTOPEN, receives, &request);
    cancel(opens[1]);
    CHECK(pktchan_available, ERR_CHAN_INVALID, receives);
    CHECK(pktchan_send_open_i, PENDING, &sends, out, &opens[0]);
    CHECK(pktchan_send_open_i, ERR_CHAN_OPENPENDING, &sends, out, &request);
    CHECK(pktchan_send, ERR_CHAN_NOTOPEN, sends, text, 6);
    CHECK(pktchan_send_i, ERR_CHAN_NOTOPEN, sends, text, 6, &request);
    CHECK(pktchan_send_close_i, ERR_CHAN_NOTOPEN, sends, &request);
    CHECK(pktchan_recv_open_i, SUCCESS, &receives, in, &opens[1]);
    claim("open at both ends", end_of(opens[0]) == MCAPI_SUCCESS && end_of(opens[1]) == MCAPI_SUCCESS);
    CHECK(pktchan_recv_open_i, ERR_CHAN_OPEN, &receives, in, &request);
    CHECK(pktchan_send_open_i, ERR_CHAN_OPEN, &sends, out, &request);
}

static void send_calls(void)
{
    CHECK(pktchan_send, ERR_PARAMETER, sends, NULL, 6);
    CHECK(pktchan_send, ERR_PKT_SIZE, sends, text, MOST + 1);
    CHECK(pktchan_send, ERR_CHAN_INVALID, NO_HANDLE, text, 6);
    CHECK(pktchan_send, ERR_CHAN_TYPE, scalar_sends, text, 6);
    CHECK(pktchan_send, ERR_CHAN_DIRECTION, receives, text, 6);
    CHECK(pktchan_send, SUCCESS, sends, text, 6);
    CHECK(pktchan_send_i, ERR_PARAMETER, sends, NULL, 6, &request);
    CHECK(pktchan_send_i, ERR_PARAMETER, sends, text, 6, NULL);
    CHECK(pktchan_send_i, ERR_PKT_SIZE, sends, text, MOST + 1, &request);
    CHECK(pktchan_send_i, ERR_CHAN_INVALID, NO_HANDLE, text, 6, &request);
    CHECK(pktchan_send_i, ERR_CHAN_TYPE, scalar_sends, text, 6, &request);
    CHECK(pktchan_send_i, ERR_CHAN_DIRECTION, receives, text, 6, &request);
    take_requests(0);
    CHECK(pktchan_send_i, ERR_REQUEST_LIMIT, sends, text, 6, &request);
    give_requests();
    CHECK(pktchan_send_i, SUCCESS, sends, "second", 6, &request);
    end_of(request);
}

static void receive_calls(void)
{
    mcapi_status_t status;
    void *first;

    CHECK(pktchan_available, SUCCESS, receives);
    claim("two packets wait", mcapi_pktchan_available(receives, &status) == 2);
    CHECK(pktchan_available, ERR_CHAN_INVALID, NO_HANDLE);
    CHECK(pktchan_available, ERR_CHAN_TYPE, scalar_receives);
    CHECK(pktchan_available, ERR_CHAN_DIRECTION, sends);
    CHECK(pktchan_recv, ERR_PARAMETER, receives, NULL, &size);
    CHECK(pktchan_recv, ERR_PARAMETER, receives, &packet, NULL);
    CHECK(pktchan_recv, ERR_CHAN_INVALID, NO_HANDLE, &packet, &size);
    CHECK(pktchan_recv, ERR_CHAN_TYPE, scalar_receives, &packet, &size);
    CHECK(pktchan_recv, ERR_CHAN_DIRECTION, sends, &packet, &size);
    CHECK(pktchan_recv_i, ERR_PARAMETER, receives, NULL, &request);
    CHECK(pktchan_recv_i, ERR_CHAN_INVALID, NO_HANDLE, &packet, &request);
    CHECK(pktchan_recv_i, ERR_CHAN_TYPE, scalar_receives, &packet, &request);
    CHECK(pktchan_recv_i, ERR_CHAN_DIRECTION, sends, &packet, &request);
    take_requests(0);
    CHECK(pktchan_recv_i, ERR_REQUEST_LIMIT, receives, &packet, &request);
    give_requests();
    CHECK(pktchan_recv, SUCCESS, receives, &first, &size);
    claim("a packet lies where it came", size == 6 && ((char *)first)[0] == 'p');
    CHECK(pktchan_recv_i, SUCCESS, receives, &packet, &request);
    claim("the next one lies elsewhere", end_of(request) == MCAPI_SUCCESS && packet != first);

    CHECK(pktchan_release_test, SUCCESS, first);
    claim("a packet is held", !mcapi_pktchan_release_test(first, &status));
    CHECK(pktchan_release, SUCCESS, packet);
    CHECK(pktchan_release, SUCCESS, first);
    claim("a packet is released", mcapi_pktchan_release_test(first, &status));
    CHECK(pktchan_release, ERR_BUF_INVALID, first);
    CHECK(pktchan_release, ERR_BUF_INVALID, text);
    CHECK(pktchan_release_test, ERR_BUF_INVALID, text);

    set(in, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(pktchan_recv, TIMEOUT, receives, &packet, &size);
    CHECK(pktchan_recv_i, PENDING, receives, &packet, &request);
    mcapi_pktchan_send(sends, text, 6, &status);
    claim("a packet ends the receive that waits", end_of(request) == MCAPI_SUCCESS);
    mcapi_pktchan_release(packet, &status);
}

/* The channel's priority is 1, so it has 20 of the 24 buffers. */
static void full_pool_calls(void)
{
    mcapi_status_t status;

    for (unsigned i = 0; i < MCAPI_BUFFERS - MCAPI_RESERVED_BUFFERS; i++)
        mcapi_pktchan_send(sends, text, MOST, &status);
    set(out, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(pktchan_send, TIMEOUT, sends, text, 6);
    CHECK(pktchan_send_i, PENDING, sends, text, 6, &request);
    mcapi_pktchan_recv(receives, &packet, &size, &status);
    mcapi_pktchan_release(packet, &status);
    claim("a release makes room for the send that waits", end_of(request) == MCAPI_SUCCESS);
}

static void close_calls(void)
{
    mcapi_uint_t status_of_in = 0;
    mcapi_status_t status;

    CHECK(pktchan_send_close_i, ERR_PARAMETER, sends, NULL);
    CHECK(pktchan_send_close_i, ERR_CHAN_INVALID, NO_HANDLE, &request);
    CHECK(pktchan_send_close_i, ERR_CHAN_TYPE, scalar_sends, &request);
    CHECK(pktchan_send_close_i, ERR_CHAN_DIRECTION, receives, &request);
    CHECK(pktchan_recv_close_i, ERR_PARAMETER, receives, NULL);
    CHECK(pktchan_recv_close_i, ERR_CHAN_INVALID, NO_HANDLE, &request);
    CHECK(pktchan_recv_close_i, ERR_CHAN_TYPE, scalar_receives, &request);
    CHECK(pktchan_recv_close_i, ERR_CHAN_DIRECTION, sends, &request);
    take_requests(0);
    CHECK(pktchan_send_close_i, ERR_REQUEST_LIMIT, sends, &request);
    CHECK(pktchan_recv_close_i, ERR_REQUEST_LIMIT, receives, &request);
    give_requests();
    CHECK(pktchan_send_i, PENDING, sends, "last", 4, &opens[0]);
    CHECK(pktchan_send_close_i, SUCCESS, sends, &request);
    end_of(request);
    CHECK(pktchan_send, ERR_CHAN_INVALID, sends, text, 6);
    CHECK(pktchan_send_open_i, ERR_CHAN_CLOSEPENDING, &sends, out, &request);
    mcapi_endpoint_get_attribute(in, MCAPI_ENDP_ATTR_STATUS, &status_of_in, sizeof status_of_in, &status);
    claim("the other end hears nothing of it yet",
          status_of_in == (MCAPI_ENDP_STATUS_CONNECTED | MCAPI_ENDP_STATUS_OPEN));
    claim("what came before the close is there", mcapi_pktchan_available(receives, &status) == 20);
    for (unsigned i = 0; i < MCAPI_BUFFERS - MCAPI_RESERVED_BUFFERS; i++) {
        mcapi_pktchan_recv(receives, &packet, &size, &status);
        mcapi_pktchan_release(packet, &status);
    }
    mcapi_pktchan_recv(receives, &packet, &size, &status);
    claim("a close stays behind what is still to be sent",
          status == MCAPI_SUCCESS && size == 4 && end_of(opens[0]) == MCAPI_SUCCESS);
    mcapi_pktchan_release(packet, &status);
    CHECK(pktchan_recv, ERR_CHAN_CLOSEPENDING, receives, &packet, &size);
    CHECK(pktchan_recv_i, ERR_CHAN_CLOSEPENDING, receives, &packet, &request);
    CHECK(pktchan_recv_close_i, SUCCESS, receives, &request);
    end_of(request);
    CHECK(pktchan_recv, ERR_CHAN_INVALID, receives, &packet, &size);
    CHECK(pktchan_connect_i, SUCCESS, out, in, &request);
    end_of(request);
}

/* The receiver closes first: the sender is told at once. */
static void close_by_receiver_calls(void)
{
    mcapi_status_t status;

    mcapi_pktchan_recv_open_i(&receives, in, &opens[1], &status);
    CHECK(pktchan_send_open_i, SUCCESS, &sends, out, &opens[0]);
    claim("open again", end_of(opens[0]) == MCAPI_SUCCESS && end_of(opens[1]) == MCAPI_SUCCESS);
    mcapi_pktchan_recv_i(receives, &packet, &opens[0], &status);
    mcapi_pktchan_recv_close_i(receives, &request, &status);
    claim("a close ends one's own receive", end_of(opens[0]) == MCAPI_ERR_CHAN_INVALID);
    end_of(request);
    CHECK(pktchan_recv_open_i, ERR_CHAN_CLOSEPENDING, &receives, in, &request);
    CHECK(pktchan_send, ERR_CHAN_CLOSEPENDING, sends, text, 6);
    CHECK(pktchan_send_i, ERR_CHAN_CLOSEPENDING, sends, text, 6, &request);
    mcapi_pktchan_send_close_i(sends, &request, &status);
    end_of(request);
    delete(out);
    delete(in);
    out = create(1);
    in = create(2);
    set(out, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY | MCAPI_ENDP_ATTR_FAIL_LIMIT);
    set(in, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY | MCAPI_ENDP_ATTR_FAIL_LIMIT);
    mcapi_pktchan_send_open_i(&sends, out, &opens[0], &status);
    mcapi_pktchan_recv_open_i(&receives, in, &opens[1], &status);
    mcapi_pktchan_connect_i(out, in, &request, &status);
    claim("open before connect", end_of(opens[0]) == MCAPI_SUCCESS && end_of(opens[1]) == MCAPI_SUCCESS
                                     && end_of(request) == MCAPI_SUCCESS);
    for (unsigned i = 0; i < MCAPI_BUFFERS - MCAPI_RESERVED_BUFFERS; i++)
        mcapi_pktchan_send(sends, text, MOST, &status);
    CHECK(pktchan_send, ERR_MEM_LIMIT, sends, text, 6);
    CHECK(pktchan_send_i, ERR_MEM_LIMIT, sends, text, 6, &request);
    mcapi_pktchan_send_close_i(sends, &request, &status);
    end_of(request);
    mcapi_pktchan_recv_close_i(receives, &request, &status);
    end_of(request);
}

void packet_calls(void)
{
    mcapi_status_t status;

    out = create(1);
    in = create(2);
    scalar_out = create(3);
    scalar_in = create(4);
    mcapi_sclchan_send_open_i(&scalar_sends, scalar_out, &opens[0], &status);
    mcapi_sclchan_recv_open_i(&scalar_receives, scalar_in, &opens[1], &status);
    mcapi_sclchan_connect_i(scalar_out, scalar_in, &request, &status);
    claim("a scalar channel beside it", end_of(request) == MCAPI_SUCCESS && end_of(opens[0]) == MCAPI_SUCCESS
                                            && end_of(opens[1]) == MCAPI_SUCCESS);
    connect_calls();
    open_calls();
    send_calls();
    receive_calls();
    full_pool_calls();
    close_calls();
    close_by_receiver_calls();
    mcapi_sclchan_send_close_i(scalar_sends, &request, &status);
    end_of(request);
    mcapi_sclchan_recv_close_i(scalar_receives, &request, &status);
    end_of(request);
    delete(out);
    delete(in);
    delete(scalar_out);
    delete(scalar_in);
}
