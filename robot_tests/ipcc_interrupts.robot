*** Settings ***
Documentation    The IPCC's interrupt lines: when they are high, when they move, in which order, and when they do not.
...
...              RX of a processor is high while a channel to it is occupied, TX while one from it is free; each if it
...              is enabled and the channel is not masked. With ENGINE:embedded or ENGINE:renode a line to
...              processor 2 is high only if an emulated Cortex-M4 takes the interrupt.

Resource         ipcc_interrupts.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        interrupts


*** Variables ***
# A variant with one line for each processor, in an order of their own, and a wake-up event.
${TWO_LINES}    SEPARATOR=
...             lines=(Line("P2", "", ("RX1", "TX1")), Line("P1", "", ("RX0", "TX0"))),
...             events=(("WAKE", "P1"),)


*** Test Cases ***
Should Have All Lines Low After Reset
    All Interrupt Lines Should Be Low
    FOR    ${line}    IN    RX0    TX0    RX1    TX1    EXTI61    EXTI62
        Interrupt Line Should Be Low    ${line}
    END

Should Not Have Lines That Do Not Exist
    [Template]    Should Be Refused
    the IPCC has no line `RX2`. Did you mean `RX1`?    Interrupt Line Should Be Low    RX2
    the IPCC has no line `EXTI63`. Did you mean `EXTI62`?    Interrupt Line Should Be Low    EXTI63
    the IPCC has no line `RX0S`.    Interrupt Line Should Be Low    RX0S

Should Raise A Receive Line While A Channel Is Enabled, Unmasked And Occupied
    [Template]    Receive Line Should Follow
    FOR    ${n}    IN    @{CHANNELS}
        RX0    ${n}    receiver=${1}    sender=${2}    flag=C2TOC1SR.CH${n}F
        RX1    ${n}    receiver=${2}    sender=${1}    flag=C1TOC2SR.CH${n}F
    END

Should Raise A Transmit Line While A Channel Is Enabled, Unmasked And Free
    [Documentation]    Level, not edge: Linux posts first and unmasks after, and must not miss an early acknowledge.
    [Template]    Transmit Line Should Follow
    FOR    ${n}    IN    @{CHANNELS}
        TX0    ${n}    sender=${1}    receiver=${2}    flag=C1TOC2SR.CH${n}F
        TX1    ${n}    sender=${2}    receiver=${1}    flag=C2TOC1SR.CH${n}F
    END

Should Enable Each Line By Its Own Bit Only
    [Documentation]    With reasons for all four lines to be high.
    Give Every Line A Reason
    FOR    ${register}    ${bit}    ${line}    IN
    ...    C1CR    0x00000001    RX0    C1CR    0x00010000    TX0
    ...    C2CR    0x00000001    RX1    C2CR    0x00010000    TX1
        Write Register    ${register}    ${bit}
        Access Should Have Caused    ${line} high
        High Lines Should Be    ${line}
        Write Register    ${register}    0x00000000
        Access Should Have Caused    ${line} low
        All Interrupt Lines Should Be Low
    END

Should Not Raise A Line That Alone Is Disabled
    Give Every Line A Reason
    FOR    ${one}    ${two}    ${high}    IN
    ...    0x00010000    0x00010001    ${{ ["TX0", "RX1", "TX1"] }}
    ...    0x00000001    0x00010001    ${{ ["RX0", "RX1", "TX1"] }}
    ...    0x00010001    0x00010000    ${{ ["RX0", "TX0", "TX1"] }}
    ...    0x00010001    0x00000001    ${{ ["RX0", "TX0", "RX1"] }}
        Write Register    C1CR    ${one}
        Write Register    C2CR    ${two}
        High Lines Should Be    @{high}
    END

Should Not Be Enabled By Any Other Bit
    Give Every Line A Reason
    FOR    ${register}    IN    C1CR    C2CR
        Write Register    ${register}    0xFFFEFFFE
        Nothing Should Have Happened
    END
    All Interrupt Lines Should Be Low

Should Open Each Line By The Mask Bits Of Its Channels
    [Documentation]    All channels occupied: only CHnOM of a receiver opens a line. All free: only CHnFM of a sender.
    [Template]    Mask Bit Should Open
    FOR    ${n}    IN    @{CHANNELS}
        ${SET_ALL}    C1MR    ${n - 1}    RX0
        ${SET_ALL}    C2MR    ${n - 1}    RX1
        ${SET_ALL}    C1MR    ${n + 15}
        ${SET_ALL}    C2MR    ${n + 15}
        ${0}    C1MR    ${n - 1}
        ${0}    C2MR    ${n - 1}
        ${0}    C1MR    ${n + 15}    TX0
        ${0}    C2MR    ${n + 15}    TX1
    END

Should Not Be Opened By Reserved Mask Bits
    Enable Everything
    FOR    ${flags}    IN    ${0}    ${SET_ALL}
        Write Register    C1SCR    ${flags}
        Write Register    C2SCR    ${flags}
        FOR    ${register}    IN    C1MR    C2MR
            Write Register    ${register}    0x003F003F
            Nothing Should Have Happened
        END
        All Interrupt Lines Should Be Low
    END

Should Not Raise A Receive Line For A Channel That Is Masked
    [Documentation]    All other channels are occupied, but masked; the one that is not masked is free.
    Enable Everything
    FOR    ${n}    IN    @{CHANNELS}
        FOR    ${line}    ${mask}    ${set}    ${flag}    IN
        ...    RX0    C1MR    C2SCR    C2TOC1SR    RX1    C2MR    C1SCR    C1TOC2SR
            Write Register    ${mask}    ${{ 0xFFFFFFFF ^ 1 << $n - 1 }}
            Write Register    ${set}    ${{ 0x003F0000 ^ 1 << $n + 15 }}
            All Interrupt Lines Should Be Low
            Write Register    ${set}    ${{ 1 << $n + 15 }}
            Access Should Have Caused    ${flag}.CH${n}F occupied    ${line} high
            Reset Device
            Enable Everything
        END
    END

Should Not Raise A Transmit Line For A Channel That Is Masked
    [Documentation]    All other channels are free, but masked; the one that is not masked is occupied.
    Enable Everything
    FOR    ${n}    IN    @{CHANNELS}
        FOR    ${line}    ${mask}    ${set}    ${clear}    ${flag}    IN
        ...    TX0    C1MR    C1SCR    C2SCR    C1TOC2SR    TX1    C2MR    C2SCR    C1SCR    C2TOC1SR
            Write Register    ${set}    ${{ 1 << $n + 15 }}
            Write Register    ${mask}    ${{ 0xFFFFFFFF ^ 1 << $n + 15 }}
            All Interrupt Lines Should Be Low
            Write Register    ${clear}    ${{ 1 << $n - 1 }}
            Access Should Have Caused    ${flag}.CH${n}F free    ${line} high
            Reset Device
            Enable Everything
        END
    END

Should Not Raise A Transmit Line While All Channels Are Occupied
    [Documentation]    Channels that are not there are not free either.
    Occupy All Channels
    Enable Everything
    Write Register    C1MR    ${UNMASK_ALL}
    Access Should Have Caused    RX0 high
    Write Register    C2MR    ${UNMASK_ALL}
    Access Should Have Caused    RX1 high
    High Lines Should Be    RX0    RX1

Should Not Raise A Receive Line While All Channels Are Free
    Enable Everything
    Write Register    C1MR    ${UNMASK_ALL}
    Access Should Have Caused    TX0 high
    Write Register    C2MR    ${UNMASK_ALL}
    Access Should Have Caused    TX1 high
    High Lines Should Be    TX0    TX1

Should Not Interrupt The Sender By Its Own Signal
    Enable Interrupt    rx    cpu=${CORTEX_A7}
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    1    cpu=${CORTEX_M4}
    Signal Channel    1    cpu=${CORTEX_M4}
    Access Should Have Caused    C2TOC1SR.CH1F occupied
    All Interrupt Lines Should Be Low

Should Not Change A Flag By A Mask Or An Enable
    Write Register    C1SCR    0x00150000
    Write Register    C2SCR    0x002A0000
    FOR    ${register}    ${value}    IN
    ...    C1CR    0x00010001    C2CR    0x00010001    C1MR    0x0    C2MR    0x0
    ...    C1CR    0x0    C2CR    0x0    C1MR    0xFFFFFFFF    C2MR    0xFFFFFFFF
        Write Register    ${register}    ${value}
        Get Register    C1TOC2SR    ==    0x15
        Get Register    C2TOC1SR    ==    0x2A
    END
    All Interrupt Lines Should Be Low

Should Show The Flags Before Masking
    Write Register    C1SCR    ${SET_ALL}
    Get Register    C1MR    ==    ${MASK_ALL}
    Get Register    C1TOC2SR    ==    0x3F

Should Hold A Line High Until The Last Reason Has Gone
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Write Register    C2MR    0xFFFFFFDE    cpu=${CORTEX_M4}
    Signal Channel    1    cpu=${CORTEX_A7}
    Access Should Have Caused    C1TOC2SR.CH1F occupied    RX1 high
    Signal Channel    6    cpu=${CORTEX_A7}
    Access Should Have Caused    C1TOC2SR.CH6F occupied
    Acknowledge Channel    1    cpu=${CORTEX_M4}
    Access Should Have Caused    C1TOC2SR.CH1F free
    Interrupt Line Should Be High    RX1
    Acknowledge Channel    6    cpu=${CORTEX_M4}
    Access Should Have Caused    C1TOC2SR.CH6F free    RX1 low

Should Hold A Transmit Line High Until The Last Channel Is Occupied
    Enable Interrupt    tx    cpu=${CORTEX_A7}
    Write Register    C1MR    0xFFDEFFFF
    Access Should Have Caused    TX0 high
    Signal Channel    1    cpu=${CORTEX_A7}
    Access Should Have Caused    C1TOC2SR.CH1F occupied
    Interrupt Line Should Be High    TX0
    Signal Channel    6    cpu=${CORTEX_A7}
    Access Should Have Caused    C1TOC2SR.CH6F occupied    TX0 low

Should Raise Each Line For Any Set Of Channels
    [Documentation]    First all channels are free, then all are occupied.
    Enable Everything
    Any Set Of Channels Should Raise    TX0    C1MR    16
    Any Set Of Channels Should Raise    TX1    C2MR    16
    Occupy All Channels
    Any Set Of Channels Should Raise    RX0    C1MR    0
    Any Set Of Channels Should Raise    RX1    C2MR    0

Should Not Report A Line That Stays
    [Documentation]    The same once more changes nothing.
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Unmask Interrupt    rx    3    cpu=${CORTEX_M4}
    Signal Channel    3    cpu=${CORTEX_A7}
    Enable Interrupt    rx    cpu=${CORTEX_M4}
    Nothing Should Have Happened
    Unmask Interrupt    rx    3    cpu=${CORTEX_M4}
    Nothing Should Have Happened
    Signal Channel    3    cpu=${CORTEX_A7}
    Nothing Should Have Happened
    High Lines Should Be    RX1

Should Report Flags First And Lines In Their Order
    [Documentation]    One write that sets and clears moves all four lines: RX0, TX0, RX1, TX1.
    Enable Everything
    Write Register    C1MR    0xFFFDFFFE
    Write Register    C2MR    0xFFFEFFFD
    Signal Channel    1    cpu=${CORTEX_M4}
    High Lines Should Be    RX0    TX0
    Write Register    C1SCR    0x00020001
    Access Should Have Caused
    ...    C1TOC2SR.CH2F occupied    C2TOC1SR.CH1F free    RX0 low    TX0 low    RX1 high    TX1 high
    Write Register    C2SCR    0x00010002    cpu=${CORTEX_M4}
    Access Should Have Caused
    ...    C1TOC2SR.CH2F free    C2TOC1SR.CH1F occupied    RX0 high    TX0 high    RX1 low    TX1 low

Should Report Both Lines Of A Processor In Their Order
    Give Every Line A Reason
    FOR    ${register}    ${rx}    ${tx}    IN    C1CR    RX0    TX0    C2CR    RX1    TX1
        Write Register    ${register}    ${ENABLE_BOTH}
        Access Should Have Caused    ${rx} high    ${tx} high
    END
    FOR    ${register}    ${rx}    ${tx}    IN    C1MR    RX0    TX0    C2MR    RX1    TX1
        Write Register    ${register}    ${MASK_ALL}
        Access Should Have Caused    ${rx} low    ${tx} low
    END

Should Not Move A Line By An Access That Is Ignored
    Enable Everything
    Write Register    C1MR    ${UNMASK_ALL}
    Write At Offset    0x008    0xFFFF    width=2
    Access Should Have Been Ignored    2-byte write to C1SCR
    Write At Offset    0x00A    0xFFFF    width=2
    Access Should Have Been Ignored    2-byte write to C1SCR
    Write At Offset    0x004    0xFF    width=1
    Access Should Have Been Ignored    1-byte write to C1MR
    Write Register    C1TOC2SR    ${EVERY_BIT}
    Access Should Have Been Ignored    write to read-only C1TOC2SR
    High Lines Should Be    TX0

Should Not Move A Line By Reading
    Give Every Line A Reason
    Enable Everything
    FOR    ${register}    IN    C1CR    C1MR    C1SCR    C1TOC2SR    C2CR    C2MR    C2SCR    C2TOC1SR
        Read Register    ${register}    cpu=${CORTEX_M4}
        Nothing Should Have Happened
    END
    High Lines Should Be    RX0    TX0    RX1    TX1

Should Wake Up By Receive Lines Only
    [Documentation]    Event 61 of the EXTI is RX0, 62 is RX1; the transmit lines wake nobody.
    Enable Everything
    Write Register    C1MR    ${UNMASK_ALL}
    Write Register    C2MR    ${UNMASK_ALL}
    High Lines Should Be    TX0    TX1
    Interrupt Line Should Be Low    EXTI61
    Interrupt Line Should Be Low    EXTI62
    Signal Channel    2    cpu=${CORTEX_M4}
    Interrupt Line Should Be High    EXTI61
    Interrupt Line Should Be Low    EXTI62
    Signal Channel    5    cpu=${CORTEX_A7}
    Interrupt Line Should Be High    EXTI62
    Acknowledge Channel    2    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    EXTI61
    Interrupt Line Should Be High    EXTI62

Should Not Wake Up By A Masked Channel
    Signal Channel    2    cpu=${CORTEX_M4}
    Interrupt Line Should Be Low    EXTI61
    Enable Interrupt    rx    cpu=${CORTEX_A7}
    Interrupt Line Should Be Low    EXTI61

Should Lower All Lines On Reset, In Their Order
    Give Every Line A Reason
    Enable Everything
    High Lines Should Be    RX0    TX0    RX1    TX1
    Reset Device
    Access Should Have Caused
    ...    C1TOC2SR.CH1F free    C1TOC2SR.CH3F free    C1TOC2SR.CH5F free
    ...    C2TOC1SR.CH2F free    C2TOC1SR.CH4F free    C2TOC1SR.CH6F free
    ...    RX0 low    TX0 low    RX1 low    TX1 low
    All Interrupt Lines Should Be Low

Should Not Raise A Transmit Line On Reset
    [Documentation]    All channels become free, but nothing is enabled any more.
    Occupy All Channels
    Enable Everything
    Write Register    C1MR    ${UNMASK_ALL}
    Write Register    C2MR    ${UNMASK_ALL}
    Reset Device
    All Interrupt Lines Should Be Low
    Enable Everything
    Nothing Should Have Happened
    All Interrupt Lines Should Be Low

Should Raise Lines In Their Order When A State Is Restored
    Give Every Line A Reason
    Enable Everything
    ${busy} =    Save State
    Reset Device
    ${quiet} =    Save State
    Restore State    ${busy}
    Access Should Have Caused    RX0 high    TX0 high    RX1 high    TX1 high
    High Lines Should Be    RX0    TX0    RX1    TX1
    Restore State    ${busy}
    Access Should Have Caused
    Restore State    ${quiet}
    Access Should Have Caused    RX0 low    TX0 low    RX1 low    TX1 low

Should Not Move A Line When A State Is Refused
    Give Every Line A Reason
    ${state} =    Save State
    Should Be Refused    IPCC.C2CR cannot hold 3.    Restore State    ${{ {**$state, "C1CR": 0x10001, "C2CR": 3} }}
    Access Should Have Caused
    All Interrupt Lines Should Be Low

Should Keep Its Lines Without A Clock
    Give Every Line A Reason
    Enable Everything
    Stop Clock
    Access Should Have Caused
    Write Register    C1CR    0x00000000
    Access Should Have Been Ignored    write to C1CR with the clock off
    Write Register    C1SCR    ${SET_AND_CLEAR_ALL}
    Access Should Have Been Ignored    write to C1SCR with the clock off
    High Lines Should Be    RX0    TX0    RX1    TX1
    Start Clock
    Access Should Have Caused

Should Lower Its Lines In Reset
    Give Every Line A Reason
    Enable Everything
    Hold In Reset
    All Interrupt Lines Should Be Low
    Write Register    C1CR    ${ENABLE_BOTH}
    Access Should Have Been Ignored    write to C1CR in reset
    Release From Reset
    Access Should Have Caused
    Get Register    C1CR    ==    0x0

Should Tell Only What Changes While Somebody Listens
    Needs A Bare Device    a board listens always
    Stop Listening
    Give Every Line A Reason
    Enable Everything
    Listen Again
    Access Should Have Caused
    Write Register    C2SCR    0x00000010
    Access Should Have Caused    C1TOC2SR.CH5F free
    Write Register    C2CR    0x00010000
    Access Should Have Caused    RX1 low
    Stop Listening
    Write Register    C1CR    0x00000001
    Listen Again
    Write Register    C1CR    ${ENABLE_BOTH}
    Access Should Have Caused    TX0 high
    High Lines Should Be    RX0    TX0    TX1

Should Let A Processor Answer Inside The Interrupt
    [Documentation]    The answer is complete before the write that has caused it goes on. Each edge is told once.
    Needs A Bare Device    an emulated core cannot act while it is in an access
    Enable Everything
    Write Register    C1MR    0xFFFEFFFF
    Write Register    C2MR    0xFFFFFFFE
    When Line Rises    RX1    Acknowledge Channel    1    cpu=2
    Forget Earlier Accesses
    Signal Channel    1    cpu=${CORTEX_A7}
    Events Should Be
    ...    W C1SCR    C1TOC2SR.CH1F occupied    TX0 low    RX1 high
    ...    W C2SCR    C1TOC2SR.CH1F free    TX0 high    RX1 low

Should Not Tell An Edge That An Answer Has Prevented
    [Documentation]    TX1 would go low after RX0 has gone high; but then the channel is free again.
    Needs A Bare Device    an emulated core cannot act while it is in an access
    Enable Everything
    Write Register    C1MR    0xFFFFFFFE
    Write Register    C2MR    0xFFFEFFFF
    When Line Rises    RX0    Acknowledge Channel    1    cpu=1
    Forget Earlier Accesses
    Signal Channel    1    cpu=${CORTEX_M4}
    Events Should Be
    ...    W C2SCR    C2TOC1SR.CH1F occupied    RX0 high    W C1SCR    C2TOC1SR.CH1F free    RX0 low
    High Lines Should Be    TX1

Should Tell The Other Lines After A Look Inside The Interrupt
    Needs A Bare Device    an emulated core cannot act while it is in an access
    Enable Everything
    Write Register    C1MR    0xFFFFFFFE
    Write Register    C2MR    0xFFFEFFFF
    When Line Rises    RX0    Read Register    C2TOC1SR
    Forget Earlier Accesses
    Signal Channel    1    cpu=${CORTEX_M4}
    Events Should Be    W C2SCR    C2TOC1SR.CH1F occupied    RX0 high    R C2TOC1SR    TX1 low

Should Show Every Line As It Is Inside The Interrupt
    [Documentation]    One write raises both lines: who hears of the first sees the second.
    Needs A Bare Device    an emulated core cannot act while it is in an access
    Give Every Line A Reason
    When Line Rises    RX0    High Lines Should Be    RX0    TX0
    Write Register    C1CR    ${ENABLE_BOTH}
    Access Should Have Caused    RX0 high    TX0 high

Should Complete Exchanges At Any Speeds
    [Documentation]    The sender occupies, then unmasks. If TX were an edge, a fast receiver would have freed the
    ...    channel before that, and both would wait for ever.
    [Setup]    Needs A Bare Device    the speed of an emulated core is fixed
    [Template]    Exchange Should Complete
    rounds=1000    speeds=1:1
    rounds=1000    speeds=1:100
    rounds=1000    speeds=100:1
    rounds=50    speeds=3:7    channel=6

Should Have The Same Lines In A STM32WB55 And WB15, But No Wake-Up Events
    FOR    ${variant}    IN    STM32WB55    STM32WB15
        Use Variant    ${variant}
        Receive Line Should Follow    RX0    ${6}    receiver=${1}    sender=${2}    flag=C2TOC1SR.CH6F
        Receive Line Should Follow    RX1    ${1}    receiver=${2}    sender=${1}    flag=C1TOC2SR.CH1F
        Transmit Line Should Follow    TX0    ${1}    sender=${1}    receiver=${2}    flag=C1TOC2SR.CH1F
        Transmit Line Should Follow    TX1    ${6}    sender=${2}    receiver=${1}    flag=C2TOC1SR.CH6F
        Should Be Refused    the IPCC has no line `EXTI61`.    Interrupt Line Should Be Low    EXTI61
    END

Should Combine The Lines To Processor 2 In A STM32WL5x
    [Documentation]    Its Cortex-M0+ has one interrupt for both: RXTX1.
    Use Variant    STM32WL5x
    FOR    ${n}    IN    @{CHANNELS}
        Receive Line Should Follow    RX0    ${n}    receiver=${1}    sender=${2}    flag=C2TOC1SR.CH${n}F
        Transmit Line Should Follow    TX0    ${n}    sender=${1}    receiver=${2}    flag=C1TOC2SR.CH${n}F
        Receive Line Should Follow    RXTX1    ${n}    receiver=${2}    sender=${1}    flag=C1TOC2SR.CH${n}F
        Transmit Line Should Follow    RXTX1    ${n}    sender=${2}    receiver=${1}    flag=C2TOC1SR.CH${n}F
    END

Should Hold A Combined Line High For Either Reason
    Use Variant    STM32WL5x
    Give Every Line A Reason
    Write Register    C2CR    0x00000001
    Access Should Have Caused    RXTX1 high
    Write Register    C2CR    0x00010000
    Nothing Should Have Happened
    Write Register    C2SCR    0x003F0000
    Access Should Have Caused
    ...    C2TOC1SR.CH1F occupied    C2TOC1SR.CH3F occupied    C2TOC1SR.CH5F occupied    RXTX1 low
    High Lines Should Be
    Write Register    C2CR    ${ENABLE_BOTH}
    Access Should Have Caused    RXTX1 high

Should Not Have The Two Single Lines In A STM32WL5x
    Use Variant    STM32WL5x
    Should Be Refused    the IPCC has no line `RX1`. Did you mean `RXTX1`?    Interrupt Line Should Be Low    RX1
    Should Be Refused    the IPCC has no line `TX1`. Did you mean `RXTX1`?    Interrupt Line Should Be Low    TX1
    Should Be Refused    the IPCC has no line `EXTI61`.    Interrupt Line Should Be Low    EXTI61

Should Report Lines Of A STM32WL5x In Their Order
    Use Variant    STM32WL5x
    Give Every Line A Reason
    Enable Everything
    Reset Device
    Access Should Have Caused
    ...    C1TOC2SR.CH1F free    C1TOC2SR.CH3F free    C1TOC2SR.CH5F free
    ...    C2TOC1SR.CH2F free    C2TOC1SR.CH4F free    C2TOC1SR.CH6F free
    ...    RX0 low    TX0 low    RXTX1 low

Should Have Four Plain Lines For Sixteen Channels In A STM32MP25
    Use Variant    STM32MP25
    FOR    ${n}    IN RANGE    1    17
        Receive Line Should Follow    RX0    ${n}    receiver=${1}    sender=${2}    flag=C2TOC1SR.CH${n}F
        Receive Line Should Follow    RX1    ${n}    receiver=${2}    sender=${1}    flag=C1TOC2SR.CH${n}F
        Transmit Line Should Follow    TX0    ${n}    sender=${1}    receiver=${2}    flag=C1TOC2SR.CH${n}F
        Transmit Line Should Follow    TX1    ${n}    sender=${2}    receiver=${1}    flag=C2TOC1SR.CH${n}F
    END

Should Raise Only The Secure Line For A Secure Channel In A STM32MP25
    [Setup]    Needs A Bare Device    a board has the STM32MP15's
    [Template]    Secure Line Should Follow
    FOR    ${n}    IN RANGE    1    17
        1    ${n}    rx
        1    ${n}    tx
        2    ${n}    rx
        2    ${n}    tx
    END

Should Route A Channel By The Security Of The Processor That Is Interrupted
    [Documentation]    C1SECCFGR is about the lines to processor 1 only, in both directions of a channel.
    Use Variant    STM32MP25
    Write Register    C1SCR    0x00020000
    Write Register    C2SCR    0x00020000
    FOR    ${p}    IN    1    2
        Write Register    C${p}MR    0xFFFEFFFD
        Write Register    C${p}CR    0x00030003
    END
    High Lines Should Be    RX0    TX0    RX1    TX1
    Write Register    C1SECCFGR    0x0002
    Access Should Have Caused    RX0 low    RX0S high
    Write Register    C1SECCFGR    0x0003
    Access Should Have Caused    TX0 low    TX0S high
    Write Register    C2SECCFGR    0x0001
    Access Should Have Caused    TX1 low    TX1S high
    Write Register    C2SECCFGR    0x0003
    Access Should Have Caused    RX1 low    RX1S high
    High Lines Should Be    RX0S    TX0S    RX1S    TX1S
    Write Register    C1SECCFGR    0x0000
    Access Should Have Caused    RX0 high    TX0 high    RX0S low    TX0S low

Should Enable Secure Lines By The Secure Enables Only
    Use Variant    STM32MP25
    FOR    ${p}    IN    1    2
        Write Register    C${p}SCR    0x00020000
        Write Register    C${p}MR    0x00000000
    END
    Write Register    C1SECCFGR    0xFFFF
    Write Register    C2SECCFGR    0xFFFF
    FOR    ${register}    ${bit}    ${line}    IN
    ...    C1CR    0x00000002    RX0S    C1CR    0x00020000    TX0S
    ...    C2CR    0x00000002    RX1S    C2CR    0x00020000    TX1S
        Write Register    ${register}    ${bit}
        Access Should Have Caused    ${line} high
        Write Register    ${register}    ${ENABLE_BOTH}
        Access Should Have Caused    ${line} low
        Write Register    ${register}    0x0
    END

Should Not Be Kept From A Line By Privilege Or Compartment
    [Documentation]    PRIVCFGR and CIDCFGR are kept; nothing is enforced.
    Use Variant    STM32MP25
    FOR    ${register}    IN    C1PRIVCFGR    C1CIDCFGR    C2PRIVCFGR    C2CIDCFGR
        Write Register    ${register}    ${EVERY_BIT}
        Nothing Should Have Happened
    END
    Give Every Line A Reason
    Enable Everything
    High Lines Should Be    RX0    TX0    RX1    TX1

Should Not Raise A Transmit Line While All Channels Are Occupied In Another Variant
    FOR    ${variant}    ${enables}    ${secure}    ${high}    IN
    ...    STM32WL5x    0x00010001    ${EMPTY}    ${{ ["RX0", "RXTX1"] }}
    ...    STM32MP25    0x00030003    0x0000    ${{ ["RX0", "RX1"] }}
    ...    STM32MP25    0x00030003    0xFFFF    ${{ ["RX0S", "RX1S"] }}
        Use Variant    ${variant}
        FOR    ${p}    IN    1    2
            IF    $secure    Write Register    C${p}SECCFGR    ${secure}
            Write Register    C${p}SCR    0xFFFF0000
            Write Register    C${p}MR    0x00000000
            Write Register    C${p}CR    ${enables}
        END
        High Lines Should Be    @{high}
    END

Should Not Raise A Plain Line For A Secure Channel Where There Are No Secure Lines
    Use Own Variant    secured=True
    Give Every Line A Reason
    Enable Everything
    Write Register    C1SECCFGR    0x003F
    Access Should Have Caused    RX0 low    TX0 low
    Write Register    C2SECCFGR    0x003F
    Access Should Have Caused    RX1 low    TX1 low

Should Have No More Channels Than A Variant Of One's Own
    FOR    ${channels}    IN    1    3    15
        Use Own Variant    channels=${channels}
        Enable Everything
        Write Register    C1SCR    0xFFFF0000
        Write Register    C2SCR    0xFFFF0000
        Write Register    C1MR    0x0
        Access Should Have Caused    RX0 high
        Write Register    C2MR    0x0
        Access Should Have Caused    RX1 high
        Acknowledge Channel    ${channels}    cpu=${CORTEX_M4}
        Interrupt Line Should Be High    TX0
        High Lines Should Be    @{{ ["RX0", "TX0", "RX1"] if $channels != "1" else ["RX0", "TX0"] }}
    END

Should Have The Lines Of A Variant Of One's Own
    [Documentation]    They are reported in the order of the variant; a wake-up event follows its line.
    Use Own Variant    ${TWO_LINES}
    Enable Everything
    Write Register    C1MR    0xFFFEFFFE
    Access Should Have Caused    P1 high
    Write Register    C2MR    0xFFFEFFFE
    Access Should Have Caused    P2 high
    Interrupt Line Should Be High    WAKE
    Write Register    C1CR    0x00000001
    Access Should Have Caused    P1 low
    Interrupt Line Should Be Low    WAKE
    Write Register    C2SCR    0x00010000
    Access Should Have Caused    C2TOC1SR.CH1F occupied    P2 low    P1 high

Should Report The Lines Of A Variant Of One's Own In Their Order
    Use Own Variant    lines=STM32MP15.lines[::-1]
    Give Every Line A Reason
    Write Register    C1CR    ${ENABLE_BOTH}
    Access Should Have Caused    TX0 high    RX0 high
    Write Register    C2CR    0x00000001
    Access Should Have Caused    RX1 high

Should Not Make Lines That There Cannot Be
    [Setup]    Needs A Bare Device    a board has the STM32MP15's
    [Template]    Lines Should Be Refused
    MINE.A has no source RX0S; there are: RX0, TX0, RX1, TX1.    lines=(Line("A", "", ("RX0S",)),), events=()
    MINE has two lines called A.    lines=(Line("A", "", ("RX0",)), Line("A", "", ("TX0",))), events=()
    MINE.W must be a name of its own for one of: A.    lines=(Line("A", "", ("RX0",)),), events=(("W", "B"),)
    MINE.A must be a name of its own for one of: A.    lines=(Line("A", "", ("RX0",)),), events=(("A", "A"),)
