extension AcceptancePolicy {
    /// Restores the policy of a commit from its frame.
    init(_ context: FrameContext) {
        self.init(
            wallClock: context.wallClock, maximumFuture: context.maxFutureMilliseconds,
            maximumAge: context.maxAgeMilliseconds,
            forgivesFuture: context.flags & Self.forgivesFutureFlag != 0)
    }

    /// What the commit's frame stores of the policy.
    var context: FrameContext {
        FrameContext(
            wallClock: wallClock, maxFutureMilliseconds: maximumFuture, maxAgeMilliseconds: maximumAge,
            flags: forgivesFuture ? Self.forgivesFutureFlag : 0)
    }
}
