import Synchronization

/// Machines shared by threads, each used by one thread at a time. Threads never wait: if all are in use, the caller
/// creates its own. Without contention, taking one costs an atomic exchange.
struct MachinePool<Machine>: Sendable {
    /// A place for a machine.
    ///
    /// `@unchecked Sendable`: only the thread that set `isTaken` accesses `machine`, until it clears it.
    final class Place: @unchecked Sendable {
        fileprivate let isTaken = Atomic(false)
        var machine: Machine?
    }

    /// Usually more than the threads that use a pattern at once.
    private let places: [Place] = (0..<4).map { _ in Place() }
    private let first: Place

    init() { first = places[0] }

    /// Returns a place that only the caller uses, until it calls ``giveBack(_:)``.
    @inline(__always)
    func take() -> Place {
        if Self.take(first) { return first }
        return takeAnother()
    }

    /// Ends the use of a place that ``take()`` returned.
    @inline(__always)
    func giveBack(_ place: Place) { place.isTaken.store(false, ordering: .releasing) }

    @inline(__always)
    private static func take(_ place: Place) -> Bool {
        place.isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    }

    @inline(never)
    private func takeAnother() -> Place { places.first(where: Self.take) ?? Place() }
}
