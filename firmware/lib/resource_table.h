/* What the image tells Linux's remoteproc about itself: one RPMsg device with two vrings, and a trace buffer. */
#ifndef RESOURCE_TABLE_H
#define RESOURCE_TABLE_H

#include <stdint.h>

enum {
    VIRTIO_ID_RPMSG = 7,
    VIRTIO_RPMSG_F_NS = 1 << 0, /* we announce our services by name */
    VIRTIO_STATUS_DRIVER_OK = 1 << 2,
};

struct fw_rsc_vdev_vring {
    uint32_t da; /* where the ring is: written by Linux */
    uint32_t align;
    uint32_t num;
    uint32_t notifyid;
    uint32_t reserved;
};

struct fw_rsc_vdev {
    uint32_t type;
    uint32_t id;
    uint32_t notifyid;
    uint32_t dfeatures; /* offered by the firmware */
    uint32_t gfeatures; /* accepted by Linux */
    uint32_t config_len;
    uint8_t status; /* written by Linux while the firmware looks on */
    uint8_t num_of_vrings;
    uint8_t reserved[2];
    struct fw_rsc_vdev_vring vring[2];
};

struct fw_rsc_trace {
    uint32_t type;
    uint32_t da;
    uint32_t len;
    uint32_t reserved;
    char name[32];
};

struct resource_table {
    uint32_t ver;
    uint32_t num;
    uint32_t reserved[2];
    uint32_t offset[2];
    struct fw_rsc_vdev vdev;
    struct fw_rsc_trace trace;
};

/* Volatile: Linux changes it under our eyes. */
extern volatile struct resource_table resource_table;

#endif
