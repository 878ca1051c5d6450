/* Scalar channels: values of 8, 16, 32 or 64 bits, which travel in the descriptor and need no buffer. See mcapi.h. */
#include "objects.h"

static bool put(struct scalars *scalars, uint64_t value, unsigned width)
{
    unsigned place = (scalars->first + scalars->count) % MCAPI_MAX_UNREAD_SCALARS;

    if (scalars->count == MCAPI_MAX_UNREAD_SCALARS)
        return false;
    scalars->values[place] = value;
    scalars->widths[place] = (uint8_t)width;
    scalars->count++;
    return true;
}

bool scalar_take(const struct mcapi_frame *frame)
{
    struct endpoint *end = channel_receiver(frame, MCAPI_TYPE_SCALAR);

    if (!end) {
        transport_drop(frame);
        return true;
    }
    return end->channel.closed || put(&end->scalars, (uint64_t)frame->high << 32 | frame->low, frame->length);
}

/* -- connect, open, close -------------------------------------------------------------------------------------- */

void mcapi_sclchan_connect_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint,
                             mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    connect_start(send_endpoint, receive_endpoint, MCAPI_TYPE_SCALAR, request, mcapi_status);
}

void mcapi_sclchan_recv_open_i(mcapi_sclchan_recv_hndl_t *receive_handle, mcapi_endpoint_t receive_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    channel_open(receive_handle, receive_endpoint, MCAPI_TYPE_SCALAR, false, request, mcapi_status);
}

void mcapi_sclchan_send_open_i(mcapi_sclchan_send_hndl_t *send_handle, mcapi_endpoint_t send_endpoint,
                               mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    channel_open(send_handle, send_endpoint, MCAPI_TYPE_SCALAR, true, request, mcapi_status);
}

void mcapi_sclchan_recv_close_i(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status)
{
    channel_close(receive_handle, MCAPI_TYPE_SCALAR, false, request, mcapi_status);
}

void mcapi_sclchan_send_close_i(mcapi_sclchan_send_hndl_t send_handle, mcapi_request_t *request,
                                mcapi_status_t *mcapi_status)
{
    channel_close(send_handle, MCAPI_TYPE_SCALAR, true, request, mcapi_status);
}

/* -- sending --------------------------------------------------------------------------------------------------- */

static mcapi_status_t send(struct request *request)
{
    struct endpoint *from = channel_of(request->from);
    bool sent;

    if (!from)
        return MCAPI_ERR_CHAN_INVALID;
    if (from->channel.peer_closed)
        return MCAPI_ERR_CHAN_CLOSEPENDING;
    if (!from->channel.peer_opened)
        return MCAPI_PENDING;
    if (from->channel.local)
        sent = put(&endpoint_at(from->channel.peer)->scalars, request->scalar, (unsigned)request->size);
    else
        sent = transport_send(&(struct mcapi_frame){
            .kind = MCAPI_KIND_SCALAR, .priority = request->priority, .length = (uint16_t)request->size,
            .source = from->port, .destination = from->channel.peer, .low = (uint32_t)request->scalar,
            .high = (uint32_t)(request->scalar >> 32)});
    if (sent)
        return MCAPI_SUCCESS;
    return ATTRIBUTE(from->attributes, MEMORY_FAILS) ? MCAPI_ERR_MEM_LIMIT : MCAPI_PENDING;
}

static void send_scalar(mcapi_sclchan_send_hndl_t handle, uint64_t value, size_t width, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    mcapi_status_t status = channel_end(handle, MCAPI_TYPE_SCALAR, true, &end);

    if (status == MCAPI_SUCCESS) {
        uint8_t priority = ATTRIBUTE(end->attributes, PRIORITY);
        struct request request;

        request_prepare(&request, send, LANE(LANE_SEND, end, priority));
        request.from = handle;
        request.priority = priority;
        request.scalar = value;
        request.size = width;
        status = request_run(&request, end->timeout);
    }
    say(mcapi_status, status);
}

void mcapi_sclchan_send_uint64(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint64_t dataword,
                               mcapi_status_t *mcapi_status)
{
    send_scalar(send_handle, dataword, sizeof dataword, mcapi_status);
}

void mcapi_sclchan_send_uint32(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint32_t dataword,
                               mcapi_status_t *mcapi_status)
{
    send_scalar(send_handle, dataword, sizeof dataword, mcapi_status);
}

void mcapi_sclchan_send_uint16(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint16_t dataword,
                               mcapi_status_t *mcapi_status)
{
    send_scalar(send_handle, dataword, sizeof dataword, mcapi_status);
}

void mcapi_sclchan_send_uint8(mcapi_sclchan_send_hndl_t send_handle, mcapi_uint8_t dataword,
                              mcapi_status_t *mcapi_status)
{
    send_scalar(send_handle, dataword, sizeof dataword, mcapi_status);
}

/* -- receiving ------------------------------------------------------------------------------------------------- */

static mcapi_status_t receive(struct request *request)
{
    struct endpoint *to = channel_of(request->to);
    struct scalars *scalars = to ? &to->scalars : NULL;

    if (!to || to->channel.closed)
        return MCAPI_ERR_CHAN_INVALID;
    if (scalars->count == 0)
        return to->channel.peer_closed ? MCAPI_ERR_CHAN_CLOSEPENDING : MCAPI_PENDING;
    if (scalars->widths[scalars->first] != request->size)
        return MCAPI_ERR_SCL_SIZE;
    request->scalar = scalars->values[scalars->first];
    scalars->first = (uint8_t)((scalars->first + 1) % MCAPI_MAX_UNREAD_SCALARS);
    if (scalars->count-- == MCAPI_MAX_UNREAD_SCALARS)
        node_retry(); /* the next one may wait in its ring */
    return MCAPI_SUCCESS;
}

static uint64_t receive_scalar(mcapi_sclchan_recv_hndl_t handle, size_t width, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    struct request request;
    mcapi_status_t status = channel_end(handle, MCAPI_TYPE_SCALAR, false, &end);

    request.scalar = 0;
    if (status == MCAPI_SUCCESS) {
        request_prepare(&request, receive, LANE(LANE_RECEIVE, end, 0));
        request.to = handle;
        request.size = width;
        status = request_run(&request, end->timeout);
    }
    say(mcapi_status, status);
    return request.scalar;
}

mcapi_uint64_t mcapi_sclchan_recv_uint64(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    return receive_scalar(receive_handle, sizeof(mcapi_uint64_t), mcapi_status);
}

mcapi_uint32_t mcapi_sclchan_recv_uint32(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    return (mcapi_uint32_t)receive_scalar(receive_handle, sizeof(mcapi_uint32_t), mcapi_status);
}

mcapi_uint16_t mcapi_sclchan_recv_uint16(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    return (mcapi_uint16_t)receive_scalar(receive_handle, sizeof(mcapi_uint16_t), mcapi_status);
}

mcapi_uint8_t mcapi_sclchan_recv_uint8(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    return (mcapi_uint8_t)receive_scalar(receive_handle, sizeof(mcapi_uint8_t), mcapi_status);
}

mcapi_uint_t mcapi_sclchan_available(mcapi_sclchan_recv_hndl_t receive_handle, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    mcapi_status_t status;

    node_dispatch();
    status = channel_end(receive_handle, MCAPI_TYPE_SCALAR, false, &end);
    say(mcapi_status, status);
    return status == MCAPI_SUCCESS ? end->scalars.count : 0;
}
