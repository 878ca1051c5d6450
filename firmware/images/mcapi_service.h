/* The MCAPI echo service that mcapi_echo and rpmsg_mcapi run on node 1. It never blocks.
 *
 *   port  what comes                   what goes
 *   1     messages                     each back to its sender, with its priority
 *   2, 3  packets into 2               the same out of 3
 *   4, 5  scalars into 4               the same out of 5, of the same width
 *   6     requests, see commands.h     their answers
 *
 * The ends 2 to 5 are opened as soon as they exist, and again after each close. */
#ifndef MCAPI_SERVICE_H
#define MCAPI_SERVICE_H

enum service_port {
    PORT_MESSAGES = 1,
    PORT_PACKETS_IN,
    PORT_PACKETS_OUT,
    PORT_SCALARS_IN,
    PORT_SCALARS_OUT,
    PORT_COMMANDS,
};

/* After ipcc_init(). */
void service_start(void);

/* Do everything that can be done now; all answers of one round are one doorbell. To be called again when mcapi_raised(). */
void service_run(void);

/* Packets are echoed at once, but their buffers are kept until there are `number` of them; then all are released. */
void service_hold(unsigned number);

#endif
