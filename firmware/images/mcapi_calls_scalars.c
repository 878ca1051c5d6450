/* mcapi_calls: scalar channels between endpoints of this node. */
#include "mcapi_calls.h"

static mcapi_endpoint_t out, in, packet_out, packet_in;
static mcapi_sclchan_send_hndl_t sends;
static mcapi_sclchan_recv_hndl_t receives;
static mcapi_pktchan_send_hndl_t packet_sends;
static mcapi_pktchan_recv_hndl_t packet_receives;
static mcapi_request_t request, opens[2];

static void connect_calls(void)
{
    mcapi_endpoint_t other = create(9);
    mcapi_status_t status;

    CHECK(sclchan_connect_i, ERR_PARAMETER, out, in, NULL);
    CHECK(sclchan_connect_i, ERR_PARAMETER, out, out, &request);
    CHECK(sclchan_connect_i, ERR_ENDP_INVALID, NO_HANDLE, in, &request);
    set(other, MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE, 8);
    CHECK(sclchan_connect_i, ERR_ATTR_INCOMPATIBLE, out, other, &request);
    set(other, MCAPI_ENDP_ATTR_MAX_PAYLOAD_SIZE, 512);
    mcapi_pktchan_recv_open_i(&receives, other, &opens[0], &status);
    CHECK(sclchan_connect_i, ERR_CHAN_TYPE, out, other, &request);
    cancel(opens[0]);
    mcapi_sclchan_send_open_i(&sends, other, &opens[0], &status);
    CHECK(sclchan_connect_i, ERR_CHAN_DIRECTION, out, other, &request);
    cancel(opens[0]);
    take_requests(0);
    CHECK(sclchan_connect_i, ERR_REQUEST_LIMIT, out, in, &request);
    give_requests();
    CHECK(sclchan_connect_i, SUCCESS, out, in, &request);
    end_of(request);
    CHECK(sclchan_connect_i, ERR_CHAN_CONNECTED, out, in, &request);
    delete(other);
}

/* What every data call says of a handle that is none, of another type, of the other direction, or not open yet. */
#define SEND_CALLS(bits)                                                        \
    do {                                                                        \
        CHECK(sclchan_send_uint##bits, ERR_CHAN_INVALID, NO_HANDLE, 1);         \
        CHECK(sclchan_send_uint##bits, ERR_CHAN_TYPE, packet_sends, 1);         \
        CHECK(sclchan_send_uint##bits, ERR_CHAN_DIRECTION, lonely_receives, 1); \
        CHECK(sclchan_send_uint##bits, ERR_CHAN_NOTOPEN, lonely_sends, 1);      \
    } while (0)
#define RECEIVE_CALLS(bits)                                                     \
    do {                                                                        \
        CHECK(sclchan_recv_uint##bits, ERR_CHAN_INVALID, NO_HANDLE);            \
        CHECK(sclchan_recv_uint##bits, ERR_CHAN_TYPE, packet_receives);         \
        CHECK(sclchan_recv_uint##bits, ERR_CHAN_DIRECTION, lonely_sends);       \
        CHECK(sclchan_recv_uint##bits, ERR_CHAN_NOTOPEN, lonely_receives);      \
    } while (0)

/* Two ends that nobody connects: their opens stay pending. */
static void data_calls(void)
{
    mcapi_endpoint_t lonely_out = create(7), lonely_in = create(8);
    mcapi_sclchan_send_hndl_t lonely_sends;
    mcapi_sclchan_recv_hndl_t lonely_receives;

    CHECK(sclchan_send_open_i, PENDING, &lonely_sends, lonely_out, &opens[0]);
    CHECK(sclchan_recv_open_i, PENDING, &lonely_receives, lonely_in, &opens[1]);
    CHECK(sclchan_send_open_i, ERR_CHAN_OPENPENDING, &lonely_sends, lonely_out, &request);
    CHECK(sclchan_recv_open_i, ERR_CHAN_OPENPENDING, &lonely_receives, lonely_in, &request);
    SEND_CALLS(8);
    SEND_CALLS(16);
    SEND_CALLS(32);
    SEND_CALLS(64);
    RECEIVE_CALLS(8);
    RECEIVE_CALLS(16);
    RECEIVE_CALLS(32);
    RECEIVE_CALLS(64);
    CHECK(sclchan_available, ERR_CHAN_INVALID, NO_HANDLE);
    CHECK(sclchan_available, ERR_CHAN_TYPE, packet_receives);
    CHECK(sclchan_available, ERR_CHAN_DIRECTION, lonely_sends);
    CHECK(sclchan_available, ERR_CHAN_NOTOPEN, lonely_receives);
    CHECK(sclchan_send_close_i, ERR_CHAN_NOTOPEN, lonely_sends, &request);
    CHECK(sclchan_recv_close_i, ERR_CHAN_NOTOPEN, lonely_receives, &request);
    cancel(opens[0]);
    cancel(opens[1]);
    delete(lonely_out);
    delete(lonely_in);
}

static void open_calls(void)
{
    mcapi_status_t status;

    CHECK(sclchan_send_open_i, ERR_PARAMETER, NULL, out, &request);
    CHECK(sclchan_send_open_i, ERR_ENDP_INVALID, &sends, NO_HANDLE, &request);
    CHECK(sclchan_send_open_i, ERR_CHAN_TYPE, &sends, packet_out, &request);
    CHECK(sclchan_send_open_i, ERR_CHAN_DIRECTION, &sends, in, &request);
    CHECK(sclchan_recv_open_i, ERR_PARAMETER, NULL, in, &request);
    CHECK(sclchan_recv_open_i, ERR_ENDP_INVALID, &receives, NO_HANDLE, &request);
    CHECK(sclchan_recv_open_i, ERR_CHAN_TYPE, &receives, packet_in, &request);
    CHECK(sclchan_recv_open_i, ERR_CHAN_DIRECTION, &receives, out, &request);
    take_requests(0);
    CHECK(sclchan_send_open_i, ERR_REQUEST_LIMIT, &sends, out, &request);
    CHECK(sclchan_recv_open_i, ERR_REQUEST_LIMIT, &receives, in, &request);
    give_requests();

    mcapi_sclchan_send_open_i(&sends, out, &opens[0], &status);
    CHECK(sclchan_recv_open_i, SUCCESS, &receives, in, &opens[1]);
    claim("open for scalars", end_of(opens[0]) == MCAPI_SUCCESS && end_of(opens[1]) == MCAPI_SUCCESS);
    CHECK(sclchan_recv_open_i, ERR_CHAN_OPEN, &receives, in, &request);
    CHECK(sclchan_send_open_i, ERR_CHAN_OPEN, &sends, out, &request);
}

static void transfer_calls(void)
{
    mcapi_status_t status;

    CHECK(sclchan_send_uint8, SUCCESS, sends, 0xFF);
    CHECK(sclchan_send_uint16, SUCCESS, sends, 0xFFFF);
    CHECK(sclchan_send_uint32, SUCCESS, sends, 0xFFFFFFFF);
    CHECK(sclchan_send_uint64, SUCCESS, sends, 0xFEDCBA9876543210);
    CHECK(sclchan_available, SUCCESS, receives);
    claim("four scalars wait", mcapi_sclchan_available(receives, &status) == 4);
    CHECK(sclchan_recv_uint16, ERR_SCL_SIZE, receives);
    CHECK(sclchan_recv_uint32, ERR_SCL_SIZE, receives);
    CHECK(sclchan_recv_uint64, ERR_SCL_SIZE, receives);
    claim("a scalar of another width stays", mcapi_sclchan_available(receives, &status) == 4);
    claim("8 bits", mcapi_sclchan_recv_uint8(receives, &status) == 0xFF);
    check("sclchan_recv_uint8", MCAPI_SUCCESS, status);
    CHECK(sclchan_recv_uint8, ERR_SCL_SIZE, receives);
    claim("16 bits", mcapi_sclchan_recv_uint16(receives, &status) == 0xFFFF);
    check("sclchan_recv_uint16", MCAPI_SUCCESS, status);
    claim("32 bits", mcapi_sclchan_recv_uint32(receives, &status) == 0xFFFFFFFF);
    check("sclchan_recv_uint32", MCAPI_SUCCESS, status);
    claim("64 bits", mcapi_sclchan_recv_uint64(receives, &status) == 0xFEDCBA9876543210);
    check("sclchan_recv_uint64", MCAPI_SUCCESS, status);

    set(in, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(sclchan_recv_uint8, TIMEOUT, receives);
    CHECK(sclchan_recv_uint16, TIMEOUT, receives);
    CHECK(sclchan_recv_uint32, TIMEOUT, receives);
    CHECK(sclchan_recv_uint64, TIMEOUT, receives);
    for (unsigned i = 0; i < MCAPI_MAX_UNREAD_SCALARS; i++)
        mcapi_sclchan_send_uint8(sends, (mcapi_uint8_t)i, &status);
    set(out, MCAPI_ENDP_ATTR_TIMEOUT, 1500);
    CHECK(sclchan_send_uint8, TIMEOUT, sends, 1);
    CHECK(sclchan_send_uint16, TIMEOUT, sends, 1);
    CHECK(sclchan_send_uint32, TIMEOUT, sends, 1);
    CHECK(sclchan_send_uint64, TIMEOUT, sends, 1);
}

static void close_calls(void)
{
    mcapi_status_t status;
    bool in_order = true;

    CHECK(sclchan_send_close_i, ERR_PARAMETER, sends, NULL);
    CHECK(sclchan_send_close_i, ERR_CHAN_INVALID, NO_HANDLE, &request);
    CHECK(sclchan_send_close_i, ERR_CHAN_TYPE, packet_sends, &request);
    CHECK(sclchan_send_close_i, ERR_CHAN_DIRECTION, receives, &request);
    CHECK(sclchan_recv_close_i, ERR_PARAMETER, receives, NULL);
    CHECK(sclchan_recv_close_i, ERR_CHAN_INVALID, NO_HANDLE, &request);
    CHECK(sclchan_recv_close_i, ERR_CHAN_TYPE, packet_receives, &request);
    CHECK(sclchan_recv_close_i, ERR_CHAN_DIRECTION, sends, &request);
    take_requests(0);
    CHECK(sclchan_send_close_i, ERR_REQUEST_LIMIT, sends, &request);
    CHECK(sclchan_recv_close_i, ERR_REQUEST_LIMIT, receives, &request);
    give_requests();
    CHECK(sclchan_send_close_i, SUCCESS, sends, &request);
    end_of(request);
    CHECK(sclchan_send_open_i, ERR_CHAN_CLOSEPENDING, &sends, out, &request);
    for (unsigned i = 0; i < MCAPI_MAX_UNREAD_SCALARS; i++)
        in_order &= mcapi_sclchan_recv_uint8(receives, &status) == i;
    claim("scalars from before the close, in order", in_order);
    CHECK(sclchan_recv_uint8, ERR_CHAN_CLOSEPENDING, receives);
    CHECK(sclchan_recv_uint16, ERR_CHAN_CLOSEPENDING, receives);
    CHECK(sclchan_recv_uint32, ERR_CHAN_CLOSEPENDING, receives);
    CHECK(sclchan_recv_uint64, ERR_CHAN_CLOSEPENDING, receives);
    CHECK(sclchan_recv_close_i, SUCCESS, receives, &request);
    end_of(request);
}

/* The receiver closes first; and what the attribute "fails" makes of a full queue. */
static void close_by_receiver_calls(void)
{
    mcapi_status_t status;

    set(out, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY | MCAPI_ENDP_ATTR_FAIL_LIMIT);
    set(in, MCAPI_ENDP_ATTR_MEMORY_TYPE, MCAPI_ENDP_ATTR_SHARED_MEMORY | MCAPI_ENDP_ATTR_FAIL_LIMIT);
    mcapi_sclchan_connect_i(out, in, &request, &status);
    mcapi_sclchan_recv_open_i(&receives, in, &opens[1], &status);
    CHECK(sclchan_send_open_i, SUCCESS, &sends, out, &opens[0]);
    claim("open for scalars again", end_of(request) == MCAPI_SUCCESS && end_of(opens[0]) == MCAPI_SUCCESS
                                        && end_of(opens[1]) == MCAPI_SUCCESS);
    for (unsigned i = 0; i < MCAPI_MAX_UNREAD_SCALARS; i++)
        mcapi_sclchan_send_uint8(sends, 0, &status);
    CHECK(sclchan_send_uint8, ERR_MEM_LIMIT, sends, 1);
    CHECK(sclchan_send_uint16, ERR_MEM_LIMIT, sends, 1);
    CHECK(sclchan_send_uint32, ERR_MEM_LIMIT, sends, 1);
    CHECK(sclchan_send_uint64, ERR_MEM_LIMIT, sends, 1);
    mcapi_sclchan_recv_close_i(receives, &request, &status);
    end_of(request);
    CHECK(sclchan_recv_open_i, ERR_CHAN_CLOSEPENDING, &receives, in, &request);
    CHECK(sclchan_send_uint8, ERR_CHAN_CLOSEPENDING, sends, 1);
    CHECK(sclchan_send_uint16, ERR_CHAN_CLOSEPENDING, sends, 1);
    CHECK(sclchan_send_uint32, ERR_CHAN_CLOSEPENDING, sends, 1);
    CHECK(sclchan_send_uint64, ERR_CHAN_CLOSEPENDING, sends, 1);
    mcapi_sclchan_send_close_i(sends, &request, &status);
    end_of(request);
}

void scalar_calls(void)
{
    mcapi_status_t status;

    out = create(1);
    in = create(2);
    packet_out = create(3);
    packet_in = create(4);
    mcapi_pktchan_send_open_i(&packet_sends, packet_out, &opens[0], &status);
    mcapi_pktchan_recv_open_i(&packet_receives, packet_in, &opens[1], &status);
    mcapi_pktchan_connect_i(packet_out, packet_in, &request, &status);
    claim("a packet channel beside it", end_of(request) == MCAPI_SUCCESS && end_of(opens[0]) == MCAPI_SUCCESS
                                            && end_of(opens[1]) == MCAPI_SUCCESS);
    connect_calls();
    data_calls();
    open_calls();
    transfer_calls();
    close_calls();
    close_by_receiver_calls();
    mcapi_pktchan_send_close_i(packet_sends, &request, &status);
    end_of(request);
    mcapi_pktchan_recv_close_i(packet_receives, &request, &status);
    end_of(request);
    delete(out);
    delete(in);
    delete(packet_out);
    delete(packet_in);
}
