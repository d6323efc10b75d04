internal import Synchronization

/// What a read may take: how much time, and how much memory.
///
/// The caller passes it, and the reader asks it every few hundred items, so that a read ends within about a millisecond
/// of its limit. Without one, reads have no limits. A query's are `PromQL.QueryLimits`.
public protocol ReadLimits: AnyObject, Sendable {
    /// Returns while the read may continue. Called often, from any thread: it should cost no more than reading a clock.
    /// - Throws: ``ReadError/interrupted`` when the read has to end.
    func check() throws(ReadError)

    /// Asks for room for `count` bytes before they are made.
    /// - Throws: ``ReadError/interrupted`` when there is no room.
    func reserve(bytes count: Int) throws(ReadError)

    /// Gives back what was reserved.
    func release(bytes count: Int)
}

/// Bytes reserved from the limits of a read, given back when this goes away.
package final class ReadReservation: Sendable {
    private let limits: (any ReadLimits)?
    private let count = Atomic(0)

    package init(_ limits: (any ReadLimits)?) { self.limits = limits }

    deinit {
        let count = count.load(ordering: .relaxed)
        if count > 0 { limits?.release(bytes: count) }
    }

    /// Asks for room for `extra` bytes more.
    package func grow(bytes extra: Int) throws(ReadError) {
        guard let limits, extra > 0 else { return }
        try limits.reserve(bytes: extra)
        count.add(extra, ordering: .relaxed)
    }
}

/// Counts the work of a loop, and looks at the limits each time that a good part of a millisecond may have passed.
///
/// A unit of work is about a dozen nanoseconds to a few dozen: a number of a list, a comparison, sixteen bytes of a
/// text.
@frozen @usableFromInline
package struct Pace {
    /// Units between two looks: far less than a millisecond, and so many that looking costs nothing.
    @usableFromInline static var interval: Int { 4096 }

    @usableFromInline let limits: (any ReadLimits)?
    @usableFromInline var left = Pace.interval

    @inlinable
    package init(_ limits: (any ReadLimits)?) { self.limits = limits }

    /// Counts `units` of work, and looks at the limits if it is time.
    @inlinable
    package mutating func step(_ units: Int = 1) throws(ReadError) {
        left &-= units
        if left <= 0 { try look() }
    }

    @usableFromInline
    mutating func look() throws(ReadError) {
        left = Self.interval
        if let limits { try limits.check() }
    }
}

extension Array {
    /// Sorts as `sort(by:)` does, and looks at the limits meanwhile. A comparison counts as `units` of work.
    ///
    /// `@inlinable`, so that it is compiled for each kind of element: else it takes several times as long.
    @inlinable
    package mutating func sort(
        within limits: (any ReadLimits)?, units: Int = 4, by precedes: (Element, Element) -> Bool
    ) throws(ReadError) {
        guard let limits, count > 64 else { return sort(by: precedes) }
        var pace = Pace(limits)
        do {
            try sort { left, right in
                try pace.step(units)
                return precedes(left, right)
            }
        } catch let error as ReadError {
            throw error
        } catch {
            preconditionFailure("Nothing else is thrown.")
        }
    }
}
