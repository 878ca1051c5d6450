*** Settings ***
Documentation    A client of Linux's mailbox framework, and the IPCC's driver under it.
...
...              ``rpmsg_echo`` never looks at channel 5: there a test has a peer that is dead. ``ipcc_signals`` answers
...              each signal on channel 5 and gives one of its own. Numbers are from Linux's mailbox.c and stm32-ipcc.c.

Resource         ipcclab.resource

Test Tags        mailbox


*** Variables ***
${MINE}               ${5}
${BEYOND_THE_LAST}    ${7}
# One message in the hardware and MBOX_TX_QUEUE_LEN behind it.
${ACCEPTED}           ${21}
${QUEUE_LENGTH}       ${20}
${HINT}               stm32-ipcc 4c001000.mailbox: Try increasing MBOX_TX_QUEUE_LEN
# C2SCR.CH5C, which the Cortex-A7 reaches as well.
${C2SCR}              ${0x4C001018}
${CH5C}               ${0x10}
${MILLISECOND}        ${1000000}


*** Test Cases ***
Should Unmask A Channel When It Is Requested
    Boot Firmware    ${ECHO_IMAGE}
    Get Register    C1MR.CH5OM    ==    ${1}
    Forget Earlier Accesses
    Request Mailbox Channel    ${MINE}
    Accesses Should Be    R C1MR    W C1MR    cpu=${CORTEX_A7}    function=stm32_ipcc_startup
    Get Register    C1MR.CH5OM    ==    ${0}

Should Mask A Channel When It Is Freed
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Free Mailbox Channel    ${MINE}
    Get Register    C1MR.CH5OM    ==    ${1}
    Get Register    C1MR.CH5FM    ==    ${1}

Should Hear That The Firmware Has Taken A Signal
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    ${MINE}
    Send Mailbox Message    ${MINE}    request
    Run For    1ms
    Finished Should Be    request 0

Should Hear A Signal Of The Firmware
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    ${MINE}
    Channel Should Have Received    ${MINE}    1

Should Send What Is Queued In Order
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    ${MINE}
    FOR    ${slot}    ${message}    IN ENUMERATE    first    second    third
        ${given} =    Send Mailbox Message    ${MINE}    ${message}
        Should Be Equal As Integers    ${given}    ${slot}
    END
    Run For    1ms
    Finished Should Be    first 0    second 0    third 0

Should Wait For The Acknowledge In A Blocking Send
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    ${MINE}    tx_block=True    tx_tout=500ms
    Send Mailbox Message    ${MINE}    request
    Finished Should Be    request 0

Should Deliver A Signal From Before The Request
    [Documentation]    A flag on a channel that nobody owns is not acknowledged, and not lost either.
    Boot Firmware    ${SIGNALS_IMAGE}
    Run For    10ms
    Channel Should Be Occupied    ${MINE}    cpu=${CORTEX_M4}
    Request Mailbox Channel    ${MINE}
    Channel Should Have Received    ${MINE}    1    within=10us
    Channel Should Be Free    ${MINE}    cpu=${CORTEX_M4}

Should Credit A Late Acknowledge To The Next Message
    [Documentation]    The flag is one bit: Linux cannot tell whose acknowledge it is.
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}    tx_block=True    tx_tout=20ms
    Run Keyword And Expect Error    *-62 (ETIME)*    Send Mailbox Message    ${MINE}    first
    Free Mailbox Channel    ${MINE}
    Request Mailbox Channel    ${MINE}
    Send Mailbox Message    ${MINE}    second
    Acknowledge As Firmware
    Run For    1ms
    Finished Should Be    second 0

Should Accept Twenty-One Messages For A Dead Peer
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Fill Queue
    Kernel Log Should Not Contain    ${HINT}

Should Refuse The Twenty-Second Message For A Dead Peer
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Fill Queue
    Run Keyword And Expect Error    KernelError: 'signal' was not sent on CH5: -105 (ENOBUFS).
    ...    Send Mailbox Message    ${MINE}
    Kernel Log Should Contain    ${HINT}
    Finished Should Be

Should Take Messages Again After One Acknowledge
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Fill Queue
    Acknowledge As Firmware
    Run For    1ms
    Finished Should Be    signal 0
    Send Mailbox Message    ${MINE}
    Run Keyword And Expect Error    *-105 (ENOBUFS).    Send Mailbox Message    ${MINE}

Should Give Up A Blocking Send At Exactly Its Timeout
    [Documentation]    Linux rounds up to its ticks of 4 ms, which 500 ms are a multiple of.
    [Template]    Blocking Send Should Take
    500ms    ${500}
    501ms    ${504}
    1ms    ${4}

Should Refuse Remoteproc's Channels
    Boot Firmware    ${ECHO_IMAGE}
    FOR    ${channel}    IN RANGE    1    5
        Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    ${channel}
    END

Should Refuse A Channel That Is Owned
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    ${MINE}
    Free Mailbox Channel    ${MINE}
    Request Mailbox Channel    ${MINE}

Should Refuse A Channel That Is Not There
    Boot Firmware    ${ECHO_IMAGE}
    Run Keyword And Expect Error    *-22 (EINVAL).    Request Mailbox Channel    ${BEYOND_THE_LAST}

Should Refuse To Send On A Channel That Was Freed
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Free Mailbox Channel    ${MINE}
    Run Keyword And Expect Error    KernelError: 'signal' was not sent on CH5: -22 (EINVAL).
    ...    Send Mailbox Message    ${MINE}

Should Drop What Is Queued When A Channel Is Freed
    [Documentation]    Nobody hears of it, and the flag of the first message stays set.
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Fill Queue
    Free Mailbox Channel    ${MINE}
    Request Mailbox Channel    ${MINE}
    Acknowledge As Firmware
    Run For    1ms
    Finished Should Be
    Channel Should Be Free    ${MINE}    cpu=${CORTEX_A7}

Should Not Hear A Signal On A Channel That Was Freed
    Boot Firmware    ${SIGNALS_IMAGE}
    Request Mailbox Channel    ${MINE}
    Free Mailbox Channel    ${MINE}
    Run For    10ms
    Channel Should Be Occupied    ${MINE}    cpu=${CORTEX_M4}

Should Forget A Message Without Content In An Older Kernel
    [Documentation]    NULL is how mailbox.c of 6.1 says idle: the signal is sent, and nobody hears of its end.
    Boot Firmware    ${SIGNALS_IMAGE}    kernel=6.1
    Send Nothing
    Finished Should Be

Should Finish A Message Without Content In A Newer Kernel
    Boot Firmware    ${SIGNALS_IMAGE}    kernel=6.12
    Send Nothing
    Finished Should Be    None 0

Should Say Aloud In A Newer Kernel Only That A Channel Is Owned
    Boot Firmware    ${ECHO_IMAGE}    kernel=6.1
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    1
    Kernel Log Should Not Contain    mailbox not free
    Boot Firmware    ${ECHO_IMAGE}    kernel=6.12
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    1
    Kernel Log Should Contain    mailbox not free

Should Say What A Test Has Not Requested
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}
    Run Keyword And Expect Error    *the test has not requested CH6; it has requested CH5.
    ...    Send Mailbox Message    6

Should Refuse A Timeout That Linux Cannot Keep
    Boot Firmware    ${ECHO_IMAGE}
    Run Keyword And Expect Error    *tx_tout is in whole milliseconds, not 1.5ms.
    ...    Request Mailbox Channel    ${MINE}    tx_block=True    tx_tout=1.5ms


*** Keywords ***
Fill Queue
    [Documentation]    Sends what Linux takes for a peer that does not answer. The slots are a ring.
    FOR    ${n}    IN RANGE    ${ACCEPTED}
        ${slot} =    Send Mailbox Message    ${MINE}
        Should Be Equal As Integers    ${slot}    ${n % ${QUEUE_LENGTH}}
    END

Finished Should Be
    [Documentation]    The messages whose end Linux has told the test of, each with its status.
    [Arguments]    @{expected}
    ${finished} =    Get Finished Messages    ${MINE}
    Should Be Equal    ${finished}    ${expected}

Blocking Send Should Take
    [Documentation]    Sends to a dead peer and looks at the clock.
    [Arguments]    ${tx_tout}    ${milliseconds}
    Boot Firmware    ${ECHO_IMAGE}
    Request Mailbox Channel    ${MINE}    tx_block=True    tx_tout=${tx_tout}
    ${before} =    Get Virtual Time
    Run Keyword And Expect Error    KernelError: 'signal' was not sent on CH5: -62 (ETIME).
    ...    Send Mailbox Message    ${MINE}
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    ${milliseconds * ${MILLISECOND}}
    Finished Should Be    signal -62 (ETIME)

Acknowledge As Firmware
    [Documentation]    Frees channel 5 in the place of a firmware that does not, through processor 2's own register.
    Write Word    ${C2SCR}    ${CH5C}

Send Nothing
    [Documentation]    Sends NULL, as rpmsg's kicks would if stm32_rproc gave no word.
    Request Mailbox Channel    ${MINE}
    Send Mailbox Message    ${MINE}    ${None}
    Run For    1ms
    Channel Should Be Free    ${MINE}    cpu=${CORTEX_A7}
