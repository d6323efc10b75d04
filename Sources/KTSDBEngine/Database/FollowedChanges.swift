/// What a reader that follows a writer has taken in.
public struct FollowedChanges: Hashable, Sendable {
    /// How many commits views show now that they did not show before.
    public var commits = 0
    /// How many blocks came and went because of compactions, retention or repairs. After a seal everything is loaded
    /// anew, and blocks are not counted.
    public var addedBlocks = 0, removedBlocks = 0
    /// Whether everything was loaded anew: the writer has sealed what was in memory, has opened the database again, or
    /// has removed a part of the log before it was read.
    public var isReloaded = false

    /// Whether a read view shows anything else than before.
    public var isEmpty: Bool { self == FollowedChanges() }
}
