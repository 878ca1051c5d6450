/* What the files of the MCAPI stack share: endpoints, channels, requests, frames that wait, and who looks after them.
 * It is not for images: their header is mcapi.h. All lies in static tables, and only the main loop touches it. */
#ifndef MCAPI_OBJECTS_H
#define MCAPI_OBJECTS_H

#include "mcapi.h"
#include "transport.h"

/* -- handles: what it is, a serial number, the slot in its table ----------------------------------------------- */

enum handle_kind { HANDLE_ENDPOINT = 1, HANDLE_REMOTE, HANDLE_CHANNEL, HANDLE_REQUEST };

uint32_t handle_new(enum handle_kind kind, unsigned slot);

static inline unsigned handle_slot(uint32_t handle) { return handle & 0xFF; }

static inline void say(mcapi_status_t *mcapi_status, mcapi_status_t status)
{
    if (mcapi_status)
        *mcapi_status = status;
}

/* -- node.c ---------------------------------------------------------------------------------------------------- */

/* ERR_NODE_NOTINIT before initialize, else SUCCESS. */
mcapi_status_t node_status(void);

/* How often the peer has gone: what was asked of it before has no answer. */
unsigned node_link(void);

/* Something has become possible that a frame in a ring may wait for: the next dispatch looks again. */
void node_retry(void);

/* mcapi_dispatch() for calls that look themselves: the main loop is told by mcapi_raised() that something came. */
void node_dispatch(void);

/* -- frames.c: received frames that wait, or that the application holds ---------------------------------------- */

struct held {
    struct held *next;
    struct mcapi_frame frame;
    bool taken; /* a packet that the application has not released yet */
};

struct frames {
    struct held *first, *last;
    unsigned count;
};

void frames_add(struct frames *frames, const struct mcapi_frame *frame);
struct held *frames_take(struct frames *frames);
void frames_clear(struct frames *frames);
/* The buffer goes back to where it belongs. */
void frames_return(struct held *held);
/* The one whose payload lies there; NULL if none ever did. */
struct held *frames_find(const void *data);
/* The peer's pool is void soon: messages move to memory of our own, as far as there is some, without a sender. */
void frames_keep(struct frames *frames);
void frames_forget_peer(void);
void frames_reset(void);

/* -- endpoint.c ------------------------------------------------------------------------------------------------ */

struct scalars {
    uint64_t values[MCAPI_MAX_UNREAD_SCALARS];
    uint8_t widths[MCAPI_MAX_UNREAD_SCALARS]; /* bytes */
    uint8_t first, count;
};

enum channel_state { UNCONNECTED, CONNECTING, CONNECTED };
enum channel_told { TOLD_NOTHING, TOLD_OPEN, TOLD_CLOSE };

/* One end of a channel. Type and direction are those of the open or the connect, whichever came first. */
struct channel {
    uint8_t state;
    uint8_t type; /* enum mcapi_channel_type */
    uint8_t told; /* what the other end knows of this one */
    uint8_t tag;  /* of the CONNECT */
    bool sends;
    bool local;    /* the other end is ours, too */
    uint16_t peer; /* its port */
    bool opened, peer_opened;
    bool open; /* both were, so the call that opened this end has ended */
    bool closed, peer_closed;
    uint32_t handle; /* while opened */
};

struct endpoint {
    uint32_t handle; /* 0: there is none in this slot */
    uint16_t port;
    uint16_t users, peer_users; /* gets less releases, of this node and of the peer */
    uint32_t attributes;        /* the word that a CONNECT carries */
    mcapi_timeout_t timeout;
    struct frames messages[MCAPI_PRIORITIES];
    struct frames packets;
    struct scalars scalars;
    struct channel channel;
};

extern struct endpoint endpoints[MCAPI_MAX_ENDPOINTS];

struct endpoint *endpoint_of(mcapi_endpoint_t handle);
struct endpoint *endpoint_at(uint32_t port);
/* An own endpoint: ERR_ENDP_REMOTE if it is the peer's, ERR_ENDP_INVALID if it is none. */
mcapi_status_t endpoint_own(mcapi_endpoint_t handle, struct endpoint **endpoint);
void endpoints_reset(void);

#define ATTRIBUTE(word, field) \
    ((word) >> MCAPI_ATTRIBUTE_##field##_SHIFT & MCAPI_ATTRIBUTE_##field##_MASK)

/* -- remote.c: the peer's endpoints that we know, and the peer's gets of ours ---------------------------------- */

/* ERR_NODE_NOTINIT while there is no peer, ERR_ENDP_INVALID, ERR_ENDP_DELETED. */
mcapi_status_t remote_port(mcapi_endpoint_t handle, uint16_t *port);
/* Is it, or was it, an endpoint of the peer's? */
bool remote_is(mcapi_endpoint_t handle);
/* A handle of the peer's endpoint, with one user more or not; 0 if there is room for none. */
mcapi_endpoint_t remote_at(uint16_t port, bool user);
void remote_deleted(uint16_t port);
/* The peer gets an endpoint: answered, or parked. False: not now. */
bool remote_asks(uint16_t port, uint8_t tag);
void remote_unpark(uint8_t tag);
void remote_answer_parked(void);
void remote_peer(bool up);
void remote_reset(void);

/* A control frame: what enum mcapi_operation says, and its ports. */
struct control {
    uint8_t operation, status, type, tag;
    uint16_t source, destination;
    uint32_t argument;
    uint8_t priority;
};

/* -- request.c ------------------------------------------------------------------------------------------------- */

struct request {
    struct request *next;
    /* Does what can be done now: PENDING if it has to be called again. */
    mcapi_status_t (*step)(struct request *request);
    /* It is cancelled or timed out: false if it has to stay until an answer has come, and is to be stepped on. */
    bool (*undo)(struct request *request);
    uint32_t handle;
    mcapi_status_t status;
    uint32_t lane; /* those of the same lane, unless 0, take their turn */
    size_t size;
    bool waited;    /* it could not be done at once */
    bool cancelled;
    mcapi_endpoint_t from, to; /* or handles of channels */
    uint32_t port;
    uint8_t priority, type;
    bool local;
    bool sends;
    const void *data;
    void *room;
    size_t limit;
    uint64_t scalar;
    uint8_t tag;           /* of what the peer was asked; 0 if it was not */
    struct control asked;  /* the CONNECT of this tag */
    mcapi_status_t answer; /* of the peer; PENDING if there is none */
    unsigned link;
};

enum lane { LANE_RECEIVE = 1, LANE_SEND };
#define LANE(lane, endpoint, priority) \
    ((uint32_t)(lane) << 16 | (uint32_t)(priority) << 8 | (handle_slot((endpoint)->handle) + 1))

/* A request as it begins; what its step needs besides is the caller's to set. */
void request_prepare(struct request *request, mcapi_status_t (*step)(struct request *), uint32_t lane);
/* For a call that does not block: `request` is the application's place for the handle. */
void request_start(const struct request *wanted, mcapi_request_t *request, mcapi_status_t *mcapi_status);
/* For a call that does; `request` is on its stack. */
mcapi_status_t request_run(struct request *request, mcapi_timeout_t timeout);
/* Do for all that wait what can be done now. */
void request_progress(void);
uint8_t request_tag(void);
/* The peer has answered. False if nobody waits for that. */
bool request_answer(const struct control *control);
/* Does one wait in this lane? */
bool request_waits(uint32_t lane);
void requests_reset(void);

/* -- control.c: control frames --------------------------------------------------------------------------------- */

/* To the peer, after those before it. False if too many wait. */
bool control_post(const struct control *control);
bool control_has_room(void);
/* One has come. False if it cannot be answered now. */
bool control_take(const struct mcapi_frame *frame);
void control_flush(void);
void control_reset(void);

/* -- connect.c, channel.c -------------------------------------------------------------------------------------- */

void connect_start(mcapi_endpoint_t from, mcapi_endpoint_t to, enum mcapi_channel_type type,
                   mcapi_request_t *request, mcapi_status_t *mcapi_status);
/* False: not now. */
bool connect_asked(const struct control *control);
void connect_undo(const struct control *control);

void channel_open(uint32_t *handle, mcapi_endpoint_t endpoint, enum mcapi_channel_type type, bool sends,
                  mcapi_request_t *request, mcapi_status_t *mcapi_status);
void channel_close(uint32_t handle, enum mcapi_channel_type type, bool sends, mcapi_request_t *request,
                   mcapi_status_t *mcapi_status);
/* The end that is open by this handle, for data: ERR_CHAN_INVALID, _TYPE, _DIRECTION or _NOTOPEN if it is not. */
mcapi_status_t channel_end(uint32_t handle, enum mcapi_channel_type type, bool sends, struct endpoint **end);
/* The same for one that waits since before a close. */
struct endpoint *channel_of(uint32_t handle);
/* The end for which a frame of data has come; NULL if it is for nobody. */
struct endpoint *channel_receiver(const struct mcapi_frame *frame, enum mcapi_channel_type type);
/* The other end has said OPEN, UNOPEN or CLOSE. */
void channel_told(const struct control *control, bool local);
/* An end is connected: it may have something to say. */
void channel_changed(void);
/* Say to other ends what they do not know yet. True if one of them was ours. */
bool channels_speak(void);
/* The connection is undone; an open that waits goes on waiting. */
void channel_disconnect(struct endpoint *end);
void channels_peer_gone(void);

/* -- message.c, packet.c, scalar.c: frames of data have come. False: not now ----------------------------------- */

bool message_take(const struct mcapi_frame *frame);
bool packet_take(const struct mcapi_frame *frame);
bool scalar_take(const struct mcapi_frame *frame);

/* -- payload.c ------------------------------------------------------------------------------------------------- */

/* A payload into a buffer of our pool, and on its way: PENDING or ERR_MEM_LIMIT if there is no room. */
mcapi_status_t payload_send(struct mcapi_frame *frame, const struct endpoint *from, const void *data,
                            struct frames *local);
/* memcpy, but by words where both lie at multiples of four. */
void payload_copy(void *to, const void *from, size_t size);

#endif
