internal import CLibrary
internal import KTSDBModel
internal import Synchronization

/// The system's monotonic clock.
enum MonotonicClock {
    static var nanoseconds: UInt64 {
        let time = SystemCall.time(CLOCK_MONOTONIC)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// A monotonic time that also counts while the machine sleeps.
    static var millisecondsWithSleep: Int64 {
        let time = SystemCall.time(CLOCK_BOOTTIME)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
