/* RPMsg over two vrings. See rpmsg.h. */
#include "rpmsg.h"

#include <string.h>

enum { NAME_SERVICE = 53, NAME_SIZE = 32 };

struct rpmsg_header {
    uint32_t source;
    uint32_t destination;
    uint32_t reserved;
    uint16_t size;
    uint16_t flags;
};

struct announcement {
    char name[NAME_SIZE];
    uint32_t address;
    uint32_t flags; /* 0 create, 1 destroy */
};

static struct vring rings[2];
static rpmsg_signal *signal_linux;

bool rpmsg_driver_ok(void)
{
    return (resource_table.vdev.status & VIRTIO_STATUS_DRIVER_OK) != 0;
}

void rpmsg_open(rpmsg_signal *signal)
{
    signal_linux = signal;
    vring_open(&rings[TO_LINUX], &resource_table.vdev.vring[TO_LINUX]);
    vring_open(&rings[FROM_LINUX], &resource_table.vdev.vring[FROM_LINUX]);
    vring_ask_for_signals(&rings[TO_LINUX], false); /* free buffers matter only when they have run out */
}

static void give_back(enum rpmsg_vring vring, const struct vring_buffer *buffer, uint32_t written)
{
    vring_return(&rings[vring], buffer, written);
    if (vring_wants_signal(&rings[vring]))
        signal_linux(vring);
}

static bool take_free_buffer(struct vring_buffer *buffer)
{
    struct vring *ring = &rings[TO_LINUX];

    if (!vring_take(ring, buffer)) {
        vring_ask_for_signals(ring, true);
        if (!vring_take(ring, buffer)) /* once more: one may have come before Linux saw that we ask */
            return false;
    }
    vring_ask_for_signals(ring, false);
    return true;
}

bool rpmsg_send(uint32_t source, uint32_t destination, const void *data, uint16_t size)
{
    struct vring_buffer buffer;

    if (!take_free_buffer(&buffer))
        return false;
    *(struct rpmsg_header *)buffer.data = (struct rpmsg_header){source, destination, 0, size, 0};
    memcpy((struct rpmsg_header *)buffer.data + 1, data, size);
    give_back(TO_LINUX, &buffer, sizeof(struct rpmsg_header) + size);
    return true;
}

bool rpmsg_announce(const char *name, uint32_t address)
{
    struct announcement announcement = {.address = address};

    for (unsigned i = 0; i < NAME_SIZE - 1 && name[i] != '\0'; i++)
        announcement.name[i] = name[i];
    return rpmsg_send(address, NAME_SERVICE, &announcement, sizeof(announcement));
}

bool rpmsg_receive(struct rpmsg_message *message)
{
    if (!vring_take(&rings[FROM_LINUX], &message->buffer))
        return false;

    const struct rpmsg_header *header = message->buffer.data;
    uint32_t room = message->buffer.size - sizeof(*header);
    message->source = header->source;
    message->destination = header->destination;
    message->data = header + 1;
    message->size = (uint16_t)(header->size < room ? header->size : room);
    return true;
}

void rpmsg_release(const struct rpmsg_message *message)
{
    give_back(FROM_LINUX, &message->buffer, 0);
}
