import Synchronization

/// A number by which a test says how its stub behaves.
final class Phase: Sendable {
    private let number = Atomic(0)

    var value: Int {
        get { number.load(ordering: .relaxed) }
        set { number.store(newValue, ordering: .relaxed) }
    }
}
