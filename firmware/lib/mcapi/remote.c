/* The peer's endpoints as far as this node knows them, and the peer's gets of endpoints that do not exist here yet.
 * See objects.h; how this node gets one is in get.c. */
#include "objects.h"

#include <string.h>

enum { REMOTES = MCAPI_MAX_ENDPOINTS };

static struct remote {
    uint32_t handle; /* 0: nothing in this slot */
    uint16_t port;
    uint16_t users;
    bool deleted;
} remotes[REMOTES];

static struct {
    bool used;
    uint8_t tag;
    uint16_t port;
} parked[MCAPI_MAX_PARKED_GETS];

static struct remote *find(mcapi_endpoint_t handle)
{
    unsigned slot = handle_slot(handle);

    return handle && slot < REMOTES && remotes[slot].handle == handle ? &remotes[slot] : NULL;
}

bool remote_is(mcapi_endpoint_t handle)
{
    return handle >> 28 == HANDLE_REMOTE;
}

mcapi_status_t remote_port(mcapi_endpoint_t handle, uint16_t *port)
{
    struct remote *remote = find(handle);

    if (!remote)
        return MCAPI_ERR_ENDP_INVALID;
    if (!transport_up())
        return MCAPI_ERR_NODE_NOTINIT;
    if (remote->deleted)
        return MCAPI_ERR_ENDP_DELETED;
    *port = remote->port;
    return MCAPI_SUCCESS;
}

/* An unused slot, or in turn one that nobody has got. */
static struct remote *free_slot(void)
{
    static unsigned turn;

    for (unsigned slot = 0; slot < REMOTES; slot++)
        if (!remotes[slot].handle)
            return &remotes[slot];
    for (unsigned i = 0; i < REMOTES; i++) {
        turn = (turn + 1) % REMOTES;
        if (remotes[turn].users == 0 || remotes[turn].deleted)
            return &remotes[turn];
    }
    return NULL;
}

mcapi_endpoint_t remote_at(uint16_t port, bool user)
{
    struct remote *remote = NULL;

    if (port == MCAPI_NO_PORT)
        return 0;
    for (unsigned slot = 0; slot < REMOTES; slot++)
        if (remotes[slot].handle && remotes[slot].port == port && !remotes[slot].deleted)
            remote = &remotes[slot];
    if (!remote) {
        remote = free_slot();
        if (!remote)
            return 0;
        *remote = (struct remote){.handle = handle_new(HANDLE_REMOTE, (unsigned)(remote - remotes)), .port = port};
    }
    remote->users += user;
    return remote->handle;
}

void remote_deleted(uint16_t port)
{
    for (unsigned slot = 0; slot < REMOTES; slot++)
        if (remotes[slot].port == port)
            remotes[slot].deleted = true;
}

static mcapi_status_t release(struct remote *remote)
{
    struct control frame = {.operation = MCAPI_OP_RELEASE, .source = MCAPI_NO_PORT, .destination = remote->port};

    if (remote->users == 0)
        return MCAPI_ERR_ENDP_INVALID;
    if (!remote->deleted && transport_up() && !control_post(&frame))
        return MCAPI_ERR_TRANSMISSION;
    if (--remote->users == 0)
        remote->handle = 0;
    return MCAPI_SUCCESS;
}

void mcapi_endpoint_release(mcapi_endpoint_t handle, mcapi_status_t *mcapi_status)
{
    struct endpoint *endpoint;
    struct remote *remote = find(handle);
    mcapi_status_t status = endpoint_own(handle, &endpoint);

    if (status == MCAPI_SUCCESS && endpoint->users == 0)
        status = MCAPI_ERR_ENDP_INVALID; /* nobody has got it */
    else if (status == MCAPI_SUCCESS)
        endpoint->users--;
    else if (status == MCAPI_ERR_ENDP_REMOTE)
        status = remote ? release(remote) : MCAPI_ERR_ENDP_INVALID;
    say(mcapi_status, status);
}

/* -- gets by the peer ------------------------------------------------------------------------------------------ */

static bool answer(uint8_t tag, uint16_t port, mcapi_status_t status)
{
    return control_post(&(struct control){.operation = MCAPI_OP_GOT, .status = (uint8_t)status, .tag = tag,
                                          .source = port, .destination = MCAPI_NO_PORT});
}

bool remote_asks(uint16_t port, uint8_t tag)
{
    struct endpoint *endpoint = endpoint_at(port);

    if (endpoint) {
        if (!answer(tag, port, MCAPI_SUCCESS))
            return false;
        endpoint->peer_users++;
        return true;
    }
    for (unsigned i = 0; i < MCAPI_MAX_PARKED_GETS; i++) {
        if (parked[i].used)
            continue;
        parked[i].used = true;
        parked[i].tag = tag;
        parked[i].port = port;
        return true;
    }
    return answer(tag, port, MCAPI_ERR_ENDP_GET_LIMIT);
}

void remote_unpark(uint8_t tag)
{
    for (unsigned i = 0; i < MCAPI_MAX_PARKED_GETS; i++)
        if (parked[i].used && parked[i].tag == tag)
            parked[i].used = false;
}

void remote_answer_parked(void)
{
    for (unsigned i = 0; i < MCAPI_MAX_PARKED_GETS; i++) {
        struct endpoint *endpoint = parked[i].used ? endpoint_at(parked[i].port) : NULL;

        if (endpoint && answer(parked[i].tag, parked[i].port, MCAPI_SUCCESS)) {
            parked[i].used = false;
            endpoint->peer_users++;
        }
    }
}

/* Gone: its users and questions with it; its endpoints are ERR_NODE_NOTINIT until another peer is there. */
void remote_peer(bool up)
{
    if (up) {
        memset(remotes, 0, sizeof remotes);
        return;
    }
    memset(parked, 0, sizeof parked);
    for (unsigned slot = 0; slot < MCAPI_MAX_ENDPOINTS; slot++)
        endpoints[slot].peer_users = 0;
}

void remote_reset(void)
{
    memset(remotes, 0, sizeof remotes);
    memset(parked, 0, sizeof parked);
}
