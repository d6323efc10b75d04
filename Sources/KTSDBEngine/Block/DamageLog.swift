internal import CLibrary
package import KTSDBModel
internal import Synchronization

/// The damaged places of blocks that readers met. Each is counted and reported once, however many queries meet it.
///
/// A place is a page, a piece of an index section, or whatever else an error names. After ``limit`` of them, no more
/// are counted or reported.
package final class DamageLog: Sendable {
    private struct Place: Hashable {
        var path: String, detail: String
    }

    private struct State {
        var places: Set<Place> = []
        var report: (@Sendable (ReadError) -> Void)?
    }

    /// The most places that are remembered.
    private static let limit = 10_000

    private let state = Mutex(State())

    package init() {}

    /// The number of places.
    package var count: Int { state.withLock { $0.places.count } }

    /// Reports every place that is new from now on.
    package func start(reportingTo report: @escaping @Sendable (ReadError) -> Void) {
        state.withLock { $0.report = report }
    }

    /// Records an error of a reader and returns it.
    func note(_ error: ReadError) -> ReadError {
        let place: Place
        switch error {
        case .damaged(let path, let detail): place = Place(path: path, detail: detail)
        // Other errors, such as running out of descriptors, do not mean that the file is damaged.
        case .file(let path, let operation, let code) where code == EIO:
            place = Place(path: path, detail: "\(operation) \(code)")
        default: return error
        }
        let report = state.withLock { state -> (@Sendable (ReadError) -> Void)? in
            guard state.places.count < Self.limit, state.places.insert(place).inserted else { return nil }
            return state.report
        }
        report?(error)
        return error
    }
}
