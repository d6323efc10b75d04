internal import Synchronization

/// Limits on the time and memory of a read.
///
/// The caller passes limits to a read, which checks them every few hundred items, so that it ends within about a
/// millisecond of its limit. Without them, a read is not limited. The limits of a query are `PromQL.QueryLimits`.
public protocol ReadLimits: AnyObject, Sendable {
    /// Returns if the read may continue. Called from any thread, and often: it should cost no more than reading a
    /// clock.
    /// - Throws: ``ReadError/interrupted`` if the read must end.
    func check() throws(ReadError)

    /// Reserves `count` bytes before they are allocated.
    /// - Throws: ``ReadError/interrupted`` if that exceeds the limit.
    func reserve(bytes count: Int) throws(ReadError)

    /// Releases reserved bytes.
    func release(bytes count: Int)

    /// Notes that the read leaves something out that is damaged. Called from any thread, once or more for each part.
    ///
    /// - Throws: the cause, if the read must fail instead. So it does unless this is implemented.
    func leaveOut(_ missing: MissingData) throws(ReadError)

    /// Returns whether all of a file is left out, because a part without which the rest is of no use is damaged.
    func leavesOut(file path: String) -> Bool
}

extension ReadLimits {
    /// Fails the read.
    public func leaveOut(_ missing: MissingData) throws(ReadError) { throw missing.cause }

    /// Returns false.
    public func leavesOut(file path: String) -> Bool { false }
}

/// Bytes reserved from the limits of a read, released by `deinit`.
package final class ReadReservation: Sendable {
    private let limits: (any ReadLimits)?
    private let count = Atomic(0)

    package init(_ limits: (any ReadLimits)?) { self.limits = limits }

    deinit {
        let count = count.load(ordering: .relaxed)
        if count > 0 { limits?.release(bytes: count) }
    }

    /// Reserves `extra` more bytes.
    package func grow(bytes extra: Int) throws(ReadError) {
        guard let limits, extra > 0 else { return }
        try limits.reserve(bytes: extra)
        count.add(extra, ordering: .relaxed)
    }
}

/// Counts the work of a loop, and checks the limits a few times per millisecond.
///
/// A unit of work takes about ten to fifty nanoseconds: a number of a list, a comparison, sixteen bytes of text.
@frozen @usableFromInline
package struct Pace {
    /// Units between two checks: well below a millisecond, and enough that checks cost nothing.
    @usableFromInline static var interval: Int { 4096 }

    @usableFromInline let limits: (any ReadLimits)?
    @usableFromInline var left = Pace.interval

    @inlinable
    package init(_ limits: (any ReadLimits)?) { self.limits = limits }

    /// Counts `units` of work, and checks the limits if it is time.
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
    /// Sorts as `sort(by:)` does, and checks the limits meanwhile. A comparison counts as `units` of work.
    ///
    /// `@inlinable`, so that it is specialized for each element type: otherwise it takes several times as long.
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
