/* Packet channels. See mcapi.h; connecting, opening and closing is the same for scalars, in connect.c and channel.c. */
#include "objects.h"

bool packet_take(const struct mcapi_frame *frame)
{
    struct endpoint *end = channel_receiver(frame, MCAPI_TYPE_PACKET);

    if (!end)
        transport_drop(frame);
    else if (end->channel.closed)
        transport_release(frame);
    else
        frames_add(&end->packets, frame);
    return true;
}

/* -- connect, open, close -------------------------------------------------------------------------------------- */

void mcapi_pktchan_connect_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint,
                             mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    connect_start(send_endpoint, receive_endpoint, MCAPI_TYPE_PACKET, request, mcapi_status);
}

void mcapi_pktchan_recv_open_i(mcapi_pktchan_recv_hndl_t *recv_handle, mcapi_endpoint_t receive_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    channel_open(recv_handle, receive_endpoint, MCAPI_TYPE_PACKET, false, request, mcapi_status);
}

void mcapi_pktchan_send_open_i(mcapi_pktchan_send_hndl_t *send_handle, mcapi_endpoint_t send_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    channel_open(send_handle, send_endpoint, MCAPI_TYPE_PACKET, true, request, mcapi_status);
}

void mcapi_pktchan_recv_close_i(mcapi_pktchan_recv_hndl_t receive_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status)
{
    channel_close(receive_handle, MCAPI_TYPE_PACKET, false, request, mcapi_status);
}

void mcapi_pktchan_send_close_i(mcapi_pktchan_send_hndl_t send_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status)
{
    channel_close(send_handle, MCAPI_TYPE_PACKET, true, request, mcapi_status);
}

/* -- sending --------------------------------------------------------------------------------------------------- */

static mcapi_status_t send(struct request *request)
{
    struct endpoint *from = channel_of(request->from);
    struct mcapi_frame frame = {.kind = MCAPI_KIND_PACKET, .priority = request->priority,
                                .length = (uint16_t)request->size};

    if (!from)
        return MCAPI_ERR_CHAN_INVALID;
    if (from->channel.peer_closed)
        return MCAPI_ERR_CHAN_CLOSEPENDING;
    if (!from->channel.peer_opened)
        return MCAPI_PENDING;
    frame.source = from->port;
    frame.destination = from->channel.peer;
    return payload_send(&frame, from, request->data,
                        from->channel.local ? &endpoint_at(frame.destination)->packets : NULL);
}

static mcapi_status_t prepare_send(struct request *request, mcapi_pktchan_send_hndl_t handle, const void *buffer,
                                   size_t size, struct endpoint **end)
{
    mcapi_status_t status = channel_end(handle, MCAPI_TYPE_PACKET, true, end);
    uint8_t priority;

    if (status != MCAPI_SUCCESS)
        return status;
    if (!buffer && size > 0)
        return MCAPI_ERR_PARAMETER;
    if (size > ATTRIBUTE((*end)->attributes, MAX_PAYLOAD_SIZE))
        return MCAPI_ERR_PKT_SIZE;
    priority = ATTRIBUTE((*end)->attributes, PRIORITY);
    request_prepare(request, send, LANE(LANE_SEND, *end, priority));
    request->from = handle;
    request->priority = priority;
    request->data = buffer;
    request->size = size;
    return MCAPI_SUCCESS;
}

void mcapi_pktchan_send_i(mcapi_pktchan_send_hndl_t send_handle, const void *buffer, size_t size,
                          mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    struct request wanted;
    mcapi_status_t status = prepare_send(&wanted, send_handle, buffer, size, &end);

    if (status == MCAPI_SUCCESS && !request)
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&wanted, request, mcapi_status);
}

void mcapi_pktchan_send(mcapi_pktchan_send_hndl_t send_handle, const void *buffer, size_t size,
                        mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    struct request request;
    mcapi_status_t status = prepare_send(&request, send_handle, buffer, size, &end);

    if (status == MCAPI_SUCCESS)
        status = request_run(&request, end->timeout);
    say(mcapi_status, status);
}

/* -- receiving ------------------------------------------------------------------------------------------------- */

static mcapi_status_t receive(struct request *request)
{
    struct endpoint *to = channel_of(request->to);
    struct held *packet;

    if (!to || to->channel.closed)
        return MCAPI_ERR_CHAN_INVALID;
    packet = frames_take(&to->packets);
    if (!packet)
        return to->channel.peer_closed ? MCAPI_ERR_CHAN_CLOSEPENDING : MCAPI_PENDING;
    packet->taken = true;
    *(void **)request->room = packet->frame.data;
    request->size = packet->frame.length;
    return MCAPI_SUCCESS;
}

static mcapi_status_t prepare_receive(struct request *request, mcapi_pktchan_recv_hndl_t handle, void **buffer,
                                      struct endpoint **end)
{
    mcapi_status_t status = channel_end(handle, MCAPI_TYPE_PACKET, false, end);

    if (status != MCAPI_SUCCESS)
        return status;
    if (!buffer)
        return MCAPI_ERR_PARAMETER;
    request_prepare(request, receive, LANE(LANE_RECEIVE, *end, 0));
    request->to = handle;
    request->room = buffer;
    return MCAPI_SUCCESS;
}

void mcapi_pktchan_recv_i(mcapi_pktchan_recv_hndl_t receive_handle, void **buffer, mcapi_request_t *request,
                          mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    struct request wanted;
    mcapi_status_t status = prepare_receive(&wanted, receive_handle, buffer, &end);

    if (status == MCAPI_SUCCESS && !request)
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&wanted, request, mcapi_status);
}

void mcapi_pktchan_recv(mcapi_pktchan_recv_hndl_t receive_handle, void **buffer, size_t *received_size,
                        mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    struct request request;
    mcapi_status_t status = prepare_receive(&request, receive_handle, buffer, &end);

    if (status == MCAPI_SUCCESS && !received_size)
        status = MCAPI_ERR_PARAMETER;
    if (status == MCAPI_SUCCESS) {
        status = request_run(&request, end->timeout);
        *received_size = request.size;
    }
    say(mcapi_status, status);
}

mcapi_uint_t mcapi_pktchan_available(mcapi_pktchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    mcapi_status_t status;

    node_dispatch();
    status = channel_end(receive_handle, MCAPI_TYPE_PACKET, false, &end);
    say(mcapi_status, status);
    return status == MCAPI_SUCCESS ? end->packets.count : 0;
}

/* -- giving back ----------------------------------------------------------------------------------------------- */

void mcapi_pktchan_release(void *buffer, mcapi_status_t *mcapi_status)
{
    struct held *packet = frames_find(buffer);
    mcapi_status_t status = node_status();

    if (status == MCAPI_SUCCESS && (!packet || !packet->taken))
        status = MCAPI_ERR_BUF_INVALID;
    if (status == MCAPI_SUCCESS)
        frames_return(packet);
    say(mcapi_status, status);
}

mcapi_boolean_t mcapi_pktchan_release_test(void *buffer, mcapi_status_t *mcapi_status)
{
    struct held *packet = frames_find(buffer);
    mcapi_status_t status = node_status();

    if (status == MCAPI_SUCCESS && !packet)
        status = MCAPI_ERR_BUF_INVALID;
    say(mcapi_status, status);
    return status == MCAPI_SUCCESS && !packet->taken;
}
