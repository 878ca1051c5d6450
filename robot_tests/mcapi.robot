*** Settings ***
Documentation    MCAPI 2.0 between a program on Linux and firmware that echoes what it gets: messages, packets, scalars.
...
...              ``mcapi_echo`` answers messages at port 1, sends packets of port 2 back from port 3 and scalars of port
...              4 from port 5, and does what messages to port 6 say.

Resource         ipcclab.resource

Test Teardown    No Signal Should Be Lost

Test Tags        mcapi


*** Variables ***
${IMAGE}           mcapi_echo.elf
${BESIDE_RPMSG}    rpmsg_mcapi.elf

# Ports of the firmware.
${MESSAGES}        ${1}
${PACKETS_IN}      ${2}
${PACKETS_OUT}     ${3}
${SCALARS_IN}      ${4}
${SCALARS_OUT}     ${5}
${COMMANDS}        ${6}

# A buffer; a ring of descriptors; what a pool of 24 buffers has for priority 1, for 4 are kept for priority 0.
${BUFFER}          ${512}
${RING}            ${16}
${FOR_CHANNELS}    ${20}
${ENDPOINTS}       ${32}
${REQUESTS}        ${16}

# Of the attribute MEMORY_TYPE: shared, and a send fails where it would wait.
${FAILS}           ${0x10001}

# Linux's ring of priority 0 and how far it is filled, how far Linux has read the firmware's; and what none can be.
${LINUX_RING}      ${0x10048100}
${LINUX_HEAD}      ${0x10048040}
${LINUX_TAIL}      ${0x10048048}
${NONSENSE}        ${0xDEADBEEF}

# A text with what Robot would take for an escape and for a variable.
${LIKE_ROBOT}      \\n \${mine} \\


*** Test Cases ***
Should Meet The Firmware
    Boot Firmware    ${IMAGE}
    Start MCAPI
    MCAPI Peer Should Be Up
    Firmware Should Log    mcapi: up, epoch 1 of Linux

Should Answer A Message
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    hello
    ${message} =    Wait For MCAPI Message    ${mine}    hello
    Should Be Equal As Integers    ${message.sender.port}    ${MESSAGES}

Should Answer With The Priority Of The Question
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    FOR    ${priority}    IN RANGE    2
        Send MCAPI Message    ${mine}    ${echo}    hello    priority=${priority}
        ${message} =    Wait For MCAPI Message    ${mine}    hello
        Should Be Equal As Integers    ${message.priority}    ${priority}
    END

Should Carry Any Bytes Up To A Buffer
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    ${all} =    Evaluate    bytes(range(256)) * 2
    FOR    ${bytes}    IN    ${EMPTY}    x    ${all}
        Send MCAPI Message    ${mine}    ${echo}    ${bytes}
        Wait For MCAPI Message    ${mine}    ${bytes}
    END

Should Hand Out The Urgent Message First
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    FOR    ${number}    IN RANGE    ${RING}
        Send MCAPI Message    ${mine}    ${echo}    low ${number}    priority=1
    END
    Send MCAPI Message    ${mine}    ${echo}    urgent    priority=0
    Run For    10ms
    Wait For MCAPI Message    ${mine}    urgent
    FOR    ${number}    IN RANGE    ${RING}
        Wait For MCAPI Message    ${mine}    low ${number}
    END

Should Not Ring More Often Than It Sends
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    ${before} =    Get MCAPI Statistics    node=1
    ${linux} =    Get MCAPI Statistics
    FOR    ${number}    IN RANGE    64
        Send MCAPI Message    ${mine}    ${echo}    frame ${number}    priority=${number % 2}
        IF    ${number} % ${RING} == ${RING - 1}
            Wait For Both Priorities    ${mine}    ${number - ${RING} + 1}
        END
    END
    Doorbells Should Not Exceed Frames    ${linux}    node=0
    Doorbells Should Not Exceed Frames    ${before}    node=1

Should Tell Its Counters On Request
    Boot With MCAPI
    ${mine}    ${firmware} =    Meet    20    ${COMMANDS}
    Send MCAPI Message    ${mine}    ${firmware}    status
    ${answer} =    Wait For MCAPI Message    ${mine}
    Should Match Regexp    ${answer}    ^FRAMES_SENT \\d+ FRAMES_RECEIVED \\d+ DROPS 0 DOORBELLS \\d+

Should Wait For An Endpoint Until There Is One
    Boot With MCAPI
    ${request} =    MCAPI Status Should Be    PENDING    Call MCAPI    endpoint_get_i    0    0    20
    ${mine} =    Create MCAPI Endpoint    20
    ${got} =    MCAPI Status Should Be    SUCCESS    Call MCAPI    wait    ${request}
    Should Be Equal    ${got}    ${mine}

Should Forget A Get That Was Cancelled
    Boot With MCAPI
    ${request} =    Call MCAPI    endpoint_get_i    0    0    20
    Call MCAPI    cancel    ${request}
    ${mine} =    Create MCAPI Endpoint    20
    ${users} =    Call MCAPI    endpoint_get_attribute    ${mine}    GET_COUNT
    Should Be Equal As Integers    ${users}    0
    MCAPI Status Should Be    ERR_REQUEST_CANCELLED    Call MCAPI    test    ${request}

Should Wait As Long As The Endpoint's Attribute Says
    Boot With MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    Call MCAPI    endpoint_set_attribute    ${mine}    TIMEOUT    2000
    ${before} =    Get Virtual Time
    MCAPI Status Should Be    TIMEOUT    Call MCAPI    msg_recv    ${mine}
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    2000000

Should Wait For Whichever Request Ends First
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    ${never} =    Call MCAPI    endpoint_get_i    0    0    77
    ${message} =    Call MCAPI    msg_recv_i    ${mine}
    MCAPI Status Should Be    PENDING
    Send MCAPI Message    ${mine}    ${echo}    hello
    ${first} =    Call MCAPI    wait_any    ${{[$never, $message]}}    50000
    Should Be Equal As Integers    ${first}    1
    Should Be Equal    ${message.result}    ${{b"hello"}}

Should Send Packets Back
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    FOR    ${text}    IN    first    second    ${EMPTY}    ${{"x" * 512}}
        Send MCAPI Packet    ${out}    ${text}
    END
    FOR    ${text}    IN    first    second    ${EMPTY}    ${{"x" * 512}}
        Wait For MCAPI Packet    ${in}    ${text}
    END

Should Leave A Packet Where It Lies Until It Is Released
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    Send MCAPI Packet    ${out}    \x78\x56\x34\x12
    Send MCAPI Packet    ${out}    second
    ${first} =    Wait For MCAPI Packet    ${in}    release=False
    ${second} =    Wait For MCAPI Packet    ${in}    second    release=False
    ${word} =    Read Word    ${first.packet.address}
    Should Be Equal As Integers    ${word}    ${0x12345678}
    Release MCAPI Packet    ${second}
    MCAPI Status Should Be    SUCCESS    Release MCAPI Packet    ${first}
    MCAPI Status Should Be    ERR_BUF_INVALID    Release MCAPI Packet    ${second}

Should Hold Senders Back Until The Receiver Takes What Is There
    [Documentation]    Without a way back the firmware leaves packets where they are.
    Boot With MCAPI
    ${out} =    Open To The Firmware    packet    30    ${PACKETS_IN}
    FOR    ${number}    IN RANGE    ${FOR_CHANNELS}
        Send MCAPI Packet    ${out}    packet ${number}
    END
    MCAPI Status Should Be    TIMEOUT    Send MCAPI Packet    ${out}    too much    within=5ms
    ${in} =    Open From The Firmware    packet    ${PACKETS_OUT}    31
    Wait For MCAPI Packet    ${in}    packet 0
    Send MCAPI Packet    ${out}    last
    FOR    ${number}    IN RANGE    1    ${FOR_CHANNELS}
        Wait For MCAPI Packet    ${in}    packet ${number}
    END
    Wait For MCAPI Packet    ${in}    last

Should Carry Scalars Of All Widths
    [Template]    Scalar Of A Width Should Come Back
    8    0x0    0x7F    0x80    0xFF
    16    0x0    0x7FFF    0x8000    0xFFFF
    32    0x0    0x7FFFFFFF    0x80000000    0xFFFFFFFF
    64    0x0    0x7FFFFFFFFFFFFFFF    0x8000000000000000    0xFFFFFFFFFFFFFFFF

Should Keep A Scalar Of Another Width
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    scalar    ${SCALARS_IN}    ${SCALARS_OUT}
    Send MCAPI Scalar    ${out}    0x1234    width=16
    MCAPI Status Should Be    ERR_SCL_SIZE    Wait For MCAPI Scalar    ${in}    width=32
    Wait For MCAPI Scalar    ${in}    0x1234    width=16

Should Be Connected By The Firmware
    Boot With MCAPI
    ${out}    ${in} =    Let The Firmware Connect    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    Send MCAPI Packet    ${out}    hello
    Wait For MCAPI Packet    ${in}    hello

Should Be Connected By The Firmware For Scalars
    Boot With MCAPI
    ${out}    ${in} =    Let The Firmware Connect    scalar    ${SCALARS_IN}    ${SCALARS_OUT}
    Send MCAPI Scalar    ${out}    42
    Wait For MCAPI Scalar    ${in}    42

Should Open A Channel Again After It Was Closed
    Boot With MCAPI
    ${out} =    Open To The Firmware    packet    30    ${PACKETS_IN}
    Close MCAPI Channel    ${out}
    Run For    5ms
    Call MCAPI    endpoint_delete    ${out.endpoint}
    ${again}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    Send MCAPI Packet    ${again}    hello
    Wait For MCAPI Packet    ${in}    hello

Should Go On After The Firmware's Restart
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    ${waiting} =    Call MCAPI    pktchan_recv_i    ${in}
    ${epoch} =    MCAPI Peer Should Be Up
    Crash Remote Processor    watchdog
    MCAPI Peer Should Be Up    since=${epoch}
    MCAPI Status Should Be    ERR_CHAN_INVALID    Call MCAPI    wait    ${waiting}
    MCAPI Status Should Be    ERR_CHAN_INVALID    Send MCAPI Packet    ${out}    hello
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}    first=40
    Send MCAPI Packet    ${out}    hello
    Wait For MCAPI Packet    ${in}    hello

Should Know At Once That Linux Has Stopped The Firmware
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    ${waiting} =    Call MCAPI    pktchan_recv_i    ${in}
    Stop Remote Processor
    MCAPI Peer Should Be Gone    within=1us
    MCAPI Status Should Be    ERR_CHAN_INVALID    Call MCAPI    wait    ${waiting}
    MCAPI Status Should Be    ERR_CHAN_INVALID    Send MCAPI Packet    ${out}    hello

Should Keep Its Endpoints Over The Firmware's Restart
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    ${epoch} =    MCAPI Peer Should Be Up
    Crash Remote Processor
    MCAPI Peer Should Be Up    since=${epoch}
    MCAPI Status Should Be    ERR_ENDP_INVALID    Send MCAPI Message    ${mine}    ${echo}    hello
    ${echo} =    Get MCAPI Endpoint    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    hello
    Wait For MCAPI Message    ${mine}    hello

Should Go On After The Host's Restart
    Boot With MCAPI
    ${out} =    Open To The Firmware    packet    30    ${PACKETS_IN}
    ${in} =    Open From The Firmware    packet    ${PACKETS_OUT}    31
    Stop MCAPI
    Firmware Should Log    mcapi: gone
    Start MCAPI
    Firmware Should Log    mcapi: up, epoch 2 of Linux
    MCAPI Status Should Be    ERR_CHAN_INVALID    Send MCAPI Packet    ${out}    hello
    MCAPI Status Should Be    ERR_CHAN_INVALID    Wait For MCAPI Packet    ${in}
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    Send MCAPI Packet    ${out}    hello
    Wait For MCAPI Packet    ${in}    hello

Should Run Beside RPMsg
    Boot With MCAPI    ${BESIDE_RPMSG}
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    FOR    ${number}    IN RANGE    20
        Send MCAPI Message    ${mine}    ${echo}    mcapi ${number}
        Host Sends    rpmsg ${number}
        Wait For MCAPI Message    ${mine}    mcapi ${number}
        Firmware Should Answer    rpmsg ${number}
    END

Should Recover From A Lost Doorbell
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Run For    1ms
    Inject Doorbell Fault    lost    5    cpu=${CORTEX_A7}    which=1
    Send MCAPI Message    ${mine}    ${echo}    hello
    Wait For MCAPI Message    ${mine}    hello
    ${statistics} =    Get MCAPI Statistics
    Should Be Equal As Integers    ${statistics}[RERINGS]    1
    MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Message    ${mine}    within=10ms
    [Teardown]    NONE

Should Deliver Once What Was Rung For Twice Or Late
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    FOR    ${fault}    IN    doubled    late
        Inject Doorbell Fault    ${fault}    5    cpu=${CORTEX_A7}    which=1    by=20us
        Inject Doorbell Fault    ${fault}    6    cpu=${CORTEX_M4}    which=1    by=20us
        FOR    ${text}    IN    first    second    third
            Send MCAPI Message    ${mine}    ${echo}    ${text}
            Wait For MCAPI Message    ${mine}    ${text}
        END
        MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Message    ${mine}    within=10ms
    END
    [Teardown]    NONE

Should Drop And Count A Frame Of No Known Kind
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send A Spoilt Message    ${mine}    ${echo}    but=0xFFFFFF00
    MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Message    ${mine}    within=20ms
    ${statistics} =    Get MCAPI Statistics    node=1
    Should Be Equal As Integers    ${statistics}[DROPS]    1
    Send MCAPI Message    ${mine}    ${echo}    second
    Wait For MCAPI Message    ${mine}    second
    [Teardown]    NONE

Should Repair A Slot That Cannot Be Right
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send A Spoilt Message    ${mine}    ${echo}    but=0
    Wait For MCAPI Message    ${mine}    spoilt
    MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Message    ${mine}    within=20ms
    ${statistics} =    Get MCAPI Statistics    node=1
    Should Be Equal As Integers    ${statistics}[DROPS]    1
    [Teardown]    NONE

Should Heal An Index That Was Overwritten
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Write Word    ${LINUX_TAIL}    ${NONSENSE}
    Send MCAPI Message    ${mine}    ${echo}    hello
    Wait For MCAPI Message    ${mine}    hello
    ${statistics} =    Get MCAPI Statistics
    Should Be Equal As Integers    ${statistics}[HEALED]    1

Should Say In The Trace What Travels
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    hello    priority=1
    Wait For MCAPI Message    ${mine}    hello
    Trace Should Contain    Linux's epoch 1 begins
    Trace Should Contain    the firmware's epoch
    Trace Should Contain    20→1${SPACE * 2}message p1${SPACE * 2}buffer 0${SPACE * 2}"hello"${SPACE * 2}5 B
    Trace Should Contain    Linux rings
    Trace Should Contain    20←1${SPACE * 2}message p1
    Trace Should Contain    Linux's buffer 0 is home
    Trace Should Contain    the firmware's buffer 0 goes home

Should Say In The Trace When A Doorbell Has To Wait
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    first
    Send MCAPI Message    ${mine}    ${echo}    second
    Wait For MCAPI Message    ${mine}    first
    Wait For MCAPI Message    ${mine}    second
    Trace Should Contain    Linux defers a doorbell
    ${statistics} =    Get MCAPI Statistics
    Should Be True    ${statistics}[DEFERRED] >= 1

Should Show What Lies In Shared Memory
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    hello
    Wait For MCAPI Message    ${mine}    hello
    ${memory} =    Get Shared Memory
    Should Be True    ${memory}[mcapi][linked]
    Shared Memory Should Be Consistent
    Nothing Should Be Stuck

Should Refuse To Be Used Before It Is Started
    Boot Firmware    ${IMAGE}
    MCAPI Status Should Be    ERR_NODE_NOTINIT    Create MCAPI Endpoint    20
    MCAPI Status Should Be    ERR_NODE_NOTINIT    MCAPI Peer Should Be Up
    MCAPI Status Should Be    ERR_NODE_NOTINIT    Stop MCAPI

Should Refuse To Be Started Twice
    Boot With MCAPI
    MCAPI Status Should Be    ERR_NODE_INITIALIZED    Start MCAPI

Should Refuse Another Domain And Another Node
    Boot Firmware    ${IMAGE}
    MCAPI Status Should Be    ERR_DOMAIN_INVALID    Start MCAPI    domain=1
    MCAPI Status Should Be    ERR_NODE_INVALID    Start MCAPI    node=1
    Start MCAPI
    MCAPI Status Should Be    ERR_DOMAIN_INVALID    Get MCAPI Endpoint    1    domain=1
    MCAPI Status Should Be    ERR_NODE_INVALID    Get MCAPI Endpoint    1    node=2

Should Refuse A Channel Of The IPCC That Is Taken
    Boot Firmware    ${IMAGE}
    Run Keyword And Expect Error    *-16 (EBUSY).    Start MCAPI    tx=1
    Request Mailbox Channel    6
    Run Keyword And Expect Error    *-16 (EBUSY).    Start MCAPI
    Free Mailbox Channel    6
    Start MCAPI
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    5

Should Refuse Ports That There Are Not
    Boot With MCAPI
    Create MCAPI Endpoint    20
    MCAPI Status Should Be    ERR_ENDP_EXISTS    Create MCAPI Endpoint    20
    MCAPI Status Should Be    ERR_PORT_INVALID    Create MCAPI Endpoint    65535
    Repeat Keyword    ${{$ENDPOINTS - 1}} times    Create MCAPI Endpoint
    MCAPI Status Should Be    ERR_ENDP_LIMIT    Create MCAPI Endpoint

Should Not Meet Firmware Without MCAPI
    Boot Firmware    ${ECHO_IMAGE}
    Start MCAPI
    MCAPI Peer Should Be Gone
    MCAPI Status Should Be    TIMEOUT    Get MCAPI Endpoint    ${MESSAGES}    within=5ms
    Run Keyword And Expect Error    MCAPI's node 1 is not up after 5ms.*    MCAPI Peer Should Be Up    within=5ms

Should Refuse Messages That Do Not Fit
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    ${long} =    Evaluate    "x" * (${BUFFER} + 1)
    MCAPI Status Should Be    ERR_MSG_SIZE    Send MCAPI Message    ${mine}    ${echo}    ${long}
    MCAPI Status Should Be    ERR_PRIORITY    Send MCAPI Message    ${mine}    ${echo}    hello    priority=2
    MCAPI Status Should Be    ERR_ENDP_REMOTE    Send MCAPI Message    ${echo}    ${mine}    hello

Should Keep A Message That Is Longer Than The Receiver's Buffer
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    Send MCAPI Message    ${mine}    ${echo}    hello
    MCAPI Status Should Be    ERR_MSG_TRUNCATED    Call MCAPI    msg_recv    ${mine}    4
    Wait For MCAPI Message    ${mine}    hello

Should Refuse To Wait Where A Send Is To Fail
    Boot With MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    Call MCAPI    endpoint_set_attribute    ${mine}    MEMORY_TYPE    ${FAILS}
    FOR    ${number}    IN RANGE    24
        Send MCAPI Message    ${mine}    ${mine}    message ${number}
    END
    MCAPI Status Should Be    ERR_MEM_LIMIT    Send MCAPI Message    ${mine}    ${mine}    too much

Should Refuse What Only The Owner May
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${MESSAGES}
    MCAPI Status Should Be    ERR_ENDP_NOTOWNER    Call MCAPI    endpoint_delete    ${echo}
    MCAPI Status Should Be    ERR_ENDP_REMOTE    Call MCAPI    endpoint_get_attribute    ${echo}    TIMEOUT
    MCAPI Status Should Be    ERR_ATTR_READONLY    Call MCAPI    endpoint_set_attribute    ${mine}    STATUS    0
    MCAPI Status Should Be    ERR_ATTR_VALUE    Call MCAPI    endpoint_set_attribute    ${mine}    PRIORITY    2
    MCAPI Status Should Be    ERR_ATTR_NUM    Call MCAPI    endpoint_get_attribute    ${mine}    64

Should Refuse To Connect What Is Connected
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${PACKETS_IN}
    ${other} =    Create MCAPI Endpoint    21
    Open MCAPI Channel    packet    ${mine}    ${echo}
    MCAPI Channel Should Be Connected    ${mine}
    MCAPI Status Should Be    ERR_CHAN_CONNECTED    Open MCAPI Channel    packet    ${mine}    ${echo}
    MCAPI Status Should Be    ERR_CHAN_CONNECTED    Open MCAPI Channel    packet    ${other}    ${echo}
    MCAPI Status Should Be    ERR_CHAN_CONNECTED    Send MCAPI Message    ${mine}    ${other}    hello
    MCAPI Status Should Be    ERR_CHAN_OPEN    Call MCAPI    endpoint_delete    ${mine}

Should Refuse To Connect Ends That Do Not Fit
    Boot With MCAPI
    ${mine}    ${echo} =    Meet    20    ${PACKETS_IN}
    Call MCAPI    endpoint_set_attribute    ${mine}    MAX_PAYLOAD_SIZE    16
    MCAPI Status Should Be    ERR_ATTR_INCOMPATIBLE    Open MCAPI Channel    packet    ${mine}    ${echo}
    ${fits} =    Create MCAPI Endpoint    21
    MCAPI Status Should Be    ERR_CHAN_DIRECTION    Open MCAPI Channel    packet    ${echo}    ${fits}
    MCAPI Status Should Be    ERR_CHAN_TYPE    Open MCAPI Channel    scalar    ${fits}    ${echo}

Should Not Connect Ends Of The Firmware's That Do Not Fit
    Boot With MCAPI
    ${in} =    Get MCAPI Endpoint    ${PACKETS_IN}
    ${out} =    Get MCAPI Endpoint    ${SCALARS_OUT}
    MCAPI Status Should Be    ERR_CHAN_TYPE    Open MCAPI Channel    packet    ${out}    ${in}

Should Refuse What A Channel Does Not Do
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    packet    ${PACKETS_IN}    ${PACKETS_OUT}
    ${long} =    Evaluate    "x" * (${BUFFER} + 1)
    MCAPI Status Should Be    ERR_CHAN_DIRECTION    Send MCAPI Packet    ${in}    hello
    MCAPI Status Should Be    ERR_CHAN_DIRECTION    Wait For MCAPI Packet    ${out}
    MCAPI Status Should Be    ERR_CHAN_TYPE    Send MCAPI Scalar    ${out}    1
    MCAPI Status Should Be    ERR_PKT_SIZE    Send MCAPI Packet    ${out}    ${long}
    MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Packet    ${in}    within=5ms

Should Refuse Whatever Follows A Close
    Boot With MCAPI
    ${out} =    Open To The Firmware    packet    30    ${PACKETS_IN}
    Close MCAPI Channel    ${out}
    MCAPI Status Should Be    ERR_CHAN_INVALID    Send MCAPI Packet    ${out}    hello
    MCAPI Status Should Be    ERR_CHAN_INVALID    Close MCAPI Channel    ${out}

Should Refuse More Requests Than There Can Be
    Boot With MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    Repeat Keyword    ${{$REQUESTS - 1}} times    Call MCAPI    msg_recv_i    ${mine}
    ${request} =    Call MCAPI    msg_recv_i    ${mine}
    MCAPI Status Should Be    ERR_REQUEST_LIMIT    Call MCAPI    msg_recv_i    ${mine}
    Call MCAPI    cancel    ${request}
    MCAPI Status Should Be    ERR_REQUEST_CANCELLED    Call MCAPI    test    ${request}
    MCAPI Status Should Be    ERR_REQUEST_INVALID    Call MCAPI    cancel    ${request}

Should Refuse Commands That The Firmware Does Not Know
    Boot With MCAPI
    ${mine}    ${commands} =    Meet    20    ${COMMANDS}
    FOR    ${command}    IN    dance    hold 0    connect packet 20
        Send MCAPI Message    ${mine}    ${commands}    ${command}
        Wait For MCAPI Message    ${mine}    ERR_PARAMETER
    END

Should Leave Arguments Alone When It Looks At The Status
    Boot With MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    MCAPI Status Should Be    SUCCESS    Send MCAPI Message    ${mine}    ${mine}    ${LIKE_ROBOT}
    Wait For MCAPI Message    ${mine}    ${LIKE_ROBOT}
    Run Keyword And Expect Error    *`Run For` makes no call of MCAPI, so there is no status.
    ...    MCAPI Status Should Be    SUCCESS    Run For    1ms

Should Say What A Keyword Ended In Instead
    Boot With MCAPI
    Run Keyword And Expect Error
    ...    `Create MCAPI Endpoint` ended in SUCCESS, expected ERR_ENDP_LIMIT.*
    ...    MCAPI Status Should Be    ERR_ENDP_LIMIT    Create MCAPI Endpoint    20
    Run Keyword And Expect Error
    ...    `Create MCAPI Endpoint` ended in ERR_ENDP_EXISTS, expected SUCCESS: McapiError: port 20 *: ERR_ENDP_EXISTS.*
    ...    MCAPI Status Should Be    SUCCESS    Create MCAPI Endpoint    20
    Run Keyword And Expect Error
    ...    *MCAPI has no status `ERR_MSG_LENGTH`. Did you mean `ERR_MSG_SIZE`?
    ...    MCAPI Status Should Be    ERR_MSG_LENGTH    Create MCAPI Endpoint


*** Keywords ***
Boot With MCAPI
    [Documentation]    Boots firmware, and runs until both nodes have met.
    [Arguments]    ${image}=${IMAGE}
    Boot Firmware    ${image}
    Start MCAPI
    MCAPI Peer Should Be Up

Meet
    [Documentation]    An endpoint of the test's, and one of the firmware's.
    [Arguments]    ${mine}    ${theirs}
    ${mine} =    Create MCAPI Endpoint    ${mine}
    ${theirs} =    Get MCAPI Endpoint    ${theirs}
    RETURN    ${mine}    ${theirs}

Open To The Firmware
    [Documentation]    The sending end of a channel to a port of the firmware.
    [Arguments]    ${kind}    ${mine}    ${theirs}
    ${mine}    ${theirs} =    Meet    ${mine}    ${theirs}
    ${channel} =    Open MCAPI Channel    ${kind}    ${mine}    ${theirs}
    RETURN    ${channel}

Open From The Firmware
    [Documentation]    The receiving end of a channel from a port of the firmware.
    [Arguments]    ${kind}    ${theirs}    ${mine}
    ${mine}    ${theirs} =    Meet    ${mine}    ${theirs}
    ${channel} =    Open MCAPI Channel    ${kind}    ${theirs}    ${mine}
    RETURN    ${channel}

Open Both Ways
    [Documentation]    Two channels, to and from the firmware, which the test connects.
    [Arguments]    ${kind}    ${to}    ${from}    ${first}=30
    ${out} =    Open To The Firmware    ${kind}    ${first}    ${to}
    ${in} =    Open From The Firmware    ${kind}    ${from}    ${{int($first) + 1}}
    RETURN    ${out}    ${in}

Let The Firmware Connect
    [Documentation]    The same, connected by the firmware on a command.
    [Arguments]    ${kind}    ${to}    ${from}
    ${mine}    ${commands} =    Meet    20    ${COMMANDS}
    ${out}    ${echo_in} =    Meet    30    ${to}
    ${in}    ${echo_out} =    Meet    31    ${from}
    Send MCAPI Message    ${mine}    ${commands}    connect ${kind} 31 30
    MCAPI Channel Should Be Connected    ${out}
    MCAPI Channel Should Be Connected    ${in}
    Wait For MCAPI Message    ${mine}    SUCCESS
    ${out} =    Open MCAPI Channel    ${kind}    ${out}    ${echo_in}    connect=False
    ${in} =    Open MCAPI Channel    ${kind}    ${echo_out}    ${in}    connect=False
    RETURN    ${out}    ${in}

Scalar Of A Width Should Come Back
    [Documentation]    Sends values of one width, and receives them in the same order.
    [Arguments]    ${width}    @{values}
    Boot With MCAPI
    ${out}    ${in} =    Open Both Ways    scalar    ${SCALARS_IN}    ${SCALARS_OUT}
    FOR    ${value}    IN    @{values}
        Send MCAPI Scalar    ${out}    ${value}    width=${width}
    END
    FOR    ${value}    IN    @{values}
        Wait For MCAPI Scalar    ${in}    ${value}    width=${width}
    END

Send A Spoilt Message
    [Documentation]    Its doorbell is lost, so that bits of its slot are cleared before the firmware looks there.
    [Arguments]    ${mine}    ${echo}    ${but}
    Run For    1ms
    Inject Doorbell Fault    lost    5    cpu=${CORTEX_A7}    which=1
    ${head} =    Read Word    ${LINUX_HEAD}
    ${slot} =    Evaluate    ${LINUX_RING} + ${head} % ${RING} * 16
    Send MCAPI Message    ${mine}    ${echo}    spoilt
    ${word} =    Read Word    ${slot}
    ${word} =    Evaluate    ${word} & ${but}
    Write Word    ${slot}    ${word}

Wait For Both Priorities
    [Documentation]    Receives the answers to a ring full of messages, each priority in its own order.
    [Arguments]    ${mine}    ${first}
    Run For    10ms
    FOR    ${number}    IN RANGE    0    ${RING}    2
        Wait For MCAPI Message    ${mine}    frame ${first + ${number}}
    END
    FOR    ${number}    IN RANGE    1    ${RING}    2
        Wait For MCAPI Message    ${mine}    frame ${first + ${number}}
    END

Doorbells Should Not Exceed Frames
    [Documentation]    Of what a node has sent since its statistics were taken.
    [Arguments]    ${before}    ${node}
    ${after} =    Get MCAPI Statistics    node=${node}
    ${frames} =    Evaluate    $after["FRAMES_SENT"] - $before["FRAMES_SENT"]
    ${doorbells} =    Evaluate    $after["DOORBELLS"] - $before["DOORBELLS"]
    Should Be True    ${frames} >= 64
    Should Be True    ${doorbells} <= ${frames}
