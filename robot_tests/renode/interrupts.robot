*** Settings ***
Documentation    The IPCC's interrupt lines in plain Renode: when they are high, and what the NVIC makes of them.
...
...              RX of a processor is high while a channel to it is occupied, TX while one from it is free; each if it
...              is enabled and the channel is not masked.

Resource         interrupts.resource

Suite Setup      Setup
Test Setup       Start Afresh

Test Tags        interrupts


*** Test Cases ***
Should Have All Lines Low After Reset
    High Lines Should Be
    Pending Should Be    0

Should Raise A Receive Line While A Channel Is Enabled, Unmasked And Occupied
    FOR    ${n}    IN RANGE    1    7
        Receive Line Should Follow    RX0    ${n}    receiver=1    sender=2
        Receive Line Should Follow    RX1    ${n}    receiver=2    sender=1
    END

Should Raise A Transmit Line While A Channel Is Enabled, Unmasked And Free
    [Documentation]    Level, not edge: Linux posts first and unmasks after, and must not miss an early acknowledge.
    FOR    ${n}    IN RANGE    1    7
        Transmit Line Should Follow    TX0    ${n}    sender=1    receiver=2
        Transmit Line Should Follow    TX1    ${n}    sender=2    receiver=1
    END

Should Hold A Line High Until Its Last Reason Has Gone
    Write Register    C2CR    0x00000001
    Write Register    C2MR    ${UNMASK_ALL}
    Write Register    C1SCR    ${SET_ALL}
    FOR    ${n}    IN    ${2}    ${6}    ${1}    ${4}    ${5}
        Write Register    C2SCR    ${{ 1 << $n - 1 }}
        High Lines Should Be    RX1
    END
    Write Register    C2SCR    0x00000004
    High Lines Should Be

Should Not Change A Flag By A Mask Or An Enable
    Write Register    C1SCR    0x00150000
    Write Register    C2SCR    0x002A0000
    FOR    ${p}    IN    1    2
        Write Register    C${p}CR    ${ENABLE_BOTH}
        Write Register    C${p}MR    ${UNMASK_ALL}
        Write Register    C${p}MR    ${MASK_ALL}
        Write Register    C${p}CR    0x00000000
    END
    Flags Should Be    0x15    0x2A

Should Lower All Lines On Reset
    FOR    ${p}    IN    1    2
        Write Register    C${p}CR    ${ENABLE_BOTH}
        Write Register    C${p}MR    ${UNMASK_ALL}
        Write Register    C${p}SCR    0x00150000
    END
    High Lines Should Be    RX0    TX0    RX1    TX1
    Execute Command    machine Reset
    High Lines Should Be
    Pending Should Be    0

Should Drive Interrupts 103 And 104 Of The NVIC
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C1SCR    0x00010000
    Pending Should Be    0
    Write Register    C2MR    0xFFFFFFFE
    Pending Should Be    ${RX1}
    Write Register    C2MR    0xFFFEFFFE
    Pending Should Be    ${{ $RX1 | $TX1 }}
    Write Register    C2SCR    0x00010001
    Pending Should Be    0

Should Not Drive The NVIC By The Lines Of Processor 1
    Write Register    C1CR    ${ENABLE_BOTH}
    Write Register    C1MR    ${UNMASK_ALL}
    Write Register    C2SCR    0x00010000
    High Lines Should Be    RX0    TX0
    Pending Should Be    0

Should Leave A Pulse Pending
    [Documentation]    The line is low again before anybody looks: a spurious interrupt, which is legal.
    Write Register    C2CR    0x00000001
    Write Register    C2MR    0xFFFFFFFE
    Write Register    C1SCR    0x00010000
    Write Register    C2SCR    0x00000001
    High Lines Should Be
    ${pending} =    Read Word    ${ISPR}
    Should Be Equal As Integers    ${pending}    ${RX1}

Should Interrupt Processor 2 While A Line Is High
    [Documentation]    Again and again: nothing but the end of its reason ends the interrupt.
    [Setup]    Start Access Image
    Processor 2 Should Take    103    times=0
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C2MR    0xFFFFFFEF
    Write Register    C1SCR    0x00100000
    Processor 2 Should Take    103    times=1
    Processor 2 Should Take    103    times=1
    Processor 2 Should Take    104    times=0
    Write Register    C2SCR    0x00000010
    Processor 2 Should Take    103    times=0

Should Interrupt Processor 2 While It May Send
    [Setup]    Start Access Image
    Write Register    C2CR    ${ENABLE_BOTH}
    Write Register    C2SCR    0x00100000
    Write Register    C2MR    0xFFEFFFFF
    Processor 2 Should Take    104    times=0
    Write Register    C1SCR    0x00000010
    Processor 2 Should Take    104    times=1
    Processor 2 Should Take    104    times=1
    Processor 2 Should Take    103    times=0
    Write Register    C2MR    ${MASK_ALL}
    Processor 2 Should Take    104    times=0
