import Synchronization

/// Machines that many threads share, each used by one thread at a time. Nobody waits: when all are in use, the caller
/// makes one for itself. With one thread it costs an atomic exchange.
struct MachinePool<Machine>: Sendable {
    /// A place for a machine.
    ///
    /// `@unchecked Sendable`: `machine` belongs to the thread that set `isTaken`, until that thread clears it.
    final class Place: @unchecked Sendable {
        fileprivate let isTaken = Atomic(false)
        var machine: Machine?
    }

    /// More than threads use one pattern at once, as a rule.
    private let places: [Place] = (0..<4).map { _ in Place() }
    private let first: Place

    init() { first = places[0] }

    /// A place for the caller alone, to be given back with ``giveBack(_:)``.
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
