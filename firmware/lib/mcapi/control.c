/* Control frames: a queue for those that find no room, and who is meant by one that comes. See objects.h, and
 * enum mcapi_operation: layout.py says what each asks. */
#include "objects.h"

static struct control queue[MCAPI_MAX_CONTROL_FRAMES];
static unsigned first, count;

static bool send(const struct control *control)
{
    return transport_send(&(struct mcapi_frame){
        .kind = MCAPI_KIND_CONTROL,
        .priority = control->priority,
        .source = control->source,
        .destination = control->destination,
        .low = control->operation | (uint32_t)control->status << 8 | (uint32_t)control->type << 16
            | (uint32_t)control->tag << 24,
        .high = control->argument,
    });
}

void control_flush(void)
{
    while (count > 0 && send(&queue[first])) {
        first = (first + 1) % MCAPI_MAX_CONTROL_FRAMES;
        count--;
    }
}

bool control_has_room(void)
{
    return count < MCAPI_MAX_CONTROL_FRAMES;
}

bool control_post(const struct control *control)
{
    if (!control_has_room())
        return false;
    queue[(first + count++) % MCAPI_MAX_CONTROL_FRAMES] = *control;
    control_flush();
    return true;
}

void control_reset(void)
{
    first = count = 0;
}

static bool got(const struct control *control)
{
    if (request_answer(control))
        return true;
    /* The get was cancelled meanwhile: its owner has counted a user all the same. */
    return control->status != MCAPI_SUCCESS
        || control_post(&(struct control){.operation = MCAPI_OP_RELEASE, .source = MCAPI_NO_PORT,
                                          .destination = control->source});
}

static void released(uint16_t port)
{
    struct endpoint *endpoint = endpoint_at(port);

    if (endpoint && endpoint->peer_users > 0)
        endpoint->peer_users--;
}

bool control_take(const struct mcapi_frame *frame)
{
    struct control control = {
        .operation = (uint8_t)frame->low,
        .status = (uint8_t)(frame->low >> 8),
        .type = (uint8_t)(frame->low >> 16),
        .tag = (uint8_t)(frame->low >> 24),
        .source = frame->source,
        .destination = frame->destination,
        .argument = frame->high,
        .priority = frame->priority,
    };

    switch (control.operation) {
    case MCAPI_OP_GET:
        return remote_asks(control.destination, control.tag);
    case MCAPI_OP_GOT:
        return got(&control);
    case MCAPI_OP_CANCEL_GET:
        remote_unpark(control.tag);
        return true;
    case MCAPI_OP_RELEASE:
        released(control.destination);
        return true;
    case MCAPI_OP_DELETED:
        remote_deleted(control.source);
        return true;
    case MCAPI_OP_CONNECT:
        return connect_asked(&control);
    case MCAPI_OP_CONNECTED:
        request_answer(&control);
        return true;
    case MCAPI_OP_DISCONNECT:
        connect_undo(&control);
        return true;
    case MCAPI_OP_OPEN:
    case MCAPI_OP_UNOPEN:
    case MCAPI_OP_CLOSE:
        channel_told(&control, false);
        return true;
    default:
        transport_drop(frame);
        return true;
    }
}
