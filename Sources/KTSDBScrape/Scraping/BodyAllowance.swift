internal import Synchronization

/// How long a body may be.
struct BodyBounds: Sendable {
    /// The most bytes that the body may have.
    var limit: Int
    /// Whether the job sets the limit. A job that does allows each body that much memory.
    var isGiven: Bool

    init(limit: Int, isGiven: Bool = true) {
        self.limit = limit
        self.isGiven = isGiven
    }

    init(_ limits: ScrapeJob.Limits) {
        self.init(limit: limits.maximumBodyBytes, isGiven: limits.bodyBytes != nil)
    }
}

/// The memory that all targets share for bodies much longer than those before them. Targets that never end their
/// answers cannot take more than this together.
final class BodyRoom: Sendable {
    static let shared = BodyRoom(byteCount: BodyLimits.usualBytes)

    let byteCount: Int
    private let used = Atomic(0)

    init(byteCount: Int) { self.byteCount = byteCount }

    /// How many bytes are taken at the moment.
    var usedByteCount: Int { used.load(ordering: .relaxed) }

    /// Takes bytes; returns false, and takes none, if fewer are left.
    fileprivate func take(_ count: Int) -> Bool {
        if used.add(count, ordering: .relaxed).newValue <= byteCount { return true }
        give(count)
        return false
    }

    fileprivate func give(_ count: Int) { used.subtract(count, ordering: .relaxed) }
}

/// The part of a ``BodyRoom`` that one body has taken. It is given back when the body has been stored.
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

/// The memory that a body may take while it arrives.
///
/// A body may be half as long again as the one before it, and 4 MiB in any case. More than that is taken from the room
/// that all targets share, unless the job sets a limit for its bodies.
struct BodyAllowance: Sendable {
    private static let freeByteCount = 4 << 20
    private static let slice = 1 << 20

    private let bounds: BodyBounds
    private let room: BodyRoom
    /// The length that the body may have without taking more from the room.
    private var byteCount: Int
    /// The part of the room that the body has taken; nil if it has not needed any.
    private(set) var share: BodyShare?

    /// Creates the allowance of a body; the previous one had `sizeHint` bytes.
    init(_ bounds: BodyBounds, sizeHint: Int, room: BodyRoom = .shared) {
        self.bounds = bounds
        self.room = room
        let usual = max(Self.freeByteCount, sizeHint + sizeHint / 2)
        byteCount = bounds.isGiven ? bounds.limit : min(bounds.limit, usual)
    }

    /// Takes what the body needs for this length, or throws.
    mutating func admit(_ length: Int) throws(FetchError) {
        if length <= byteCount { return }
        guard length <= bounds.limit else { throw .bodySizeLimit(bounds.limit) }
        let share = share ?? BodyShare(room)
        self.share = share
        let wanted = max(length - byteCount, Self.slice)
        guard share.take(wanted) else {
            throw .failed(
                "the body is much longer than the one before it, and other targets' bodies use the memory for such "
                    + "bodies; the next scrape tries again, and body_size_limit allows such bodies at any time")
        }
        byteCount += wanted
    }
}
