/* How a payload gets into a buffer and on its way, and out of it. It knows no endpoint's state. See objects.h. */
#include "objects.h"

#include <string.h>

typedef uint32_t __attribute__((may_alias)) word;

void payload_copy(void *to, const void *from, size_t size)
{
    word *target = to;
    const word *source = from;

    if ((((uintptr_t)to | (uintptr_t)from) & (sizeof(word) - 1)) == 0)
        for (; size >= sizeof(word); size -= sizeof(word))
            *target++ = *source++;
    memcpy(target, source, size);
}

mcapi_status_t payload_send(struct mcapi_frame *frame, const struct endpoint *from, const void *data,
                            struct frames *local)
{
    bool sent = false;

    if (transport_allocate(frame->priority, frame)) {
        payload_copy(frame->data, data, frame->length);
        frame->local = local != NULL;
        sent = local || transport_send(frame);
        if (local)
            frames_add(local, frame);
        else if (!sent)
            transport_free(frame);
    }
    if (sent)
        return MCAPI_SUCCESS;
    return ATTRIBUTE(from->attributes, MEMORY_FAILS) ? MCAPI_ERR_MEM_LIMIT : MCAPI_PENDING;
}
