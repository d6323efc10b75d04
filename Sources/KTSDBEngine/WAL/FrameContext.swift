/// What replay must know of a commit besides its samples, so that it judges them as the commit did.
package struct FrameContext: Hashable, Sendable {
    /// When the commit was made, in milliseconds since the Unix epoch.
    package var wallClock: Int64
    /// How far ahead of the wall clock a sample may be; `Int64.max` for no limit.
    package var maxFutureMilliseconds: Int64
    /// How much older than the newest sample a late sample may be; 0 for no late samples, `Int64.max` for any.
    package var windowMilliseconds: Int64
    /// The caller's own policy bits.
    package var flags: UInt32

    package init(
        wallClock: Int64, maxFutureMilliseconds: Int64 = .max, windowMilliseconds: Int64 = .max, flags: UInt32 = 0
    ) {
        self.wallClock = wallClock
        self.maxFutureMilliseconds = maxFutureMilliseconds
        self.windowMilliseconds = windowMilliseconds
        self.flags = flags
    }
}
