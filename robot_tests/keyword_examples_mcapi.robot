*** Settings ***
Documentation    The examples of the keywords' documentation that need MCAPI: its API, and the nodes of its channels.
...
...              Steps stand here as they stand there; what is added looks at what came of them.

Resource         ipcclab.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        keyword-examples


*** Test Cases ***
Starting And Stopping MCAPI
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    MCAPI Peer Should Be Up
    ${statistics} =    Get MCAPI Statistics    node=1
    Should Be Equal As Integers    ${statistics}[DROPS]    0
    MCAPI Status Should Be    ERR_PORT_INVALID    Create MCAPI Endpoint    65535
    Stop MCAPI
    MCAPI Status Should Be    ERR_NODE_NOTINIT    Create MCAPI Endpoint    20

Looking For The Peer
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${epoch} =    MCAPI Peer Should Be Up
    Crash Remote Processor
    MCAPI Peer Should Be Up    since=${epoch}
    Boot Firmware    rpmsg_echo.elf
    Start MCAPI
    MCAPI Peer Should Be Gone

Exchanging MCAPI Messages
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    MCAPI Status Should Be    ERR_ENDP_EXISTS    Create MCAPI Endpoint    20
    ${echo} =    Get MCAPI Endpoint    1
    Send MCAPI Message    ${mine}    ${echo}    hello
    Wait For MCAPI Message    ${mine}    hello
    Send MCAPI Message    ${mine}    ${echo}    hello    priority=1
    ${message} =    Wait For MCAPI Message    ${mine}    within=10ms
    Should Be Equal    ${message}    hello
    Should Be Equal As Integers    ${message.priority}    1

Asking How An MCAPI Call Has Ended
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${mine} =    MCAPI Status Should Be    SUCCESS    Create MCAPI Endpoint    20
    MCAPI Status Should Be    ERR_PRIORITY    Send MCAPI Message    ${mine}    ${mine}    hello    priority=2
    MCAPI Status Should Be    TIMEOUT    Wait For MCAPI Message    ${mine}    within=1ms

Making Any MCAPI Call
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    Call MCAPI    endpoint_set_attribute    ${mine}    MAX_PAYLOAD_SIZE    16
    ${request} =    Call MCAPI    msg_recv_i    ${mine}
    MCAPI Status Should Be    PENDING
    MCAPI Status Should Be    TIMEOUT    Call MCAPI    wait    ${request}    1000
    Call MCAPI    cancel    ${request}

Opening And Closing An MCAPI Channel
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${mine} =    Create MCAPI Endpoint    30
    ${echo} =    Get MCAPI Endpoint    2
    ${channel} =    Open MCAPI Channel    packet    ${mine}    ${echo}
    MCAPI Channel Should Be Connected    ${channel}
    Close MCAPI Channel    ${channel}
    MCAPI Status Should Be    ERR_CHAN_INVALID    Send MCAPI Packet    ${channel}    hello

Having An MCAPI Channel Connected
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${mine} =    Create MCAPI Endpoint    20
    ${out} =    Create MCAPI Endpoint    30
    ${in} =    Create MCAPI Endpoint    31
    ${firmware} =    Get MCAPI Endpoint    6
    Send MCAPI Message    ${mine}    ${firmware}    connect packet 31 30
    MCAPI Channel Should Be Connected    ${out}
    MCAPI Channel Should Be Connected    ${in}

Exchanging MCAPI Packets
    ${mine}    ${echo}    ${in} =    Open Way Back    packet    3    2
    ${out} =    Open MCAPI Channel    packet    ${mine}    ${echo}
    Send MCAPI Packet    ${out}    hello
    ${packet} =    Wait For MCAPI Packet    ${in}    hello    within=10ms
    Should Be Equal    ${packet}    hello
    Send MCAPI Packet    ${out}    hello
    ${packet} =    Wait For MCAPI Packet    ${in}    release=False
    Release MCAPI Packet    ${packet}
    MCAPI Status Should Be    ERR_BUF_INVALID    Release MCAPI Packet    ${packet}

Exchanging MCAPI Scalars
    ${mine}    ${echo}    ${in} =    Open Way Back    scalar    5    4
    ${out} =    Open MCAPI Channel    scalar    ${mine}    ${echo}
    Send MCAPI Scalar    ${out}    0xFF    width=8
    Wait For MCAPI Scalar    ${in}    0xFF    width=8

Opening A Channel Node
    Boot Firmware    mcapi_echo.elf
    Load Module    mcapi
    ${file} =    Open Channel Node    0    packet    rx=31    tx=30
    Connect Channel Node    ${file}    rx=2    tx=3
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello
    Enqueue Packet    ${file}    hello
    ${packet} =    Dequeue Packet    ${file}
    Should Be Equal    ${packet}    hello
    Release Packet    ${file}    ${packet}
    Run Keyword And Expect Error    *-22 (EINVAL).    Release Packet    ${file}    ${packet}
    Set Channel Node Attribute    ${file}    TIMEOUT    1000
    Run Keyword And Expect Error    *-110 (ETIMEDOUT).    Dequeue Packet    ${file}
    Shut Down Channel Node    ${file}    write
    Run Keyword And Expect Error    *-32 (EPIPE).    Write Device    ${file}    hello

Opening A Channel Node For Messages
    Boot Firmware    mcapi_echo.elf
    Load Module    mcapi
    ${file} =    Open Channel Node    0    message    rx=20
    Connect Channel Node    ${file}    rx=1
    Write Device    ${file}    hello
    ${statistics} =    Get Channel Node Statistics    ${file}
    Should Be Equal As Integers    ${statistics}[bytes_written]    5
    Device Should Give    ${file}    hello

Having A Channel Node Connected
    Boot Firmware    mcapi_echo.elf
    Load Module    mcapi
    ${firmware} =    Open Channel Node    1    message    rx=20
    Connect Channel Node    ${firmware}    rx=6
    ${file} =    Open Channel Node    0    packet    rx=31    tx=30
    Write Device    ${firmware}    connect packet 31 30
    Accept Channel Node    ${file}
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello

Connecting A Channel Node In The Background
    Boot Firmware    mcapi_echo.elf
    Load Module    mcapi
    ${file} =    Open Channel Node    0    packet    tx=30    nonblock=True
    Run Keyword And Expect Error    *-115 (EINPROGRESS).    Connect Channel Node    ${file}    rx=2
    Channel Node Should Be Connected    ${file}

Asking For An Attribute Of A Channel Node
    Boot Firmware    mcapi_echo.elf
    Load Module    mcapi
    ${file} =    Open Channel Node    0    packet    tx=30
    ${size} =    Get Channel Node Attribute    ${file}    MAX_PAYLOAD_SIZE    end=write
    Should Be Equal As Integers    ${size}    512


*** Keywords ***
Open Way Back
    [Documentation]    An endpoint of the test's, one of the firmware's, and the open channel from another.
    [Arguments]    ${kind}    ${from}    ${to}
    Boot Firmware    mcapi_echo.elf
    Start MCAPI
    ${there} =    Get MCAPI Endpoint    ${from}
    ${here} =    Create MCAPI Endpoint    31
    ${in} =    Open MCAPI Channel    ${kind}    ${there}    ${here}
    ${mine} =    Create MCAPI Endpoint    30
    ${echo} =    Get MCAPI Endpoint    ${to}
    RETURN    ${mine}    ${echo}    ${in}
