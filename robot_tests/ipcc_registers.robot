*** Settings ***
Documentation    The IPCC's registers and flags: the contract of the device, claim by claim.
...
...              The test plays both processors on a bare device. With ENGINE:embedded or ENGINE:renode an emulated
...              Cortex-M4 makes the accesses of processor 2.

Resource         ipcc_registers.resource

Suite Setup      Skip Unless Engine Is Installed

Test Tags        registers


*** Test Cases ***
Should Have Reset Values
    [Template]    Register Should Lie At And Read
    C1CR    0x000    0x00000000
    C1MR    0x004    0xFFFFFFFF
    C1SCR    0x008    0x00000000
    C1TOC2SR    0x00C    0x00000000
    C2CR    0x010    0x00000000
    C2MR    0x014    0xFFFFFFFF
    C2SCR    0x018    0x00000000
    C2TOC1SR    0x01C    0x00000000
    HWCFGR    0x3F0    0x00000006
    VERR    0x3F4    0x00000010
    IPIDR    0x3F8    0x00100071
    SIDR    0x3FC    0xA3C5DD01

Should Know Registers By All Their Names
    [Documentation]    The human name, ST's other names, any case, the block's name in front.
    [Template]    Names Should Mean
    C1CR    Processor1Control    C1->CR    IPCC_C1CR    ipcc_c1cr
    C1MR    Processor1Mask    C1->MR    IPCC_C1MR    processor1mask
    C1SCR    Processor1SetClear    C1->SCR    IPCC_C1SCR    c1->scr
    C1TOC2SR    Processor1ToProcessor2Status    C1->SR    IPCC_C1TOC2SR    c1toc2sr
    C2CR    Processor2Control    C2->CR    IPCC_C2CR    IPCC_C2->CR
    C2MR    Processor2Mask    C2->MR    IPCC_C2MR    PROCESSOR2MASK
    C2SCR    Processor2SetClear    C2->SCR    IPCC_C2SCR    c2scr
    C2TOC1SR    Processor2ToProcessor1Status    C2->SR    IPCC_C2TOC1SR    c2ToC1sr
    HWCFGR    HardwareConfiguration    hwcfgr    IPCC_HWCFGR    ipcc_hwcfgr
    VERR    Version    VER    IPCC_VER    ver
    IPIDR    Identification    ID    IPCC_ID    ipcc_ipidr
    SIDR    SizeIdentification    SID    IPCC_SID    sid

Should Not Know Registers That It Does Not Have
    [Template]    Should Be Refused
    the IPCC has no register `C1TOC2ST`. Did you mean `C1TOC2SR`?    Get Register    C1TOC2ST
    the IPCC has no register `C3CR`. Did you mean `C2CR`?    Get Register    C3CR
    the IPCC has no register `C1SECCFGR`.    Get Register    C1SECCFGR
    the IPCC has no register `C1PRIVCFGR`.    Get Register    C1PRIVCFGR
    C1MR has no field `CH7OM`. Did you mean `CH6OM`?    Get Register    C1MR.CH7OM
    C1CR has no field `SECRXOIE`.    Get Register    C1CR.SECRXOIE
    C1TOC2SR has no field `CH0F`.    Get Register    C1TOC2SR.CH0F

Should Name Every Bit
    [Documentation]    Channels count from 1. C1SCR acts on both directions: it frees what processor 2 sends.
    [Template]    Bit Should Be Called
    FOR    ${n}    IN    @{CHANNELS}
        C1MR    ${n - 1}    CH${n}OM = 1: channel ${n} occupied masked
        C1MR    ${n + 15}    CH${n}FM = 1: channel ${n} free masked
        C2MR    ${n - 1}    CH${n}OM = 1: channel ${n} occupied masked
        C2MR    ${n + 15}    CH${n}FM = 1: channel ${n} free masked
        C1SCR    ${n - 1}    CH${n}C = 1: free channel ${n} from processor 2
        C1SCR    ${n + 15}    CH${n}S = 1: occupy channel ${n} to processor 2
        C2SCR    ${n - 1}    CH${n}C = 1: free channel ${n} from processor 1
        C2SCR    ${n + 15}    CH${n}S = 1: occupy channel ${n} to processor 1
        C1TOC2SR    ${n - 1}    CH${n}F = 1: channel ${n} occupied
        C2TOC1SR    ${n - 1}    CH${n}F = 1: channel ${n} occupied
    END
    C1CR    ${0}    RXOIE = 1: receive channel occupied interrupt enabled
    C1CR    ${16}    TXFIE = 1: transmit channel free interrupt enabled
    C2CR    ${0}    RXOIE = 1: receive channel occupied interrupt enabled
    C2CR    ${16}    TXFIE = 1: transmit channel free interrupt enabled

Should Not Name Reserved Bits
    [Template]    Value Should Mean
    C1CR    0xFFFEFFFE
    C2CR    0xFFFEFFFE
    C1MR    0xFFC0FFC0
    C2MR    0xFFC0FFC0
    C1SCR    0xFFC0FFC0
    C2SCR    0xFFC0FFC0
    C1TOC2SR    0xFFFFFFC0
    C2TOC1SR    0xFFFFFFC0
    HWCFGR    0xFFFFFF00
    VERR    0xFFFFFF00

Should Name The Fields Of Identification
    Value Should Mean    HWCFGR    0xFF    CHANNELS = 255: number of channels
    Value Should Mean    VERR    0xA5    MINREV = 5: minor revision    MAJREV = 10: major revision
    Value Should Mean    IPIDR    0x00100071
    Value Should Mean    SIDR    0xA3C5DD01
    Get Register    HWCFGR.CHANNELS    ==    ${6}
    Get Register    VERR.MAJREV    ==    ${1}
    Get Register    VERR.MINREV    ==    ${0}

Should Show The Field That Was Asked For
    Make Busy
    FOR    ${n}    IN    @{CHANNELS}
        Get Register    C1TOC2SR.CH${n}F    ==    ${{ 0x15 >> $n - 1 & 1 }}
        Get Register    C2TOC1SR.CH${n}F    ==    ${{ 0x2A >> $n - 1 & 1 }}
        Get Register    C1MR.CH${n}OM    ==    ${{ 0xFFE0 >> $n - 1 & 1 }}
        Get Register    C1MR.CH${n}FM    ==    ${{ 0xFFC2 >> $n - 1 & 1 }}
        Get Register    C2MR.CH${n}OM    ==    ${{ 0xFFC0 >> $n - 1 & 1 }}
        Get Register    C2MR.CH${n}FM    ==    ${{ 0xFFFD >> $n - 1 & 1 }}
    END
    Get Register    C1CR.RXOIE    ==    ${0}
    Get Register    C1CR.TXFIE    ==    ${1}
    Get Register    C2CR.RXOIE    ==    ${1}
    Get Register    C2CR.TXFIE    ==    ${0}

Should Keep RXOIE And TXFIE Of A Control Register And Nothing Else
    [Template]    Register Should Keep Single Bits
    FOR    ${bit}    IN RANGE    32
        C1CR    ${bit}    ${{ 1 << $bit if $bit in (0, 16) else 0 }}
        C2CR    ${bit}    ${{ 1 << $bit if $bit in (0, 16) else 0 }}
    END

Should Keep The Mask Bits Of Six Channels
    [Documentation]    Bits 5:0 and 21:16; the reserved ones read one.
    [Template]    Register Should Keep Single Bits
    FOR    ${bit}    IN RANGE    32
        C1MR    ${bit}    ${{ 0xFFC0FFC0 | 1 << $bit }}
        C2MR    ${bit}    ${{ 0xFFC0FFC0 | 1 << $bit }}
    END

Should Replace All Bits By A Write
    [Documentation]    A write to CR or MR is neither set nor clear: what is not written becomes zero.
    FOR    ${p}    IN    ${1}    ${2}
        Write Register    C${p}CR    0x00010000
        Write Register    C${p}CR    0x00000001
        Get Register    C${p}CR    ==    0x00000001
        Write Register    C${p}MR    0x00150015
        Write Register    C${p}MR    0x002A002A
        Get Register    C${p}MR    ==    0xFFEAFFEA
        Reset Device
    END

Should Keep All Bits At Once
    Write Register    C1CR    ${EVERY_BIT}
    Write Register    C2MR    0x00000000
    Registers Should Be    C1CR=${0x00010001}    C2MR=${0xFFC0FFC0}
    Write Register    C2CR    ${EVERY_BIT}
    Write Register    C1MR    0x00000000
    Registers Should Be
    ...    C1CR=${0x00010001}    C2MR=${0xFFC0FFC0}    C2CR=${0x00010001}    C1MR=${0xFFC0FFC0}
    Write Register    C1MR    ${EVERY_BIT}
    Write Register    C1CR    0x00000000
    Registers Should Be    C2MR=${0xFFC0FFC0}    C2CR=${0x00010001}

Should Let Either Processor Use Either Bank
    [Documentation]    The block does not know who accesses it.
    [Template]    Either Bank Should Obey
    ${CORTEX_A7}
    ${CORTEX_M4}

Should Occupy The Sender's Channel And No Other
    [Template]    Set Should Occupy One Channel
    FOR    ${cpu}    IN    @{CPUS}
        C1SCR    C1TOC2SR    ${cpu}
        C2SCR    C2TOC1SR    ${cpu}
    END

Should Free The Receiver's Channel And No Other
    [Template]    Clear Should Free One Channel
    FOR    ${cpu}    IN    @{CPUS}
        C1SCR    C2TOC1SR    ${cpu}
        C2SCR    C1TOC2SR    ${cpu}
    END

Should Not Let A Sender Free Its Own Channel
    [Template]    Sender Should Not Free
    C1SCR    C1TOC2SR    ${CORTEX_A7}
    C2SCR    C2TOC1SR    ${CORTEX_M4}

Should Not Let A Receiver Occupy The Channel It Receives On
    Write Register    C1SCR    ${SET_ALL}
    Registers Should Be    C1TOC2SR=${0x3F}
    Reset Device
    Write Register    C2SCR    ${SET_ALL}    cpu=${CORTEX_M4}
    Registers Should Be    C2TOC1SR=${0x3F}

Should Set And Clear Any Mix In One Write
    Occupy All Channels
    Write Register    C2SCR    0x0000003F    cpu=${CORTEX_M4}
    Write Register    C1SCR    0x00290016    cpu=${CORTEX_A7}
    Registers Should Be    C1TOC2SR=${0x29}    C2TOC1SR=${0x29}
    Write Register    C2SCR    0x00040021    cpu=${CORTEX_M4}
    Registers Should Be    C1TOC2SR=${0x08}    C2TOC1SR=${0x2D}

Should Report The Flags To Processor 2 First And Upwards
    Write Register    C2SCR    ${SET_ALL}
    Access Should Have Caused
    ...    C2TOC1SR.CH1F occupied    C2TOC1SR.CH2F occupied    C2TOC1SR.CH3F occupied
    ...    C2TOC1SR.CH4F occupied    C2TOC1SR.CH5F occupied    C2TOC1SR.CH6F occupied
    Write Register    C1SCR    ${SET_AND_CLEAR_ALL}
    Access Should Have Caused
    ...    C1TOC2SR.CH1F occupied    C1TOC2SR.CH2F occupied    C1TOC2SR.CH3F occupied
    ...    C1TOC2SR.CH4F occupied    C1TOC2SR.CH5F occupied    C1TOC2SR.CH6F occupied
    ...    C2TOC1SR.CH1F free    C2TOC1SR.CH2F free    C2TOC1SR.CH3F free
    ...    C2TOC1SR.CH4F free    C2TOC1SR.CH5F free    C2TOC1SR.CH6F free
    Write Register    C2SCR    0x00220011    cpu=${CORTEX_M4}
    Access Should Have Caused
    ...    C1TOC2SR.CH1F free    C1TOC2SR.CH5F free    C2TOC1SR.CH2F occupied    C2TOC1SR.CH6F occupied

Should Ignore A Second Signal On An Occupied Channel
    [Documentation]    A flag is no counter: posts coalesce, and one acknowledge frees the channel.
    Signal Channel    1    cpu=${CORTEX_A7}
    Signal Channel    1    cpu=${CORTEX_A7}
    Nothing Should Have Happened
    Acknowledge Channel    1    cpu=${CORTEX_M4}
    Access Should Have Caused    C1TOC2SR.CH1F free
    Should Be Refused    a signal was lost: processor 1 signalled channel 1    No Signal Should Be Lost

Should Ignore Signals On Channels That Are All Occupied
    Occupy All Channels
    FOR    ${cpu}    ${register}    IN    ${CORTEX_A7}    C1SCR    ${CORTEX_M4}    C2SCR
        Write Register    ${register}    ${SET_ALL}    cpu=${cpu}
        Nothing Should Have Happened
    END
    Registers Should Be    C1TOC2SR=${0x3F}    C2TOC1SR=${0x3F}

Should Ignore An Acknowledge Of A Free Channel
    FOR    ${cpu}    ${register}    IN    ${CORTEX_A7}    C1SCR    ${CORTEX_M4}    C2SCR
        FOR    ${n}    IN    @{CHANNELS}
            Acknowledge Channel    ${n}    cpu=${cpu}
            Nothing Should Have Happened
        END
        Write Register    ${register}    ${CLEAR_ALL}    cpu=${cpu}
        Nothing Should Have Happened
    END
    Registers Should Be

Should Ignore Zeros Written To SCR
    Make Busy
    FOR    ${register}    IN    C1SCR    C2SCR
        Write Register    ${register}    0x00000000
        Nothing Should Have Happened
    END
    Registers Should Be    &{BUSY}

Should Ignore Reserved Bits Of SCR
    [Documentation]    There are no channels 7 to 16, neither to occupy nor to free.
    FOR    ${register}    IN    C1SCR    C2SCR
        Write Register    ${register}    0xFFC0FFC0
        Nothing Should Have Happened
    END
    Registers Should Be
    Occupy All Channels
    FOR    ${register}    IN    C1SCR    C2SCR
        Write Register    ${register}    0xFFC0FFC0
        Nothing Should Have Happened
    END
    Registers Should Be    C1TOC2SR=${0x3F}    C2TOC1SR=${0x3F}

Should Read SCR As Zero Whatever Was Written
    [Documentation]    Linux and ST's HAL read, modify and write SCR: a value read back would signal again.
    FOR    ${cpu}    IN    @{CPUS}
        FOR    ${register}    IN    C1SCR    C2SCR
            Write Register    ${register}    ${EVERY_BIT}    cpu=${cpu}
            Get Register    C1SCR    ==    0x0    cpu=${cpu}
            Get Register    C2SCR    ==    0x0    cpu=${cpu}
            Nothing Should Have Happened
        END
    END

Should Not Signal Again By A Read And A Write Of SCR
    Signal Channel    1    cpu=${CORTEX_A7}
    Acknowledge Channel    1    cpu=${CORTEX_M4}
    ${read} =    Read Register    C1SCR
    Write Register    C1SCR    ${{ $read | 0x00020000 }}
    Registers Should Be    C1TOC2SR=${0x02}

Should Not Change Anything By Reading
    Make Busy
    FOR    ${cpu}    IN    @{CPUS}
        FOR    ${register}    IN
        ...    C1CR    C1MR    C1SCR    C1TOC2SR    C2CR    C2MR    C2SCR    C2TOC1SR    HWCFGR    VERR    IPIDR    SIDR
            Read Register    ${register}    cpu=${cpu}
            Nothing Should Have Happened
        END
    END
    Registers Should Be    &{BUSY}

Should Ignore Writes To Registers That Are Read-Only
    [Template]    Writes Should Be Ignored
    C1TOC2SR
    C2TOC1SR
    HWCFGR
    VERR
    IPIDR
    SIDR

Should Ignore Narrow Accesses
    [Documentation]    The IPCC takes 32-bit words only: anything else has no effect, reads zero and is no bus error.
    [Template]    Narrow Accesses Should Be Ignored
    C1CR    0x000
    C1MR    0x004
    C1SCR    0x008
    C1TOC2SR    0x00C
    C2CR    0x010
    C2MR    0x014
    C2SCR    0x018
    C2TOC1SR    0x01C
    HWCFGR    0x3F0
    VERR    0x3F4
    IPIDR    0x3F8
    SIDR    0x3FC

Should Ignore Unaligned Accesses
    [Template]    Unaligned Accesses Should Be Ignored
    FOR    ${word}    IN    0x000    0x004    0x008    0x00C    0x010    0x014    0x018    0x3F0    0x3F8
        ${word}    ${CORTEX_A7}
    END

Should Ignore Unaligned Accesses Of Processor 2
    Needs A Bare Device    a Cortex-M4 makes two accesses of an unaligned one
    Unaligned Accesses Should Be Ignored    0x008    ${CORTEX_M4}
    Unaligned Accesses Should Be Ignored    0x018    ${CORTEX_M4}

Should Ignore Every Reserved Word
    [Documentation]    0x020 to 0x3EC: 244 words.
    Make Busy
    FOR    ${offset}    IN RANGE    0x020    0x3F0    4
        Read At Offset    ${offset}
        Access Should Have Been Ignored    read of reserved +0x${{ "%03X" % $offset }}
        Write At Offset    ${offset}    ${EVERY_BIT}
        Access Should Have Been Ignored    write to reserved +0x${{ "%03X" % $offset }}
    END
    FOR    ${offset}    IN    0x020    0x080    0x084    0x088    0x090    0x094    0x098    0x100    0x3EC
        Offset Should Be Reserved    ${offset}    ${CORTEX_M4}
    END
    Registers Should Be    &{BUSY}

Should Call A Reserved Word Reserved Whatever The Width
    [Template]    Offset Should Be Ignored
    0x020    ${1}    of reserved +0x020    to reserved +0x020
    0x022    ${2}    of reserved +0x022    to reserved +0x022
    0x3EF    ${1}    of reserved +0x3EF    to reserved +0x3EF

Should Ignore Accesses Beyond Its Window
    [Template]    Offset Should Be Outside
    FOR    ${offset}    IN    0x400    0x404    0x408    0x40C    0x410    0x418    0x7FC    0x800    0xFFC
        ${offset}    ${4}
    END
    0x400    ${1}
    0x403    ${1}
    0x40A    ${2}

Should Ignore Accesses Below Its Window
    Needs A Bare Device    on a bus something else lies there
    Read At Offset    -0x4    cpu=${CORTEX_M4}
    Access Should Have Been Ignored    read outside the window at -0x004
    Write At Offset    -0x4    ${EVERY_BIT}    cpu=${CORTEX_M4}
    Access Should Have Been Ignored    write outside the window at -0x004
    Read At Offset    -0x1    cpu=${CORTEX_M4}    width=1
    Access Should Have Been Ignored    read outside the window at -0x001

Should Say The First Thing That Is Wrong
    [Documentation]    Outside the window before unaligned, unaligned before reserved, reserved before narrow.
    Needs A Bare Device    a Cortex-M4 makes two accesses of an unaligned one
    Offset Should Be Ignored    0x401    ${4}    outside the window at +0x401    outside the window at +0x401
    Read At Offset    0x3FE    cpu=${CORTEX_M4}
    Access Should Have Been Ignored    unaligned 4-byte read at +0x3FE
    Write At Offset    0x021    0xFFFF    cpu=${CORTEX_M4}    width=2
    Access Should Have Been Ignored    unaligned 2-byte write at +0x021

Should Forget Everything On Reset
    Make Busy
    Reset Device
    Registers Should Be
    All Channels Should Be Free

Should Forget Each Register On Reset
    FOR    ${register}    ${value}    IN
    ...    C1CR    0x00010001    C1MR    0x0    C1SCR    0x3F0000
    ...    C2CR    0x00010001    C2MR    0x0    C2SCR    0x3F0000
        Write Register    ${register}    ${value}
        Reset Device
        Registers Should Be
    END

Should Report The Flags That A Reset Frees
    Make Busy
    Reset Device
    Access Should Have Caused
    ...    C1TOC2SR.CH1F free    C1TOC2SR.CH3F free    C1TOC2SR.CH5F free
    ...    C2TOC1SR.CH2F free    C2TOC1SR.CH4F free    C2TOC1SR.CH6F free
    ...    TX0 low    RX1 low
    Reset Device
    Access Should Have Caused

Should Work After A Reset
    Make Busy
    Reset Device
    Signal Channel    6    cpu=${CORTEX_A7}
    Access Should Have Caused    C1TOC2SR.CH6F occupied
    Write Register    C1MR    0xFFFFFFFE
    Registers Should Be    C1TOC2SR=${0x20}    C1MR=${0xFFFFFFFE}

Should Not Answer In Reset
    Make Busy
    Hold In Reset
    Nothing Should Be Answered    in reset
    Release From Reset
    Registers Should Be

Should Not Answer Without A Clock
    [Documentation]    What it holds is there again when the clock is back.
    Make Busy
    Stop Clock
    Access Should Have Caused
    Nothing Should Be Answered    with the clock off
    FOR    ${n}    IN    1    3    5
        Channel Should Be Occupied    ${n}    cpu=${CORTEX_A7}
        Channel Should Be Free    ${n}    cpu=${CORTEX_M4}
    END
    Start Clock
    Access Should Have Caused
    Registers Should Be    &{BUSY}

Should Reset And Restore Without A Clock
    [Documentation]    Neither needs a clock, and neither gives it back.
    Make Busy
    ${state} =    Save State
    Stop Clock
    Reset Device
    Read Register    C1MR
    Access Should Have Been Ignored    read of C1MR with the clock off
    All Channels Should Be Free
    Restore State    ${state}
    Write Register    C1SCR    ${SET_AND_CLEAR_ALL}
    Access Should Have Been Ignored    write to C1SCR with the clock off
    Start Clock
    Registers Should Be    &{BUSY}

Should Say What Else Is Wrong Before The Clock
    Stop Clock
    Read At Offset    0x020
    Access Should Have Been Ignored    read of reserved +0x020
    Read Register    C1CR    width=2
    Access Should Have Been Ignored    2-byte read of C1CR
    Write Register    C1TOC2SR    ${EVERY_BIT}
    Access Should Have Been Ignored    write to C1TOC2SR with the clock off

Should Save Its State
    Make Busy
    ${state} =    Save State
    Should Be Equal    ${state}    ${{ dict($BUSY) }}
    Reset Device
    ${later} =    Save State
    Should Be Equal    ${later}    ${{ dict($AFTER_RESET) }}
    Should Be Equal    ${state}    ${{ dict($BUSY) }}

Should Not Change By Saving Its State
    Make Busy
    Forget Earlier Accesses
    Save State
    Events Should Be
    Registers Should Be    &{BUSY}

Should Share Nothing With Another Ipcc
    Make Busy
    Evaluate    stm32mp1.ipcc.Ipcc().write(0x008, 0x003F0000, 4)
    Registers Should Be    &{BUSY}

Should Go On From A Saved State
    Make Busy
    ${state} =    Save State
    Reset Device
    Restore State    ${state}
    Registers Should Be    &{BUSY}
    Acknowledge Channel    1    cpu=${CORTEX_M4}
    Access Should Have Caused    C1TOC2SR.CH1F free
    Write Register    C1SCR    0x00000020
    Access Should Have Caused    C2TOC1SR.CH6F free

Should Forget What Came After The Saved State
    ${state} =    Save State
    Make Busy
    Restore State    ${state}
    Registers Should Be

Should Refuse What Is No State
    [Template]    State Should Be Refused
    this is not a state of IPCC: look at C1CR.    {k: v for k, v in state.items() if k != "C1CR"}
    this is not a state of IPCC: look at C2TOC1SR.    {k: v for k, v in state.items() if k != "C2TOC1SR"}
    this is not a state of IPCC: look at C1SCR.    {**state, "C1SCR": 0}
    this is not a state of IPCC: look at HWCFGR, levels.    {**state, "levels": [], "HWCFGR": 6}
    IPCC.C1CR cannot hold 2.    {**state, "C1CR": 2}
    IPCC.C2CR cannot hold -1.    {**state, "C2CR": -1}
    IPCC.C1MR cannot hold 4290838463.    {**state, "C1MR": 0xFFC0FFBF}
    IPCC.C2MR cannot hold 0.    {**state, "C2MR": 0}
    IPCC.C1MR cannot hold 8589934591.    {**state, "C1MR": 0x1FFFFFFFF}
    IPCC.C1TOC2SR cannot hold 64.    {**state, "C1TOC2SR": 0x40}
    IPCC.C2TOC1SR cannot hold 65536.    {**state, "C2TOC1SR": 0x10000}
    IPCC.C1CR cannot hold '1'.    {**state, "C1CR": "1"}
    IPCC.C2TOC1SR cannot hold None.    {**state, "C2TOC1SR": None}
    IPCC.C2CR cannot hold 1.0.    {**state, "C2CR": 1.0}
    IPCC.C2CR cannot hold True.    {**state, "C2CR": True}

Should Work When Nobody Listens
    [Documentation]    Nothing is reported; registers, flags and lines are the same.
    Needs A Bare Device    a board listens always
    Stop Listening
    Forget Earlier Accesses
    Make Busy
    Write Register    HWCFGR    ${EVERY_BIT}
    Events Should Be    W C1CR    W C1MR    W C2CR    W C2MR    W C1SCR    W C2SCR    W HWCFGR
    Registers Should Be    &{BUSY}
    High Lines Should Be    TX0    RX1
    ${state} =    Save State
    Reset Device
    Registers Should Be
    Restore State    ${state}
    Registers Should Be    &{BUSY}

Should Name Channel, Processor And Register In A Failure
    [Template]    Should Be Refused
    channel 5 from processor 2 (the Cortex-M4) is free, expected occupied (C2TOC1SR.CH5F)
    ...    Channel Should Be Occupied    5    cpu=${CORTEX_M4}
    there is no channel 7; the IPCC has channels 1 to 6.    Channel Should Be Free    7    cpu=${CORTEX_A7}
    there is no channel 0; the IPCC has channels 1 to 6.    Signal Channel    0    cpu=${CORTEX_A7}

Should Be The Same In A STM32WB55
    Use Variant    STM32WB55
    Registers Should Be
    Get Register    HWCFGR    ==    0x00000006
    Get Register    VERR    ==    0x00000010
    Get Register    IPIDR    ==    0x00100071
    Get Register    SIDR    ==    0xA3C5DD01
    Make Busy
    Registers Should Be    &{BUSY}
    Offset Should Be Reserved    0x080    ${CORTEX_A7}

Should Be The Same In A STM32WL5x
    Use Variant    STM32WL5x
    Registers Should Be
    Get Register    HWCFGR    ==    0x00000006
    Get Register    VERR    ==    0x00000010
    Get Register    IPIDR    ==    0x00100071
    Get Register    SIDR    ==    0xA3C5DD01
    Make Busy
    Registers Should Be    &{BUSY}
    Offset Should Be Reserved    0x080    ${CORTEX_A7}

Should Not Have Identification In A STM32WB15
    Use Variant    STM32WB15
    Registers Should Be
    FOR    ${offset}    IN    0x3F0    0x3F4    0x3F8    0x3FC
        Offset Should Be Reserved    ${offset}    ${CORTEX_A7}
    END
    FOR    ${name}    IN    HWCFGR    VERR    IPIDR    SIDR
        Should Be Refused    the IPCC has no register `${name}`.    Get Register    ${name}
    END
    Make Busy
    Registers Should Be    &{BUSY}

Should Have Sixteen Channels In A STM32MP25
    Use Variant    STM32MP25
    Get Register    HWCFGR    ==    0x00000010
    Get Register    IPIDR    ==    0x00100071
    Get Register    SIDR    ==    0xA3C5DD01
    FOR    ${n}    IN RANGE    1    17
        Write Register    C1SCR    ${{ 1 << $n + 15 }}
        Access Should Have Caused    C1TOC2SR.CH${n}F occupied
        Write Register    C2SCR    ${{ 1 << $n + 15 | 1 << $n - 1 }}
        Access Should Have Caused    C1TOC2SR.CH${n}F free    C2TOC1SR.CH${n}F occupied
    END
    Registers Should Be    C2TOC1SR=${0xFFFF}
    Should Be Refused    there is no channel 17; the IPCC has channels 1 to 16.    Signal Channel    17    cpu=${1}

Should Keep All Masks And Four Enables In A STM32MP25
    Use Variant    STM32MP25
    FOR    ${p}    IN    1    2
        FOR    ${bit}    IN RANGE    32
            Register Should Keep Single Bits    C${p}CR    ${bit}    ${{ 1 << $bit & 0x00030003 }}
        END
        Write Register    C${p}CR    0x0
        FOR    ${bit}    IN RANGE    32
            Register Should Keep Single Bits    C${p}MR    ${bit}    ${{ 1 << $bit }}
        END
    END
    FOR    ${p}    IN    1    2
        Bit Should Be Called    C${p}CR    ${1}    SECRXOIE = 1: secure receive channel occupied interrupt enabled
        Bit Should Be Called    C${p}CR    ${17}    SECTXFIE = 1: secure transmit channel free interrupt enabled
        Bit Should Be Called    C${p}MR    ${31}    CH16FM = 1: channel 16 free masked
    END

Should Have The Protection Registers In A STM32MP25
    [Documentation]    SECCFGR routes interrupts; PRIVCFGR and CIDCFGR are kept and not enforced.
    Use Variant    STM32MP25
    FOR    ${name}    ${human}    ${offset}    ${kept}    IN
    ...    C1SECCFGR    Processor1Security    0x080    0x0000FFFF
    ...    C1PRIVCFGR    Processor1Privilege    0x084    0x0000FFFF
    ...    C1CIDCFGR    Processor1Compartment    0x088    0x000000F1
    ...    C2SECCFGR    Processor2Security    0x090    0x0000FFFF
    ...    C2PRIVCFGR    Processor2Privilege    0x094    0x0000FFFF
    ...    C2CIDCFGR    Processor2Compartment    0x098    0x000000F1
        Register Should Lie At And Read    ${name}    ${offset}    0x0
        Names Should Mean    ${name}    ${human}    IPCC_${name}
        FOR    ${bit}    IN RANGE    32
            Register Should Keep Single Bits    ${name}    ${bit}    ${{ 1 << $bit & int($kept, 16) }}
        END
        Write Register    ${name}    ${EVERY_BIT}
        ${all} =    Read Register    ${name}
        Should Be Equal As Integers    ${all}    ${kept}
        Reset Device
        Get Register    ${name}    ==    0x0
    END
    Offset Should Be Reserved    0x08C    ${CORTEX_A7}
    Offset Should Be Reserved    0x09C    ${CORTEX_A7}

Should Name The Protection Of Every Channel In A STM32MP25
    Use Variant    STM32MP25
    FOR    ${n}    IN RANGE    1    17
        FOR    ${p}    IN    1    2
            Bit Should Be Called    C${p}SECCFGR    ${n - 1}    CH${n}SEC = 1: channel ${n} secure
            Bit Should Be Called    C${p}PRIVCFGR    ${n - 1}    CH${n}PRIV = 1: channel ${n} privileged
        END
    END
    FOR    ${p}    IN    1    2
        Value Should Mean    C${p}CIDCFGR    0xFFFFFFFF
        ...    CFEN = 1: accesses filtered by compartment    CID = 15: the compartment
    END

Should Have The Channels Of A Variant Of One's Own
    FOR    ${channels}    IN    1    3    7    16
        ${low} =    Evaluate    (1 << int($channels)) - 1
        Use Own Variant    channels=${channels}
        Get Register    HWCFGR    ==    ${channels}
        Write Register    C1SCR    ${SET_ALL_OF_16}
        Get Register    C1TOC2SR    ==    ${low}
        Write Register    C2SCR    ${EVERY_BIT}
        Get Register    C1TOC2SR    ==    0x0
        Get Register    C2TOC1SR    ==    ${low}
        Write Register    C1MR    0x0
        Get Register    C1MR    ==    ${{ 0xFFFFFFFF ^ ($low << 16 | $low) }}
    END

Should Not Make An Ipcc That There Cannot Be
    Needs A Bare Device    a board has the STM32MP15's
    Should Be Refused    no variant of the IPCC is called `STM32WL5`. Did you mean `STM32WL5x`?    Use Ipcc    STM32WL5
    Should Be Refused    MINE cannot have 0 channels: an IPCC has 1 to 16.    Use Own Variant    channels\=0
    Should Be Refused    MINE cannot have 17 channels: an IPCC has 1 to 16.    Use Own Variant    channels\=17
    Should Be Refused    channels of a variant must be a whole number, not '3'.    Use Own Variant    channels\='3'
    Should Be Refused    lines of a variant must be a tuple of Line    Use Own Variant    lines\=[]
