/* Messages. See mcapi.h. */
#include "objects.h"

/* -- sending --------------------------------------------------------------------------------------------------- */

static mcapi_status_t receiver(const struct request *request, struct endpoint **to, uint16_t *port)
{
    *to = endpoint_of(request->to);
    if (!*to) {
        mcapi_status_t status = remote_port(request->to, port);
        return status == MCAPI_ERR_NODE_NOTINIT && request->waited ? MCAPI_ERR_ENDP_INVALID : status;
    }
    *port = (*to)->port;
    return (*to)->channel.type ? MCAPI_ERR_CHAN_CONNECTED : MCAPI_SUCCESS;
}

static mcapi_status_t send(struct request *request)
{
    struct endpoint *from = endpoint_of(request->from), *to;
    struct mcapi_frame frame = {.kind = MCAPI_KIND_MESSAGE, .priority = request->priority,
                                .length = (uint16_t)request->size};
    mcapi_status_t status = receiver(request, &to, &frame.destination);

    if (!from)
        return MCAPI_ERR_ENDP_DELETED;
    if (from->channel.type)
        return MCAPI_ERR_CHAN_CONNECTED;
    if (status != MCAPI_SUCCESS)
        return status;
    frame.source = from->port;
    return payload_send(&frame, from, request->data, to ? &to->messages[frame.priority] : NULL);
}

static mcapi_status_t prepare_send(struct request *request, mcapi_endpoint_t from, mcapi_endpoint_t to,
                                   const void *buffer, size_t size, mcapi_priority_t priority,
                                   struct endpoint **endpoint)
{
    mcapi_status_t status = endpoint_own(from, endpoint);

    if (status != MCAPI_SUCCESS)
        return status;
    if (!buffer && size > 0)
        return MCAPI_ERR_PARAMETER;
    if (size > ATTRIBUTE((*endpoint)->attributes, MAX_PAYLOAD_SIZE))
        return MCAPI_ERR_MSG_SIZE;
    if (priority >= ATTRIBUTE((*endpoint)->attributes, NUM_PRIORITIES))
        return MCAPI_ERR_PRIORITY;
    request_prepare(request, send, LANE(LANE_SEND, *endpoint, priority));
    request->from = from;
    request->to = to;
    request->priority = (uint8_t)priority;
    request->data = buffer;
    request->size = size;
    return MCAPI_SUCCESS;
}

void mcapi_msg_send_i(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint, const void *buffer,
                      size_t buffer_size, mcapi_priority_t priority, mcapi_request_t *request,
                      mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    struct request wanted;
    mcapi_status_t status =
        prepare_send(&wanted, send_endpoint, receive_endpoint, buffer, buffer_size, priority, &endpoint);

    if (status == MCAPI_SUCCESS && !request)
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&wanted, request, mcapi_status);
}

void mcapi_msg_send(mcapi_endpoint_t send_endpoint, mcapi_endpoint_t receive_endpoint, const void *buffer,
                    size_t buffer_size, mcapi_priority_t priority, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    struct request request;
    mcapi_status_t status =
        prepare_send(&request, send_endpoint, receive_endpoint, buffer, buffer_size, priority, &endpoint);

    if (status == MCAPI_SUCCESS)
        status = request_run(&request, endpoint->timeout);
    say(mcapi_status, status);
}

/* -- receiving ------------------------------------------------------------------------------------------------- */

bool message_take(const struct mcapi_frame *frame)
{
    struct endpoint *endpoint = endpoint_at(frame->destination);

    if (endpoint && endpoint->channel.type == 0)
        frames_add(&endpoint->messages[frame->priority], frame);
    else
        transport_drop(frame);
    return true;
}

static struct frames *next_message(struct endpoint *endpoint)
{
    struct frames *frames = endpoint->messages;

    while (frames < endpoint->messages + MCAPI_PRIORITIES - 1 && !frames->first)
        frames++;
    return frames;
}

/* Says in `from` and `priority` whose it was. */
static mcapi_status_t receive(struct request *request)
{
    struct endpoint *endpoint = endpoint_of(request->to);
    struct frames *frames;
    struct held *message;

    if (!endpoint)
        return MCAPI_ERR_ENDP_DELETED;
    if (endpoint->channel.type)
        return MCAPI_ERR_CHAN_CONNECTED;
    frames = next_message(endpoint);
    message = frames->first;
    if (!message)
        return MCAPI_PENDING;
    request->size = message->frame.length;
    if (request->size > request->limit)
        return MCAPI_ERR_MSG_TRUNCATED;
    payload_copy(request->room, message->frame.data, request->size);
    request->port = message->frame.source;
    request->local = message->frame.local;
    request->priority = message->frame.priority;
    frames_return(frames_take(frames));
    return MCAPI_SUCCESS;
}

static mcapi_status_t prepare_receive(struct request *request, mcapi_endpoint_t to, void *buffer, size_t size,
                                      struct endpoint **endpoint)
{
    mcapi_status_t status = endpoint_own(to, endpoint);

    if (status != MCAPI_SUCCESS)
        return status;
    if (!buffer)
        return MCAPI_ERR_PARAMETER;
    request_prepare(request, receive, LANE(LANE_RECEIVE, *endpoint, 0));
    request->to = to;
    request->room = buffer;
    request->limit = size;
    return MCAPI_SUCCESS;
}

void mcapi_msg_recv_i(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, mcapi_request_t *request,
                      mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    struct request wanted;
    mcapi_status_t status = prepare_receive(&wanted, receive_endpoint, buffer, buffer_size, &endpoint);

    if (status == MCAPI_SUCCESS && !request)
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&wanted, request, mcapi_status);
}

static mcapi_endpoint_t sender_of(const struct request *request)
{
    struct endpoint *endpoint = request->local ? endpoint_at(request->port) : NULL;

    if (request->local)
        return endpoint ? endpoint->handle : 0;
    return remote_at((uint16_t)request->port, false);
}

void mcapi_msg_recv_from(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, size_t *received_size,
                         mcapi_endpoint_t *sender, mcapi_priority_t *priority, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    struct request request;
    mcapi_status_t status = prepare_receive(&request, receive_endpoint, buffer, buffer_size, &endpoint);

    if (status == MCAPI_SUCCESS && !received_size)
        status = MCAPI_ERR_PARAMETER;
    if (status == MCAPI_SUCCESS) {
        status = request_run(&request, endpoint->timeout);
        *received_size = request.size;
    }
    if (status == MCAPI_SUCCESS && sender)
        *sender = sender_of(&request);
    if (status == MCAPI_SUCCESS && priority)
        *priority = request.priority;
    say(mcapi_status, status);
}

void mcapi_msg_recv(mcapi_endpoint_t receive_endpoint, void *buffer, size_t buffer_size, size_t *received_size,
                    mcapi_status_t *mcapi_status)
{
    mcapi_msg_recv_from(receive_endpoint, buffer, buffer_size, received_size, NULL, NULL, mcapi_status);
}

mcapi_uint_t mcapi_msg_available(mcapi_endpoint_t receive_endpoint, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    mcapi_status_t status;

    node_dispatch();
    status = endpoint_own(receive_endpoint, &endpoint);
    if (status == MCAPI_SUCCESS && endpoint->channel.type)
        status = MCAPI_ERR_CHAN_CONNECTED;
    say(mcapi_status, status);
    return status == MCAPI_SUCCESS ? endpoint->messages[0].count + endpoint->messages[1].count : 0;
}
