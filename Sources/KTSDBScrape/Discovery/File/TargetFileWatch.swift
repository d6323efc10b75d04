internal import CLibrary
internal import Dispatch
internal import Synchronization

/// Reports at once that target files may have changed, where the system notices it (inotify).
///
/// It reports too often rather than too rarely: its users look for changes themselves. A change that it misses, for
/// example on a network file system, is found within seconds by the regular check. All sources of a manager share one
/// watch, since the system allows a user little more than a hundred.
final class TargetFileWatch: Sendable {
    /// A new file is not complete yet: it counts when it is closed.
    private static let events =
        UInt32(IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB)
        | UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
    /// The most directories that are watched.
    private static let limit = 10_000

    /// Negative if the system refused to create a watch.
    private let descriptor: Int32
    private let source: Mutex<(any DispatchSourceRead)?>
    private let content = Content()

    private final class Content: Sendable {
        struct State {
            /// The watch descriptors of the watched directories. Two paths of the same directory have one descriptor.
            var watched: [String: Int32] = [:]
            /// The directories that each member wants to be watched.
            var wanted: [Int: Set<String>] = [:]
            var memberCount = 0
        }

        let state = Mutex(State())
    }

    /// Creates a watch without directories.
    init(_ report: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)), content = content
        self.descriptor = descriptor
        guard descriptor >= 0 else {
            source = Mutex(nil)
            return
        }
        let source: any DispatchSourceRead = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "ktsdb.discovery.files"))
        source.setEventHandler { if Self.drain(descriptor, content) { report() } }
        source.setCancelHandler { close(descriptor) }
        source.activate()
        self.source = Mutex(source)
    }

    deinit { source.withLock { $0?.cancel() } }

    /// Adds a member, which may have directories watched, and returns its number.
    func join() -> Int {
        content.state.withLock { state in
            state.memberCount += 1
            return state.memberCount
        }
    }

    /// Watches exactly these directories for a member; returns how many of them cannot be watched.
    func watch(_ directories: Set<String>, for member: Int) -> Int {
        content.state.withLock { state in
            state.wanted[member] = directories.isEmpty ? nil : directories
            update(&state)
            return directories.subtracting(state.watched.keys).count
        }
    }

    private func update(_ state: inout Content.State) {
        guard descriptor >= 0 else { return }
        let wanted = state.wanted.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        for (directory, number) in state.watched where !wanted.contains(directory) {
            state.watched[directory] = nil
            if !state.watched.values.contains(number) { inotify_rm_watch(descriptor, number) }
        }
        let new = wanted.subtracting(state.watched.keys).sorted()
        for directory in new.prefix(Self.limit - state.watched.count) {
            let number = SystemCall.watchDirectory(descriptor, directory, Self.events)
            if number >= 0 { state.watched[directory] = number }
        }
    }

    /// Reads all events; returns whether target files may have changed.
    private static func drain(_ descriptor: Int32, _ content: Content) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10), concerns = false
        while true {
            let count = SystemCall.readBytes(descriptor, into: &buffer)
            guard count > 0 else { return concerns }
            var rest = buffer[..<count]
            while let event = FileEvent(taking: &rest) {
                concerns = concerns || event.concernsTargets
                // The next refresh watches the directory again if it is back.
                if event.isLast {
                    content.state.withLock { state in
                        state.watched = state.watched.filter { $0.value != event.number }
                    }
                }
            }
        }
    }
}

/// A user of a ``TargetFileWatch``. Its directories are watched until it is released.
final class TargetFileWatchMember: Sendable {
    private let watch: TargetFileWatch
    private let number: Int

    init(_ watch: TargetFileWatch) {
        self.watch = watch
        number = watch.join()
    }

    deinit { _ = watch.watch([], for: number) }

    /// Watches exactly these directories; returns how many of them cannot be watched.
    func watch(_ directories: Set<String>) -> Int { watch.watch(directories, for: number) }
}
