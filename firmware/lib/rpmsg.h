/* RPMsg over the two vrings of the resource table: messages between addresses, and the announcement of services.
 * It knows no interrupt: it tells Linux through the function it is given, and looks at the rings when it is called. */
#ifndef RPMSG_H
#define RPMSG_H

#include <stdbool.h>
#include <stdint.h>

#include "vring.h"

enum rpmsg_vring { TO_LINUX, FROM_LINUX };

/* Tell Linux that a buffer of `vring` has been returned. */
typedef void rpmsg_signal(enum rpmsg_vring vring);

struct rpmsg_message {
    uint32_t source;
    uint32_t destination;
    const void *data;
    uint16_t size;
    struct vring_buffer buffer; /* goes back to Linux with rpmsg_release() */
};

/* Is Linux's driver there? The rings are valid from then on. */
bool rpmsg_driver_ok(void);

void rpmsg_open(rpmsg_signal *signal);

/* False if there is no free buffer now; Linux signals on the TO_LINUX vring when it offers one. */
bool rpmsg_send(uint32_t source, uint32_t destination, const void *data, uint16_t size);

/* Announce the service `name` at `address`. False as rpmsg_send(). */
bool rpmsg_announce(const char *name, uint32_t address);

/* Next message from Linux. False if there is none. */
bool rpmsg_receive(struct rpmsg_message *message);

void rpmsg_release(const struct rpmsg_message *message);

#endif
