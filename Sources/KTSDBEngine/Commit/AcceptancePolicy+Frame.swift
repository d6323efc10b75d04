extension AcceptancePolicy {
    /// The flag of frames whose samples were judged with ``forgivesFuture``.
    private static let forgivesFutureFlag: UInt32 = 1
    /// Two bits: what happens to duplicates, as the number of the policy.
    private static let duplicatesShift: UInt32 = 1, duplicatesMask: UInt32 = 3

    /// Restores the policy of a commit from its frame.
    init(_ context: FrameContext) {
        let duplicates = UInt8(context.flags >> Self.duplicatesShift & Self.duplicatesMask)
        self.init(
            wallClock: context.wallClock, maximumFuture: context.maxFutureMilliseconds,
            window: context.windowMilliseconds, duplicates: DuplicatePolicy(rawValue: duplicates) ?? .reject,
            forgivesFuture: context.flags & Self.forgivesFutureFlag != 0)
    }

    /// What the commit's frame stores of the policy.
    var context: FrameContext {
        FrameContext(
            wallClock: wallClock, maxFutureMilliseconds: maximumFuture, windowMilliseconds: window,
            flags: (forgivesFuture ? Self.forgivesFutureFlag : 0)
                | UInt32(duplicates.rawValue) << Self.duplicatesShift)
    }
}
