internal import CLibrary
internal import Synchronization

/// A file to whose end lines are written, such as a log. It can be opened again at any time, so that it can be moved
/// away before. A line that cannot be written is lost and counted.
package final class AppendedFile: Sendable {
    /// -1 while nothing is written.
    private let descriptor = Mutex<Int32>(-1)
    private let failed = Atomic<Int>(0)

    package init() {}

    deinit { Self.close(descriptor.withLock { $0 }) }

    /// Appends to the file `path` from now on; nil ends that.
    /// - Returns: Why the file cannot be opened, in the system's words; the old file stays in use then.
    package func open(_ path: String?) -> String? {
        var opened: Int32 = -1
        if let path {
            opened = SystemCall.openFile(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, mode: 0o666)
            guard opened >= 0 else { return SystemCall.message(errno) }
        }
        let old = descriptor.withLock { current in
            let old = current
            current = opened
            return old
        }
        Self.close(old)
        return nil
    }

    /// The number of lines that could not be written, or not completely.
    package var failureCount: Int { failed.load(ordering: .relaxed) }

    package var isOpen: Bool { descriptor.withLock { $0 >= 0 } }

    /// Writes one line.
    package func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        descriptor.withLock { descriptor in
            // One call, so that lines stay whole.
            guard descriptor >= 0, SystemCall.writeBytes(descriptor, bytes) != bytes.count else { return }
            failed.wrappingAdd(1, ordering: .relaxed)
        }
    }

    private static func close(_ descriptor: Int32) {
        if descriptor >= 0 { _ = CLibrary.close(descriptor) }
    }
}
