/* Connecting two endpoints to a channel, from either end or from a third place, and undoing it. See objects.h.
 * Whoever asks sends CONNECT to the owner of the other end, or of both; there is always an answer. */
#include "objects.h"

static mcapi_status_t may_join(const struct endpoint *end, enum mcapi_channel_type type, bool sends)
{
    const struct channel *channel = &end->channel;

    if (channel->state != UNCONNECTED)
        return MCAPI_ERR_CHAN_CONNECTED;
    if (channel->opened && channel->type != type)
        return MCAPI_ERR_CHAN_TYPE;
    if (channel->opened && channel->sends != sends)
        return MCAPI_ERR_CHAN_DIRECTION;
    return MCAPI_SUCCESS;
}

static void join(struct endpoint *end, enum channel_state state, enum mcapi_channel_type type, bool sends,
                 uint16_t peer, bool local, uint8_t tag)
{
    end->channel.state = state;
    end->channel.type = type;
    end->channel.sends = sends;
    end->channel.peer = peer;
    end->channel.local = local;
    end->channel.tag = tag;
    channel_changed();
}

static mcapi_status_t join_own(struct endpoint *from, struct endpoint *to, enum mcapi_channel_type type, uint8_t tag)
{
    mcapi_status_t status = may_join(from, type, true);

    if (status == MCAPI_SUCCESS)
        status = may_join(to, type, false);
    if (status == MCAPI_SUCCESS && from->attributes != to->attributes)
        status = MCAPI_ERR_ATTR_INCOMPATIBLE;
    if (status == MCAPI_SUCCESS) {
        join(from, CONNECTED, type, true, to->port, true, tag);
        join(to, CONNECTED, type, false, from->port, true, tag);
    }
    return status;
}

/* -- asking ---------------------------------------------------------------------------------------------------- */

/* The port of an end that may be ours (`end`, else NULL) or the peer's. */
static mcapi_status_t port_of(mcapi_endpoint_t handle, struct endpoint **end, uint16_t *port)
{
    *end = endpoint_of(handle);
    if (!*end)
        return remote_port(handle, port);
    *port = (*end)->port;
    return MCAPI_SUCCESS;
}

static mcapi_status_t ask(struct request *request)
{
    struct endpoint *from, *to, *own;
    uint16_t from_port, to_port;
    struct control frame = {.operation = MCAPI_OP_CONNECT, .type = request->type};
    mcapi_status_t status = port_of(request->from, &from, &from_port);

    if (status == MCAPI_SUCCESS)
        status = port_of(request->to, &to, &to_port);
    if (status != MCAPI_SUCCESS)
        return status;
    if (from && to)
        return join_own(from, to, request->type, 0);
    own = from ? from : to;
    if (own) {
        status = may_join(own, request->type, own == from);
        if (status != MCAPI_SUCCESS)
            return status;
        frame.argument = own->attributes;
    }
    frame.type |= from ? MCAPI_TYPE_SENDS : own ? 0 : MCAPI_TYPE_THIRD;
    frame.source = own == to && own ? to_port : from_port;
    frame.destination = own == to && own ? from_port : to_port;
    frame.tag = request_tag();
    if (!control_post(&frame))
        return MCAPI_PENDING;
    if (own)
        join(own, CONNECTING, request->type, own == from, frame.destination, false, frame.tag);
    request->asked = frame;
    request->tag = frame.tag;
    request->link = node_link();
    return MCAPI_PENDING;
}

/* The end of ours that still waits for this answer, if there is one: another CONNECT may have won. */
static struct endpoint *connecting(const struct request *request)
{
    struct endpoint *own = endpoint_of(request->asked.type & MCAPI_TYPE_SENDS ? request->from : request->to);

    return own && own->channel.state == CONNECTING && own->channel.tag == request->tag ? own : NULL;
}

static mcapi_status_t connect(struct request *request)
{
    struct endpoint *own;

    if (!request->tag)
        return ask(request);
    if (request->link != node_link())
        return MCAPI_ERR_CHAN_INVALID;
    if (request->answer == MCAPI_PENDING)
        return MCAPI_PENDING;
    own = connecting(request);
    if (request->cancelled && request->answer == MCAPI_SUCCESS) {
        struct control frame = request->asked;

        frame.operation = MCAPI_OP_DISCONNECT;
        if (!control_post(&frame))
            return MCAPI_PENDING;
    }
    if (own && request->answer == MCAPI_SUCCESS && !request->cancelled) {
        own->channel.state = CONNECTED;
        channel_changed();
    } else if (own) {
        channel_disconnect(own);
    }
    return request->answer;
}

static bool undo(struct request *request)
{
    return request->tag == 0;
}

void connect_start(mcapi_endpoint_t from, mcapi_endpoint_t to, enum mcapi_channel_type type,
                   mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    mcapi_status_t status = node_status();

    if (status == MCAPI_SUCCESS && (!request || from == to))
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&(struct request){.step = connect, .undo = undo, .from = from, .to = to, .type = type}, request,
                  mcapi_status);
}

/* -- being asked ----------------------------------------------------------------------------------------------- */

static mcapi_status_t accept(const struct control *control, enum mcapi_channel_type type)
{
    struct endpoint *end = endpoint_at(control->destination), *other = endpoint_at(control->source);
    bool sends = !(control->type & MCAPI_TYPE_SENDS);
    struct channel before;
    mcapi_status_t status;

    if (!end || (!other && control->type & MCAPI_TYPE_THIRD))
        return MCAPI_ERR_ENDP_INVALID;
    if (type != MCAPI_TYPE_PACKET && type != MCAPI_TYPE_SCALAR)
        return MCAPI_ERR_CHAN_TYPE;
    if (control->type & MCAPI_TYPE_THIRD && other == end)
        return MCAPI_ERR_PARAMETER;
    if (control->type & MCAPI_TYPE_THIRD)
        return join_own(other, end, type, control->tag);
    before = end->channel;
    if (before.state == CONNECTING && before.peer == control->source)
        channel_disconnect(end); /* both ask for the same at once: node 0's question counts */
    status = may_join(end, type, sends);
    if (status == MCAPI_SUCCESS && control->argument != end->attributes)
        status = MCAPI_ERR_ATTR_INCOMPATIBLE;
    if (status == MCAPI_SUCCESS)
        join(end, CONNECTED, type, sends, control->source, false, control->tag);
    else
        end->channel = before;
    return status;
}

/* The other end is free already, so its CLOSE is on its way in the ring of the channel's priority. */
static bool is_ahead_of_a_close(const struct control *control)
{
    const struct endpoint *end = endpoint_at(control->destination);

    return end && !(control->type & MCAPI_TYPE_THIRD) && end->channel.state == CONNECTED && !end->channel.local
        && end->channel.peer == control->source && end->channel.told == TOLD_CLOSE && !end->channel.peer_closed;
}

bool connect_asked(const struct control *control)
{
    struct control frame = *control;

    if (!control_has_room() || is_ahead_of_a_close(control))
        return false;
    frame.operation = MCAPI_OP_CONNECTED;
    frame.status = (uint8_t)accept(control, control->type & 3);
    frame.source = control->destination;
    frame.destination = control->source;
    frame.argument = 0;
    frame.priority = 0;
    control_post(&frame);
    return true;
}

static bool is_of(const struct endpoint *end, const struct control *control, uint16_t peer, bool local)
{
    return end && end->channel.state == CONNECTED && end->channel.tag == control->tag && end->channel.peer == peer
        && end->channel.local == local;
}

void connect_undo(const struct control *control)
{
    struct endpoint *end = endpoint_at(control->destination), *other = endpoint_at(control->source);

    if (!(control->type & MCAPI_TYPE_THIRD)) {
        if (is_of(end, control, control->source, false))
            channel_disconnect(end);
        return;
    }
    if (!is_of(end, control, control->source, true) || !is_of(other, control, control->destination, true))
        return;
    if (end->channel.open || other->channel.open)
        return; /* in use already */
    channel_disconnect(end);
    channel_disconnect(other);
}
