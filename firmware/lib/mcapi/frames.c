/* Received frames: those that wait for the application, and packets that it holds. See objects.h.
 * A frame is known by its buffer, so there is a place for each buffer of both pools, and nothing to run out of. */
#include "objects.h"

#include <string.h>

enum place { PEERS = 0, OWN, KEPT, PLACES };

static struct held held[PLACES * MCAPI_BUFFERS];
static uint8_t kept[MCAPI_BUFFERS][MCAPI_BUFFER_SIZE]; /* payloads of a peer that has gone */
static uint32_t kept_used;

static enum place place_of(const struct held *one)
{
    return (enum place)((one - held) / MCAPI_BUFFERS);
}

static void append(struct frames *frames, struct held *one)
{
    one->next = NULL;
    if (frames->first)
        frames->last->next = one;
    else
        frames->first = one;
    frames->last = one;
    frames->count++;
}

void frames_add(struct frames *frames, const struct mcapi_frame *frame)
{
    struct held *one = &held[(frame->local ? OWN : PEERS) * MCAPI_BUFFERS + frame->buffer];

    one->frame = *frame;
    append(frames, one);
}

struct held *frames_take(struct frames *frames)
{
    struct held *one = frames->first;

    if (one) {
        frames->first = one->next;
        frames->count--;
    }
    return one;
}

void frames_return(struct held *one)
{
    one->taken = false;
    switch (place_of(one)) {
    case PEERS:
        transport_release(&one->frame);
        break;
    case OWN:
        transport_free(&one->frame);
        break;
    default:
        kept_used &= ~(1u << one->frame.buffer);
    }
}

void frames_clear(struct frames *frames)
{
    for (struct held *one; (one = frames_take(frames)) != NULL;)
        frames_return(one);
}

struct held *frames_find(const void *data)
{
    for (unsigned i = 0; i < PLACES * MCAPI_BUFFERS; i++)
        if (data && held[i].frame.data == data)
            return &held[i];
    return NULL;
}

static struct held *keep(const struct held *one)
{
    for (unsigned i = 0; i < MCAPI_BUFFERS; i++) {
        struct held *other = &held[KEPT * MCAPI_BUFFERS + i];

        if (kept_used & 1u << i)
            continue;
        kept_used |= 1u << i;
        other->frame = one->frame;
        other->frame.buffer = (uint8_t)i;
        other->frame.source = MCAPI_NO_PORT;
        other->frame.data = memcpy(kept[i], one->frame.data, one->frame.length);
        return other;
    }
    return NULL;
}

void frames_keep(struct frames *frames)
{
    struct frames all = *frames;

    *frames = (struct frames){0};
    for (struct held *one; (one = frames_take(&all)) != NULL;) {
        if (place_of(one) == PEERS)
            one = keep(one);
        if (one)
            append(frames, one);
    }
}

void frames_forget_peer(void)
{
    memset(&held[PEERS], 0, MCAPI_BUFFERS * sizeof held[0]);
}

void frames_reset(void)
{
    memset(held, 0, sizeof held);
    kept_used = 0;
}
