/* One end of a channel, of packets or of scalars: opened, used, closed, and what the other end is told of it.
 * See objects.h. What is to be told is worked out from the state, so nothing has to wait in between. */
#include "objects.h"

static bool news; /* there may be something to tell */

void channel_changed(void)
{
    news = true;
}

static void clear(struct endpoint *end)
{
    frames_clear(&end->packets);
    end->scalars.count = 0;
}

void channel_disconnect(struct endpoint *end)
{
    struct channel before = end->channel;

    clear(end);
    end->channel = (struct channel){0};
    if (before.opened && !before.open) {
        end->channel.opened = true;
        end->channel.type = before.type;
        end->channel.sends = before.sends;
        end->channel.handle = before.handle;
    }
}

void channels_peer_gone(void)
{
    for (struct endpoint *end = endpoints; end < endpoints + MCAPI_MAX_ENDPOINTS; end++) {
        if (end->channel.state == UNCONNECTED || end->channel.local)
            continue;
        clear(end);
        end->channel = (struct channel){0};
    }
}

/* -- what the ends tell each other ----------------------------------------------------------------------------- */

static void end_if_over(struct endpoint *end)
{
    if (end->channel.told == TOLD_CLOSE && end->channel.peer_closed) {
        clear(end);
        end->channel = (struct channel){0};
    }
}

void channel_told(const struct control *control, bool local)
{
    struct endpoint *end = endpoint_at(control->destination);
    struct channel *channel = end ? &end->channel : NULL;

    if (!end || channel->state == UNCONNECTED || channel->peer != control->source || channel->local != local)
        return;
    if (control->operation == MCAPI_OP_CLOSE) {
        channel->peer_closed = true;
        if (!channel->opened)
            channel->closed = news = true; /* its open was cancelled while the other's ended */
        end_if_over(end);
    } else {
        channel->peer_opened = control->operation == MCAPI_OP_OPEN;
    }
}

static enum channel_told to_tell(const struct endpoint *end)
{
    if (!end->channel.closed)
        return end->channel.opened ? TOLD_OPEN : TOLD_NOTHING;
    if (request_waits(LANE(LANE_SEND, end, ATTRIBUTE(end->attributes, PRIORITY))))
        return end->channel.told; /* the close stays behind what is still to be sent */
    return TOLD_CLOSE;
}

bool channels_speak(void)
{
    static const uint8_t operations[] = {
        [TOLD_NOTHING] = MCAPI_OP_UNOPEN, [TOLD_OPEN] = MCAPI_OP_OPEN, [TOLD_CLOSE] = MCAPI_OP_CLOSE};
    bool spoke = false;

    if (!news)
        return false;
    news = false;
    for (struct endpoint *end = endpoints; end < endpoints + MCAPI_MAX_ENDPOINTS; end++) {
        struct channel *channel = &end->channel;
        enum channel_told tell;
        struct control frame;

        if (channel->state != CONNECTED)
            continue;
        tell = to_tell(end);
        if (tell == channel->told) {
            news |= channel->closed && tell != TOLD_CLOSE; /* when what is still to be sent is */
            continue;
        }
        frame = (struct control){.operation = operations[tell], .type = channel->type, .source = end->port,
                                 .destination = channel->peer,
                                 .priority = ATTRIBUTE(end->attributes, PRIORITY)};
        if (channel->local) {
            channel_told(&frame, true);
        } else if (!control_post(&frame)) {
            news = true; /* when there is room */
            continue;
        }
        spoke |= channel->local;
        channel->told = tell;
        end_if_over(end);
    }
    return spoke;
}

/* -- finding --------------------------------------------------------------------------------------------------- */

struct endpoint *channel_of(uint32_t handle)
{
    unsigned slot = handle_slot(handle);

    return handle && slot < MCAPI_MAX_ENDPOINTS && endpoints[slot].channel.handle == handle ? &endpoints[slot] : NULL;
}

mcapi_status_t channel_end(uint32_t handle, enum mcapi_channel_type type, bool sends, struct endpoint **end)
{
    mcapi_status_t status = node_status();

    *end = channel_of(handle);
    if (status != MCAPI_SUCCESS)
        return status;
    if (!*end || (*end)->channel.closed)
        return MCAPI_ERR_CHAN_INVALID;
    if ((*end)->channel.type != type)
        return MCAPI_ERR_CHAN_TYPE;
    if ((*end)->channel.sends != sends)
        return MCAPI_ERR_CHAN_DIRECTION;
    return (*end)->channel.open ? MCAPI_SUCCESS : MCAPI_ERR_CHAN_NOTOPEN;
}

struct endpoint *channel_receiver(const struct mcapi_frame *frame, enum mcapi_channel_type type)
{
    struct endpoint *end = endpoint_at(frame->destination);

    if (!end || end->channel.state != CONNECTED || end->channel.local || end->channel.sends
        || end->channel.type != type || end->channel.peer != frame->source)
        return NULL;
    return end;
}

/* -- opening and closing --------------------------------------------------------------------------------------- */

static mcapi_status_t may_open(const struct channel *channel, enum mcapi_channel_type type, bool sends)
{
    if (channel->type && channel->type != type)
        return MCAPI_ERR_CHAN_TYPE;
    if (channel->type && channel->sends != sends)
        return MCAPI_ERR_CHAN_DIRECTION;
    if (channel->closed)
        return MCAPI_ERR_CHAN_CLOSEPENDING;
    if (channel->opened)
        return channel->open ? MCAPI_ERR_CHAN_OPEN : MCAPI_ERR_CHAN_OPENPENDING;
    return MCAPI_SUCCESS;
}

static mcapi_status_t open(struct request *request)
{
    struct endpoint *end = endpoint_of(request->from);
    mcapi_status_t status;

    if (!end)
        return MCAPI_ERR_CHAN_INVALID;
    if (!request->to) {
        status = may_open(&end->channel, request->type, request->sends);
        if (status != MCAPI_SUCCESS)
            return status;
        end->channel.opened = true;
        end->channel.type = request->type;
        end->channel.sends = request->sends;
        end->channel.handle = handle_new(HANDLE_CHANNEL, handle_slot(end->handle));
        request->to = *(uint32_t *)request->room = end->channel.handle;
        news = true;
    }
    if (end->channel.handle != request->to)
        return MCAPI_ERR_CHAN_INVALID;
    if (end->channel.state != CONNECTED || !end->channel.peer_opened)
        return MCAPI_PENDING;
    end->channel.open = true;
    return MCAPI_SUCCESS;
}

static bool undo_open(struct request *request)
{
    struct endpoint *end = channel_of(request->to);

    if (end) {
        end->channel.opened = false;
        end->channel.handle = 0;
        news = true;
        if (end->channel.state == UNCONNECTED)
            end->channel = (struct channel){0};
    }
    return true;
}

void channel_open(uint32_t *handle, mcapi_endpoint_t endpoint, enum mcapi_channel_type type, bool sends,
                  mcapi_request_t *request, mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    mcapi_status_t status = endpoint_own(endpoint, &end);

    if (status == MCAPI_SUCCESS && (!handle || !request))
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&(struct request){.step = open, .undo = undo_open, .from = endpoint, .type = type, .sends = sends,
                                    .room = handle},
                  request, mcapi_status);
}

static mcapi_status_t close(struct request *request)
{
    struct endpoint *end = channel_of(request->from);

    if (!end)
        return MCAPI_ERR_CHAN_INVALID;
    end->channel.closed = news = true;
    clear(end);
    return MCAPI_SUCCESS;
}

void channel_close(uint32_t handle, enum mcapi_channel_type type, bool sends, mcapi_request_t *request,
                   mcapi_status_t *mcapi_status)
{
    struct endpoint *end;
    mcapi_status_t status = channel_end(handle, type, sends, &end);

    if (status == MCAPI_SUCCESS && !request)
        status = MCAPI_ERR_PARAMETER;
    if (status != MCAPI_SUCCESS)
        return say(mcapi_status, status);
    request_start(&(struct request){.step = close, .from = handle}, request, mcapi_status);
    node_retry(); /* a scalar for which there was no room goes nowhere now */
}
