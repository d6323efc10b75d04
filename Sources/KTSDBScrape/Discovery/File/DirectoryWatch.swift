internal import CLibrary
internal import Dispatch
internal import Synchronization

/// Reports at once that files with targets may have changed, as far as the system says so (inotify).
///
/// It reports too much rather than too little: whoever is woken looks for changes. What it misses, for example on
/// network file systems, is found when the files are looked at every few seconds.
final class DirectoryWatch: Sendable {
    private static let events =
        UInt32(IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB)
        | UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
    /// How many directories are watched.
    private static let limit = 1_000

    private let descriptor: Int32
    private let source: Mutex<any DispatchSourceRead>
    /// The watched directories by the system's numbers.
    private let watched: Watched

    private final class Watched: Sendable {
        let directories = Mutex<[Int32: String]>([:])
    }

    /// Creates a watch without directories; nil if the system has no room for one.
    init?(_ report: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC)), watched = Watched()
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        self.watched = watched
        let source: any DispatchSourceRead = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "ktsdb.discovery.files"))
        source.setEventHandler { if Self.drain(descriptor, watched) { report() } }
        source.setCancelHandler { close(descriptor) }
        source.activate()
        self.source = Mutex(source)
    }

    deinit { source.withLock { $0.cancel() } }

    /// Watches these directories and no others; returns how many of them cannot be watched.
    func watch(_ directories: Set<String>) -> Int {
        watched.directories.withLock { known in
            for (number, directory) in known where !directories.contains(directory) {
                inotify_rm_watch(descriptor, number)
                known[number] = nil
            }
            var failures = max(0, directories.count - Self.limit)
            for directory in directories.subtracting(known.values).sorted().prefix(Self.limit - known.count) {
                let number = SystemCall.watchDirectory(descriptor, directory, Self.events)
                if number < 0 { failures += 1 } else { known[number] = directory }
            }
            return failures
        }
    }

    /// Takes all events; returns whether one of them can be a change of a file with targets.
    private static func drain(_ descriptor: Int32, _ watched: Watched) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10), concerns = false
        while true {
            let count = SystemCall.readBytes(descriptor, into: &buffer)
            guard count > 0 else { return concerns }
            var rest = buffer[..<count]
            while let event = FileEvent(taking: &rest) {
                concerns = concerns || event.concernsTargets
                // A directory that is gone is watched again when it is back.
                if event.isLast { watched.directories.withLock { $0[event.number] = nil } }
            }
        }
    }
}
