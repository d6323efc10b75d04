internal import CLibrary
package import KTSDBModel
internal import Synchronization

/// A damaged part of a file: the smallest one that had to be left out.
package struct DamagedPart: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case header
        /// A page of a block, by its number.
        case page(Int)
        case index, log, checkpoint, manifest
    }

    package var kind: Kind
    /// Where it is in the file.
    package var offset: UInt64, byteCount: UInt64

    package init(_ kind: Kind, offset: UInt64, byteCount: UInt64) {
        self.kind = kind
        self.offset = offset
        self.byteCount = byteCount
    }

    /// The number of the page, if it is one.
    var page: Int? { if case .page(let number) = kind { number } else { nil } }
}

/// The damaged places of blocks that readers met. Each is counted and reported once, however many queries meet it.
///
/// A place is a page, a piece of an index section, or whatever else an error names. After ``limit`` of them, no more
/// are counted or reported.
package final class DamageLog: Sendable {
    private struct Place: Hashable {
        var path: String, detail: String
    }

    /// Something that was found damaged.
    package struct Finding: Sendable {
        package var error: ReadError
        /// Where it is in the file; nil if that is not known, or it is the whole file.
        package var part: DamagedPart?
        /// When it was found, in milliseconds since the Unix epoch.
        package var since: Int64
    }

    private struct State {
        var places: [Place: Finding] = [:]
        var version = 0
        var report: (@Sendable (ReadError) -> Void)?
    }

    /// The most places that are remembered.
    private static let limit = 10_000

    private let state = Mutex(State())

    package init() {}

    /// The number of places.
    package var count: Int { state.withLock { $0.places.count } }

    /// All places, in the order of their files and of when they were found.
    package var findings: [Finding] {
        state.withLock { Array($0.places.values) }.sorted { left, right in
            let paths = (left.error.damagedPath ?? "", right.error.damagedPath ?? "")
            if paths.0 != paths.1 { return paths.0 < paths.1 }
            return (left.since, left.part?.offset ?? 0) < (right.since, right.part?.offset ?? 0)
        }
    }

    /// Forgets the places of a file whose path this is, which is whole again or gone. Those that are in it still are
    /// found again.
    package func forget(file path: String) {
        state.withLock { state in
            let left = state.places.filter { $0.key.path != path }
            guard left.count < state.places.count else { return }
            state.places = left
            state.version += 1
        }
    }

    /// Changes whenever a place is added or forgotten.
    package var version: Int { state.withLock { $0.version } }

    /// Adds a place that was found by an earlier process, without reporting it.
    package func restore(_ finding: Finding) {
        guard case .damaged(let path, let detail) = finding.error else { return }
        state.withLock { state in
            guard state.places.count < Self.limit else { return }
            state.places[Place(path: path, detail: detail)] = finding
            state.version += 1
        }
    }

    /// Reports every place that is new from now on.
    package func start(reportingTo report: @escaping @Sendable (ReadError) -> Void) {
        state.withLock { $0.report = report }
    }

    /// Records an error of a reader and returns it.
    @discardableResult
    func note(_ error: ReadError, _ part: DamagedPart? = nil) -> ReadError {
        let place: Place
        switch error {
        case .damaged(let path, let detail): place = Place(path: path, detail: detail)
        // Other errors, such as running out of descriptors, do not mean that the file is damaged.
        case .file(let path, let operation, let code) where code == EIO:
            place = Place(path: path, detail: "\(operation) \(code)")
        default: return error
        }
        let report = state.withLock { state -> (@Sendable (ReadError) -> Void)? in
            guard state.places.count < Self.limit, state.places[place] == nil else { return nil }
            state.places[place] = Finding(error: error, part: part, since: Timestamp.now.milliseconds)
            state.version += 1
            return state.report
        }
        report?(error)
        return error
    }
}
