internal import Synchronization

/// How long a body may become.
struct BodyBounds: Sendable {
    /// The most bytes that it may have.
    var limit: Int
    /// Whether the job sets the limit, and so allows to take as much memory.
    var isGiven: Bool

    init(limit: Int, isGiven: Bool = true) {
        self.limit = limit
        self.isGiven = isGiven
    }

    init(_ limits: ScrapeJob.Limits) {
        self.init(limit: limits.maximumBodyBytes, isGiven: limits.bodyBytes != nil)
    }
}

/// The memory for bodies that are much longer than the ones before them, of all targets together: a few targets that
/// never end their answers cannot take more.
final class BodyRoom: Sendable {
    static let shared = BodyRoom(byteCount: BodyLimits.usualBytes)

    let byteCount: Int
    private let used = Atomic(0)

    init(byteCount: Int) { self.byteCount = byteCount }

    /// How many bytes are taken.
    var usedByteCount: Int { used.load(ordering: .relaxed) }

    /// Takes bytes; returns false if there are not as many left.
    fileprivate func take(_ count: Int) -> Bool {
        if used.add(count, ordering: .relaxed).newValue <= byteCount { return true }
        give(count)
        return false
    }

    fileprivate func give(_ count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// What one body has taken of the room; given back when the body has been stored.
final class BodyShare: Sendable {
    private let room: BodyRoom
    private let taken = Atomic(0)

    init(_ room: BodyRoom) { self.room = room }

    deinit { room.give(taken.load(ordering: .relaxed)) }

    fileprivate func take(_ count: Int) -> Bool {
        guard room.take(count) else { return false }
        taken.add(count, ordering: .relaxed)
        return true
    }
}

/// The memory that a body may take as it arrives.
///
/// A body may be half as long again as the one before it, and four megabytes in any case. What is beyond that comes
/// out of the room that all targets share, unless the job sets how long a body may be.
struct BodyAllowance: Sendable {
    private static let freeByteCount = 4 << 20
    private static let slice = 1 << 20

    private let bounds: BodyBounds
    private let room: BodyRoom
    /// The length up to which nothing more has to be taken.
    private var byteCount: Int
    /// What was taken.
    private(set) var share: BodyShare?

    /// Creates the allowance of a body; the previous one had `sizeHint` bytes.
    init(_ bounds: BodyBounds, sizeHint: Int, room: BodyRoom = .shared) {
        self.bounds = bounds
        self.room = room
        let usual = max(Self.freeByteCount, sizeHint + sizeHint / 2)
        byteCount = bounds.isGiven ? bounds.limit : min(bounds.limit, usual)
    }

    /// Makes sure that the body may have this length.
    mutating func admit(_ length: Int) throws(FetchError) {
        if length <= byteCount { return }
        guard length <= bounds.limit else { throw .bodySizeLimit(bounds.limit) }
        let share = share ?? BodyShare(room)
        self.share = share
        let wanted = max(length - byteCount, Self.slice)
        guard share.take(wanted) else {
            throw .failed(
                "the body is much longer than the one before it, and other targets' bodies have taken the memory for "
                    + "that; it is tried again, and body_size_limit allows such bodies at any time")
        }
        byteCount += wanted
    }
}
