*** Settings ***
Documentation    /dev/mcapiN: each MCAPI channel is one open file, for data and for control.
...
...              ``mcapi_echo`` answers messages at port 1, sends packets of port 2 back from port 3 and scalars of port
...              4 from port 5, and does what messages to port 6 say. Linux receives at ``rx`` and sends from ``tx``.

Resource         ipcclab.resource

Test Teardown    No Signal Should Be Lost

Test Tags        channel-nodes


*** Variables ***
${IMAGE}           mcapi_echo.elf
${BESIDE_RPMSG}    rpmsg_mcapi.elf
${NODE}            /dev/mcapi0
${TTY}             /dev/ttyRPMSG0

# Ports of the firmware.
${MESSAGES}        ${1}
${PACKETS_IN}      ${2}
${PACKETS_OUT}     ${3}
${SCALARS_IN}      ${4}
${SCALARS_OUT}     ${5}
${COMMANDS}        ${6}

${BUFFER}          ${512}
# What a pool of 24 buffers has for priority 1: 4 are kept for priority 0.
${FOR_CHANNELS}    ${20}


*** Test Cases ***
Should Have Nodes With The Module Only
    Boot Firmware    ${IMAGE}
    Linux Should Not Have    ${NODE}
    Load Module    mcapi
    FOR    ${number}    IN RANGE    8
        Linux Should Have    /dev/mcapi${number}
    END
    Linux Should Not Have    /dev/mcapi8
    Unload Module    mcapi
    Linux Should Not Have    ${NODE}

Should Answer Messages
    ${file} =    Open Messages
    FOR    ${text}    IN    first    second    third
        Write Device    ${file}    ${text}
        Device Should Give    ${file}    ${text}
    END

Should Send Packets Back Through The Same File
    ${file} =    Open Packets
    FOR    ${text}    IN    first    second    ${{"x" * 512}}
        Write Device    ${file}    ${text}
    END
    FOR    ${text}    IN    first    second    ${{"x" * 512}}
        Device Should Give    ${file}    ${text}
    END

Should Carry Scalars Of All Widths
    [Template]    Scalar Of A Width Should Come Back
    8    0x00    0x7F    0x80    0xFF
    16    0x0000    0x7FFF    0x8000    0xFFFF
    32    0x00000000    0x7FFFFFFF    0x80000000    0xFFFFFFFF
    64    0x0000000000000000    0x7FFFFFFFFFFFFFFF    0x8000000000000000    0xFFFFFFFFFFFFFFFF

Should Be Connected By The Firmware
    Boot With Nodes
    ${asks} =    Open Channel Node    0    message    rx=20
    Connect Channel Node    ${asks}    rx=${COMMANDS}
    ${file} =    Open Channel Node    1    packet    rx=31    tx=30
    Write Device    ${asks}    connect packet 31 30
    Accept Channel Node    ${file}
    Device Should Give    ${asks}    SUCCESS
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello

Should Tell What Would Not Block
    ${file} =    Open Packets
    Device Events Should Be    ${file}    POLLOUT
    Write Device    ${file}    hello
    Device Events Should Be    ${file}    POLLIN    POLLOUT
    Read Device    ${file}
    Device Events Should Be    ${file}    POLLOUT

Should Connect In The Background If Nothing Is To Wait
    Boot With Nodes
    ${file} =    Open Channel Node    0    packet    rx=31    tx=30    nonblock=True
    Run Keyword And Expect Error    *-115 (EINPROGRESS).
    ...    Connect Channel Node    ${file}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    Channel Node Should Be Connected    ${file}
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello

Should Leave A Packet In The Pool Until It Is Released
    ${file} =    Open Packets
    Write Device    ${file}    first
    Write Device    ${file}    second
    ${first} =    Dequeue Packet    ${file}
    ${second} =    Dequeue Packet    ${file}
    Should Be Equal    ${first}    first
    Should Be Equal    ${second}    second
    Release Packet    ${file}    ${second}
    Release Packet    ${file}    ${first}
    Run Keyword And Expect Error    *-22 (EINVAL).    Release Packet    ${file}    ${second}

Should Send What Was Written Into The Pool
    ${file} =    Open Packets
    Enqueue Packet    ${file}    hello
    Device Should Give    ${file}    hello

Should Hold Writers Back Until The Firmware Takes What Is There
    [Documentation]    Without a way back the firmware leaves packets where they are.
    Boot With Nodes
    ${out} =    Open Channel Node    0    packet    tx=30    nonblock=True
    Run Keyword And Expect Error    *-115 (EINPROGRESS).    Connect Channel Node    ${out}    rx=${PACKETS_IN}
    Channel Node Should Be Connected    ${out}
    FOR    ${number}    IN RANGE    ${FOR_CHANNELS}
        Device Events Should Be    ${out}    POLLOUT
        Write Device    ${out}    packet ${number}
    END
    Run Keyword And Expect Error    *-11 (EAGAIN).    Write Device    ${out}    too much
    Device Events Should Be    ${out}
    ${in} =    Open Channel Node    1    packet    rx=31
    Connect Channel Node    ${in}    tx=${PACKETS_OUT}
    FOR    ${number}    IN RANGE    ${FOR_CHANNELS}
        Device Should Give    ${in}    packet ${number}
    END
    Device Events Should Be    ${out}    POLLOUT
    Write Device    ${out}    last
    Device Should Give    ${in}    last

Should Close One Direction Alone
    ${file} =    Open Packets
    Write Device    ${file}    last
    Shut Down Channel Node    ${file}    write
    Run Keyword And Expect Error    *-32 (EPIPE).    Write Device    ${file}    too late
    Device Should Give    ${file}    last
    Device Events Should Be    ${file}

Should Be Free For The Next User After A Close
    ${file} =    Open Packets
    Close Device    ${file}
    Run For    5ms
    ${again} =    Open Channel Node    0    packet    rx=31    tx=30
    Connect Channel Node    ${again}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    Write Device    ${again}    hello
    Device Should Give    ${again}    hello

Should Serve Again After The Module Was Loaded Anew
    ${file} =    Open Packets
    Close Device    ${file}
    Unload Module    mcapi
    Firmware Should Log    mcapi: gone
    Load Module    mcapi
    Firmware Should Log    mcapi: up, epoch 2 of Linux
    ${again} =    Open Channel Node    0    packet    rx=31    tx=30
    Connect Channel Node    ${again}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    Write Device    ${again}    hello
    Device Should Give    ${again}    hello

Should Wait No Longer Than Its Attribute Says
    ${file} =    Open Packets
    Set Channel Node Attribute    ${file}    TIMEOUT    2000
    ${before} =    Get Virtual Time
    Run Keyword And Expect Error    *-110 (ETIMEDOUT).    Dequeue Packet    ${file}
    ${after} =    Get Virtual Time
    Should Be Equal As Integers    ${after - ${before}}    2000000

Should Count What Has Moved
    ${file} =    Open Packets
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello
    ${statistics} =    Get Channel Node Statistics    ${file}
    FOR    ${name}    ${value}    IN    written    1    bytes_written    5    read    1    bytes_read    5
        Should Be Equal As Integers    ${statistics}[${name}]    ${value}
    END

Should Serve Several Files At A Time
    ${file} =    Open Packets
    ${letters} =    Open Channel Node    1    message    rx=20
    Connect Channel Node    ${letters}    rx=${MESSAGES}
    Write Device    ${file}    packet
    Write Device    ${letters}    message
    Device Should Give    ${letters}    message
    Device Should Give    ${file}    packet

Should Run Beside RPMsg
    ${file} =    Open Messages    ${BESIDE_RPMSG}
    Linux Should Have    ${TTY}
    ${tty} =    Open Device    ${TTY}
    FOR    ${number}    IN RANGE    20
        Write Device    ${file}    mcapi ${number}
        Write Device    ${tty}    rpmsg ${number}
        Device Should Give    ${tty}    rpmsg ${number}
        Device Should Give    ${file}    mcapi ${number}
    END

Should Say That The Firmware Has Restarted
    ${file} =    Open Packets
    Crash Remote Processor    watchdog
    Device Events Should Be    ${file}    POLLERR    POLLHUP
    Run Keyword And Expect Error    *-104 (ECONNRESET).    Read Device    ${file}
    Run Keyword And Expect Error    *-32 (EPIPE).    Write Device    ${file}    hello
    Close Device    ${file}
    ${again} =    Open Channel Node    0    packet    rx=31    tx=30
    Connect Channel Node    ${again}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    Write Device    ${again}    hello
    Device Should Give    ${again}    hello

Should Refuse To Be Opened Twice
    Boot With Nodes
    ${file} =    Open Channel Node    0    packet    tx=30
    Run Keyword And Expect Error    *opening ${NODE}: -16 (EBUSY).    Open Channel Node    0    packet    tx=40
    Run Keyword And Expect Error    *-98 (EADDRINUSE).    Open Channel Node    1    packet    tx=30
    Close Device    ${file}
    Open Channel Node    0    packet    tx=30

Should Refuse What No Channel Is
    Boot With Nodes
    Run Keyword And Expect Error    *-22 (EINVAL).    Open Channel Node    0    packet
    Run Keyword And Expect Error    *a scalar has 8, 16, 32 or 64 bits, not 24.
    ...    Open Channel Node    0    scalar    tx=30    width=24
    Run Keyword And Expect Error    *-22 (EINVAL).    Open Channel Node    0    packet    tx=65536
    Run Keyword And Expect Error    *-2 (ENOENT)*    Open Channel Node    8    packet    tx=30

Should Refuse Data Before It Is Connected
    Boot With Nodes
    ${file} =    Open Channel Node    0    packet    rx=31    tx=30
    Run Keyword And Expect Error    *-107 (ENOTCONN).    Write Device    ${file}    hello
    Run Keyword And Expect Error    *-107 (ENOTCONN).    Dequeue Packet    ${file}
    Run Keyword And Expect Error    *-107 (ENOTCONN).    Shut Down Channel Node    ${file}    both

Should Refuse To Connect Twice
    ${file} =    Open Packets
    Run Keyword And Expect Error    *-106 (EISCONN).
    ...    Connect Channel Node    ${file}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    ${other} =    Open Channel Node    1    packet    tx=40
    Run Keyword And Expect Error    *-111 (ECONNREFUSED).    Connect Channel Node    ${other}    rx=${PACKETS_IN}

Should Refuse To Connect Ends That Do Not Fit
    Boot With Nodes
    ${file} =    Open Channel Node    0    packet    tx=30
    Set Channel Node Attribute    ${file}    MAX_PAYLOAD_SIZE    16    end=write
    Run Keyword And Expect Error    *-91 (EPROTOTYPE).    Connect Channel Node    ${file}    rx=${PACKETS_IN}
    ${scalars} =    Open Channel Node    1    scalar    tx=40
    Run Keyword And Expect Error    *-91 (EPROTOTYPE).    Connect Channel Node    ${scalars}    rx=${PACKETS_IN}

Should Refuse More Than A Buffer
    ${file} =    Open Packets
    ${long} =    Evaluate    "x" * (${BUFFER} + 1)
    Run Keyword And Expect Error    *-90 (EMSGSIZE).    Write Device    ${file}    ${long}
    Run Keyword And Expect Error    *513 bytes do not fit a buffer of 512.    Enqueue Packet    ${file}    ${long}
    Write Device    ${file}    hello
    Device Should Give    ${file}    hello

Should Refuse What A Channel Does Not Do
    ${file} =    Open Messages
    Run Keyword And Expect Error    *-95 (EOPNOTSUPP).    Dequeue Packet    ${file}
    Run Keyword And Expect Error    *-1 (EPERM).    Set Channel Node Attribute    ${file}    STATUS    0
    Run Keyword And Expect Error    *-22 (EINVAL).    Set Channel Node Attribute    ${file}    PRIORITY    2
    Run Keyword And Expect Error    *Did you mean `TIMEOUT`?    Get Channel Node Attribute    ${file}    TIMEOUTS

Should Refuse To Read What Has Not Come If Nothing Is To Wait
    Boot With Nodes
    ${file} =    Open Channel Node    0    message    rx=20    nonblock=True
    Run Keyword And Expect Error    *-115 (EINPROGRESS).    Connect Channel Node    ${file}    rx=${MESSAGES}
    Channel Node Should Be Connected    ${file}
    Run Keyword And Expect Error    *-11 (EAGAIN).    Read Device    ${file}

Should Not Share The Channels Of The IPCC
    Boot With Nodes
    Run Keyword And Expect Error    *-16 (EBUSY).    Start MCAPI
    Run Keyword And Expect Error    *-16 (EBUSY).    Request Mailbox Channel    5
    Unload Module    mcapi
    Request Mailbox Channel    6
    Load Module    mcapi
    Linux Should Not Have    ${NODE}
    Kernel Log Should Contain    mcapi: failed to request CH6: -16

Should Not Be Unloaded While A Node Is Open
    ${file} =    Open Messages
    Run Keyword And Expect Error    *-11 (EAGAIN).    Unload Module    mcapi
    Close Device    ${file}
    Unload Module    mcapi


*** Keywords ***
Boot With Nodes
    [Documentation]    Boots firmware, and loads the driver.
    [Arguments]    ${image}=${IMAGE}
    Boot Firmware    ${image}
    Load Module    mcapi

Open Messages
    [Documentation]    An open node that is connected with the firmware's port for messages.
    [Arguments]    ${image}=${IMAGE}
    Boot With Nodes    ${image}
    ${file} =    Open Channel Node    0    message    rx=20
    Connect Channel Node    ${file}    rx=${MESSAGES}
    RETURN    ${file}

Open Packets
    [Documentation]    An open node with a packet channel each way.
    Boot With Nodes
    ${file} =    Open Channel Node    0    packet    rx=31    tx=30
    Connect Channel Node    ${file}    rx=${PACKETS_IN}    tx=${PACKETS_OUT}
    RETURN    ${file}

Scalar Of A Width Should Come Back
    [Documentation]    Writes values of one width, the lowest byte first, and reads them.
    [Arguments]    ${width}    @{values}
    Boot With Nodes
    ${file} =    Open Channel Node    0    scalar    rx=31    tx=30    width=${width}
    Connect Channel Node    ${file}    rx=${SCALARS_IN}    tx=${SCALARS_OUT}
    FOR    ${value}    IN    @{values}
        ${bytes} =    Evaluate    int($value, 0).to_bytes(int($width) // 8, "little")
        Write Device    ${file}    ${bytes}
        Device Should Give    ${file}    ${bytes}
    END
